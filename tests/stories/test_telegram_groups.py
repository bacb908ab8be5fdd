"""Groups and private chats at Telegram: what may be seen where, answers to cards, groups that move or throw us out."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from storage.models import action, card, chat_group, outbox
from tests.parts.patience import PATIENCE
from tests.stories.story import instant
from tests.stories.telegram import ANNA, BEN, DESK, GROUP, LEO, PM, TelegramStory

pytestmark = pytest.mark.usefixtures("database")

BOB = "Bob Miller <bob@customer.example>"
CANARIES = ("Quirinus", "quirinus@customer.example", "13800138000", "Zebrafish", "Hippocampus", "Ocelot")
"""A name, an address, a telephone, a subject, a body, a later answer."""


async def taken(desk: TelegramStory, subject: str = "Printer jam") -> None:
    await desk.mail(BOB, subject, "It jams.")
    await desk.taps(ANNA, desk.card(), "Take")
    desk.forget()


# ---- what may be seen where ----


async def test_a_group_never_sees_personal_data(tmp_path: Path) -> None:
    """P17: every call of the whole life of a ticket that names the group, searched for what is personal."""
    async with TelegramStory(tmp_path / "desk") as desk:
        sender = "Quirinus <quirinus@customer.example>"
        await desk.mail(sender, "Zebrafish", "Hippocampus 13800138000", files={"Zebrafish.txt": b"x"})
        confirmation = desk.hears("requester", "confirmation")
        for label, who in (("Details", BEN), ("Take", ANNA)):
            await desk.taps(who, desk.card(), label)
        await desk.mail(sender, "Re: Zebrafish", "Ocelot", answers=confirmation)
        for words in ("/list", "/list all", "/due", "/mine", "/ticket 1", "/who", "/reply 1 hello", "/wait 1 which?"):
            await desk.writes(ANNA, words)
        await desk.mail(sender, "Re: Zebrafish", "Ocelot again", answers=confirmation)
        await desk.passes(minutes=300)
        for words in ("/escalate 1 why", "/solve 1 done", "/reopen 1", "/assign 1 ben", "/junk 1", "/junk 1 undo"):
            await desk.writes(DESK, words)
        desk.forget()
        to_group = [json.dumps(one.args, ensure_ascii=False) for one in desk.telegram.calls if _is_to(one, GROUP)]
        assert len(to_group) > 20
        assert [one for one in to_group if any(canary in one for canary in CANARIES)] == []
        private = json.dumps(desk.screen(ANNA) + desk.screen(BEN), ensure_ascii=False)
        assert all(canary in private for canary in CANARIES), "and who may see it does"


def _is_to(call: Any, chat: int) -> bool:
    return bool(call.args.get("chat_id") == chat)


async def test_details_for_who_has_no_private_chat_yet(tmp_path: Path) -> None:
    """They go by mail; the group says how to open the private chat, and the link leads there."""
    async with TelegramStory(tmp_path / "desk") as desk:
        desk.telegram.started.discard(ANNA)
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.taps(ANNA, desk.card(), "Details")
        desk.reads(GROUP, "Anna: I can only write to you in private", "https://t.me/faultdesk_bot?start=")
        assert desk.telegram.sent(GROUP)[-1]["silent"], "it is for her alone"
        desk.hears("anna@desk.example", "details", "Printer jam")
        await desk.writes(ANNA, "/start", ANNA)
        await desk.taps(ANNA, desk.card(), "Details")
        desk.reads(ANNA, "Printer jam", "bob@customer.example")


async def test_who_has_blocked_the_bot_is_reached_by_mail(tmp_path: Path) -> None:
    """P9: an assignment and an alert take her next way at once."""
    async with TelegramStory(tmp_path / "desk") as desk:
        for person in (ANNA, DESK):
            desk.telegram.started.discard(person)
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation")
        await desk.passes(minutes=5)
        desk.hears("desk@desk.example", "alert", "FD-1")
        await desk.taps(ANNA, desk.card(), "Take")
        desk.hears("anna@desk.example", "assignment", "Printer jam")
        desk.hears("requester", "assigned")


async def test_a_customer_s_group_sees_his_tickets_only(tmp_path: Path) -> None:
    """And a command there finds no other's (reliability 4 "Disclosure")."""
    other = -1001000000018
    customers = [
        {"key": "acme", "locale": "en", "domains": ["acme.example"], "groups": [{"chat": GROUP}]},
        {"key": "bolt", "locale": "en", "domains": ["bolt.example"], "groups": [{"chat": other}]},
    ]
    story = TelegramStory(tmp_path / "desk", customers=customers)
    story.telegram.group(other)
    async with story as desk:
        await desk.mail("Bo <bo@bolt.example>", "Printer jam")
        desk.forget()
        assert desk.screen(GROUP) == []
        assert "FD-1" in desk.card(1, other)["text"]
        await desk.writes(ANNA, "/take 1")
        desk.reads(GROUP, "There is no FD-1")
        await desk.writes(ANNA, "/take 1", other)
        desk.reads(other, "FD-1 is yours")
        desk.hears("requester", "assigned")


