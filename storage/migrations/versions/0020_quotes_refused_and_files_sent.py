"""The quote for a repair may be refused, and is asked about while it waits; which files went out on a ticket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

STATES = "'sent', 'diagnosed', 'quoted', 'approved', 'refused', 'repaired', 'irreparable', 'returned', 'undone'"


ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sent_file",
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_sent_file_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", "sha256", name=op.f("pk_sent_file")),
    )
    with op.batch_alter_table("repair") as repair:
        repair.drop_constraint(op.f("ck_repair_state"), type_="check")
        repair.create_check_constraint(op.f("ck_repair_state"), f"state in ({STATES})")
    op.execute("UPDATE repair SET remind_at = changed_at WHERE state = 'quoted' AND ended_at IS NULL")
