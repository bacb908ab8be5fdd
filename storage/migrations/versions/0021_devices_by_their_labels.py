"""The index of devices by their labels, in any case: what a mail names is not looked for among all of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_index("ix_asset_label", "asset", [sa.text("lower(tag)")])
