"""Single facts that the daemon must remember: rows of `meta`."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select, update

from storage.models import meta
from storage.sql import fetch_value, run

_value = select(meta.c.value).where(meta.c.key == bindparam("wanted"))


def get(db: Connection, key: str) -> str | None:
    """What is remembered under the key."""
    return fetch_value(db, _value, {"wanted": key})  # type: ignore[no-any-return]


def put(db: Connection, key: str, value: str) -> None:
    """Remembers a value in the place of the one before."""
    if not db.execute(update(meta).where(meta.c.key == key).values(value=value)).rowcount:
        run(db, insert(meta), {"key": key, "value": value})
