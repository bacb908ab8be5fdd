"""When the engineer comes: told with an invitation for the calendar, moved by a delay, called off (SP-3.5, SP-3.9)."""

from collections.abc import Callable
from typing import Any

from icalendar import Calendar

from bot.config import Person
from tests.stories.story import Heard, Story

Begin = Callable[..., Story]
PROOF = "mx.desk.example; dmarc=pass header.from=customer.example"
BOB = "Bob Miller <bob@customer.example>"


def invitation(heard: Heard) -> tuple[Any, ...]:
    """Method, uid, sequence and beginning of what the mail's calendar part says."""
    (part,) = [one for one in heard.mail.walk() if one.get_content_type() == "text/calendar"]
    calendar: Any = Calendar.from_ical(part.get_content())
    (visit,) = calendar.events
    assert part.get_param("method") == calendar["METHOD"]
    assert (visit["STATUS"] == "CANCELLED") == (calendar["METHOD"] == "CANCEL")
    return str(calendar["METHOD"]), str(visit["UID"]), visit["SEQUENCE"], f"{visit['DTSTART'].dt:%H:%M}"


def types(heard: Heard) -> set[str]:
    """What a mail consists of."""
    return {one.get_content_type() for one in heard.mail.walk() if not one.is_multipart()}


async def test_the_calendar_follows_the_engineer(story: Begin) -> None:
    async with story(mail={"authserv_id": "mx.desk.example"}) as desk:
        await desk.mail(BOB, "Printer jam", headers={"Authentication-Results": PROOF})
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/reply 1 I come.")
        desk.forget()
        await desk.says("anna", "/way 1 25 min")
        told = desk.hears("requester", "visit", "Anna 安娜 is on the way", "Expected arrival: Mon 23 Nov, 09:25")
        first = "visit-1-fd-1@desk.example"
        assert invitation(told) == ("REQUEST", first, 0, "01:25")
        desk.hears("group", "phrase", "FD-1: the user has been told that you will arrive at Mon 23 Nov, 09:25")
        desk.sees_card("on the way")
        await desk.says("anna", "出发 1 9:40 电梯坏了")
        assert invitation(desk.hears("requester", "visit", "different time")) == ("REQUEST", first, 1, "01:40")
        desk.hears("group", "phrase", "the user has been told")
        await desk.says("anna", "/ticket 1")
        desk.hears("anna", "details", "电梯坏了")
        await desk.says("anna", "/way 1 8:00")
        desk.hears("group", "phrase", "“8:00” is in the past")
        await desk.says("anna", "/way 1 25:99")
        desk.hears("group", "phrase", "“25:99” is in the past, more than 12 hours away, or not a time of day")
        await desk.says("anna", "/arrived 1 9:40")
        desk.hears("group", "phrase", "A time cannot be given here")
        await desk.says("anna", "/way 1 after lunch")
        desk.hears("group", "phrase", "I do not understand “after lunch” as a time of arrival")
        await desk.says("anna", "/way 1 2")
        desk.hears("group", "phrase", "One ticket")
        await desk.says("anna", "/late 1 10:15 The train stands still.")
        late = desk.hears("requester", "late", "is delayed", "Expected with you by: Mon 23 Nov, 10:15")
        assert invitation(late) == ("REQUEST", first, 2, "02:15")
        await desk.says("desk", "/assign 1 ben")
        assert invitation(desk.hears("requester", "reassigned")) == ("CANCEL", first, 3, "02:15")
        desk.forget()
        await desk.says("ben", "/way 1", where="ben")
        answer = desk.hears("ben", "phrase", "on your way")
        await desk.presses("ben", answer, "In 45 min", where="ben")
        second = "visit-2-fd-1@desk.example"
        assert invitation(desk.hears("requester", "visit", "09:45")) == ("REQUEST", second, 0, "01:45")
        await desk.says("desk", "/reply 1 Ben comes instead.")
        await desk.says("ben", "/late 1 cannot The van is broken.")
        assert invitation(desk.hears("requester", "late", "cannot come")) == ("CANCEL", second, 1, "01:45")
        desk.forget()


