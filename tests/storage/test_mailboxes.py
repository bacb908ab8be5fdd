"""storage.mailboxes: how far a mailbox is read, and which of its mails are stored."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.mailboxes import MailboxState
from bot.domain.messages import IncomingMail
from bot.domain.uids import UidSet
from storage import inbox, mailboxes
from storage.store import Store

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
MAIL = IncomingMail("imap", b"Subject: x\r\n\r\nwords", NOW, source="box/5/7")


def test_a_mailbox_is_remembered(any_store: Store) -> None:
    assert any_store.read_now(lambda db: mailboxes.load(db, "box")) is None
    for state in (MailboxState(4294967295, UidSet("1:4294967295"), NOW), MailboxState(6, UidSet(), None)):
        any_store.write_now(lambda db, one=state: mailboxes.keep(db, "box", one))  # type: ignore[misc]
        known = any_store.read_now(lambda db: mailboxes.load(db, "box"))
        assert known is not None
        assert (known.uidvalidity, str(known.left), known.start_at) == (
            state.uidvalidity, str(state.left), state.start_at,
        )  # fmt: skip


def test_stored_sources_are_known(any_store: Store) -> None:
    any_store.write_now(lambda db: inbox.keep_mail(db, MAIL, "d1"))
    assert any_store.read_now(lambda db: mailboxes.stored(db, ["box/5/7", "box/5/8"])) == {"box/5/7"}
    assert any_store.read_now(lambda db: mailboxes.stored(db, [])) == set()


def test_a_name_that_a_server_gives_twice_loses_no_mail(any_store: Store) -> None:
    """P1: UIDVALIDITY and UID of another mail that is stored."""
    other = replace(MAIL, raw=b"Subject: y\r\n\r\nother words")
    assert any_store.write_now(lambda db: inbox.keep_mail(db, MAIL, "d1"))
    kept = any_store.write_now(lambda db: inbox.keep_mail(db, other, "d2"))
    assert kept is not None
    assert any_store.read_now(lambda db: inbox.raw_of(db, kept)) == other.raw
    assert any_store.write_now(lambda db: inbox.keep_mail(db, other, "d2")) is None
