"""A calendar changes while promises run by it (R20): what moves, what is told, what is neither told twice nor missed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from channels.base import ChannelError
from storage import clocks, journal
from tests.stories.story import Story, instant

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
HOURS = [["09:00", "12:00"], ["13:00", "18:00"]]
NIGHT = [["22:00", "06:00"]]


def week(hours: list[list[str]]) -> dict[str, Any]:
    return dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), hours)


WEEK = week(HOURS)


def office(**given: Any) -> dict[str, Any]:
    return {"office": {"weekly": WEEK, **given}}


async def stored(desk: Story, target: str) -> Any:
    """The newest clock of a target on the first ticket."""
    rows = await desk.app.store.read(lambda db: clocks.of_ticket(db, 1))
    return [row for row in rows if row.target == target][-1]


async def taken(desk: Story) -> None:
    await desk.mail(BOB, "Printer jam")
    await desk.says("anna", "/take 1")
    desk.forget()


async def test_a_calendar_that_does_not_rule_now_may_rule_when_it_has_changed(story: Begin) -> None:
    """R13, R20: ten hours round the clock lapse before six of the office do, until that is open in the evening."""
    levels = {
        "standard": {"response": 60, "resolve": 600, "calendar": "always"},
        "advanced": {"response": 60, "resolve": 240},
        "vip": {"response": 60, "resolve": 360},
    }
    async with story(start="2026-11-23 17:00", calendars=office(), levels=levels) as desk:
        await taken(desk)
        await desk.says("desk", "/level 1 standard correction No more than that.")
        await desk.says("desk", "/level 1 vip now She asks for it.")
        assert (await stored(desk, "resolve")).calendar == "always"
        desk.forget()
        result = await desk.reloads(calendars={"office": {"weekly": week([["09:00", "24:00"]])}})
        assert result.moved[-1] == "FD-1 resolve: Tue 2026-11-24 03:00 → Mon 2026-11-23 23:00, by the calendar office"
        desk.forget()


async def test_a_day_off_moves_what_is_open_and_the_project_manager_hears_it_in_one_message(story: Begin) -> None:
    async with story(start="2026-11-23 17:45", calendars=office()) as desk:
        await taken(desk)
        result = await desk.reloads(calendars=office(holidays=["2026-11-24"]))
        assert result.changed == ["calendars"]
        assert result.moved == [
            "FD-1 response: Tue 2026-11-24 09:45 → Wed 2026-11-25 09:45, by the calendar office",
            "FD-1 resolve: Tue 2026-11-24 13:45 → Wed 2026-11-25 13:45, by the calendar office",
        ]
        desk.hears("pm", "moved", "2 open deadlines", "FD-1 response: Tue 24 Nov, 09:45 → Wed 25 Nov, 09:45")
        desk.sees_card("25 Nov")
        assert (await stored(desk, "resolve")).due_at == instant("2026-11-25 13:45")
        events = await desk.app.store.read(lambda db: journal.of_ticket(db, 1))
        (moved,) = [one.facts["moves"] for one in events if one.kind == "rescheduled"]
        assert [(one["target"], one["to"]) for one in moved] == [
            ("response", "2026-11-25T01:45:00+00:00"),
            ("resolve", "2026-11-25T05:45:00+00:00"),
        ]
        desk.forget()
        await desk.at("2026-11-24 23:00")  # nothing rings on the new day off, and a second reload changes nothing
        assert (await desk.reloads(calendars=office(holidays=["2026-11-24"]))).moved == []
        desk.nobody_hears_anything()


async def test_what_has_ended_stays_judged_by_the_calendar_of_its_end(story: Begin) -> None:
    """Closed targets are frozen: also when the ticket is derived anew later, and fsck (at the end) agrees."""
    async with story(calendars=office()) as desk:
        await taken(desk)
        dispatch = await stored(desk, "dispatch")
        await desk.passes(1)
        await desk.reloads(calendars=office(holidays=["2026-11-23"]))
        desk.forget()
        await desk.passes(1)
        await desk.says("anna", "/reply 1 On my way.")
        assert await stored(desk, "dispatch") == dispatch
        assert (await stored(desk, "response")).state == "met"
        assert (await stored(desk, "response")).due_at == instant("2026-11-24 10:00")
        await desk.passes(1)
        await desk.reloads(calendars=office())
        await desk.says("anna", "/note 1 Toner is low.")
        assert (await stored(desk, "response")).due_at == instant("2026-11-24 10:00")
        assert (await stored(desk, "resolve")).due_at == instant("2026-11-23 14:00")
        desk.forget()


async def test_a_rung_that_was_sent_is_not_sent_again_and_the_later_ones_follow_the_new_time(story: Begin) -> None:
    async with story(calendars=office()) as desk:
        await taken(desk)
        await desk.at("09:30")
        desk.hears("anna", "alert", "half", "10:00")
        monday = {**WEEK, "mon": [["14:00", "18:00"]]}
        await desk.reloads(calendars={"office": {"weekly": monday}})
        desk.forget()
        await desk.at("14:44")  # 14:30 would be the half
        desk.nobody_hears_anything()
        await desk.at("14:45")
        desk.hears("anna", "alert", "15:00")
        desk.hears("desk", "alert", "15:00")
        await desk.at("14:54")
        desk.hears("pm", "alert", "15:00")


async def test_an_edit_that_makes_rungs_due_sends_the_highest_only_marked_late(story: Begin) -> None:
    """R14: Tuesday was a day off by mistake; put right at 16:00, response (09:45) and solution (13:45) are over."""
    async with story(start="2026-11-23 17:45", calendars=office(holidays=["2026-11-24"])) as desk:
        await taken(desk)
        await desk.at("2026-11-24 16:00")
        desk.nobody_hears_anything()
        await desk.reloads(calendars=office())
        desk.hears("pm", "moved", "FD-1 solution: Wed 25 Nov, 13:45 → Tue 24 Nov, 13:45")
        desk.hears("pm", "alert", "Tue 24 Nov, 09:45", "Tue 24 Nov, 13:45", "late")
        desk.hears("sam", "alert")
        assert (await stored(desk, "resolve")).passed == ["W50", "W75", "W90", "BREACH"]
        desk.hears("requester", "breach")
        desk.hears("requester", "breach")
        desk.forget()
        await desk.reloads(calendars=office())
        desk.nobody_hears_anything()


async def test_a_breach_that_is_taken_back_is_repeated_when_the_new_deadline_lapses(story: Begin) -> None:
    async with story(calendars=office()) as desk:
        await taken(desk)
        await desk.at("10:00")
        desk.hears("sam", "alert")
        await desk.reloads(calendars=office(holidays=["2026-11-23"]))
        desk.forget()
        await desk.at("2026-11-24 09:59")
        desk.nobody_hears_anything()
        await desk.at("2026-11-24 10:00")
        desk.hears("sam", "alert", "Tue 24 Nov, 10:00")
        desk.forget()


async def test_an_alert_that_waits_for_its_channel_does_not_leave_when_it_is_no_longer_true(story: Begin) -> None:
    async with story(calendars=office()) as desk:
        await taken(desk)
        desk.chats.fail(ChannelError("no line"))
        await desk.at("09:30")  # half of the response time is gone, and the alert stays here
        desk.nobody_hears_anything()
        await desk.reloads(calendars=office(holidays=["2026-11-23"]))
        desk.forget()
        await desk.at("2026-11-24 09:44")
        desk.nobody_hears_anything()
        await desk.at("09:45")
        desk.hears("anna", "alert", "Tue 24 Nov, 10:00")
        desk.forget()


async def test_a_calendar_that_changed_while_the_daemon_was_down_is_taken_up_at_the_start(story: Begin) -> None:
    async with story(start="2026-11-23 17:45", calendars=office()) as desk:
        await taken(desk)
        desk.settings = desk.configured(calendars=office(holidays=["2026-11-24"]))
        await desk.restarts(after_minutes=5)
        desk.hears("pm", "moved", "2 open deadlines")
        assert (await stored(desk, "resolve")).due_at == instant("2026-11-25 13:45")
        desk.forget()
        await desk.restarts(after_minutes=5)
        desk.nobody_hears_anything()


async def test_loading_the_arrangement_of_a_year_ends_what_was_provisional(story: Begin) -> None:
    """Section 4: the last day of 2026, so the promise lies in a year that nobody knows yet."""
    async with story(start="2026-12-31 17:30", calendars=office()) as desk:
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation", "Fri 1 Jan 2027, 13:30", "may still move")
        await desk.says("ben", "take 1")
        desk.hears("requester", "assigned", "Fri 1 Jan 2027, 13:30", "may still move")
        desk.hears("ben", "assignment", "Solution: Fri 1 Jan 2027, 13:30 (provisional)")
        desk.sees_card("Dispatch due Thu 31 Dec, 17:40 · 10 min")
        desk.sees_card("Response due Fri 1 Jan 2027, 09:30 (provisional)")
        await desk.says("ben", "due")
        desk.hears("group", "ticket_list", "response Fri 1 Jan 2027, 09:30 (provisional)")
        desk.forget()
        assert (await stored(desk, "resolve")).provisional
        known = office(holidays=["2027-01-01"], official_years=[2027])
        await desk.reloads(calendars=known)
        desk.hears("pm", "moved", "FD-1 solution: Fri 1 Jan 2027, 13:30 → Mon 4 Jan 2027, 13:30")
        assert not (await stored(desk, "resolve")).provisional
        assert "provisional" not in desk.sees_card("Response due Mon 4 Jan 2027, 09:30").words
        desk.forget()


async def test_a_calendar_by_which_a_promise_could_never_be_kept_is_refused(story: Begin) -> None:
    """The old version stays in force, and nothing of the new one is kept."""
    async with story(calendars=office()) as desk:
        await taken(desk)
        once = {"extra": [{"date": "2026-11-23", "hours": [["09:00", "09:05"]]}], "weekly": {}, "country": ""}
        result = await desk.reloads(calendars={"office": once})
        assert result.changed == []
        assert "FD-1" in result.refused[0]
        assert "nothing is open" in result.refused[0]
        assert (await stored(desk, "resolve")).due_at == instant("2026-11-23 14:00")
        versions = await desk.app.store.read(lambda db: journal.of_the_desk(db, "calendar"))
        assert [one.facts["name"] for one in versions] == ["always", "office"]
        desk.hears("desk", "config_refused", "FD-1")
        desk.hears("manager", "config_refused")


async def test_customers_levels_and_places_go_by_calendars_of_their_own(story: Begin) -> None:
    """SP-2.6, R2: Friday 20:00 in Shanghai is 13:00 in Berlin; the plant works nights; the desk's targets go along."""
    customers = [
        {"key": "acme", "name": "Acme", "domains": ["acme.example"], "locale": "en"},
        {"key": "berlin", "name": "B", "domains": ["b.example"], "locale": "en", "calendar": "berlin"},
    ]
    calendars = {
        **office(),
        "berlin": {
            "timezone": "Europe/Berlin",
            "weekly": week([["09:00", "17:00"]]),
            "country": "DE-BE",
        },
        "nights": {"weekly": week(NIGHT), "country": ""},
    }
    places = {"plant": {"words": ["plant"], "calendar": "nights"}}
    async with story(start="2026-11-20 20:00", calendars=calendars, customers=customers, places=places) as desk:
        await desk.mail("a@acme.example", "Printer")
        desk.hears("requester", "confirmation", "Mon 23 Nov, 10:00", "Mon 23 Nov, 09:00")
        await desk.mail("b@b.example", "Printer")
        contact, solved = "We will contact you by: Fri 20 Nov, 14:00 CET", "will solve it by:    Fri 20 Nov, 17:00 CET"
        desk.hears("requester", "confirmation", contact, solved)
        await desk.mail("a@acme.example", "Printer in the plant")
        desk.hears("requester", "confirmation", "Fri 20 Nov, 23:00", "Sat 21 Nov, 02:00")
        rows = await desk.app.store.read(lambda db: clocks.open_of(db, [1, 2, 3]))
        assert [{row.calendar for row in rows[number]} for number in (1, 2, 3)] == [{"office"}, {"berlin"}, {"nights"}]
        desk.forget()
        await desk.at("20:08")
        desk.hears("pm", "alert", "FD-2", "13:10 CET")
        await desk.says("anna", "/solve 2 Removed the paper.", where="anna")
        desk.forget()
        await desk.at("22:08")
        desk.hears("pm", "alert", "FD-3")
        desk.forget()


