"""Whose account is whose: linked by a code in private, both ways told, ended at once (reliability 4, 3 C 69 to 71)."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from storage.chat_models import link_code, link_try
from storage.models import contact, event, inbox
from tests.stories.telegram import ANNA, BEN, DESK, GROUP, HANDLES, LEO, PM, TelegramStory, people_with_mail

pytestmark = pytest.mark.usefixtures("database")

CODE = re.compile(r"/link ([0-9A-Z-]{15})")
REFUSED = "This code does not work"
STRANGER = "I do not know you yet"
ONLY_DESK = ("desk", "pm")
BOB = "Bob Miller <bob@customer.example>"


async def code_for(desk: TelegramStory, handle: str) -> str:
    await desk.writes(DESK, f"/invite {handle}")
    found = CODE.search(desk.reads(DESK, handle.title()))
    assert found
    return found[1]


async def accounts(desk: TelegramStory) -> dict[str, int]:
    rows = await desk.app.store.read(
        lambda db: list(db.execute(select(contact.c.person_id, contact.c.value).where(contact.c.channel == "telegram")))
    )
    return {row.value: row.person_id for row in rows}


async def test_a_code_links_an_account_and_both_sides_hear_of_it(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk", linked=ONLY_DESK) as desk:
        code = await code_for(desk, "anna")
        assert f"https://t.me/faultdesk_bot?start={code}" in desk.screen(DESK)[-1]
        await desk.writes(ANNA, f"/link {code}", ANNA)
        desk.reads(ANNA, "Welcome, Anna", "resident engineer")
        desk.reads(DESK, "Anna has linked a chat account", "/unlink anna")
        await desk.writes(ANNA, "/whoami", ANNA)
        desk.reads(ANNA, "Anna")
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.taps(ANNA, desk.card(), "Take")
        desk.hears("requester", "assigned", "Anna")


async def test_who_is_in_none_of_our_groups_keeps_no_rights(tmp_path: Path) -> None:
    """Reliability 4: whoever gives orders is in a group of ours, also if nobody has seen her leave it."""
    async with TelegramStory(tmp_path / "desk") as desk:
        desk.telegram.joins(GROUP, ANNA, "left")
        await desk.restarts()
        await desk.telegram.shows(ANNA, "no longer linked to Anna")
        await desk.settles()
        desk.reads(DESK, "Anna is in none of our groups", "/invite anna")
        assert set(await accounts(desk)) == {str(BEN), str(DESK), str(PM)}
        desk.forget()


async def test_a_deep_link_does_the_same(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk", linked=ONLY_DESK) as desk:
        await desk.writes(ANNA, f"/start {await code_for(desk, 'anna')}", ANNA)
        desk.reads(ANNA, "Welcome, Anna")


async def test_a_code_is_typed_as_people_type(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk", linked=ONLY_DESK) as desk:
        code = (await code_for(desk, "anna")).lower().replace("-", " ").replace("0", "o").replace("1", "l")
        await desk.writes(ANNA, f"/link@faultdesk_bot  {code}", ANNA)
        desk.reads(ANNA, "Welcome, Anna")


async def test_a_code_alone_does_the_same(tmp_path: Path) -> None:
    """She copies the code and nothing else; from whoever is linked it is a word like any other."""
    async with TelegramStory(tmp_path / "desk", linked=ONLY_DESK) as desk:
        code = await code_for(desk, "anna")
        await desk.writes(ANNA, f" {code.lower()} ", ANNA)
        desk.reads(ANNA, "Welcome, Anna")
        await desk.writes(ANNA, code, ANNA)
        desk.reads(ANNA, "I do not know")


async def test_a_code_holds_once(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk", linked=ONLY_DESK) as desk:
        code = await code_for(desk, "anna")
        await desk.writes(ANNA, f"/link {code}", ANNA)
        await desk.writes(LEO, f"/link {code}", LEO)
        desk.reads(LEO, REFUSED)
        assert str(LEO) not in await accounts(desk)


async def test_a_code_holds_ten_minutes_and_a_new_one_ends_the_old(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk", linked=ONLY_DESK) as desk:
        late = await code_for(desk, "anna")
        await desk.passes(minutes=10)
        await desk.writes(ANNA, f"/link {late}", ANNA)
        desk.reads(ANNA, REFUSED)
        old, new = await code_for(desk, "anna"), await code_for(desk, "anna")
        await desk.writes(ANNA, f"/link {old}", ANNA)
        desk.reads(ANNA, REFUSED)
        await desk.passes(minutes=9)
        await desk.writes(ANNA, f"/link {new}", ANNA)
        desk.reads(ANNA, "Welcome, Anna")


async def test_another_s_code_is_as_wrong_as_any_other(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk", linked=("desk", "pm", "ben")) as desk:
        await desk.writes(BEN, f"/link {await code_for(desk, 'anna')}", BEN)
        desk.reads(BEN, REFUSED)
        assert len(await accounts(desk)) == 3


async def test_five_wrong_codes_lock_the_account_for_a_quarter_of_an_hour(tmp_path: Path) -> None:
    """The right one does not help then, and the text is the same (3 C 69)."""
    async with TelegramStory(tmp_path / "desk", linked=ONLY_DESK) as desk:
        for number in range(5):
            await desk.writes(LEO, f"/link WRONG-{number:04}-CODE", LEO)
        await desk.writes(LEO, f"/link {await code_for(desk, 'anna')}", LEO)
        assert len(set(desk.screen(LEO))) == 1
        assert REFUSED in desk.screen(LEO)[0]
        await desk.writes(ANNA, f"/link {await code_for(desk, 'anna')}", ANNA)
        desk.reads(ANNA, "Welcome, Anna")  # another account is not locked
        await desk.passes(minutes=15)
        await desk.writes(LEO, f"/start {await code_for(desk, 'ben')}", LEO)
        desk.reads(LEO, "Welcome, Ben")
        assert await desk.app.store.read(lambda db: db.execute(select(link_try)).all()) == []


async def test_a_code_said_in_a_group_is_void(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk", linked=ONLY_DESK) as desk:
        shown = [await code_for(desk, "anna")]
        await desk.writes(ANNA, f"/link {shown[0]}")  # by somebody whom we do not know: the group hears nothing
        assert desk.screen(GROUP) == []
        desk.reads(ANNA, "void now: please ask the service desk for a new one")
        await desk.writes(ANNA, f"/link {shown[0]}")
        assert len(desk.screen(ANNA)) == 1, "of words that are no code nothing is said"
        shown.append(await code_for(desk, "anna"))
        await desk.writes(DESK, "/link FD-3 1")
        desk.reads(GROUP, "/related 3 1")
        await desk.writes(DESK, f"/link {shown[1]}")
        desk.reads(GROUP, "void now")
        for code in shown:
            await desk.writes(LEO, f"/link {code}", LEO)
            desk.reads(LEO, REFUSED)


async def test_the_code_is_kept_as_a_digest_only(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk", linked=ONLY_DESK) as desk:
        code = await code_for(desk, "anna")
        kept: Any = await desk.app.store.read(lambda db: str(db.execute(select(link_code)).all()))
        assert code.replace("-", "") not in kept
        assert len(code.replace("-", "")) * 5 >= 60
        journal = await desk.app.store.read(lambda db: str(db.execute(select(event)).all()))
        assert "invited" in journal
        assert code not in journal


async def test_a_new_telephone_ends_the_old_account(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.writes(LEO, f"/link {await code_for(desk, 'anna')}", LEO)
        desk.reads(LEO, "Welcome, Anna")
        desk.reads(ANNA, "no longer linked to Anna")
        await desk.writes(ANNA, "/list", ANNA)
        assert "no longer linked" in desk.screen(ANNA)[-1]
        assert str(ANNA) not in await accounts(desk)


async def test_unlink_by_herself_by_the_desk_and_by_nobody_else(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.writes(BEN, "/unlink anna")
        desk.reads(GROUP, "You may not do this")
        await desk.writes(DESK, "/unlink anna")
        desk.reads(GROUP, "Anna is no longer linked")
        desk.reads(ANNA, "no longer linked to Anna")
        desk.reads(DESK, "Anna is no longer linked", "/invite anna")
        before = len(desk.screen(BEN))
        await desk.writes(BEN, "/unlink", BEN)
        assert len(desk.screen(BEN)) == before + 1
        desk.reads(BEN, "Ben is no longer linked")
        assert set(await accounts(desk)) == {str(HANDLES["desk"]), str(HANDLES["pm"])}


async def test_leaving_the_group_ends_the_link_at_once(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        desk.telegram.leaves(GROUP, ANNA)
        desk.telegram.leaves(GROUP, BEN, "kicked")
        desk.telegram.leaves(GROUP, LEO)
        desk.telegram.press(GROUP, desk.card()["message_id"], "Take", ANNA)
        await desk.writes(BEN, "/take 1", BEN)
        assert (await desk.ticket()).state == "new"
        assert set(await accounts(desk)) == {str(HANDLES["desk"]), str(HANDLES["pm"])}
        desk.reads(DESK, "Ben is no longer linked")


async def test_who_is_unknown_is_told_so_in_private_and_nothing_else(tmp_path: Path) -> None:
    """3 C 61, 70: a neutral line in private, silence in the group, a row for those who look."""
    async with TelegramStory(tmp_path / "desk", linked=ONLY_DESK) as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        before = desk.screen(GROUP)
        for words in ("/take 1", "/list", "/ticket 1", "接单 1"):
            await desk.writes(ANNA, words)
            await desk.writes(ANNA, words, ANNA)
        await desk.taps(ANNA, desk.card(), "Take")
        assert desk.screen(GROUP) == before
        assert desk.screen(ANNA) == []
        await desk.writes(ANNA, "/start", ANNA)
        await desk.writes(ANNA, "/start forged_payload", ANNA)
        assert [STRANGER in desk.screen(ANNA)[0], REFUSED in desk.screen(ANNA)[1]] == [True, True]
        assert (await desk.ticket()).state == "new"
        assert (await desk.outcomes()).count("ignored") == 9


async def test_a_stranger_cannot_make_us_talk_without_end(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk", linked=ONLY_DESK) as desk:
        for _ in range(25):
            desk.telegram.say(LEO, LEO, "/start")
        await desk.writes(LEO, "/start", LEO)
        assert len(desk.screen(LEO)) == 20


async def test_a_name_or_a_title_gives_no_right(tmp_path: Path) -> None:
    """3 C 71: identity is the number alone."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        desk.telegram.users[LEO] |= {"username": "anna", "first_name": "Anna"}
        await desk.writes(LEO, "/take 1")
        assert (await desk.ticket()).state == "new"
        desk.telegram.users[ANNA] |= {"username": "other", "first_name": "Renamed"}
        await desk.writes(ANNA, "/take 1")
        assert (await desk.ticket()).state == "accepted"
        desk.hears("requester", "assigned", "Anna")


