"""The index of open inbox rows in the order in which they are claimed, so that PostgreSQL need not sort a backlog."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

OPEN = sa.text("state in ('waiting', 'working')")
CLAIMED = ["state", "kind", "attempts", "id"]


def upgrade() -> None:
    op.drop_index("ix_inbox_open", "inbox")
    op.create_index("ix_inbox_open", "inbox", CLAIMED, sqlite_where=OPEN, postgresql_where=OPEN)
