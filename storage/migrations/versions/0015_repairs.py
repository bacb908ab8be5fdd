"""Devices that are repaired: where, on which ticket, how far."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
OPEN = sa.text("ended_at is null")
STATES = "'sent', 'diagnosed', 'quoted', 'approved', 'repaired', 'irreparable', 'returned', 'undone'"


def upgrade() -> None:
    op.create_table(
        "repair",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("asset_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False, server_default=""),
        sa.Column("state", sa.Text(), nullable=False, server_default="sent"),
        sa.Column("device_was", sa.Text(), nullable=False),
        sa.Column("opened_at", AT, nullable=False),
        sa.Column("changed_at", AT, nullable=False),
        sa.Column("ended_at", AT),
        sa.Column("swapped_at", AT),
        sa.CheckConstraint("kind in ('house', 'maker', 'shop')", name=op.f("ck_repair_kind")),
        sa.CheckConstraint(f"state in ({STATES})", name=op.f("ck_repair_state")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_repair_ticket_id_ticket")),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_repair_asset_id_asset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repair")),
    )
    op.create_index(op.f("ix_repair_ticket_id"), "repair", ["ticket_id"])
    op.create_index(op.f("ix_repair_asset_id"), "repair", ["asset_id"])
    for column in ("asset", "ticket"):
        op.create_index(
            f"uq_repair_{column}_open", "repair", [f"{column}_id"], unique=True,
            sqlite_where=OPEN, postgresql_where=OPEN,
        )  # fmt: skip
