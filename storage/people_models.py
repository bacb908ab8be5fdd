"""The tables about who may work and who does: dispatch that is planned, swapped duty, authorisations."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Table, Text

from storage.columns import Id, Utc, id_column, metadata, reference, text_column

dispatch_plan = Table(
    "dispatch_plan",
    metadata,
    Column("ticket_id", Id, ForeignKey("ticket.id"), primary_key=True),
    Column("at", Utc, nullable=False, index=True),
)
"""When a ticket that nobody has taken goes to the proposed engineer by itself."""

swap = Table(
    "swap",
    metadata,
    id_column(),
    reference("person"),
    reference("person", name="other_id"),
    Column("day", Date, nullable=False),
    Column("other_day", Date, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("state", Text, nullable=False),
    CheckConstraint("state in ('asked', 'agreed', 'declined', 'cancelled')", name="state"),
)
"""Duty that two people exchange: shifts of the one that begin on `day`, of the other on `other_day`."""

authorization = Table(
    "authorization",
    metadata,
    id_column(),
    reference("customer", index=True),
    reference("ticket", null=True, index=True),
    text_column("item"),
    text_column("given_by"),
    text_column("how"),
    reference("person", name="recorded_by_id", null=True),
    Column("given_at", Utc, nullable=False),
    Column("until_at", Utc),
    Column("ended_at", Utc),
)
"""What the customer's administrator allows (SP-10.2): one ticket, or all of a service item ("" for any) for a time."""