async def test_a_visit_that_is_not_needed_any_more_leaves_the_calendar(story: Begin) -> None:
    """The words of the solution stay what the mail is; a calendar's own answers are comments, never tickets."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/way 1 25 min")
        told = desk.hears("requester", "visit")
        (part,) = [one for one in told.mail.walk() if one.get_content_type() == "text/calendar"]
        calendar: Any = Calendar.from_ical(part.get_content())
        summary = str(calendar.events[0]["SUMMARY"])
        await desk.mail(BOB, f"Declined: {summary} @ Mon 23 Nov 2026", "Bob has declined.")
        desk.hears("engineer", "answer", "Bob has declined.", "not verified")
        await desk.says("anna", "/solve 1 By telephone.")
        solution = desk.hears("requester", "solution", "By telephone.")
        (off,) = solution.mail.iter_attachments()
        calendar = Calendar.from_ical(off.get_content())
        (visit,) = calendar.events
        assert (off.get_filename(), visit["STATUS"], visit["SEQUENCE"]) == ("visit.ics", "CANCELLED", 1)
        assert solution.mail.get_body() is not None
        await desk.says("desk", "/reopen 1")
        await desk.says("anna", "/way 1 30 min")
        desk.forget()
        await desk.says("anna", "/arrived 1")
        desk.forget()
        await desk.says("anna", "/solve 1 Done.")
        assert not list(desk.hears("requester", "solution").mail.iter_attachments())
        desk.forget()


async def test_who_needs_it_no_more_is_rid_of_the_visit_and_staff_gets_none_in_its_mails(story: Begin) -> None:
    people = [
        Person(handle="anna", name="Anna", roles=["resident"]),
        Person(handle="ben", name="Ben", roles=["resident"], mail="ben@staff.example", prefers="mail"),
        Person(handle="dora", name="Dora", roles=["desk"]),
    ]
    async with story(people=people) as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/way 1 1 h")
        desk.forget()
        await desk.says("dora", "/assign 1 ben")
        assert "text/calendar" in types(desk.hears("requester", "reassigned"))
        assert "text/calendar" not in types(desk.hears("ben@staff.example", "assignment"))
        await desk.says("dora", "/assign 1 anna")
        await desk.says("anna", "/way 1 2 h")
        told = desk.hears("requester", "visit")
        await desk.mail(BOB, "Re: [FD-1]", "cancel", answers=told)
        (off,) = desk.hears("requester", "wish_answer").mail.iter_attachments()
        calendar: Any = Calendar.from_ical(off.get_content())
        assert (calendar["METHOD"], calendar.events[0]["SEQUENCE"]) == ("CANCEL", 1)
        desk.forget()


async def test_whose_address_is_not_proven_gets_the_words_alone(story: Begin) -> None:
    """Nobody's calendar is written into by giving her address."""
    async with story(customers=[{"key": "acme", "name": "Acme", "domains": ["customer.example"]}]) as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        desk.forget()
        await desk.says("anna", "/way 1 25 min")
        told = desk.hears("requester", "visit", "09:25")
        assert types(told) == {"text/plain", "text/html"}
        desk.forget()


