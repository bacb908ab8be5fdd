"""Staff by command: who is added works like anybody of the configuration; who ends leaves no ticket in silence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.desk.announce import TABLE
from storage import people
from storage.models import event, outbox
from tests.stories.story import Story
from tests.stories.telegram import ANNA, BEN, DESK, GROUP, LEO, PM, TelegramStory, people_with_mail
from tests.stories.test_telegram_people import CODE, accounts

pytestmark = pytest.mark.usefixtures("database")

BOB = "Bob Miller <bob@customer.example>"
LEO_ADDED = "staff add leo name=Leo Stone role=resident mail=leo@desk.example language=en"


async def administers(desk: Any, line: str, locale: str = "en") -> dict[str, Any]:
    """What `faultdesk staff …` says on the machine."""
    answer = await desk.app.control.answer({"op": "say", "as": "", "text": line, "locale": locale})
    await desk.settles()
    return dict(answer)


async def happened(desk: Any) -> list[tuple[str, dict[str, Any]]]:
    rows = await desk.app.store.read(lambda db: list(db.execute(select(event).where(event.c.ticket_id.is_(None)))))
    return [(row.kind, row.facts) for row in rows]


async def test_who_is_added_links_takes_and_is_warned_like_anybody(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        said = await administers(desk, LEO_ADDED)
        assert said["ok"], said
        assert said["text"] == (
            "Leo Stone is now staff: resident engineer. Mail reaches leo@desk.example. "
            "To link a chat account: /invite leo"
        )
        desk.reads(DESK, "Leo Stone (leo) is now staff: resident engineer. Added by administrator.", "/staff end leo")
        desk.reads(PM, "Leo Stone (leo) is now staff")
        await desk.writes(DESK, "/invite leo")
        found = CODE.search(desk.reads(DESK, "Leo Stone"))
        assert found
        await desk.writes(LEO, f"/link {found[1]}", LEO)
        desk.reads(LEO, "Welcome, Leo Stone", "resident engineer")
        await desk.restarts()  # the configuration does not name him, and leaves him alone
        await desk.mail(BOB, "Printer jam")
        await desk.writes(DESK, "/assign 1 leo")
        desk.reads(LEO, "FD-1")
        await desk.taps(LEO, desk.card(), "Take")
        assert (await desk.ticket()).state == "accepted"
        await desk.passes(minutes=60)
        desk.reads(LEO, "FD-1", "response")
        await desk.writes(LEO, "/solve 1 Mended.")
        assert (await desk.ticket()).state == "solved"
        assert ("staff added", {"person": 5, "roles": ["resident"]}) in await happened(desk)
        desk.forget()


async def test_who_ends_has_nothing_any_more_and_her_tickets_are_named(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk", linked=("desk", "pm", "anna")) as desk:
        await administers(desk, LEO_ADDED)
        await desk.mail(BOB, "Printer jam")
        await desk.mail(BOB, "No network")
        for number in (1, 2):
            await administers(desk, f"assign {number} leo")
        desk.forget()
        await desk.writes(PM, "/staff end leo", PM)
        desk.reads(
            DESK, "Leo Stone (leo) is no longer staff", "Without an engineer now: FD-1, FD-2", "/assign FD-1 WHO"
        )
        assert any(
            "is no longer staff, as of now. Still without an engineer: FD-1, FD-2" in one for one in desk.screen(PM)
        )
        assert ("staff ended", {"person": 5, "tickets": [1, 2]}) in await happened(desk)
        await desk.writes(LEO, "/list", LEO)
        assert desk.screen(LEO) == []
        await desk.writes(PM, "/ticket 2", PM)
        desk.reads(PM, "FD-2", "Leo Stone")
        await desk.writes(ANNA, "/take 1")  # nobody has to release it first
        assert (await desk.ticket()).assignee_id == (await person(desk, "anna")).id
        await desk.passes(minutes=90)  # what he would hear of FD-2, the desk hears
        heard = [one for one in desk.screen(DESK) if "FD-2" in one and "response" in one]
        assert heard, desk.screen(DESK)
        desk.forget()


async def person(desk: Any, handle: str) -> people.Person:
    found = await desk.app.store.read(lambda db: people.ever_called(db, handle))
    assert found
    return found  # type: ignore[no-any-return]


async def test_what_waits_for_who_ends_is_not_sent(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        await administers(desk, "staff add leo role=desk mail=leo@desk.example prefers=mail")
        leo = await person(desk, "leo")
        row: dict[str, Any] = {
            "dedup_key": "x",
            "event": "command",
            "kind": "phrase",
            "audience": "speaker",
            "channel": "mail",
        }
        row |= {"address": "leo@desk.example", "person_id": leo.id, "locale": "en", "facts": {"phrase": "stranger"}}
        later = desk.clock.now().replace(year=2027)

        def waits(db: Any) -> None:
            from storage.outbox import put

            put(db, [row], later)

        await desk.app.store.write(waits)
        assert (await administers(desk, "staff end leo"))["ok"]
        state = await desk.app.store.read(
            lambda db: db.execute(select(outbox.c.state, outbox.c.outcome).where(outbox.c.dedup_key == "x")).one()
        )
        assert tuple(state) == ("dropped", "she is staff no more")
        desk.forget()


async def test_who_comes_back_links_anew(tmp_path: Path) -> None:
    """The handle is the same person's again, with her history; the old account opens nothing."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await administers(desk, LEO_ADDED)
        said = await administers(desk, "link leo")
        found = CODE.search(said["text"])
        assert found
        await desk.writes(LEO, f"/link {found[1]}", LEO)
        first = await person(desk, "leo")
        code = CODE.search((await administers(desk, "link leo"))["text"])
        assert code
        await administers(desk, "staff end leo")
        assert str(LEO) not in await accounts(desk)
        await desk.writes(LEO, f"/link {code[1]}", LEO)
        desk.reads(LEO, "This code does not work")
        assert (await administers(desk, LEO_ADDED))["ok"]
        again = await person(desk, "leo")
        assert (again.id, again.active) == (first.id, True)
        assert str(LEO) not in await accounts(desk)
        desk.forget()


