"""Databases that have all tables and nothing in them: migrated once in a run, then copied."""

import tempfile
from functools import cache
from pathlib import Path

from storage.engine import settle, writing_engine
from storage.migrate import bring_up


def tables_at(path: Path) -> str:
    """Makes such a file of SQLite there, and gives its address."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_file())
    return f"sqlite:///{path}"


@cache
def _file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "faultdesk.db"
        engine = writing_engine(f"sqlite:///{path}")
        bring_up(engine)
        settle(engine)
        engine.dispose()
        return path.read_bytes()
