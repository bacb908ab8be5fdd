"""Single facts that the daemon must remember: rows of `meta`."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from storage.models import meta
from storage.sql import fetch_value, insert_or_update, run

_value = select(meta.c.value).where(meta.c.key == bindparam("wanted"))


def get(db: Connection, key: str) -> str | None:
    """What is remembered under the key."""
    value: str | None = fetch_value(db, _value, {"wanted": key})
    return value


def put(db: Connection, key: str, value: str) -> None:
    """Remembers a value in the place of the one before."""
    run(db, insert_or_update(db, meta, ("key",), ("value",)), {"key": key, "value": value})
