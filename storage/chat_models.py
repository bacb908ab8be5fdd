"""The tables of chats alone: accounts and groups there, commands that can still be taken back, open dialogues."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, Table, Text

from storage.columns import Id, Utc, metadata, reference, text_column

link_code = Table("link_code", metadata, Column("person_id", Id, ForeignKey("person.id"), primary_key=True),
                  Column("digest", Text, nullable=False, unique=True),
                  Column("expires_at", Utc, nullable=False))  # fmt: skip
"""A one-time code by which a person's chat account is linked: its SHA-256, never the code."""

link_try = Table("link_try", metadata, Column("channel", Text, primary_key=True),
                 Column("value", Text, primary_key=True), Column("count", Integer, nullable=False),
                 Column("last_at", Utc, nullable=False), Column("locked_until", Utc))  # fmt: skip
"""Wrong codes that an account has tried."""

chat_move = Table("chat_move", metadata, Column("channel", Text, primary_key=True),
                  Column("old_value", Text, primary_key=True), Column("new_value", Text, nullable=False))  # fmt: skip
"""Groups that have got another id since the configuration named them."""

undoing = Table(
    "undoing",
    metadata,
    Column("ticket_id", Id, ForeignKey("ticket.id"), primary_key=True),
    reference("person"),
    Column("command", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("before", JSON, nullable=False),
    Column("events", JSON, nullable=False),
    Column("first_outbox_id", Id, nullable=False),
    Column("last_outbox_id", Id, nullable=False),
    Column("expires_at", Utc, nullable=False, index=True),
)
"""A ticket's newest command, while it can be taken back: what the ticket was `before`, which rows of the journal would
be void, and between which rows of the outbox (the first excluded) its messages lie."""

dialogue = Table(
    "dialogue",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True),
    Column("line", Text, nullable=False),
    text_column("topic"),
    Column("said", JSON, nullable=False, server_default="[]"),
    Column("expires_at", Utc, nullable=False),
)
"""What somebody is about to say in a chat: the command that her next words complete, and what she has said so far."""
