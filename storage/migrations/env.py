"""What Alembic runs: migrations on the connection that `storage.migrate` hands over."""

from __future__ import annotations

from alembic import context

from bot.domain.failpoints import reach
from storage import models

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=models.inbox.metadata,
    transaction_per_migration=True,
    on_version_apply=lambda **_: reach("migrate.step"),
)
context.run_migrations()
