"""Booked support, absences by command, and the further hours that both orders on site and bookings give a clock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("clock", sa.Column("windows", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "booking",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.Column("remind_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_booking_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
    )
    op.create_table(
        "absence",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("stand_in_id", ID),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id_person")),
        sa.ForeignKeyConstraint(["stand_in_id"], ["person.id"], name=op.f("fk_absence_stand_in_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
