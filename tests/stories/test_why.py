"""Whoever asks why a deadline lies where it lies is told the rule, every stretch of time, and the alerts."""

from collections.abc import Callable

from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"


async def test_a_deadline_over_a_weekend_with_a_wait_is_explained(story: Begin) -> None:
    async with story(start="2026-11-27 16:00") as desk:
        await desk.mail(BOB, "Printer jam", "Jammed.")
        await desk.says("ben", "take 1")
        await desk.passes(30)
        await desk.says("ben", "wait 1 Which printer?")
        question = desk.hears("requester", "question")
        desk.forget()
        await desk.says("ben", "/why 1 resolve", where="ben")
        said = desk.hears("ben", "why", "FD-1", "Advanced", "office IT equipment", "paused", "30 min used so far")
        assert "dispatch" not in said.words
        assert "🔔" not in said.words, "nothing rings while it stands still"
        await desk.at("2026-11-30 09:30")
        await desk.mail(BOB, "Re: [FD-1] Printer jam", "The big one.", answers=question)
        desk.forget()
        await desk.says("ben", "为什么 1 解决", where="ben")
        words = desk.hears("ben", "why", "Mon 30 Nov, 14:00").words
        assert [line.split("  ")[-1] for line in words.splitlines() if line.startswith(("✓", "·"))] == [
            "30 min, counted",
            "1 h 30 min, waiting for the user, not counted",
            "closed, rest day",
            "30 min, waiting for the user, not counted",
            "2 h 30 min, counted",
            "closed, break",
            "1 h, counted",
        ]


async def test_seconds_add_up_and_working_days_are_told_by_date(story: Begin) -> None:
    """R18: the date on which a complaint comes is not counted, whatever is left of it."""
    async with story(start="2026-11-27 16:00:20") as desk:
        await desk.mail(BOB, "Complaint: nobody came", "I waited all day.")
        desk.forget()
        await desk.says("ben", "/why 1 resolve", where="ben")
        lines = desk.hears("ben", "why").words.splitlines()
        assert [line.split("  ")[-1] for line in lines if line[:1] == "✓"] == [
            "1 h 59 min 40 s, counted",
            "2 h 20 s, counted",
        ]
        desk.forget()
        await desk.says("ben", "/why 1 complaint-settle", where="ben")
        lines = desk.hears("ben", "why", "Complaint settled: 5 working days (office").words.splitlines()
        assert [line for line in lines if line[:1] in {"✓", "·"}] == [
            "· Fri 27 Nov  first day, not counted",
            "· Sat 28 Nov – Sun 29 Nov  closed, rest day",
            "✓ Mon 30 Nov – Fri 4 Dec  5 working days, counted",
        ]


async def test_an_unknown_deadline_gets_the_known_ones(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam", "Jammed.")
        desk.forget()
        await desk.says("ben", "why 1 dinner")
        desk.hears("group", "phrase", "dinner", "resolve")


async def test_what_lapses_next_is_ranked_by_what_can_still_be_saved(story: Begin) -> None:
    """A response that is lost stands behind; the solution of the same ticket can still be saved."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam", "Jammed.")
        await desk.says("ben", "take 1")
        await desk.passes(90)
        await desk.mail(BOB, "No network", "Since now.")
        await desk.says("ben", "take 2")
        desk.forget()
        await desk.says("ben", "due")
        lines = desk.hears("group", "ticket_list").words.splitlines()
        assert [line for line in lines if " · " in line] == [
            "Advanced · in progress · Ben 本 · response Mon 23 Nov, 11:30",
            "Advanced · in progress · Ben 本 · solution Mon 23 Nov, 14:00 · missed: response",
        ]
        await desk.at("2026-11-23 14:30")
        desk.forget()
        await desk.says("ben", "due")
        lines = desk.hears("group", "ticket_list").words.splitlines()
        assert [line.split()[1] for line in lines if "FD-" in line][:2] == ["FD-2", "FD-1"]
