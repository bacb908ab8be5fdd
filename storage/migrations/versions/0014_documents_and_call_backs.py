"""Documents to be printed, with the messages that wait for them, and users to be called back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("done_at is null")


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("failure", sa.Text(), nullable=False, server_default=""),
        sa.Column("data", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_document_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    op.create_index(op.f("ix_document_ticket_id"), "document", ["ticket_id"])
    op.create_index("ix_document_waiting", "document", ["id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "call_back",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.Text(), nullable=False, server_default=""),
        sa.CheckConstraint("reason in ('low', 'unrated', 'sample')", name=op.f("ck_call_back_reason")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_call_back_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_back")),
    )
    op.create_index(op.f("ix_call_back_ticket_id"), "call_back", ["ticket_id"])
    op.create_index("ix_call_back_open", "call_back", ["due_at"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index(
        "uq_call_back_ticket_open", "call_back", ["ticket_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