async def test_an_account_of_the_former_configuration_links_to_a_new_entry(tmp_path: Path) -> None:
    """Ben leaves the configuration and comes by command under another handle, with his old telephone."""
    async with TelegramStory(tmp_path / "desk") as desk:
        left = [one for one in people_with_mail() if one["handle"] != "ben"]
        desk.settings = desk.settings.model_copy(
            update={"people": type(desk.settings).model_validate({"people": left}).people}
        )
        await desk.restarts()
        await administers(desk, "staff add benny name=Benny mail=ben@desk.example language=en")
        code = CODE.search((await administers(desk, "link benny"))["text"])
        assert code
        await desk.writes(BEN, f"/link {code[1]}", BEN)
        desk.reads(BEN, "Welcome, Benny")
        assert (await accounts(desk))[str(BEN)] == (await person(desk, "benny")).id
        desk.forget()


REFUSED = {
    "staff add anna name=Anna Two": "The handle anna belongs to Anna, who is named in the configuration. Please choose another.",
    "staff add leo": "The handle leo belongs to Leo Stone. Please choose another, or end that person's rights first: /staff end leo",
    "staff add new mail=Anna@Desk.example": "anna@desk.example is the address of Anna. Please give another.",
    "staff add new mail=leo@desk.example": "leo@desk.example is the address of Leo Stone. Please give another.",
    "staff add new mail=wang@c.example": "wang@c.example is the address of Wang, a requester in the directory. Please",
    "staff add new mail=fault@desk.example": "fault@desk.example is our own mailbox. Please give the person's own",
    "staff add New!": "“new!” cannot be a handle: use small letters, digits, . _ -; at most 32.",
    "staff add new mail=nowhere": "“nowhere” is not a mail address; write it like li@example.com.",
    "staff add new role=chief": "“chief” does not fit role; choose from resident, mobile, senior, desk, manager",
    "staff add new language=fr": "“fr” does not fit language; choose from zh, en.",
    "staff add new prefers=mail": "Preferring mail needs an address: mail=li@example.com",
    "staff add new Li Wei": "I do not understand “Li Wei”; say what it is, like name=Li Wei",
    "staff end anna": "Anna is named in the configuration. Remove the entry from [[people]], then: faultdesk reload",
    "staff end nobody": "Nobody on the staff has the handle “nobody”. Choose from: anna, ben, desk, leo, pm",
    "staff sack leo": "Write it like this: /staff [add <handle>",
    "staff add": "Write it like this: /staff [add <handle>",
}


