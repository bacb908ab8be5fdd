"""Work that the customer's administrator must authorise: asked, given by mail or recorded, waited for visibly (SP-10.2)."""

from collections.abc import Callable

from bot.config import Customer, Person
from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@acme.example>"
LI = "Li Hong <li@acme.example>"
PEOPLE = [
    Person(handle="anna", name="Anna", roles=["resident"]),
    Person(handle="dora", name="Dora", roles=["desk"]),
    Person(handle="pm", name="Paul", roles=["manager"]),
]
ACME = Customer(
    key="acme", locale="en", domains=["acme.example"], authorizers=["li@acme.example"], authorized_items=["general"]
)


async def test_an_engineer_takes_it_and_waits_until_the_administrator_answers(story: Begin) -> None:
    async with story(people=PEOPLE, customers=[ACME]) as desk:
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation")
        desk.sees_card("waits for authorisation")
        asked = desk.hears(
            "li@acme.example", "authorization_request", "Work on the fault report of Bob Miller", "Printer jam"
        )
        await desk.says("anna", "/take 1")
        desk.hears("group", "phrase", "FD-1 is yours, and waits for the authorisation")
        desk.hears("anna", "assignment", "please do not begin before")
        desk.hears("requester", "assigned")
        desk.sees_card("waits for authorisation")
        await desk.says("dora", "/board")
        desk.hears("group", "board", "🔐 Waits for authorisation: FD-1")
        for words in ("/take 1", "/way 1", "/arrived 1", "/solve 1 Done."):
            await desk.says("anna", words)
            desk.hears("group", "phrase", "nobody may begin", "/authorize FD-1 WHO, HOW")
        await desk.says("dora", "/due")
        desk.hears("group", "ticket_list", "waits for authorisation")
        await desk.mail("Eve <eve@acme.example>", "Re: May we begin?", "approved", answers=asked)
        desk.hears("dora", "held")
        await desk.mail(LI, "Re: May we begin?", "What is it about?", answers=asked)
        desk.hears("dora", "held")
        await desk.mail(LI, "Re: May we begin?", "Approved\n\nLi Hong", answers=asked)
        desk.hears("anna", "authorization", "FD-1 is authorised by Li Hong (by mail)", "/take FD-1")
        desk.hears("li@acme.example", "authorization_noted", "authorised by Li Hong (by mail; recorded by Li Hong)")
        assert "authorisation" not in desk.sees_card().words
        await desk.says("anna", "/take 1")
        desk.hears("group", "phrase", "FD-1 is yours. Contact")
        desk.sees_card()
        await desk.says("anna", "/solve 1 Done.")
        desk.forget()
        await desk.says("dora", "/ticket 1", where="dora")
        desk.hears("dora", "details", "🔏 Authorised by Li Hong, by mail, Mon 23 Nov, 09:00")


async def test_the_desk_records_what_came_by_telephone_and_a_refusal_stops_the_work(story: Begin) -> None:
    async with story(people=PEOPLE, customers=[ACME]) as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.mail(BOB, "Slow network")
        asked = next(one for one in desk._unheard if one.row.kind == "authorization_request")
        await desk.says("dora", "/assign 1 anna")
        desk.forget()
        await desk.mail(LI, "Re: May we begin?", "refuse", answers=asked)
        for who in ("anna", "dora"):
            desk.hears(who, "authorization", "does not authorise the work")
        desk.hears("li@acme.example", "authorization_noted", "nobody begins")
        await desk.says("anna", "/authorize 2 me")
        desk.hears("group", "phrase", "You may not do this")
        await desk.says("dora", "/授权 2 李主任，电话")
        desk.hears("group", "phrase", "the authorisation is recorded")
        desk.hears("dora", "authorization", "as the desk has recorded")
        desk.hears("li@acme.example", "authorization_noted", "李主任，电话", "recorded by Dora")
        desk.sees_card()
        await desk.says("dora", "/authorize 2 again")
        desk.hears("group", "phrase", "needs no authorisation, or has one")


async def test_a_standing_authorisation_is_noted_before_work_starts_and_ends(story: Begin) -> None:
    async with story(people=PEOPLE, customers=[ACME]) as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.says("dora", "/authorize acme general until 2026-11-24 Ms Li, letter")
        desk.hears("group", "phrase", "Recorded as number 1, until Wed 25 Nov, 00:00")
        desk.hears("dora", "authorization", "FD-1 is authorised by Ms Li, letter")
        desk.hears("li@acme.example", "authorization_noted")
        assert "authorisation" not in desk.sees_card().words
        await desk.mail(BOB, "The second")
        desk.hears("requester", "confirmation")
        assert "authorisation" not in desk.sees_card().words
        desk.nobody_hears_anything()
        await desk.says("dora", "/authorize", where="dora")
        desk.hears("dora", "authorizations", "1 · acme: office IT equipment until Wed 25 Nov, 00:00 · Ms Li, letter")
        for words, answer in (
            ("beta general until 2026-12-31 Li", "There are: acme"),
            ("acme cars until 2026-12-31 Li", "There is no service item “cars”"),
            ("acme general Li", "I cannot read “Li” as an end"),
            ("acme general until 2026-12-31", "Please add the words"),
            ("end 9", "no standing authorisation 9"),
            ("end 1", "holds no more for new tickets"),
        ):
            await desk.says("dora", f"/authorize {words}", where="dora")
            desk.hears("dora", "phrase", answer)
        await desk.mail(BOB, "The third")
        desk.hears("requester", "confirmation")
        desk.sees_card("waits for authorisation")
        asked = desk.hears("li@acme.example", "authorization_request")
        await desk.mail(LI, "Re: May we begin?", "授权至 2026-12-31", answers=asked)
        desk.forget()
        await desk.mail(BOB, "The fourth")
        desk.hears("requester", "confirmation")
        assert "authorisation" not in desk.sees_card().words


async def test_only_items_that_need_it_wait_and_a_corrected_item_asks(story: Begin) -> None:
    async with story(people=PEOPLE, customers=[ACME]) as desk:
        await desk.mail(BOB, "A virus warning")
        desk.hears("requester", "confirmation")
        assert "authorisation" not in desk.sees_card().words
        desk.nobody_hears_anything()
        await desk.says("dora", "/item 1 general")
        desk.hears("li@acme.example", "authorization_request")
        desk.sees_card("waits for authorisation")
        desk.forget()