async def test_a_calendar_that_is_taken_out_goes_on_for_the_tickets_that_run_by_it(story: Begin) -> None:
    nights = {"nights": {"weekly": week(NIGHT), "country": ""}}
    places = {"plant": {"words": ["plant"], "calendar": "nights"}}
    async with story(start="2026-11-23 22:00", calendars=office() | nights, places=places) as desk:
        await desk.mail(BOB, "Printer in the plant")
        result = await desk.reloads(calendars=office())
        assert (result.refused, result.moved) == ([], [])
        await desk.says("anna", "/take 1")
        assert (await stored(desk, "confirm")).calendar == "nights"
        assert (await stored(desk, "resolve")).due_at == instant("2026-11-24 02:00")
        desk.settings = desk.configured(calendars=office())
        await desk.restarts()
        await desk.at("22:54")
        desk.hears("pm", "alert", "FD-1")
        await desk.mail(BOB, "Printer in the plant")
        desk.forget()
        assert (await desk.clocks(2))["resolve"] == "running"


async def test_the_project_manager_is_reminded_once_a_week_until_the_arrangement_is_loaded(story: Begin) -> None:
    async with story(start="2026-11-14 17:00", calendars=office()) as desk:
        await desk.app.duties.remind()  # the notice may still come
        await desk.settles()
        desk.nobody_hears_anything()
        await desk.at("2026-11-15 10:00")
        for _ in range(2):
            await desk.app.duties.remind()
            await desk.settles()
        desk.hears("pm", "holidays_unknown", "2027", "calendar office", "faultdesk policy diff")
        await desk.at("2026-11-21 16:00")
        await desk.app.duties.remind()
        await desk.settles()
        desk.nobody_hears_anything()
        await desk.at("2026-11-22 10:00")
        await desk.app.duties.remind()
        await desk.settles()
        desk.hears("pm", "holidays_unknown")
        await desk.reloads(calendars=office(holidays=["2027-01-01"], official_years=[2027]))
        await desk.at("2026-12-01 10:00")
        await desk.app.duties.remind()
        await desk.settles()
        desk.nobody_hears_anything()


async def test_a_year_that_began_without_its_arrangement_is_still_asked_for(story: Begin) -> None:
    async with story(start="2027-01-04 10:00", calendars=office()) as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.app.duties.remind()
        await desk.settles()
        desk.hears("pm", "holidays_unknown", "2027", "open deadlines there are provisional")
