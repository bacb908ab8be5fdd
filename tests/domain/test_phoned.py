"""domain/phoned.py and domain/alike.py: what is read of a call, and what two faults have in common."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.alike import likeness, marks
from bot.domain.phoned import Phoned, PhonedError, address_of, read, spoken

NOW, ZONE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC), ZoneInfo("Asia/Shanghai")  # ten o'clock there
PLACES = {"hq": ("机关大楼", "head office"), "hq annex": ()}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", Phoned()),
        ("anna@x.example", Phoned("anna@x.example")),
        ("anna@x.example; hq; Jam; again", Phoned("anna@x.example", "hq", "Jam; again")),
        ("Anna Berg；机关大楼；卡纸", Phoned("Anna Berg", "hq", "卡纸")),
        ("Anna Berg; the cellar;", Phoned("Anna Berg", "the cellar")),
        ("anna@x.example head office Printer jam", Phoned("anna@x.example", "hq", "Printer jam")),
        ("4711 hq annex no light", Phoned("4711", "hq annex", "no light")),
        ("4711 no light", Phoned("4711", "-", "no light")),
        ("-; -; no light", Phoned("-", "-", "no light")),
    ],
)
def test_who_where_what(words: str, told: Phoned) -> None:
    assert read(words, PLACES, NOW, ZONE) == told


def test_a_dash_is_nothing() -> None:
    assert spoken(Phoned("-", "-", "x-ray")) == Phoned("", "", "x-ray")
    assert [Phoned().missing, Phoned("-").missing, Phoned("-", "-").missing, Phoned("-", "-", "x").missing] == [
        "who", "where", "what", "",
    ]  # fmt: skip


@pytest.mark.parametrize("words", ["at 09:40 anna hq jam", "于09:40 anna hq jam", "At ０９：４０, anna hq jam"])
def test_when_she_called(words: str) -> None:
    told = read(words, PLACES, NOW, ZONE)
    assert (told.at, told.who, told.what) == (datetime(2026, 11, 23, 1, 40, tzinfo=UTC), "anna", "jam")


def test_by_night_it_was_yesterday() -> None:
    assert read("at 23:50 a b", {}, NOW.replace(hour=16), ZONE).at == datetime(2026, 11, 23, 15, 50, tzinfo=UTC)


@pytest.mark.parametrize("words", ["at 25:00 anna jam", "at 10:01 anna jam", "at 09:61 anna jam"])
def test_a_time_that_cannot_be(words: str) -> None:
    with pytest.raises(PhonedError):
        read(words, PLACES, NOW, ZONE)


def test_what_stands_in_the_words_about_the_fault_is_no_time() -> None:
    assert read("anna hq it died at 09:40", PLACES, NOW, ZONE).what == "it died at 09:40"


def test_an_address_among_a_name() -> None:
    assert address_of("Anna Berg <Anna@X.example>") == "anna@x.example"
    assert address_of("Anna") == ""


def test_likeness() -> None:
    mine = marks("三楼打印机卡纸 HP4711 the")
    assert {"三楼", "打印", "卡纸", "hp4711"} <= mine
    assert "the" not in mine
    assert likeness(mine, marks("打印机又卡纸"), place=True, item=True) == 2 * 3 + 2
    assert likeness(mine, marks("mail is slow"), place=True, item=True) == 0
