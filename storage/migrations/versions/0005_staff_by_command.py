"""Staff added by command: the configuration that does not name them leaves them alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("person", sa.Column("by_command", sa.Boolean(), nullable=False, server_default=sa.text("false")))
