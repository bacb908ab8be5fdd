"""The tables: columns, constraints, indexes. No queries, no rules.

Times are UTC. Facts about a ticket live in `event` (append-only, hash-chained, ids only); what people wrote lives in
`entry`, so that it can be erased without breaking the chain.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database (text that sorts on SQLite, timestamptz on PostgreSQL)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[Any]:
    return Column("id", Id, primary_key=True)


def _ref(target: str, *, name: str = "", null: bool = False, index: bool = False) -> Column[Any]:
    return Column(name or f"{target}_id", Id, ForeignKey(f"{target}.id"), nullable=null, index=index)


def _text(name: str, default: str | None = "") -> Column[Any]:
    return Column(name, Text, nullable=False, server_default=default)


meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))
"""Facts about the desk itself: instance id, counters that must not repeat."""

counter = Table("counter", metadata, Column("name", Text, primary_key=True), Column("value", Id, nullable=False))

customer = Table(
    "customer",
    metadata,
    _id(),
    Column("key", Text, nullable=False, unique=True),
    _text("name"),
    _text("locale", "zh"),
)

person = Table(
    "person",
    metadata,
    _id(),
    _ref("customer", null=True),
    Column("handle", Text, unique=True),
    _text("name"),
    _text("phone"),
    _text("place"),
    _text("language"),
    Column("vip", Boolean, nullable=False, server_default=text("false")),
    Column("roles", JSON, nullable=False, server_default="[]"),
    Column("active", Boolean, nullable=False, server_default=text("true")),
)

contact = Table(
    "contact",
    metadata,
    _id(),
    _ref("person", index=True),
    Column("channel", Text, nullable=False),
    Column("value", Text, nullable=False),
    _text("trouble"),
    UniqueConstraint("channel", "value"),
)

chat_group = Table(
    "chat_group",
    metadata,
    _id(),
    _ref("customer"),
    Column("channel", Text, nullable=False),
    Column("value", Text, nullable=False),
    _text("title"),
    _text("locale", "zh"),
    Column("trusted", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("channel", "value"),
)

INBOX_OPEN = "state in ('waiting', 'working')"
"""What the index of open rows holds: a statement must say it in these words for SQLite to use that index."""

inbox = Table(
    "inbox",
    metadata,
    _id(),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text),
    Column("digest", Text, unique=True),
    Column("received_at", Utc, nullable=False),
    Column("envelope_from", Text),
    Column("envelope_to", JSON, nullable=False, server_default="[]"),
    Column("chat", JSON(none_as_null=True)),
    Column("copies", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False),
    _text("outcome"),
    _text("message_id"),
    Column("reasons", JSON, nullable=False, server_default="[]"),
    _ref("ticket", null=True, index=True),
    Column("done_at", Utc),
    CheckConstraint("kind in ('mail', 'chat')", name="kind"),
    CheckConstraint("state in ('waiting', 'working', 'done', 'quarantined')", name="state"),
    UniqueConstraint("channel", "source"),
)
Index("ix_inbox_open", inbox.c.state, inbox.c.kind, inbox.c.attempts, sqlite_where=text(INBOX_OPEN),
      postgresql_where=text(INBOX_OPEN))  # fmt: skip
Index("ix_inbox_message_id", inbox.c.message_id, sqlite_where=text("message_id <> ''"),
      postgresql_where=text("message_id <> ''"))  # fmt: skip

raw_mail = Table(
    "raw_mail",
    metadata,
    Column("inbox_id", Id, ForeignKey("inbox.id"), primary_key=True),
    Column("raw", LargeBinary, nullable=False),
)

ticket = Table(
    "ticket",
    metadata,
    _id(),
    _ref("customer"),
    Column("number", Id, nullable=False, unique=True),
    Column("kind", Text, nullable=False, server_default="fault"),
    Column("state", Text, nullable=False),
    Column("level", Text, nullable=False),
    _text("level_reason"),
    _text("item"),
    _text("place"),
    _text("subject"),
    Column("known_sender", Boolean, nullable=False, server_default=text("false")),
    Column("quiet", Boolean, nullable=False, server_default=text("false")),
    _text("locale", "zh"),
    _ref("person", name="requester_id", null=True),
    _text("requester_name"),
    _text("requester_address"),
    _ref("person", name="assignee_id", null=True, index=True),
    _ref("person", name="contact_id", null=True),
    Column("opened_at", Utc, nullable=False),
    Column("solved_at", Utc),
    Column("close_at", Utc),
    Column("closed_at", Utc),
    Column("version", Integer, nullable=False, server_default="1"),
    _text("first_message_id"),
    _text("last_message_id"),
    Column("related_id", Id, ForeignKey("ticket.id")),
    Column("policy", JSON, nullable=False),
)
Index("ix_ticket_open", ticket.c.state, sqlite_where=text("state not in ('closed', 'junk', 'merged')"),
      postgresql_where=text("state not in ('closed', 'junk', 'merged')"))  # fmt: skip
Index("ix_ticket_close", ticket.c.close_at, sqlite_where=text("close_at is not null"),
      postgresql_where=text("close_at is not null"))  # fmt: skip
Index("ix_ticket_requester", ticket.c.requester_address, ticket.c.opened_at)

event = Table(
    "event",
    metadata,
    _id(),
    _ref("ticket", null=True, index=True),
    Column("at", Utc, nullable=False),
    Column("recorded_at", Utc, nullable=False),
    _ref("person", name="actor_id", null=True),
    Column("actor", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

entry = Table(
    "entry",
    metadata,
    _id(),
    _ref("ticket", index=True),
    _ref("inbox", null=True, index=True),
    _ref("person", name="author_id", null=True),
    _text("author"),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    _text("full_text"),
    Column("notes", JSON, nullable=False, server_default="[]"),
    Column("created_at", Utc, nullable=False),
    CheckConstraint("kind in ('mail', 'held', 'reply', 'question', 'note', 'solution')", name="kind"),
)

attachment = Table(
    "attachment",
    metadata,
    _id(),
    _ref("entry", index=True),
    _ref("inbox"),
    Column("part", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("inline", Boolean, nullable=False, server_default=text("false")),
    Column("state", Text, nullable=False, server_default="unscanned"),
)

clock = Table(
    "clock",
    metadata,
    _id(),
    _ref("ticket"),
    Column("target", Text, nullable=False),
    Column("arming", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("calendar", Text, nullable=False),
    Column("amount_seconds", Integer, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("due_at", Utc),
    Column("provisional", Boolean, nullable=False, server_default=text("false")),
    Column("state", Text, nullable=False),
    Column("ended_at", Utc),
    Column("rungs", JSON, nullable=False),
    Column("passed", JSON, nullable=False, server_default="[]"),
    Column("next_alarm_at", Utc),
    UniqueConstraint("ticket_id", "target", "arming"),
    CheckConstraint("state in ('running', 'paused', 'met', 'late', 'cancelled')", name="state"),
)
Index("ix_clock_next_alarm_at", clock.c.next_alarm_at, sqlite_where=text("next_alarm_at is not null"),
      postgresql_where=text("next_alarm_at is not null"))  # fmt: skip

alarm = Table(
    "alarm",
    metadata,
    _id(),
    _ref("clock"),
    Column("rung", Text, nullable=False),
    _ref("person"),
    Column("due_at", Utc, nullable=False),
    Column("decided_at", Utc, nullable=False),
    Column("late", Boolean, nullable=False, server_default=text("false")),
    Column("acknowledged_at", Utc),
    _ref("outbox", null=True),
    Column("second_way_at", Utc),
    UniqueConstraint("clock_id", "rung", "person_id"),
)
Index("ix_alarm_unacknowledged", alarm.c.person_id, sqlite_where=text("acknowledged_at is null"),
      postgresql_where=text("acknowledged_at is null"))  # fmt: skip
Index("ix_alarm_second_way_at", alarm.c.second_way_at, sqlite_where=text("second_way_at is not null"),
      postgresql_where=text("second_way_at is not null"))  # fmt: skip

outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("dedup_key", Text, nullable=False, unique=True),
    _ref("ticket", null=True, index=True),
    Column("event", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("audience", Text, nullable=False),
    _ref("person", null=True),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("silent", Boolean, nullable=False, server_default=text("false")),
    Column("urgent", Boolean, nullable=False, server_default=text("false")),
    _ref("clock", null=True),
    Column("state", Text, nullable=False),
    _text("outcome"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("unsure", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", Utc, nullable=False),
    Column("next_try_at", Utc),
    Column("ended_at", Utc),
    _text("message_id"),
    _text("in_reply_to"),
    Column("references", JSON, nullable=False, server_default="[]"),
    _text("external_id"),
    Column("carried_by_id", Id, ForeignKey("outbox.id")),
    CheckConstraint("state in ('pending', 'sending', 'sent', 'dropped', 'dead', 'unknown', 'carried')", name="state"),
)
Index("ix_outbox_open", outbox.c.next_try_at, sqlite_where=text("state = 'pending'"),
      postgresql_where=text("state = 'pending'"))  # fmt: skip
Index("ix_outbox_sending", outbox.c.id, sqlite_where=text("state = 'sending'"),
      postgresql_where=text("state = 'sending'"))  # fmt: skip
Index("ix_outbox_message_id", outbox.c.message_id, sqlite_where=text("message_id <> ''"),
      postgresql_where=text("message_id <> ''"))  # fmt: skip
Index("ix_outbox_carried_by_id", outbox.c.carried_by_id, sqlite_where=text("carried_by_id is not null"),
      postgresql_where=text("carried_by_id is not null"))  # fmt: skip
Index("ix_outbox_address", outbox.c.address, outbox.c.created_at)

attempt = Table(
    "attempt",
    metadata,
    _id(),
    _ref("outbox"),
    Column("number", Integer, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("outcome", Text, nullable=False),
    _text("code"),
    _text("text"),
    UniqueConstraint("outbox_id", "number"),
)

payload = Table(
    "payload",
    metadata,
    Column("outbox_id", Id, ForeignKey("outbox.id"), primary_key=True),
    Column("raw", LargeBinary, nullable=False),
)
"""The bytes of a mail as its first attempt rendered them: a repeat of the same send reuses them."""

card = Table(
    "card",
    metadata,
    Column("ticket_id", Id, ForeignKey("ticket.id"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("external_id", Text, nullable=False),
)
"""Where a ticket's card hangs, to edit it in place."""

action = Table(
    "action",
    metadata,
    Column("id", Text, primary_key=True),
    Column("ticket_id", Id, ForeignKey("ticket.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("commands", JSON, nullable=False),
    Column("created_at", Utc, nullable=False, index=True),
)
"""What the buttons of one message do: bound to ticket, version and chat; a press names the row and a place in it."""
