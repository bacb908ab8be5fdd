"""Devices, spare parts, their movements, and loans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
OPEN = sa.text("back_at is null")


def upgrade() -> None:
    op.create_table(
        "asset",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False, server_default="")
            for name in ("kind", "model", "serial", "place")
        ),
        sa.Column("user_id", ID),
        sa.Column("state", sa.Text(), nullable=False, server_default="in use"),
        sa.Column("accepted_on", sa.Date()),
        sa.Column("warranty_until", sa.Date()),
        sa.CheckConstraint("state in ('in use', 'stock', 'loaned', 'repair', 'retired')", name=op.f("ck_asset_state")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_asset_customer_id_customer")),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name=op.f("fk_asset_user_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset")),
        sa.UniqueConstraint("tag", name=op.f("uq_asset_tag")),
    )
    op.create_index(op.f("ix_asset_user_id"), "asset", ["user_id"])
    op.create_table(
        "part",
        sa.Column("id", ID, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, server_default=""),
        sa.Column("place", sa.Text(), nullable=False, server_default=""),
        sa.Column("quantity", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("minimum", sa.Integer(), nullable=False, server_default="0"),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_part_quantity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_part")),
        sa.UniqueConstraint("code", name=op.f("uq_part_code")),
    )
    op.create_table(
        "movement",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("part_id", ID),
        sa.Column("asset_id", ID),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("ticket_id", ID),
        sa.Column("actor_id", ID),
        sa.Column("why", sa.Text(), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_movement_part_id_part")),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_movement_asset_id_asset")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_movement_ticket_id_ticket")),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_movement_actor_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movement")),
    )
    for column in ("part_id", "asset_id", "ticket_id"):
        op.create_index(op.f(f"ix_movement_{column}"), "movement", [column])
    op.create_table(
        "loan",
        sa.Column("id", ID, nullable=False),
        sa.Column("asset_id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("person_id", ID),
        sa.Column("out_at", AT, nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("back_at", AT),
        sa.Column("remind_at", AT),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_loan_asset_id_asset")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_loan_ticket_id_ticket")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_loan_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan")),
    )
    op.create_index(op.f("ix_loan_ticket_id"), "loan", ["ticket_id"])
    op.create_index("uq_loan_open", "loan", ["asset_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