# ---- answers to cards ----


async def test_an_answer_to_a_card_is_about_its_ticket(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Toner")
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        card = desk.card(2)["message_id"]
        await desk.writes(ANNA, "/take", reply_to=card)
        desk.reads(GROUP, "FD-2 is yours")
        desk.hears("requester", "assigned")
        await desk.writes(ANNA, "回复 On my way", reply_to=card)
        desk.hears("requester", "reply", "On my way")
        await desk.writes(ANNA, "toner is low, too", reply_to=card)
        desk.reads(GROUP, "Noted on FD-2")
        await desk.writes(ANNA, "/solve 1 other one", reply_to=card)
        desk.reads(GROUP, "FD-1 is solved")
        desk.hears("requester", "solution")
        await desk.writes(ANNA, "/solve", reply_to=card)
        desk.reads(GROUP, "Please add the words")
        await desk.writes(ANNA, "/sovle it works", reply_to=card)
        desk.reads(GROUP, "Did you mean /solve")
        await desk.writes(ANNA, "thanks all")
        assert (await desk.ticket(2)).state == "accepted"


async def test_an_answer_to_a_card_merges_it_and_afterwards_notes_go_to_the_other_ticket(tmp_path: Path) -> None:
    """In "into 1" the number is the other ticket's. The old card has no buttons any more."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Toner")
        await desk.mail(BOB, "Toner again")
        desk.forget()
        card = desk.card(2)["message_id"]
        await desk.writes(DESK, "/merge into 1", reply_to=card)
        desk.reads(GROUP, "FD-2 is merged into FD-1")
        desk.hears("requester", "merged", "FD-1")
        assert "→ merged into FD-1" in desk.card(2)["text"]
        assert not desk.card(2).get("reply_markup")
        await desk.writes(ANNA, "the black one", reply_to=card)
        desk.reads(GROUP, "Noted on FD-1")
        await desk.writes(ANNA, "/take", reply_to=card)
        desk.reads(GROUP, "FD-2 is merged into FD-1. Please use that number.")


async def test_an_answer_to_a_private_message_is_about_its_ticket(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        await taken(desk)
        await desk.taps(ANNA, desk.card(), "On my way")
        told = [one for one in desk.telegram.sent(ANNA) if "FD-1" in one["text"]]
        for one in told:
            await desk.writes(ANNA, "/reply On my way", ANNA, reply_to=one["message_id"])
            desk.hears("requester", "reply", "On my way")
        assert len(told) == 2  # the assignment, and the answer to her press


async def test_media_are_told_not_kept_an_album_once(tmp_path: Path) -> None:
    """3 C 67."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await taken(desk)
        before = len(desk.screen(GROUP))
        for _ in range(3):
            desk.telegram.say(
                GROUP, ANNA, reply_to=desk.card()["message_id"], photo=[{"file_id": "x"}], media_group_id="7"
            )
        await desk.writes(ANNA, "", reply_to=desk.card()["message_id"], voice={"file_id": "y"})
        said = desk.screen(GROUP)[before:]
        assert len(said) == 2
        assert all("not kept" in one and "our private chat" in one for one in said)


async def test_numbers_and_words_that_mean_nothing(tmp_path: Path) -> None:
    """3 C 65, 66: a clear word of how it is used; one meaning."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await taken(desk)
        for wrong, answer in (
            ("/solve", "Please say which ticket: /solve"),
            ("/solve 1", "Please add the words"),
            ("/solve 99 x", "There is no FD-99"),
            ("/solve -1 x", "Please say which ticket"),
            (f"/solve {10**30} x", "Please say which ticket"),
            ("/note 1    ", "Please add the words"),
            ("/note 1 " + "x" * 4001, "too long"),
        ):
            await desk.writes(ANNA, wrong)
            desk.reads(GROUP, answer)
        for right in ("/note １ wide", "／note 1 slash", "/note 007 no", "/note 1 👍", "/note@faultdesk_bot 1 us"):
            await desk.writes(ANNA, right)
        await desk.writes(ANNA, "/note@otherbot 1 theirs")
        from storage import tickets

        notes = await desk.app.store.read(lambda db: [one.text for one in tickets.entries(db, 1) if one.kind == "note"])
        assert notes == ["wide", "slash", "👍", "us"]


# ---- buttons ----


async def test_a_forged_foreign_or_old_button(tmp_path: Path) -> None:
    """3 D 73, 75, 76, 77."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        card = desk.card()
        buttons = {one["text"]: one["callback_data"] for row in card["reply_markup"]["inline_keyboard"] for one in row}
        token, junk = buttons["Take"].partition(":")[0], buttons["Junk"]
        for data in (f"{token}:99", f"{token}:x", token, "x" * 64, ":", "\u202e:0", "take 1", f"{token}:-1"):
            desk.telegram.popups.clear()
            await desk.taps(ANNA, card, data)
            desk.is_shown(ANNA, "This button no longer works")
        copied = desk.telegram._message(ANNA, desk.telegram.bot, {"text": "copy", "reply_markup": card["reply_markup"]})
        await desk.taps(ANNA, copied, "Take")
        desk.reads(ANNA, "This button no longer works")
        await desk.taps(LEO, card, "Take")
        assert (await desk.ticket()).state == "new"
        await desk.taps(ANNA, card, "Take")
        await desk.taps(BEN, card, junk)  # on the screen of somebody whose card was not yet renewed
        desk.is_shown(BEN, "FD-1 has changed since then", "in progress")
        desk.forget()
        await desk.app.store.write(lambda db: db.execute(action.delete()))
        await desk.taps(ANNA, desk.card(), "Solved…")
        desk.is_shown(ANNA, "This button no longer works", "/help")
        assert len(desk.screen()) == 1


async def test_who_comes_too_late_hears_who_has_it_and_sees_the_card_afresh(tmp_path: Path) -> None:
    """3 D 74, 75: in the group the card that hangs there is renewed, even if its last edit was lost."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        old = json.loads(json.dumps(desk.card()))
        take = old["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
        await desk.taps(ANNA, old, "Take")
        desk.hears("requester", "assigned")
        desk.telegram.messages[GROUP][old["message_id"]] |= {"text": old["text"], "reply_markup": old["reply_markup"]}
        await desk.taps(BEN, old, "Junk")
        desk.is_shown(BEN, "FD-1 has changed since then", "in progress", "in the hands of Anna")
        assert "In charge: Anna" in desk.card()["text"]
        assert desk.card()["message_id"] == old["message_id"]
        desk.telegram.messages[GROUP][old["message_id"]] |= {"text": old["text"], "reply_markup": old["reply_markup"]}
        await desk.taps(BEN, old, take)
        desk.is_shown(BEN, "FD-1 is already taken by Anna")
        assert "In charge: Anna" in desk.card()["text"], "the loser of a race sees it afresh too"


async def test_who_comes_too_late_in_private_gets_a_card_of_her_own(tmp_path: Path) -> None:
    """Each time a new one, whose buttons work; the group's card stays the one that is edited."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.writes(DESK, "/assign 1", DESK)
        asked = desk.telegram.sent(DESK)[-1]
        await desk.taps(ANNA, desk.card(), "Take")
        await desk.writes(ANNA, "/solve 1 done")
        desk.forget()
        await desk.taps(DESK, asked, "x" * 16)  # a forged one brings no card
        desk.reads(DESK, "This button no longer works")
        await desk.taps(DESK, asked, "Ben")
        assert any("this is not possible now" in one for one in desk.screen(DESK))
        card = desk.card(1, DESK)
        await desk.taps(DESK, card, "Reopen")
        assert (await desk.ticket()).state == "accepted"
        await desk.taps(DESK, card, "Reopen")
        assert any("in the hands of Anna" in one for one in desk.screen(DESK))
        first, second = [one for one in desk.telegram.sent(DESK) if "In charge: Anna" in one["text"]]
        assert ["edit_date" in one for one in (first, second)] == [False, False]
        await desk.writes(ANNA, "/solve 1 done again")
        assert "solved" in desk.card()["text"], "the group's own card is the one that is edited"
        desk.forget()


# ---- after an outage ----


async def test_what_was_said_before_an_outage(tmp_path: Path) -> None:
    """3 C 68: done and marked if nothing has happened since, else refused with the state."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.mail(BOB, "Toner")
        desk.forget()
        said_at = int(instant("2026-11-23 09:00").timestamp())
        await desk.passes(minutes=1)
        await desk.writes(DESK, "/assign 2 ben")
        await desk.passes(minutes=20)
        desk.forget()
        await desk.writes(ANNA, "/take 1", date=said_at)
        desk.reads(GROUP, "We are back", "FD-1")
        desk.hears("requester", "assigned", "Anna")
        await desk.writes(ANNA, "/note 1 and this", date=said_at)
        desk.reads(GROUP, "We are back", "FD-1")  # what she did herself is no obstacle
        await desk.writes(ANNA, "/junk 2", date=said_at)
        desk.reads(GROUP, "FD-2 has changed since then", "assigned")
        assert (await desk.ticket(2)).state == "dispatched"


async def test_the_whole_log_replayed_does_nothing_twice(tmp_path: Path) -> None:
    """P10: each update is known by its id, whatever order they come in."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await taken(desk)
        for words in ("/note 1 one", "/note 1 two", "/solve 1 done", "/reopen 1", "/solve 1 done again"):
            await desk.writes(ANNA, words)
        await desk.writes(LEO, "/start", LEO)
        desk.forget()
        before = await _everything(desk)
        for _ in range(2):
            desk.telegram.replay()
            await desk._settled()
        desk.telegram.updates = list(reversed(desk.telegram.log))
        await desk.restarts()
        desk.nobody_hears_anything()
        assert await _everything(desk) == before


async def _everything(desk: TelegramStory) -> Any:
    from storage.models import entry, event, inbox

    tables = (event, entry, outbox, inbox)
    return await desk.app.store.read(lambda db: [db.execute(select(one)).all() for one in tables])


# ---- groups that move or throw us out ----

NEW = -1001000000099


async def test_a_group_that_moves_is_followed(tmp_path: Path) -> None:
    """Group, buttons and waiting messages follow in one transaction; what hung there is hung anew."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        desk.telegram.migrate(GROUP, NEW)
        await desk.writes(ANNA, "/take 1", NEW)
        assert "FD-1 is yours" in desk.screen(NEW)[0], "and then its card is hung there anew"
        assert "In charge: Anna" in desk.card(1, NEW)["text"]
        await desk.restarts()  # the configuration still names the old one
        await desk.taps(ANNA, desk.card(1, NEW), "Details")
        desk.reads(ANNA, "Printer jam")
        values = await desk.app.store.read(
            lambda db: [row.value for row in db.execute(select(chat_group).where(chat_group.c.channel == "telegram"))]
        )
        assert values == [str(NEW)]
        assert desk.telegram.left == {}
        desk.hears("requester", "assigned")


async def test_a_move_that_nobody_told_is_found_by_sending(tmp_path: Path) -> None:
    """ChatMigrated: the id is renewed and the same row sent again."""
    async with TelegramStory(tmp_path / "desk") as desk:
        desk.telegram.migrate(GROUP, NEW, told=False)
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        assert "FD-1" in desk.card(1, NEW)["text"]
        rows = await desk.app.store.read(
            lambda db: db.execute(select(outbox).where(outbox.c.kind == "card", outbox.c.channel == "telegram")).all()
        )
        assert [(one.state, one.address, one.unsure) for one in rows] == [("sent", str(NEW), False)]
        hung = await desk.app.store.read(lambda db: [one.address for one in db.execute(select(card))])
        assert hung == [str(NEW)]


async def test_put_out_of_the_group_the_desk_hears_of_it_once(tmp_path: Path) -> None:
    """3 C 72, P9: told in private; the work goes on by private chats and mails."""
    async with TelegramStory(tmp_path / "desk") as desk:
        desk.telegram.change_us(GROUP, "kicked")
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation")
        told = [one for one in desk.screen(DESK) if "removed from the group" in one]
        assert len(told) == 1
        assert str(GROUP) in told[0]
        await desk.writes(ANNA, "/take 1", ANNA)
        desk.hears("requester", "assigned")
        assert any("Printer jam" in one for one in desk.screen(ANNA))
        assert desk.screen() == []
        desk.telegram.left.clear()
        desk.telegram.change_us(GROUP, "member", old="kicked")
        await desk.settles()
        assert "In charge: Anna" in desk.card()["text"], "let in again: what it has missed hangs there"


async def test_a_muted_bot_and_one_that_lost_its_star(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        desk.telegram.change_us(GROUP, "member")
        desk.telegram.change_us(GROUP, "restricted", old="member", can_send_messages=False)
        desk.telegram.fault("sendMessage", status=400, times=-1, chat=GROUP, text="Bad Request: not enough rights to send text messages to the chat")  # fmt: skip
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation")
        told = desk.screen(DESK)
        assert "administrator" in told[0]
        for words in ("no longer write", "not enough rights"):  # its news and the refusal come in any order
            assert any(words in one.casefold() for one in told[1:])
        assert (await desk.ticket()).state == "new"


async def test_when_telegram_is_dead_alerts_go_by_mail_within_a_minute(tmp_path: Path) -> None:
    """P9: refused token, no connection, sick server: each time the desk is reached by mail."""
    for number, how in enumerate(("token", "gone", "sick", "busy")):
        async with TelegramStory(tmp_path / how, telegram={"timeout": 1}) as desk:
            await desk.mail(BOB, "Printer jam")
            desk.hears("requester", "confirmation")
            if how == "token":
                desk.telegram.valid = False
            elif how == "sick":
                desk.telegram.fault("sendMessage", status=500, times=-1)
            elif how == "busy":
                desk.telegram.fault("sendMessage", retry_after=300, times=-1)
            else:
                await desk.telegram.stop()
            await desk.passes(minutes=5)
            due = desk.clock.now()
            await desk.passes(minutes=1)
            alert = desk.hears("desk@desk.example", "alert", "FD-1")
            assert alert.row.created_at - due <= timedelta(seconds=60), number
            desk.forget()


async def test_when_telegram_stays_away_the_desk_is_told_by_mail_with_nothing_to_send(tmp_path: Path) -> None:
    """P9: that no news comes is enough; and it is told once more when Telegram is back."""
    async with TelegramStory(tmp_path / "desk", telegram={"timeout": 1}) as desk:
        await desk.telegram.stop()
        async with asyncio.timeout(PATIENCE):
            while "does not answer" not in str(desk.app.state()["problems"]):  # noqa: ASYNC110  -- it asks the daemon
                await asyncio.sleep(0.05)
        await desk.passes(minutes=1)
        await desk.passes(minutes=6)
        words = ("The chat at Telegram has not worked since", "Telegram cannot be reached", "chat.telegram.proxy")
        told = await desk.hears_soon("desk@desk.example", "outage", *words)
        assert told.row.channel == "mail"
        desk.forget()
        await desk.telegram.start()
        async with asyncio.timeout(PATIENCE):
            while not any("works again" in one for one in desk.screen(DESK)):
                desk.app._ring_senders()
                await asyncio.sleep(0.1)
        desk.forget()


async def test_a_repeat_that_may_be_one_says_so(tmp_path: Path) -> None:
    """P6: an alert whose answer was lost goes again, marked; a card is edited or hung again without a word."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        desk.telegram.fault("sendMessage", cut="after", chat=DESK)
        await desk.passes(minutes=6)
        first, again = [one for one in desk.screen(DESK) if "FD-1" in one][:2]
        assert (
            again == f"(Sent again: we cannot tell whether the first copy arrived.)\n{first}" or "Sent again" in again
        )
        assert "Sent again" not in first


# ---- Telegram's limits ----


async def test_a_burst_stays_within_the_group_s_rate_and_alerts_are_not_held_up(tmp_path: Path) -> None:
    limits = {"group_per_minute": 10, "chat_per_second": 1e6, "per_second": 1e6}
    async with TelegramStory(tmp_path / "desk", telegram=limits) as desk:
        for number in range(20):
            await desk.mail(f"P <p{number}@customer.example>", f"Fault {number}")
        assert len(desk.screen(GROUP)) == 8, "a fifth is kept free"
        await desk.writes(ANNA, "/who", GROUP)
        await desk.passes(minutes=1.1)
        assert len(desk.screen(GROUP)) == 16
        assert [at for at, words in enumerate(desk.screen(GROUP)) if "FD-" not in words] == [8], (
            "before the cards that wait"
        )
        await desk.passes(minutes=1.1)
        assert len(desk.screen(GROUP)) == 21
        await desk.passes(minutes=3)
        [(_, _, listed)] = [one for one in desk.telegram.files if one[0] == DESK]
        assert b"FD-20" in listed, "alerts are in private, and there is room"
        cards = await desk.app.store.read(lambda db: list(db.execute(select(outbox).where(outbox.c.kind == "card"))))
        assert {one.attempts for one in cards if one.event == "opened"} == {1}, "to wait for room is no attempt"
        assert {(one.event, one.attempts) for one in cards} <= {("opened", 1), ("threshold", 0), ("threshold", 1)}
        desk.forget()


async def test_a_card_that_waited_for_room_shows_what_is_true_by_then(tmp_path: Path) -> None:
    limits = {"group_per_minute": 2.6, "chat_per_second": 1e6, "per_second": 1e6}
    async with TelegramStory(tmp_path / "desk", telegram=limits) as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.mail(BOB, "Toner")
        await desk.mail(BOB, "Mouse")
        await desk.writes(ANNA, "/take 3", ANNA)
        assert not any("FD-3" in one for one in desk.screen(GROUP))
        await desk.passes(minutes=2.2)
        assert "In charge: Anna" in desk.card(3)["text"]
        assert "edit_date" not in desk.card(3), "one message, not two"
        desk.forget()


async def test_an_alarm_reaches_the_project_manager_at_telegram_first(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.passes(minutes=10)
        assert any("FD-1" in one for one in desk.screen(PM))
        desk.forget()
