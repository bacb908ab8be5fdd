"""Documents on no ticket (the week's picture); groups with one topic a ticket, and where each ticket's is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("document") as document:
        document.alter_column("ticket_id", existing_type=number, nullable=True)
    op.add_column("chat_group", sa.Column("topics", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.add_column("card", sa.Column("topic", sa.Text(), nullable=False, server_default=""))
    op.add_column("card", sa.Column("topic_open", sa.Boolean(), nullable=False, server_default=sa.text("true")))
