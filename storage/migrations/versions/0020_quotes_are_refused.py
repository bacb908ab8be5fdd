"""The quote for a repair may be refused; who decides is asked about those that wait."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"

STATES = "'sent', 'diagnosed', 'quoted', 'approved', 'refused', 'repaired', 'irreparable', 'returned', 'undone'"


def upgrade() -> None:
    with op.batch_alter_table("repair") as repair:
        repair.drop_constraint(op.f("ck_repair_state"), type_="check")
        repair.create_check_constraint(op.f("ck_repair_state"), f"state in ({STATES})")
    op.execute("UPDATE repair SET remind_at = changed_at WHERE state = 'quoted' AND ended_at IS NULL")
