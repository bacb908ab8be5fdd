"""The project manager's look at the day: each working morning, and before each evening, weekend and holiday."""

from collections.abc import Callable

import pytest

from bot.desk import digests
from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
DIGESTS = {"digests": True}


async def test_before_a_weekend_he_hears_what_lapses_when_the_office_opens_again(story: Begin) -> None:
    async with story(start="2026-11-27 17:00", desk=DIGESTS) as desk:
        await desk.mail(BOB, "Printer jam", "Jammed.")
        await desk.says("ben", "take 1")
        desk.forget()
        await desk.at("17:30")
        evening = desk.hears("manager", "digest", "close at 18:00", "open again on Mon 30 Nov, 09:00")
        assert [line for line in evening.words.splitlines() if "FD-1" in line] == [
            "🟡 FD-1 response Fri 27 Nov, 18:00 · Advanced · Ben 本",
        ]
        assert evening.row.silent
        await desk.says("ben", "reply 1 We come on Monday.")
        desk.forget()
        await desk.at("2026-11-30 09:00")
        desk.hears("manager", "weekly", "1 received, 0 solved")
        morning = desk.hears("manager", "digest", "Due until Mon 30 Nov, 18:00", "1 open")
        assert [line for line in morning.words.splitlines() if "FD-1" in line] == [
            "🟡 FD-1 solution Mon 30 Nov, 12:00 · Advanced · Ben 本",
        ]
        desk.nobody_hears_anything()


async def test_a_quiet_day_says_so_in_one_line(story: Begin) -> None:
    """And a new desk begins with the next digest, not with that of this morning."""
    async with story(start="2026-11-27 10:00", desk=DIGESTS) as desk:
        await desk.at("17:30")
        assert len(desk.hears("manager", "digest", "Nothing is due").words.splitlines()) == 1
        await desk.at("2026-11-30 09:00")
        assert (
            len(desk.hears("manager", "digest", "Nothing is due until Mon 30 Nov, 18:00 · 0 open").words.splitlines())
            == 1
        )
        await desk.says("desk", "/stock new toner-85a name=HP 85A min=2")
        await desk.says("desk", "/stock new disk min=0")
        desk.forget()
        await desk.at("2026-12-01 09:00")
        desk.hears("manager", "digest")
        words = desk.hears(
            "manager", "digest", "📦 To restock this month:\ntoner-85a (HP 85A): 0 left of at least 2"
        ).words
        assert "disk" not in words
        await desk.at("2026-12-02 09:00")
        desk.hears("manager", "digest")
        assert "restock" not in desk.hears("manager", "digest").words
        await desk.at("2026-12-31 18:00")
        desk.forget()
        await desk.restarts(after_minutes=5 * 24 * 60 - 30)  # off on the first working days of January: 5 Jan, 17:30
        desk.hears("manager", "digest", "To restock this month")
        await desk.at("2027-01-06 09:00")
        assert "restock" not in desk.hears("manager", "digest").words


async def test_a_breach_that_nobody_has_acknowledged_stands_in_every_digest(
    story: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BREACH repeats three times, then stands there until acknowledged, however much else there is to keep today."""
    monkeypatch.setattr(digests, "MOST", 2)
    async with story(start="2026-11-26 09:00", desk=DIGESTS) as desk:
        await desk.mail(BOB, "Printer jam", "Jammed.")
        await desk.says("ben", "take 1")
        await desk.at("2026-11-26 17:10")
        for number in (2, 3):
            await desk.mail(BOB, "Screen dark", "Since now.")
            await desk.says("ben", f"take {number}")
        await desk.at("2026-11-26 17:29")
        desk.forget()
        await desk.at("17:30")
        words = desk.hears("manager", "digest", "🟡 FD-2 response", "🟡 FD-3 response").words
        assert words.count("nobody has acknowledged it: /ack FD-1") == 2
        await desk.says("pm", "/ack 1")
        desk.hears("group", "phrase", "FD-1", "response", "solution")
        await desk.at("2026-11-27 09:00")
        assert "FD-1" not in desk.hears("manager", "digest", "🟡 FD-2 response", "4 more: /due all").words
        desk.forget()


async def test_what_a_stopped_daemon_missed_is_told_once(story: Begin) -> None:
    """Only the newest: three days away are no reason for six messages."""
    async with story(start="2026-11-24 10:00", desk=DIGESTS) as desk:
        await desk.settles()
        await desk.restarts(after_minutes=3 * 24 * 60 + 60)
        desk.hears("manager", "digest", "Nothing is due until Fri 27 Nov, 18:00")
        await desk.restarts()
        desk.nobody_hears_anything()
