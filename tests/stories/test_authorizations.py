"""Work that the customer's administrator must authorise: asked, given by mail, in a chat or recorded, waited for visibly (SP-10.2)."""

from collections.abc import Callable
from pathlib import Path

import pytest

import bot.menus
from bot.config import Customer, Person
from storage import authorizations
from tests.stories.story import Story
from tests.stories.telegram import ANNA, CUSTOMERS, DESK, GROUP, LEO, PM, TelegramStory

Begin = Callable[..., Story]
HONG, KAI = 601, 602
"""Li Hong's account at Telegram; that of who authorises for another customer."""
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
        desk.sees_card("waiting for authorisation")
        asked = desk.hears(
            "li@acme.example", "authorization_request", "Work on the fault report of Bob Miller", "Printer jam"
        )
        await desk.says("anna", "/take 1")
        desk.hears("group", "phrase", "FD-1 is yours, but is waiting for authorisation")
        desk.hears("anna", "assignment", "please do not start before that")
        desk.hears("requester", "assigned")
        desk.sees_card("waiting for authorisation")
        await desk.says("dora", "/board")
        desk.hears("group", "board", "🔐 Waiting for authorisation: FD-1")
        for words in ("/take 1", "/way 1", "/arrived 1", "/solve 1 Done."):
            await desk.says("anna", words)
            desk.hears("group", "phrase", "nobody may start yet", "/authorize FD-1 WHO, HOW")
        await desk.says("dora", "/due")
        desk.hears("group", "ticket_list", "waiting for authorisation")
        await desk.mail("Eve <eve@acme.example>", "Re: May we start?", "approved", answers=asked)
        desk.hears("dora", "held")
        await desk.mail(LI, "Re: May we start?", "What is it about?", answers=asked)
        desk.hears("dora", "held")
        await desk.mail(LI, "Re: May we start?", "Approved\n\nLi Hong", answers=asked)
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
        await desk.mail(LI, "Re: May we start?", "refuse", answers=asked)
        for who in ("anna", "dora"):
            desk.hears(who, "authorization", "does not authorise the work")
        desk.hears("li@acme.example", "authorization_noted", "nobody will start")
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
            ("beta general until 2026-12-31 Li", "Please name a customer: acme"),
            ("acme cars until 2026-12-31 Li", "There is no service item “cars”"),
            ("acme general Li", "I do not understand “Li” as an end"),
            ("acme general until 2026-12-31", "Please add the words"),
            ("end 9", "no standing authorisation 9"),
            ("end 1", "no longer applies to new tickets"),
        ):
            await desk.says("dora", f"/authorize {words}", where="dora")
            desk.hears("dora", "phrase", answer)
        await desk.mail(BOB, "The third")
        desk.hears("requester", "confirmation")
        desk.sees_card("waiting for authorisation")
        asked = desk.hears("li@acme.example", "authorization_request")
        await desk.mail(LI, "Re: May we start?", "授权至 2026-12-31", answers=asked)
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
        desk.sees_card("waiting for authorisation")
        desk.forget()


def by_chat(folder: Path) -> TelegramStory:
    """Li Hong of the customer has an account, is in the group by chance, and may link the account."""
    mine = {**CUSTOMERS[0], "authorizers": ["li@acme.example"], "authorized_items": ["*"]}
    other = {"key": "beta", "locale": "en", "domains": ["beta.example"], "authorizers": ["kai@beta.example"]}
    desk = TelegramStory(folder, customers=[mine, other])
    for account, name in ((HONG, "Hong"), (KAI, "Kai")):
        desk.telegram.joins(GROUP, desk.telegram.user(account, name))
    return desk


async def linked(desk: TelegramStory, address: str, account: int) -> None:
    await desk.writes(DESK, f"/invite {address}", DESK)
    code = desk.reads(DESK, address, "/link ").partition("/link ")[2][:15]
    await desk.writes(account, f"/link {code}", account)
    desk.reads(DESK, f"/unlink {address}")


