"""Chat accounts of people: link codes, wrong tries, moved groups; replies to our own messages are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

SENT_TO_CHAT = sa.text("external_id <> '' and channel <> 'mail'")


def upgrade() -> None:
    op.create_table(
        "link_code",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_link_code_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_link_code")),
        sa.UniqueConstraint("digest", name=op.f("uq_link_code_digest")),
    )
    op.create_table(
        "link_try",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("channel", "value", name=op.f("pk_link_try")),
    )
    op.create_table(
        "chat_move",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("old_value", sa.Text(), nullable=False),
        sa.Column("new_value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "old_value", name=op.f("pk_chat_move")),
    )
    op.create_index(
        "ix_outbox_external_id",
        "outbox",
        ["external_id", "address"],
        sqlite_where=SENT_TO_CHAT,
        postgresql_where=SENT_TO_CHAT,
    )
