"""The schema's history (Alembic), oldest first; `HEAD` is what this code needs."""

HEAD = "0021"
