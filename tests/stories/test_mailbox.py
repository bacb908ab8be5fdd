"""What people hear of a mailbox: that it cannot be read, that it is read again, and that old mails lay in it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.messages import IncomingMail
from tests.parts.scripted_imap import ScriptedImap
from tests.stories.story import Story

Begin = Callable[..., Story]
REFUSED = b"TAG NO [AUTHENTICATIONFAILED] no such name\r\n"


def box(port: int) -> dict[str, object]:
    login = {"username": "fault@desk.example", "password": "correct horse"}
    return {"host": "localhost", "port": port, "security": "none", "allow_plaintext": True, **login}


async def test_a_mailbox_that_refuses_us_is_told_to_the_desk_once_and_so_is_its_return(
    story: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.imap.PAUSES", {})
    monkeypatch.setattr("channels.imap.OTHER_PAUSES", (0.05, 0.1))
    async with ScriptedImap({"LOGIN": REFUSED}) as server, story(mail={"imap": [box(server.port)]}) as desk:
        await desk.hears_soon("desk", "mailbox", "refused our name or password", "authorisation code")
        server.answers["LOGIN"] = b"TAG OK in\r\n"
        await desk.hears_soon("desk", "mailbox", "is read again")
        await desk.hears_soon("group", "card")


async def test_old_mails_become_tickets_that_nobody_promised_anything_about(story: Begin) -> None:
    """Decisions, Mail: a backlog older than a day is listed, not confirmed and not alarmed."""
    async with story() as desk:
        for number, days in enumerate((9, 2, 0.5)):
            raw = f"From: bob@customer.example\r\nSubject: fault {number}\r\n\r\nwords {number}\r\n".encode()
            stamp = desk.clock.now() - timedelta(days=days)
            await desk.app.intake.receive(IncomingMail("imap", raw, stamp, source=f"box/1/{number}"))
        await desk.passes(0)
        desk.hears("requester", "confirmation", "FD-")
        desk.sees_card()
        numbers = {(await desk.ticket(number)).subject: number for number in (1, 2, 3)}
        fresh, old = numbers["fault 2"], numbers["fault 0"]
        assert set((await desk.clocks(old)).values()) == {"cancelled"}
        assert "running" in (await desk.clocks(fresh)).values()
        await desk.passes(2)
        told = desk.hears("desk", "backlog", "2 mails had been in the mailbox")
        assert "/list" in told.words
        desk.forget()  # the fresh one's deadlines
        await desk.says("anna", f"/take {old}")
        desk.hears("requester", "assigned")
        desk.forget()
        assert (await desk.clocks(old))["confirm"] in {"met", "running"}
