"""One word for one thing in all that people read: what the texts have dropped does not come back."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"
DROPPED = {
    "en": {
        r"(?<![.\w])laps(e|es|ed)\b": "due, missed",
        r"stands? still": "paused",
        r"We contact you|It is solved by": "we will …",
    },
    "zh": {
        r"(?<!工)单号": "工单号",
        "工单编号": "工单号",
        "主工单": "主单",
        "最晚": "最迟",
        "昼夜": "全天候",
        "当班": "值班",
        "名录": "通讯录",
        "巡检邮件|测试邮件": "自检邮件",
    },
}


@pytest.mark.parametrize("language", DROPPED)
def test_the_texts_have_one_word_for_one_thing(language: str) -> None:
    found = [
        f"{path.name}: {word.group()!r}, say {instead}"
        for path in sorted((TEMPLATES / language).glob("*.*"))
        for pattern, instead in DROPPED[language].items()
        for word in re.finditer(pattern, path.read_text(encoding="utf-8"))
    ]
    assert found == []
