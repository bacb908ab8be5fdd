"""The tables of what follows a solution: documents to be printed, and users to be called back."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from storage.columns import Id, Utc, id_column, metadata, reference, text_column

document = Table(
    "document",
    metadata,
    id_column(),
    reference("ticket", null=True, index=True),
    Column("kind", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("messages", JSON, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("created_at", Utc, nullable=False),
    Column("done_at", Utc),
    text_column("failure"),
    Column("data", LargeBinary),
)
"""A document to be printed: its facts as they were, and the rows for the outbox that wait until it is there.

`failure` says why it could not be made; the messages go out then without it.
"""
Index("ix_document_waiting", document.c.id, sqlite_where=text("done_at is null"),
      postgresql_where=text("done_at is null"))  # fmt: skip

call_back = Table(
    "call_back",
    metadata,
    id_column(),
    reference("ticket", index=True),
    Column("reason", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("done_at", Utc),
    text_column("outcome"),
    CheckConstraint("reason in ('low', 'unrated', 'sample')", name="reason"),
)
"""Users whom the desk is to call (SP-4.2): rated low, not rated, or drawn for the sample; `tries` found nobody."""
Index("ix_call_back_open", call_back.c.due_at, sqlite_where=text("done_at is null"),
      postgresql_where=text("done_at is null"))  # fmt: skip
Index("uq_call_back_ticket_open", call_back.c.ticket_id, unique=True, sqlite_where=text("done_at is null"),
      postgresql_where=text("done_at is null"))  # fmt: skip

sent_file = Table(
    "sent_file",
    metadata,
    Column("ticket_id", Id, ForeignKey("ticket.id"), primary_key=True),
    Column("sha256", Text, primary_key=True),
)
"""The files that went out with the mails of a ticket, by their digests: an answer may bring them back."""
