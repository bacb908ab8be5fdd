"""Dispatch that is planned, duty that is swapped, and what the customer's administrator has authorised."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "dispatch_plan",
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_dispatch_plan_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_dispatch_plan")),
    )
    op.create_index(op.f("ix_dispatch_plan_at"), "dispatch_plan", ["at"])
    op.create_table(
        "swap",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("other_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("other_day", sa.Date(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('asked', 'agreed', 'declined', 'cancelled')", name=op.f("ck_swap_state")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_swap_person_id_person")),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name=op.f("fk_swap_other_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swap")),
    )
    _authorization()


def _authorization() -> None:
    op.create_table(
        "authorization",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("ticket_id", ID),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in ("item", "given_by", "how")),
        sa.Column("recorded_by_id", ID),
        sa.Column("given_at", AT, nullable=False),
        sa.Column("until_at", AT),
        sa.Column("ended_at", AT),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_authorization_customer_id_customer")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_authorization_ticket_id_ticket")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_authorization_recorded_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorization")),
    )
    for column in ("customer_id", "ticket_id"):
        op.create_index(op.f(f"ix_authorization_{column}"), "authorization", [column])
