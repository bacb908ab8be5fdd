"""Words of the desk to many at once: shown first with how many they reach, sent on a second word, and only once."""

from collections.abc import Callable
from typing import Any

from bot.desk import directory
from bot.desk.work import Actor, Work
from bot.domain.directory import Entry
from storage import people
from tests.stories.story import AT_TERMINAL, OUTSIDE, Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
LI = "李雷 <li@customer.example>"
CY = "Cy <cy@customer.example>"
CUSTOMERS = [
    {"key": "acme", "name": "Acme", "locale": "en", "domains": ["customer.example"]},
    {"key": "rival", "locale": "en", "domains": ["rival.example"]},
]
PLACES = {"hq": {"words": ["HQ building"]}}


async def outage(desk: Story) -> None:
    """FD-1 of Bob's is the master of FD-2 and FD-3, Anna's; who heard of it is not the matter here."""
    for sender in (BOB, LI, CY):
        await desk.mail(sender, "No network")
    await desk.says("anna", "/take 1")
    await desk.says("desk", "/master 1")
    for number in (2, 3):
        await desk.says("desk", f"/child {number} of 1")
    desk.forget()


async def directory_holds(desk: Story, **places: str) -> None:
    """People of Acme's directory, each at her place."""
    entries = [
        Entry(1, f"{name}@customer.example", name.title(), customer="acme", place=place)
        for name, place in places.items()
    ]

    def enter(db: Any) -> None:
        work = Work(db, desk.app.house, desk.clock.now(), Actor("admin", "cli"))
        _, mistakes = directory.import_people(work, entries, dry_run=False)
        assert not mistakes

    await desk.app.store.write(enter)


@OUTSIDE
async def test_all_who_reported_an_outage_hear_it_after_the_button_each_on_her_own_ticket(story: Begin) -> None:
    async with story() as desk:
        await outage(desk)
        await desk.says("desk", "/notice 1 The switch is being replaced. Back at 11:00.")
        preview = desk.hears(
            "group", "notice_preview", "Not sent yet. It goes to 3 people who reported FD-1", "│ The switch"
        )
        desk.nobody_hears_anything()
        await desk.presses("desk", preview, "✉️ 3")
        desk.hears("speaker", "phrase", "The notice is on its way to 3 people")
        desk.hears("bob@customer.example", "notice", "[FD-1] News about the outage FD-1", "Back at 11:00.", "Dora")
        desk.hears("cy@customer.example", "notice", "[FD-3]", "reported the outage FD-1")
        notice = desk.hears("li@customer.example", "notice", "[FD-2]", "Back at 11:00.")
        assert "Auto-Submitted" not in notice.mail
        assert (await desk.clocks(2))["response"] == "met"
        await desk.presses("desk", preview, "✉️ 3")
        desk.hears("speaker", "phrase", "The same text already went to the same people today")
        desk.nobody_hears_anything()
        await desk.mail(LI, "Re: notice", "Thank you, but the phones are dead, too.", answers=notice)
        desk.hears("anna", "answer", "FD-2")
        desk.hears("group", "answer_group", "FD-2")


async def test_yes_sends_at_once_in_both_languages(story: Begin) -> None:
    async with story() as desk:
        await outage(desk)
        await desk.says("desk", "通知 1 发送 正在更换交换机。")
        desk.hears("group", "phrase", "3 people")
        for address in ("bob", "li", "cy"):
            desk.hears(f"{address}@customer.example", "notice", "正在更换交换机。")
        await desk.says("anna", "/notice 1 yes Done.")
        desk.hears("group", "phrase", "You may not do this")
        await desk.says("desk", "/notice 2 yes Done.")
        desk.hears("group", "phrase", "FD-2 is not a master ticket. To write to its user: /reply FD-2 TEXT")
        await desk.says("desk", "/notice 1")
        desk.hears("group", "phrase", "Please add the words")


async def test_a_customers_people_and_those_at_a_place_hear_it_and_nobody_else_does(story: Begin) -> None:
    async with story(customers=CUSTOMERS, places=PLACES) as desk:
        await directory_holds(desk, ada="hq", ben="hq", eva="yard")
        for sender in (BOB, "Rick <rick@rival.example>", "Eve <eve@elsewhere.example>"):
            await desk.mail(sender, "No network")
        desk.forget()
        await desk.says("desk", "/notice customer acme: No mail tonight from 22:00 on.")
        preview = desk.hears("group", "notice_preview", "4 people at Acme", "│ No mail tonight")
        await desk.presses("desk", preview, "✉️ 4")
        desk.hears("speaker", "phrase", "4 people")
        for name in ("ada", "ben", "eva", "bob"):
            mail = desk.hears(f"{name}@customer.example", "notice", "[FD] A notice from the service desk", "at Acme")
            assert mail.mail["In-Reply-To"] is None
        desk.nobody_hears_anything()
        await desk.says("desk", "/notice place HQ building yes The lift is out of order.", where="desk")
        desk.hears("desk", "phrase", "2 people")
        ada = desk.hears("ada@customer.example", "notice", "The lift is out of order.", "at hq")
        desk.hears("ben@customer.example", "notice")
        await desk.mail("ada@customer.example", "Re: notice", "Thanks for letting us know!", answers=ada)
        desk.nobody_hears_anything()
        await desk.mail("ada@customer.example", "Re: notice", "And my screen is dead.", answers=ada)
        desk.hears("ada@customer.example", "confirmation", "FD-4")
        desk.forget()


@AT_TERMINAL
async def test_in_a_customers_group_only_its_own_people_are_written_to(story: Begin) -> None:
    async with story(customers=CUSTOMERS, places=PLACES) as desk:
        await directory_holds(desk, ada="hq")
        rival = next(one for one in desk.app.house.customers if one.key == "rival")
        facts: dict[str, Any] = {"title": "rivals", "locale": "en", "trusted": False}
        await desk.app.store.write(lambda db: people.keep_group(db, rival.id, "console", "rivals", **facts))
        for words, answer in (
            ("/notice customer acme yes Hello.", "Please name a customer: rival"),
            ("/notice place hq yes Hello.", "Nobody there can be reached by mail"),
            ("/notice place moon yes Hello.", "There is no place “moon”"),
        ):
            await desk.says("desk", words, where="rivals")
            desk.hears("rivals", "phrase", answer)
            desk.nobody_hears_anything()


async def test_who_reported_twice_hears_it_once_and_a_solved_one_hears_it_too(story: Begin) -> None:
    async with story() as desk:
        await outage(desk)
        await desk.mail(BOB, "Still no network")
        await desk.says("desk", "/child 4 of 1")
        await desk.says("anna", "/solve 1 A new switch.")
        desk.forget()
        await desk.says("desk", "/notice 1 yes Please restart your PC once.")
        desk.hears("group", "phrase", "3 people")
        for address in ("bob", "li", "cy"):
            desk.hears(f"{address}@customer.example", "notice", "Please restart")
