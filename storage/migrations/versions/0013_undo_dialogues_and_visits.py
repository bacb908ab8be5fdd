"""Commands that can be taken back for a while, dialogues, and whether an engineer is on her way or on site."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    number, instant = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.DateTime(timezone=True)
    op.add_column("ticket", sa.Column("whereabouts", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "undoing",
        sa.Column("ticket_id", number, nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("first_outbox_id", number, nullable=False),
        sa.Column("last_outbox_id", number, nullable=False),
        sa.Column("expires_at", instant, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_undoing_ticket_id_ticket")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_undoing_person_id_person")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_undoing")),
    )
    op.create_index("ix_undoing_expires_at", "undoing", ["expires_at"])
    op.create_table(
        "dialogue",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), server_default="", nullable=False),
        sa.Column("said", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("expires_at", instant, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dialogue_person_id_person")),
        sa.PrimaryKeyConstraint("channel", "address", "person_id", name=op.f("pk_dialogue")),
    )
