"""The index of when mails came, so that an hour is compared with those before it without reading the whole inbox."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"])
