"""People who were in copy of a fault mail, until the desk lets them take part."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("participant", sa.Column("approved", sa.Boolean(), nullable=False, server_default=sa.text("true")))
