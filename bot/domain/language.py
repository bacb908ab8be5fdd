"""Which of our two languages a mail is answered in when its sender has not said (decisions: Language)."""

from __future__ import annotations

import re

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA = re.compile("[\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\uff66-\uff9f]")


def language_of(new_words: str, subject: str = "") -> str:
    """`zh` where the new words hold Han characters and no kana, else `en`; the subject speaks where they are empty."""
    text = new_words if new_words.strip() else subject
    return "zh" if _HAN.search(text) and not _KANA.search(text) else "en"