async def test_the_administrator_gives_it_in_her_private_chat_for_one_ticket_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.menus, "PAUSE", 0.01)
    async with by_chat(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        desk.hears("li@acme.example", "authorization_request")  # no account yet: by mail
        await desk.writes(HONG, "/allow 1", HONG)
        assert desk.screen(HONG) == []
        await linked(desk, "li@acme.example", HONG)
        desk.reads(HONG, "Welcome, li@acme.example", "authorises work for the customer")
        await linked(desk, "kai@beta.example", KAI)
        await desk.telegram.until(
            lambda: set(desk.telegram.menus[str(HONG), ""]) == {"allow", "unlink", "help", "whoami"}
        )
        desk.forget()
        await desk.mail(BOB, "Slow network")
        asked = desk.telegram.sent(HONG)[-1]
        desk.reads(HONG, "May we start? FD-2", "Bob Miller: Slow network", "/allow FD-2 until")
        desk.hears("requester", "confirmation")
        await desk.writes(DESK, "/assign 2 anna", DESK)
        for who, words, answer in (
            (KAI, "/allow 2", "There is no FD-2"),
            (KAI, "/take 2", "You may not do this"),
            (DESK, "/allow 2", "You may not do this"),
            (HONG, "/allow 9", "There is no FD-9"),
            (HONG, "/allow 2 perhaps", "I do not understand “perhaps”"),
            (HONG, "/allow 2 until 2026-01-01", "I do not understand"),
            (HONG, "/solve 2 Done.", "You may not do this"),
        ):
            await desk.writes(who, words, who)
            desk.reads(who, answer)
        await desk.writes(HONG, "/allow 2")  # in the group she is nobody's
        await desk.writes(LEO, "/allow 2", LEO)
        await desk.writes(ANNA, "/take 2", ANNA)
        desk.reads(ANNA, "FD-2 is waiting for authorisation")
        await desk.taps(HONG, asked, "Authorise")
        desk.reads(HONG, "Recorded: work on FD-2 may start")
        desk.reads(ANNA, "FD-2 is authorised by li@acme.example (in her private chat)", "/take FD-2")
        assert "authorisation" not in desk.card(2)["text"]
        assert "authorisation" in desk.card(1)["text"]
        [row] = (await desk.app.store.read(lambda db: authorizations.of_tickets(db, [1, 2]))).values()
        assert (row.ticket_id, row.given_by, row.how) == (2, "li@acme.example", "chat")
        await desk.taps(HONG, asked, "Refuse")
        desk.reads(HONG, "FD-2 needs no authorisation, or has one")
        await desk.writes(ANNA, "/take 2", ANNA)
        desk.reads(ANNA, "FD-2 is yours. Contact")
        desk.forget()


async def test_in_a_chat_she_refuses_or_authorises_all_of_a_kind_and_her_rights_end_with_the_configuration(
    tmp_path: Path,
) -> None:
    async with by_chat(tmp_path / "desk") as desk:
        await linked(desk, "li@acme.example", HONG)
        await desk.mail(BOB, "Printer jam")
        asked = desk.telegram.sent(HONG)[-1]
        await desk.writes(HONG, "不授权", HONG, reply_to=asked["message_id"])
        desk.reads(HONG, "Recorded: work on FD-1 may not start", "/allow FD-1")
        desk.reads(DESK, "does not authorise the work")
        await desk.writes(HONG, "Approved until 2026-12-31.", HONG, reply_to=asked["message_id"])
        desk.reads(HONG, "work on FD-1 may start, and on everything of this kind until the end of 2026-12-31")
        await desk.mail(BOB, "Slow network")
        assert "authorisation" not in desk.card(2)["text"]
        desk.telegram.joins(GROUP, HONG, "left")  # her rights do not hang on the group
        await desk.writes(HONG, "/help", HONG)
        desk.reads(HONG, "/allow", "All 4 commands")
        await desk.writes(PM, "/authorize 2 me", PM)
        desk.reads(PM, "needs no authorisation, or has one")
        customers = [{**one, "authorizers": [], "authorized_items": []} for one in desk._how["customers"]]
        await desk.reloads(customers=customers, people=desk._how["people"], chat=desk.settings.chat)
        said = len(desk.screen(HONG))
        await desk.writes(HONG, "/allow 2 no", HONG)
        assert len(desk.screen(HONG)) == said
        desk.forget()
