"""channels.imap_again against a real Dovecot: looking without touching, and bringing stored mails in once more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.imap import Imap
from tests.channels.mailbox import SHANGHAI, Desk, settings_for, until
from tests.parts.dovecot import MINIMAL, Dovecot, mail


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


async def test_a_look_says_what_is_right_and_touches_nothing(dovecot: Dovecot) -> None:
    dovecot.deliver(mail(0), mail(1))
    [found] = await settings_for(dovecot.imap).check(running=False)
    assert (found.level, found.text.partition(": ")[2]) == ("ok", "the login is accepted, 2 mails lie in the folder")
    assert dovecot.subjects() == ["fault 0", "fault 1"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "wrong"}, "check username and password"),
        ({"folder": "Nowhere"}, "check the folder's name"),
        ({"port": 1}, "check host and port"),
        ({"security": "tls"}, "check host and port"),
    ],
)
async def test_a_look_says_what_to_change(dovecot: Dovecot, change: dict[str, Any], words: str) -> None:
    [found] = await settings_for(**{"port": dovecot.imap, **change}).check(running=False)
    assert found.level == "wrong"
    assert words in found.text


async def test_a_server_that_cannot_move_is_pointed_out() -> None:
    with Dovecot(capability=MINIMAL) as server:
        found = await settings_for(server.imap).check(running=False)
    assert [one.level for one in found] == ["ok", "advice"]
    assert "cannot move mails" in found[1].text


async def test_what_was_stored_since_a_backup_comes_in_again_and_a_known_mail_stays_one(dovecot: Dovecot) -> None:
    """P14: the restored database knows one of three; all come again, with the server's stamp."""
    before = Desk()
    settings = settings_for(dovecot.imap)
    dovecot.deliver(*map(mail, range(3)))
    async with before.reading(settings) as inlet:
        await until(inlet.read.is_set)
    restored = Desk()
    known = next(iter(before.mails.values()))
    await restored.receive(known)
    inlet = Imap(settings, restored, lambda: datetime.now(UTC), SHANGHAI)
    assert await inlet.recall(datetime.now(UTC), restored.receive) == 3
    assert (restored.subjects(), restored.copies) == (before.subjects(), 1)
    assert {one.received_at for one in restored.mails.values()} == {one.received_at for one in before.mails.values()}
    assert await inlet.recall(datetime.now(UTC) + timedelta(hours=2), restored.receive) == 0


async def test_a_server_that_is_away_is_asked_again_later_and_a_missing_folder_holds_nothing(dovecot: Dovecot) -> None:
    desk = Desk()
    inlet = Imap(settings_for(dovecot.imap), desk, lambda: datetime.now(UTC), SHANGHAI)
    assert await inlet.recall(datetime.now(UTC), desk.receive) == 0
    away = Imap(settings_for(1), desk, lambda: datetime.now(UTC), SHANGHAI)
    with pytest.raises(OSError, match=r"."):
        await away.recall(datetime.now(UTC), desk.receive)
