"""Repairs know the mails that go to and fro with who repairs, and when something is to be written next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    for name in ("first_message_id", "last_message_id"):
        op.add_column("repair", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    for name in ("remind_at", "draft_at"):
        op.add_column("repair", sa.Column(name, sa.DateTime(timezone=True)))