async def test_links_survive_a_restart_and_end_with_the_job(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.restarts()
        assert len(await accounts(desk)) == 4
        staff = [one for one in people_with_mail() if one["handle"] != "ben"]
        desk.settings = desk.settings.model_copy(
            update={"people": type(desk.settings).model_validate({"people": staff}).people}
        )
        await desk.restarts()
        await desk.writes(BEN, "/list", BEN)
        assert desk.screen(BEN) == []
        codes = await desk.app.store.read(lambda db: db.execute(select(inbox.c.outcome)).scalars().all())
        assert codes[-1] == "ignored"


async def test_the_terminal_links_and_unlinks_too(tmp_path: Path) -> None:
    """`faultdesk link anna`, `faultdesk unlink anna`: the administrator at the command line."""
    async with TelegramStory(tmp_path / "desk", linked=ONLY_DESK) as desk:
        said = await desk.app.control.answer({"op": "say", "as": "", "text": "link anna", "locale": "en"})
        found = CODE.search(said["text"])
        assert found
        await desk.writes(ANNA, f"/link {found[1]}", ANNA)
        desk.reads(ANNA, "Welcome, Anna")
        said = await desk.app.control.answer({"op": "say", "as": "", "text": "unlink anna", "locale": "en"})
        assert said["ok"]
        await desk.writes(ANNA, "/list", ANNA)
        desk.reads(ANNA, "no longer linked to Anna")
