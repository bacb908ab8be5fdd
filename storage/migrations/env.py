"""What Alembic runs: migrations on the connection that `storage.migrate` hands over."""

from __future__ import annotations

from alembic import context

from storage.models import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
)
context.run_migrations()
