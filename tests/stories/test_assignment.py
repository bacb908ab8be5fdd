"""Who is proposed for a fault, one press to follow, and faults that go to the proposed engineer by themselves."""

from collections.abc import Callable

from bot.config import Person, Place
from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
PEOPLE = [
    Person(handle="anna", name="Anna", roles=["resident"], places=["branch"]),
    Person(handle="ben", name="Ben", roles=["resident"], places=["hq"], skills=["general"]),
    Person(handle="mo", name="Mo", roles=["mobile"]),
    Person(handle="dora", name="Dora", roles=["desk"]),
    Person(handle="pm", name="Paul", roles=["manager"]),
]
PLACES = {"hq": Place(), "branch": Place(immediate_for=["general"])}
BY_ITSELF = {"assign_minutes": 9}


async def test_the_card_proposes_an_engineer_and_one_press_follows(story: Begin) -> None:
    async with story(people=PEOPLE, places=PLACES) as desk:
        await desk.mail(BOB, "Printer jam at hq")
        desk.hears("requester", "confirmation")
        card = desk.sees_card("Proposed: Ben (resident, on duty, at the place, knows the item, 0 open)")
        await desk.presses("anna", card, "As proposed")
        desk.hears("speaker", "phrase", "You may not do this")
        await desk.presses("dora", card, "As proposed")
        desk.hears("speaker", "phrase", "FD-1 is assigned to Ben")
        desk.hears("ben", "assignment", "assigned to you (by Dora)")
        desk.hears("requester", "assigned", "Ben")
        assert "Proposed" not in desk.sees_card("In charge: Ben").words
        await desk.says("dora", "/assign 1")
        asked = desk.hears("group", "proposals", "Anna: resident, on duty, usually elsewhere, 0 open\nMo: mobile")
        assert "Ben: " not in asked.words, "whoever has it needs no proposal"
        await desk.mail(BOB, "Slow network")
        desk.hears("requester", "confirmation")
        desk.sees_card("Proposed: Ben (resident, on duty, knows the item, 1 open)")


async def test_what_nobody_takes_goes_to_the_proposed_engineer_before_the_promise_lapses(story: Begin) -> None:
    """SP-3.3."""
    async with story(people=PEOPLE, places=PLACES, desk=BY_ITSELF) as desk:
        await desk.says("dora", "/absent ben 2026-11-23")
        await desk.mail(BOB, "Printer jam at hq")
        await desk.mail(BOB, "The second")
        await desk.says("dora", "/assign 2 mo")
        await desk.says("dora", "/forecast 1")
        ahead = desk.hears("group", "forecast", "09:08", "09:09 · FD-1 goes automatically to Anna").words
        assert "09:10" not in ahead, "by then it has gone to somebody by itself"
        confirm = ahead.split("to Anna")[1].splitlines()[1]
        assert "09:24 · FD-1 confirmation: half of the time is gone → Anna, Dora" in confirm
        await desk.at("09:08")
        desk.forget()
        await desk.at("09:09")
        desk.hears("anna", "assignment", "Chosen because: resident, on duty, usually elsewhere, 0 open", "/take FD-1")
        desk.hears("requester", "assigned", "Anna")
        desk.sees_card("In charge: Anna")
        desk.nobody_hears_anything()
        assert (await desk.clocks(1))["dispatch"] == "met"
        assert (await desk.ticket(2)).state == "dispatched"
        await desk.says("dora", "/absent anna 2026-11-23")
        await desk.says("dora", "/absent mo 2026-11-23")
        await desk.mail(BOB, "The third")
        desk.forget()
        await desk.at("09:18")
        assert (await desk.ticket(3)).state == "new", "nobody is on duty"
        desk.forget()


async def test_out_of_hours_it_waits_for_the_office_and_what_cannot_wait_goes_at_once(story: Begin) -> None:
    async with story(start="2026-11-23 20:00", people=PEOPLE, places=PLACES, desk=BY_ITSELF) as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.mail(BOB, "Fire in the branch")
        given = desk.hears(
            "anna", "assignment", "FD-2 is assigned to you\nChosen because: resident, on duty, at the place"
        )
        assert "Bob" not in given.words.splitlines()[0], "nobody chose her, least of all who wrote the mail"
        for other in ("ben", "mo"):
            desk.hears(other, "urgent", "FD-2 needs somebody at once, and has been assigned to Anna")
        assert (await desk.ticket(2)).state == "dispatched"
        assert not [one for one in desk._unheard if one.row.kind == "urgent"]
        desk.forget()
        await desk.says("ben", "/take 2", where="ben")  # the first of those who were called has it
        desk.hears("requester", "reassigned", "Ben")
        desk.hears("anna", "handed_over", "FD-2 is now with Ben")
        desk.hears("ben", "assignment", "FD-2 is yours")
        desk.sees_card("In charge: Ben (first contact: Anna)")
        await desk.says("mo", "/take 2", where="mo")
        desk.hears("speaker", "phrase", "already taken by Ben")
        desk.nobody_hears_anything()
        await desk.says("ben", "/reply 2 On my way.", where="ben")
        await desk.at("2026-11-24 09:08")
        assert (await desk.ticket(1)).state == "new"
        await desk.at("09:09")
        assert (await desk.ticket(1)).state == "dispatched"
        desk.forget()


async def test_a_fault_corrected_to_one_that_cannot_wait_goes_at_once_too(story: Begin) -> None:
    async with story(people=PEOPLE, places=PLACES, desk=BY_ITSELF) as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.says("dora", "/place 1 branch")
        desk.hears("anna", "assignment", "at the place")
        desk.hears("requester", "assigned")
        desk.forget()
        await desk.at("09:20")
        assert (await desk.ticket(1)).assignee_id
        desk.forget()
