"""What is printed: aligned, cut, and harmless."""

import json
from datetime import UTC, datetime

import pytest

from bot.cli.printing import cut, print_json_list, table, width


@pytest.mark.parametrize(
    ("text", "places"),
    [("abc", 3), ("打印机", 6), ("ｆ", 2), ("e\u0301", 1), ("🔧", 2), ("", 0), ("⏸", 1), ("👩\u200d🔧", 4)],
)
def test_how_many_places_a_text_takes(text: str, places: int) -> None:
    assert width(text) == places


@pytest.mark.parametrize(
    ("text", "size", "expected"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("打印机", 6, "打印机"),
        ("打印机", 5, "打印…"),
        ("打印机", 4, "打…"),
        ("a b", 3, "a b"),
    ],
)
def test_a_text_is_cut_by_places(text: str, size: int, expected: str) -> None:
    assert cut(text, size) == expected
    assert width(cut(text, size)) <= size


def test_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 11, 23, 1, 5, tzinfo=UTC)
    rows = [
        {"who": "李伟", "at": at, "why": ["a", "b"], "nothing": None},
        {"who": "Bob\n\x1b[2J", "at": at, "why": {"x": 1, "y": ""}, "nothing": ""},
    ]
    table(rows, ("who", "at", "why", "nothing"), "Asia/Shanghai", indent="> ")
    assert capsys.readouterr().out.splitlines() == [
        "> who          at                why",
        "> 李伟         2026-11-23 09:05  a, b",
        "> Bob \\x1b[2J  2026-11-23 09:05  x 1",
    ]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_list_for_scripts_is_json_whatever_its_length(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"id": number, "at": datetime(2026, 11, 23, tzinfo=UTC)} for number in range(count)]
    print_json_list(iter(rows))
    read = json.loads(capsys.readouterr().out)
    assert read == [{"id": number, "at": "2026-11-23T00:00:00+00:00"} for number in range(count)]