async def test_what_is_taken_back_leaves_the_calendar_or_comes_back_into_it(story: Begin) -> None:
    """A told time, a moved one, a solution; a merge and spam take it out, too. What has not left is not called off."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.mail(BOB, "The printer again")
        await desk.says("anna", "/take 1")
        visit = "visit-{}-fd-1@desk.example".format
        desk.forget()
        await desk.says("anna", "/way 1 1 h")
        assert invitation(desk.hears("requester", "visit")) == ("REQUEST", visit(1), 0, "02:00")
        await desk.says("anna", "/undo 1")
        off = desk.hears("requester", "visit_off", "The visit announced for Mon 23 Nov, 10:00 (FD-1) is cancelled")
        assert invitation(off) == ("CANCEL", visit(1), 1, "02:00")
        desk.forget()
        await desk.says("anna", "/way 1 1 h")
        await desk.says("anna", "/way 1 2 h")
        desk.forget()
        await desk.says("anna", "/undo 1")
        assert invitation(desk.hears("requester", "visit", "different time")) == ("REQUEST", visit(2), 2, "02:00")
        await desk.says("anna", "/solve 1 By telephone.")
        desk.forget()
        await desk.says("anna", "/undo 1")
        assert invitation(desk.hears("requester", "visit", "10:00")) == ("REQUEST", visit(2), 4, "02:00")
        desk.forget()
        await desk.says("desk", "/junk 1")
        assert invitation(desk.hears("requester", "visit_off")) == ("CANCEL", visit(2), 5, "02:00")
        await desk.says("desk", "/junk 1 undo")
        await desk.says("anna", "/way 1 1 h")
        desk.forget()
        await desk.says("desk", "/merge 1 2")
        merged = desk.hears("requester", "merged", "for Mon 23 Nov, 10:00 is cancelled")
        (file,) = merged.mail.iter_attachments()
        calendar: Any = Calendar.from_ical(file.get_content())
        (event,) = calendar.events
        assert (calendar["METHOD"], str(event["UID"]), event["SEQUENCE"]) == ("CANCEL", visit(3), 1)
        desk.forget()


async def test_who_came_by_a_merge_that_is_undone_has_no_visit_in_her_calendar(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.mail("Li Wei <li@customer.example>", "The printer jams")
        await desk.says("desk", "/merge 2 1")
        await desk.says("anna", "/take 1")
        desk.forget()
        await desk.says("anna", "/way 1 1 h")
        for who in ("bob@customer.example", "li@customer.example"):
            assert invitation(desk.hears(who, "visit"))[:3] == ("REQUEST", "visit-1-fd-1@desk.example", 0)
        await desk.says("desk", "/undo 2")
        back = desk.hears("li@customer.example", "unmerged", "The visit announced for Mon 23 Nov, 10:00", "is for FD-1")
        (file,) = back.mail.iter_attachments()
        calendar: Any = Calendar.from_ical(file.get_content())
        (event,) = calendar.events
        assert (calendar["METHOD"], str(event["UID"]), event["SEQUENCE"]) == ("CANCEL", "visit-1-fd-1@desk.example", 1)
        desk.forget()
        await desk.says("anna", "/way 1 2 h")
        assert invitation(desk.hears("bob@customer.example", "visit"))[:3] == (
            "REQUEST",
            "visit-1-fd-1@desk.example",
            2,
        )
        desk.hears("group", "phrase", "the user has been told")
        desk.nobody_hears_anything()


async def test_who_leaves_without_solving_and_comes_again_has_both_on_the_sheet(story: Begin) -> None:
    """SP-4.1: when she left is when she said so, not when it was solved."""
    async with story() as desk:
        await desk.mail(BOB, "Printer", "It jams.")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/arrived 1")
        await desk.passes(minutes=20)
        await desk.says("anna", "/left 1")
        await desk.passes(minutes=30)
        await desk.says("anna", "/arrived 1")
        await desk.passes(minutes=10)
        await desk.says("anna", "/left 1")
        await desk.passes(minutes=10)
        await desk.says("anna", "/solve 1 Removed the paper, from my desk.")
        desk.forget()
        await desk.says("anna", "/sheet 1")
        sheet = desk.hears("anna", "sheet").row.facts["sheet"]
        local = [
            [at and at[11:16] for at in one] for one in [*sheet["visits"], [sheet["arrived_at"], sheet["left_at"]]]
        ]
        assert local == [["01:00", "01:20"], ["01:50", "02:00"]]
        desk.forget()
