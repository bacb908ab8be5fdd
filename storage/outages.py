"""What has been broken for a while, remembered from one look to the next and from one start to the next."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from storage.models import meta
from storage.sql import fetch_value, insert_or_update, run

PREFIX = "outage "
_known = select(meta.c.value).where(meta.c.key == bindparam("wanted"))


def load(db: Connection, name: str) -> dict[str, Any] | None:
    """What is known of an outage; None while all is well."""
    value = fetch_value(db, _known, {"wanted": PREFIX + name})
    return None if value is None else dict(json.loads(value))


def keep(db: Connection, name: str, facts: dict[str, Any]) -> None:
    """Remembers it."""
    run(db, insert_or_update(db, meta, ("key",), ("value",)), [{"key": PREFIX + name, "value": json.dumps(facts)}])


def end(db: Connection, name: str) -> None:
    """Forgets it: it is over."""
    db.execute(delete(meta).where(meta.c.key == PREFIX + name))