async def test_what_cannot_be_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        await administers(desk, LEO_ADDED)
        await desk.app.store.write(
            lambda db: people.keep_requester(db, "wang@c.example", {"name": "Wang", "roles": []})
        )
        before = await happened(desk)
        for line, reason in REFUSED.items():
            said = await administers(desk, line)
            assert (said["ok"], said["text"][: len(reason)]) == (False, reason), line
        assert await happened(desk) == before
        desk.forget()


async def test_a_project_manager_is_named_on_the_machine_only(tmp_path: Path) -> None:
    """A chat account that is lost to somebody else makes nobody the one who answers for the contract."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.writes(PM, "/staff add eve role=desk,pm", PM)
        desk.reads(PM, "Only the administrator can name project managers", "faultdesk staff add eve")
        assert (await administers(desk, "staff add mia name=Mia role=manager mail=mia@desk.example"))["ok"]
        await desk.writes(PM, "/staff end mia", PM)
        desk.reads(PM, "faultdesk staff end mia")
        await desk.writes(DESK, "/staff", DESK)
        desk.reads(DESK, "You may not do this")
        desk.forget()


async def test_the_project_manager_lists_adds_and_ends_in_chinese_from_the_group(tmp_path: Path) -> None:
    """Addresses of staff go to the private chat, wherever the command was given."""
    staff = [one | ({"language": "zh"} if one["handle"] == "pm" else {}) for one in people_with_mail()]
    async with TelegramStory(tmp_path / "desk", people=staff) as desk:
        before = len(desk.screen(GROUP))
        await desk.writes(PM, "/员工 添加 li —姓名 李伟 —角色 驻场，服务台 —邮箱 li@desk.example —语言 中文")
        answer, told = desk.screen(PM)[-2:]
        assert "李伟已成为服务人员：驻场工程师、服务台。邮件发到 li@desk.example。" in answer
        assert "李伟（li）已成为服务人员" in told
        await desk.writes(PM, "/员工")
        desk.reads(PM, "李伟（li） · 驻场工程师、服务台 · li@desk.example · 由命令添加", "/员工 停用 li")
        assert (await person(desk, "li")).language == "zh"
        await desk.writes(PM, "/员工 停用 li")
        assert any("李伟已立即停用。" in one for one in desk.screen(PM))
        assert len(desk.screen(GROUP)) == before
        await desk.writes(PM, "/help staff", PM)
        desk.reads(PM, "添加 li 姓名=李伟")
        desk.forget()


async def test_the_configuration_wins_over_a_handle_and_an_address(
    story: Callable[..., Story], caplog: pytest.LogCaptureFixture
) -> None:
    async with story(people=people_with_mail()) as desk:
        await administers(desk, LEO_ADDED)
        await administers(desk, "staff add mia name=Mia role=desk mail=mia@desk.example")
        leo = (await person(desk, "leo")).id
        entries = [
            {"handle": "leo", "name": "Leonard", "roles": ["mobile"], "mail": "leonard@desk.example"},
            {"handle": "max", "name": "Max", "roles": ["mobile"], "mail": "mia@desk.example"},
        ]
        result = await desk.reloads(people=[*people_with_mail(), *entries])
        assert "people" in result.changed
        found = await person(desk, "leo")
        assert (found.id, found.name, found.roles, found.by_command) == (leo, "Leonard", ("mobile",), False)
        assert result.said == [
            "leo was added by command; from now on the configuration says who that is",
            "the mail address of mia is max's now: the configuration says so",
        ]
        assert all(line in caplog.text for line in result.said)
        assert (await person(desk, "mia")).active
        await desk.reloads(people=people_with_mail())
        assert not (await person(desk, "leo")).active
        assert (await person(desk, "mia")).active
        desk.forget()


async def test_who_leaves_the_configuration_with_open_tickets_is_told_once(story: Callable[..., Story]) -> None:
    async with story(people=people_with_mail()) as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("ben", "/take 1")
        desk.forget()
        left = [one for one in people_with_mail() if one["handle"] != "ben"]
        await desk.reloads(people=left)
        for who in ("desk", "pm"):
            desk.hears(who, "staff_ended", "Ben (ben) is no longer staff", "Without an engineer now: FD-1")
        await desk.reloads(people=left)
        desk.nobody_hears_anything()


def test_both_the_desk_and_the_project_manager_hear_of_it() -> None:
    """A lost account of the one is noticed by the other."""
    for name in ("staff added", "staff ended"):
        assert {line.audience for line in TABLE[name]} == {"desk", "manager"}
