"""The tables: columns, constraints, indexes. No queries, no rules.

Times are UTC. Facts about a ticket live in `event` (append-only, hash-chained, ids only); what people wrote lives in
`entry`, so that it can be erased without breaking the chain.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage import chat_models, duty_models, hardware_models, people_models, service_models  # noqa: F401  -- the schema is whole with these
from storage.columns import Id, Utc, id_column, metadata, reference, text_column

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))
"""Facts about the desk itself: instance id, counters that must not repeat."""

counter = Table("counter", metadata, Column("name", Text, primary_key=True), Column("value", Id, nullable=False))

customer = Table(
    "customer",
    metadata,
    id_column(),
    Column("key", Text, nullable=False, unique=True),
    text_column("name"),
    text_column("locale", "zh"),
)

person = Table(
    "person",
    metadata,
    id_column(),
    reference("customer", null=True),
    Column("handle", Text, unique=True),
    text_column("name"),
    text_column("phone"),
    text_column("place"),
    text_column("language"),
    Column("vip", Boolean, nullable=False, server_default=text("false")),
    Column("roles", JSON, nullable=False, server_default="[]"),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("by_command", Boolean, nullable=False, server_default=text("false")),
)

contact = Table(
    "contact",
    metadata,
    id_column(),
    reference("person", index=True),
    Column("channel", Text, nullable=False),
    Column("value", Text, nullable=False),
    text_column("trouble"),
    UniqueConstraint("channel", "value"),
)

chat_group = Table(
    "chat_group",
    metadata,
    id_column(),
    reference("customer"),
    Column("channel", Text, nullable=False),
    Column("value", Text, nullable=False),
    text_column("title"),
    text_column("locale", "zh"),
    Column("trusted", Boolean, nullable=False, server_default=text("false")),
    Column("topics", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("channel", "value"),
)

INBOX_OPEN = "state in ('waiting', 'working')"
TICKET_OPEN = "state not in ('closed', 'junk', 'merged')"
"""What the indexes of open rows hold: a statement must say it in these words for SQLite to use them."""
EVENT_MARKED = "kind in ('part_wanted', 'vendor_wanted', 'major')"
"""What few tickets have in their journals, and lists of all open ones ask for."""

inbox = Table(
    "inbox",
    metadata,
    id_column(),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text),
    Column("digest", Text, unique=True),
    Column("received_at", Utc, nullable=False),
    Column("envelope_from", Text),
    Column("envelope_to", JSON, nullable=False, server_default="[]"),
    Column("chat", JSON(none_as_null=True)),
    Column("whole_size", Integer, nullable=False, server_default="0"),
    Column("copies", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False),
    text_column("outcome"),
    text_column("message_id"),
    Column("reasons", JSON, nullable=False, server_default="[]"),
    reference("ticket", null=True, index=True),
    Column("done_at", Utc),
    CheckConstraint("kind in ('mail', 'chat')", name="kind"),
    CheckConstraint("state in ('waiting', 'working', 'done', 'quarantined')", name="state"),
    UniqueConstraint("channel", "source"),
)
Index("ix_inbox_open", inbox.c.state, inbox.c.kind, inbox.c.attempts, inbox.c.id, sqlite_where=text(INBOX_OPEN),
      postgresql_where=text(INBOX_OPEN))  # fmt: skip
Index("ix_inbox_received_at", inbox.c.received_at)
Index("ix_inbox_message_id", inbox.c.message_id, sqlite_where=text("message_id <> ''"),
      postgresql_where=text("message_id <> ''"))  # fmt: skip

mailbox = Table(
    "mailbox",
    metadata,
    Column("key", Text, primary_key=True),
    Column("uidvalidity", Id, nullable=False),
    text_column("left"),
    Column("start_at", Utc),
)
"""How far each mailbox is read: `left` are the UIDs there that are done with, as spans."""

raw_mail = Table(
    "raw_mail",
    metadata,
    Column("inbox_id", Id, ForeignKey("inbox.id"), primary_key=True),
    Column("raw", LargeBinary, nullable=False),
)

ticket = Table(
    "ticket",
    metadata,
    id_column(),
    reference("customer"),
    Column("number", Id, nullable=False, unique=True),
    Column("kind", Text, nullable=False, server_default="fault"),
    Column("state", Text, nullable=False),
    Column("level", Text, nullable=False),
    text_column("level_reason"),
    text_column("item"),
    text_column("place"),
    text_column("subject"),
    Column("known_sender", Boolean, nullable=False, server_default=text("false")),
    Column("quiet", Boolean, nullable=False, server_default=text("false")),
    text_column("locale", "zh"),
    reference("person", name="requester_id", null=True),
    text_column("requester_name"),
    text_column("requester_address"),
    reference("person", name="assignee_id", null=True, index=True),
    reference("person", name="contact_id", null=True),
    Column("opened_at", Utc, nullable=False),
    Column("solved_at", Utc),
    Column("close_at", Utc),
    Column("closed_at", Utc),
    Column("version", Integer, nullable=False, server_default="1"),
    text_column("first_message_id"),
    text_column("last_message_id"),
    Column("related_id", Id, ForeignKey("ticket.id")),
    Column("policy", JSON, nullable=False),
    Column("merged_into_id", Id, ForeignKey("ticket.id")),
    Column("master_id", Id, ForeignKey("ticket.id")),
    Column("is_master", Boolean, nullable=False, server_default=text("false")),
    text_column("whereabouts"),
    reference("person", name="concerns_id", null=True),
)
Index("ix_ticket_open", ticket.c.state, sqlite_where=text(TICKET_OPEN),
      postgresql_where=text(TICKET_OPEN))  # fmt: skip
Index("ix_ticket_close", ticket.c.close_at, sqlite_where=text("close_at is not null"),
      postgresql_where=text("close_at is not null"))  # fmt: skip
Index("ix_ticket_requester", ticket.c.requester_address, ticket.c.opened_at)
Index("ix_ticket_merged_into_id", ticket.c.merged_into_id, sqlite_where=text("merged_into_id is not null"),
      postgresql_where=text("merged_into_id is not null"))  # fmt: skip
Index("ix_ticket_master_id", ticket.c.master_id, sqlite_where=text("master_id is not null"),
      postgresql_where=text("master_id is not null"))  # fmt: skip
Index("ix_ticket_is_master", ticket.c.customer_id, sqlite_where=text("is_master"), postgresql_where=text("is_master"))

participant = Table(
    "participant",
    metadata,
    Column("ticket_id", Id, ForeignKey("ticket.id"), primary_key=True),
    Column("address", Text, primary_key=True),
    reference("ticket", name="from_id"),
    reference("person", null=True),
    text_column("name"),
    text_column("locale", "zh"),
    Column("quiet", Boolean, nullable=False, server_default=text("false")),
    Column("known_sender", Boolean, nullable=False, server_default=text("false")),
    text_column("first_message_id"),
    text_column("last_message_id"),
    Column("approved", Boolean, nullable=False, server_default=text("true")),
)
"""Who besides the requester takes part in a ticket: those of the tickets that were merged into it (`from_id`), and who
was in copy of its own mails, once the desk has approved that."""

event = Table(
    "event",
    metadata,
    id_column(),
    reference("ticket", null=True, index=True),
    Column("at", Utc, nullable=False),
    Column("recorded_at", Utc, nullable=False),
    reference("person", name="actor_id", null=True),
    Column("actor", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
Index("ix_event_marked", event.c.ticket_id, sqlite_where=text(EVENT_MARKED), postgresql_where=text(EVENT_MARKED))

entry = Table(
    "entry",
    metadata,
    id_column(),
    reference("ticket", index=True),
    reference("inbox", null=True, index=True),
    reference("person", name="author_id", null=True),
    text_column("author"),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    text_column("full_text"),
    Column("notes", JSON, nullable=False, server_default="[]"),
    Column("created_at", Utc, nullable=False),
    CheckConstraint("kind in ('mail', 'held', 'reply', 'question', 'note', 'solution')", name="kind"),
)

attachment = Table(
    "attachment",
    metadata,
    id_column(),
    reference("entry", index=True),
    reference("inbox"),
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
    id_column(),
    reference("ticket"),
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
    Column("windows", JSON, nullable=False, server_default="[]"),
    UniqueConstraint("ticket_id", "target", "arming"),
    CheckConstraint("state in ('running', 'paused', 'met', 'late', 'cancelled')", name="state"),
)
Index("ix_clock_next_alarm_at", clock.c.next_alarm_at, sqlite_where=text("next_alarm_at is not null"),
      postgresql_where=text("next_alarm_at is not null"))  # fmt: skip

alarm = Table(
    "alarm",
    metadata,
    id_column(),
    reference("clock"),
    Column("rung", Text, nullable=False),
    reference("person"),
    Column("due_at", Utc, nullable=False),
    Column("decided_at", Utc, nullable=False),
    Column("late", Boolean, nullable=False, server_default=text("false")),
    Column("acknowledged_at", Utc),
    reference("outbox", null=True),
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
    id_column(),
    Column("dedup_key", Text, nullable=False, unique=True),
    reference("ticket", null=True, index=True),
    Column("event", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("audience", Text, nullable=False),
    reference("person", null=True),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("silent", Boolean, nullable=False, server_default=text("false")),
    Column("urgent", Boolean, nullable=False, server_default=text("false")),
    reference("clock", null=True),
    Column("state", Text, nullable=False),
    text_column("outcome"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("unsure", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", Utc, nullable=False),
    Column("next_try_at", Utc),
    Column("ended_at", Utc),
    text_column("message_id"),
    text_column("in_reply_to"),
    Column("references", JSON, nullable=False, server_default="[]"),
    text_column("external_id"),
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
Index("ix_outbox_external_id", outbox.c.external_id, outbox.c.address,
      sqlite_where=text("external_id <> '' and channel <> 'mail'"),
      postgresql_where=text("external_id <> '' and channel <> 'mail'"))  # fmt: skip

attempt = Table(
    "attempt",
    metadata,
    id_column(),
    reference("outbox"),
    Column("number", Integer, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("outcome", Text, nullable=False),
    text_column("code"),
    text_column("text"),
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
    text_column("topic"),
    Column("topic_open", Boolean, nullable=False, server_default=text("true")),
)
"""Where a ticket's card hangs, to edit it in place; its own `topic` where groups have such, and whether it is open."""

action = Table(
    "action",
    metadata,
    Column("id", Text, primary_key=True),
    Column("ticket_id", Id, ForeignKey("ticket.id")),
    Column("version", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("commands", JSON, nullable=False),
    Column("created_at", Utc, nullable=False, index=True),
)
"""What the buttons of one message do: bound to ticket, version (if any) and chat; a press names the row and a place."""
