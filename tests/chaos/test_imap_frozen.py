"""A real mail server that freezes (SIGSTOP) at each phase of the protocol: given up in time, and found again (P1, P2)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from channels import imap_line
from tests.channels.mailbox import Desk, settings_for, until
from tests.parts.dovecot import Dovecot, mail
from tests.parts.freezer import Freezer

PHASES = {
    "greeting": "",
    "what it can do": "CAPABILITY",
    "login": "AUTHENTICATE",
    "who we are": r" ID \(",
    "opening the folder": "SELECT",
    "asking for news": "NOOP",
    "searching": "UID SEARCH",
    "asking for sizes": r"RFC822\.SIZE INTERNALDATE",
    "asking for mails": r"BODY\.PEEK",
    "within a mail": r"BODY\[\] \{",
    "looking for a folder": "LIST",
    "moving": "UID MOVE",
    "beginning to idle": "IDLE\r\n",
    "ending to idle": "DONE",
}
SIZE = 5_000_000  # more than lies in the buffers between the two


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


@pytest.mark.parametrize("phase", PHASES)
async def test_a_server_that_freezes_is_given_up_and_found_again(
    dovecot: Dovecot, phase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_line, "LONG_WORK", 0)
    monkeypatch.setattr(imap_line, "SLOWEST", 2**40)
    desk, subject = Desk(), f"while {phase}"
    dovecot.deliver(mail(0, SIZE if phase == "within a mail" else 0, subject))
    async with Freezer(dovecot.imap, PHASES[phase], dovecot.freeze) as proxy:
        try:
            patient = 4 if phase == "within a mail" else 1  # which is large
            async with desk.reading(settings_for(proxy.port, timeout=patient, poll_seconds=1)) as inlet:
                await until(proxy.frozen.is_set)
                await until(lambda: "away: " in inlet.problem)
                dovecot.thaw()
                await until(lambda: desk.subjects() == [subject])
                await until(lambda: inlet.problem == "")
                await asyncio.to_thread(dovecot.deliver, mail(1, subject=f"after {phase}"))
                await until(lambda: desk.subjects() == [f"after {phase}", subject])
                await until(lambda: not dovecot.subjects())
        finally:
            dovecot.thaw()
    assert dovecot.subjects("Processed").count(subject) == 1
    assert desk.copies == 0
    assert desk.reports == []
