"""An index of what few tickets have in their journals: waits for parts and vendors, major events."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.execute(
        "CREATE INDEX ix_event_marked ON event (ticket_id) WHERE kind in ('part_wanted', 'vendor_wanted', 'major')"
    )
