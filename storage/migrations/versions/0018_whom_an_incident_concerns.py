"""Whom a security incident concerns: she never gets to know of it."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    reference = "CONSTRAINT fk_ticket_concerns_id_person REFERENCES person (id)"  # in words, as in 0006
    op.execute(f"ALTER TABLE ticket ADD COLUMN concerns_id {kind} {reference}")
