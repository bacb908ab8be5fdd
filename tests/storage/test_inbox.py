"""storage.inbox: a mail is kept once by its digest, claimed once, and the attempt is counted before it is tried."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select

from bot.domain.messages import IncomingChat, IncomingMail
from storage import inbox
from storage.models import inbox as table
from storage.store import Store

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
MAIL = IncomingMail("smtp", b"Subject: x\r\n\r\nwords", NOW, "a@b.example", ("fault@localhost",))


def test_a_copy_is_counted_and_not_kept(any_store: Store) -> None:
    first = any_store.write_now(lambda db: inbox.keep_mail(db, MAIL, "d1"))
    assert first is not None
    assert any_store.write_now(lambda db: inbox.keep_mail(db, MAIL, "d1")) is None
    rows = any_store.read_now(lambda db: list(db.execute(select(table.c.id, table.c.copies))))
    assert [tuple(one) for one in rows] == [(first, 1)]
    assert any_store.read_now(lambda db: inbox.raw_of(db, first)) == MAIL.raw


def test_a_chat_message_is_kept_once_by_its_source(any_store: Store) -> None:
    chat = IncomingChat("console", "u1", "anna", "group", NOW, "/take 1")
    assert any_store.write_now(lambda db: inbox.keep_chat(db, chat))
    assert any_store.write_now(lambda db: inbox.keep_chat(db, chat)) is None


def test_a_claim_takes_the_oldest_and_those_tried_before_last(any_store: Store) -> None:
    for number in range(5):
        any_store.write_now(lambda db, n=number: inbox.keep_mail(db, MAIL, f"d{n}"))  # type: ignore[misc]
    claimed = any_store.write_now(lambda db: inbox.claim(db, 2))
    assert [one.attempts for one in claimed] == [1, 1]
    for one in claimed:
        any_store.write_now(lambda db, mine=one.id: inbox.release(db, mine))  # type: ignore[misc]
    again = any_store.write_now(lambda db: inbox.claim(db, 5))
    assert [one.attempts for one in sorted(again, key=lambda one: one.attempts)] == [1, 1, 1, 2, 2]
    assert any_store.write_now(lambda db: inbox.claim(db, 5)) == []


def test_some_may_be_claimed_first(any_store: Store) -> None:
    """As far as they still wait: not those that are in hand or done, nor one that is not there."""
    kept = [any_store.write_now(lambda db, n=number: inbox.keep_mail(db, MAIL, f"d{n}")) for number in range(6)]  # type: ignore[misc]
    any_store.write_now(lambda db: inbox.claim(db, 1))
    first = [kept[5] or 0, kept[0] or 0, 999_999]
    assert [one.id for one in any_store.write_now(lambda db: inbox.claim(db, 3, first))] == [
        *kept[1:3],
        kept[5],
    ]
    assert [one.id for one in any_store.write_now(lambda db: inbox.claim(db, 1, [kept[4] or 0]))] == [kept[4]]
    assert [one.id for one in any_store.write_now(lambda db: inbox.claim(db, 9))] == [kept[3]]


def test_a_large_mail_is_loaded_by_itself_only(any_store: Store) -> None:
    for size in (inbox.LARGE, inbox.LARGE + 1):
        any_store.write_now(lambda db, size=size: inbox.keep_mail(db, replace(MAIL, raw=bytes(size)), f"{size}"))  # type: ignore[misc]
    small, large = any_store.write_now(lambda db: inbox.claim(db, 2))
    assert (len(small.raw), large.raw) == (inbox.LARGE, None)
    assert any_store.read_now(lambda db: inbox.raw_of(db, large.id)) == bytes(inbox.LARGE + 1)


def test_a_dead_process_leaves_its_work_to_the_next(any_store: Store) -> None:
    any_store.write_now(lambda db: inbox.keep_mail(db, MAIL, "d"))
    any_store.write_now(lambda db: inbox.claim(db, 5))
    any_store.write_now(inbox.release_all)
    assert [one.attempts for one in any_store.write_now(lambda db: inbox.claim(db, 5))] == [2]


def test_quarantine_and_replay(any_store: Store) -> None:
    kept = any_store.write_now(lambda db: inbox.keep_mail(db, MAIL, "d"))
    assert kept is not None
    any_store.write_now(lambda db: inbox.claim(db, 5))
    any_store.write_now(lambda db: inbox.quarantine(db, kept, "ValueError at x.py:1", NOW))
    assert any_store.read_now(inbox.waiting_count) == 0
    assert any_store.write_now(lambda db: inbox.replay(db, kept)) is True
    assert any_store.write_now(lambda db: inbox.replay(db, kept)) is False
    assert [one.attempts for one in any_store.write_now(lambda db: inbox.claim(db, 5))] == [1]


def test_what_was_said_is_taken_in_order_and_what_was_tried_before_alone(any_store: Store) -> None:
    said = [IncomingChat("console", f"s{number}", "anna", "group", NOW, "/mine") for number in range(4)]
    any_store.write_now(lambda db: [inbox.keep_chat(db, one) for one in said])

    def taken(most: int) -> list[tuple[str, int]]:
        return [(row.source, row.attempts) for row in any_store.write_now(lambda db: inbox.claim_said(db, most))]

    assert taken(2) == [("s0", 1), ("s1", 1)]
    any_store.write_now(inbox.release_all)
    assert taken(9) == [("s0", 2)]
    assert taken(9) == [("s1", 2)]
    assert taken(9) == [("s2", 1), ("s3", 1)]
    assert taken(9) == []
