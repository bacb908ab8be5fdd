"""Words that only say thanks: they never reopen a solved ticket."""

from __future__ import annotations

import re

LONGEST = 60

_CHINESE = (
    "谢谢您 谢谢你 谢谢大家 谢谢了 谢谢 多谢 感谢您 感谢你 感谢 辛苦了 辛苦 收到 知道了 明白 好的 好了 "
    "可以了 已经恢复 已恢复 恢复了 没问题了 解决了 非常 十分 太 很 都 已经 已 您 你"
)
_ENGLISH = (
    "thanks thank thx you ok okay great perfect good fine works working again now it is all so very much a lot "
    "many for your the quick help support received noted got cheers everyone dear team best kind regards merci"
)
_KNOWN = re.compile(rf"{_CHINESE.replace(' ', '|')}|\b(?:{_ENGLISH.replace(' ', '|')})\b", re.IGNORECASE)
_THANKS = re.compile(
    r"谢|辛苦|收到|知道|明白|好的|好了|可以了|恢复|解决|\b(?:thank|thx|ok|great|perfect|works|received|noted|got)",
    re.IGNORECASE,
)


def is_courtesy(words: str) -> bool:
    """Whether a short reply is nothing but thanks or "it works", in Chinese or English."""
    text = " ".join(words.split())
    return len(text) <= LONGEST and bool(_THANKS.search(text)) and not re.search(r"\w", _KNOWN.sub("", text))
