"""Merged tickets and who takes part in the one that goes on; master tickets of an outage and what is linked to them.

A button may be about no ticket: that of a notice to many.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("action") as action:
        action.alter_column("ticket_id", existing_type=number, nullable=True)
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    for column in ("merged_into_id", "master_id"):  # in words: SQLite takes a reference only together with its column
        reference = f"CONSTRAINT fk_ticket_{column}_ticket REFERENCES ticket (id)"
        op.execute(f"ALTER TABLE ticket ADD COLUMN {column} {kind} {reference}")
    op.add_column("ticket", sa.Column("is_master", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    for column in ("merged_into_id", "master_id"):
        there = sa.text(f"{column} is not null")
        op.create_index(f"ix_ticket_{column}", "ticket", [column], sqlite_where=there, postgresql_where=there)
    op.create_index(
        "ix_ticket_is_master",
        "ticket",
        ["customer_id"],
        sqlite_where=sa.text("is_master"),
        postgresql_where=sa.text("is_master"),
    )
    op.create_table(
        "participant",
        sa.Column("ticket_id", number, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("from_id", number, nullable=False),
        sa.Column("person_id", number, nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("locale", sa.Text(), server_default="zh", nullable=False),
        sa.Column("quiet", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("known_sender", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("first_message_id", sa.Text(), server_default="", nullable=False),
        sa.Column("last_message_id", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_participant_ticket_id_ticket")),
        sa.ForeignKeyConstraint(["from_id"], ["ticket.id"], name=op.f("fk_participant_from_id_ticket")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_participant_person_id_person")),
        sa.PrimaryKeyConstraint("ticket_id", "address", name=op.f("pk_participant")),
    )
