"""How far each mailbox is read, and how large a mail is of which only the beginning was read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "mailbox",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("left", sa.Text(), server_default="", nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_mailbox")),
    )
    op.add_column("inbox", sa.Column("whole_size", sa.Integer(), server_default="0", nullable=False))
