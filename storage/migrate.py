"""Brings a database to the schema that this code needs: a backup first, then one transaction a step (P15)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, event, inspect, text

from bot.domain.failpoints import reach
from storage.engine import begin_writing, memory_engine, sqlite_module, sqlite_path
from storage.migrations import HEAD
from storage.thinning import thin

if TYPE_CHECKING:
    from alembic.config import Config

BACKED_UP_AT = "backed_up_at"
"""Key in the copy's `meta`: the instant of which it holds everything."""


BACKUPS = (".db", ".dump")
"""How backups of SQLite and of PostgreSQL end."""


THIN = "-texts.db"
"""How the name of a backup ends that has lost its attachments."""


class SchemaError(Exception):
    """The database was made by a newer Faultdesk, or by something else."""


def version_of(db: Connection) -> str | None:
    """The schema's version; None for an empty database."""
    if not inspect(db).has_table("alembic_version"):
        return None
    return db.execute(text("select version_num from alembic_version")).scalar_one_or_none()


def bring_up(engine: Engine, *, before: Callable[[str], None] = lambda _version: None) -> bool:
    """Migrates to HEAD if needed. `before` is called with the old version when there is something to lose.

    Gives whether anything was done. Raises SchemaError for a database that this code does not know.
    """
    with engine.connect() as db:
        version = version_of(db)
    if version == HEAD:
        return False
    from alembic import command  # noqa: PLC0415  -- 0.2 s that only a migration shall cost

    config = alembic_config()
    if version is not None and version not in known_versions():
        raise SchemaError(
            f"the database has schema {version}, this Faultdesk knows up to {HEAD}: use the newer version"
        )
    if version is not None:
        before(version)
    with engine.connect() as db, _constraints_off(db):
        event.listen(db, "begin", begin_writing)  # so that each step is one transaction, tables and all
        config.attributes["connection"] = db
        command.upgrade(config, HEAD)
        db.commit()
    reach("migrate.done")
    return True


def alembic_config() -> Config:
    """Alembic's configuration, without a file of its own."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def known_versions() -> list[str]:
    """The versions that this code can read or migrate, oldest first."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return [one.revision for one in ScriptDirectory.from_config(alembic_config()).walk_revisions()][::-1]


def schema_of(version: str) -> dict[str, list[str]]:
    """The tables and indexes that a version has on SQLite, each with its columns: made once, in memory."""
    from alembic import command  # noqa: PLC0415

    engine = memory_engine()
    try:
        with engine.connect() as db:
            config = alembic_config()
            config.attributes["connection"] = db
            command.upgrade(config, version)
            return tables_of(db.connection.driver_connection)
    finally:
        engine.dispose()


def tables_of(db: Any) -> dict[str, list[str]]:
    """Tables and indexes of an open SQLite database → their columns, hidden and generated ones too."""
    names = db.execute("select type, name from sqlite_master where name not like 'sqlite_%'").fetchall()
    pragmas = {"table": "table_xinfo", "index": "index_xinfo"}
    return {
        name: [
            str(row[1:3] if kind == "index" else row[1:4]) for row in db.execute(f"PRAGMA {pragmas[kind]}('{name}')")
        ]
        for kind, name in names
        if kind in pragmas and "'" not in name
    }


class _constraints_off:  # noqa: N801  -- used as a statement
    """SQLite rebuilds tables by dropping them: with foreign keys on, that would delete every child row."""

    def __init__(self, db: Connection) -> None:
        self._db = db if db.dialect.name == "sqlite" else None

    def __enter__(self) -> None:
        if self._db is not None:
            self._raw("PRAGMA foreign_keys=OFF")

    def __exit__(self, *_: object) -> None:
        if self._db is not None:
            broken = self._raw("PRAGMA foreign_key_check").fetchall()
            self._raw("PRAGMA foreign_keys=ON")
            if broken:
                raise SchemaError(f"the migration left {len(broken)} rows without what they refer to")

    def _raw(self, statement: str):  # type: ignore[no-untyped-def]  # noqa: ANN202  -- the driver's own cursor
        assert self._db is not None  # noqa: S101
        return self._db.connection.driver_connection.execute(statement)  # type: ignore[union-attr]


def backup(url: str, folder: Path, now: datetime, label: str) -> Path | None:
    """A consistent copy of the database beside the running daemon, checked; None where there is nothing to copy.

    Raises OSError or the driver's error when it could not be made whole, or where PostgreSQL's `pg_dump` is missing.
    """
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return None
    folder.mkdir(parents=True, exist_ok=True)
    name = f"faultdesk-{now:%Y%m%d-%H%M%S}-{label}"
    if path is None:
        from storage.postgres import dump  # noqa: PLC0415

        return dump(url, folder / f"{name}.dump")
    target = folder / f"{name}.db"
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    try:
        answer = _copy_whole(path, part, now)
        if answer != "ok":
            raise OSError(f"the backup {target.name} is not whole: {answer}")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _copy_whole(path: Path, part: Path, now: datetime) -> str:
    """Copies everything of one instant into a file of its own, on disk when this returns. Gives SQLite's verdict."""
    module = sqlite_module()
    source = module.connect(f"file:{path}?mode=ro", uri=True)
    copy = module.connect(str(part), isolation_level=None)
    try:
        source.backup(copy)
        reach("backup.copied")
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        copy.execute("PRAGMA synchronous=FULL")
        copy.execute("insert or replace into meta values (?, ?)", (BACKED_UP_AT, now.isoformat()))
        return str(copy.execute("PRAGMA integrity_check").fetchone()[0])
    except module.Error as error:
        raise OSError(f"the backup {part.stem} cannot be made: {error}") from error
    finally:
        source.close()
        copy.close()


def prune_backups(folder: Path, keep: int, thinned: int = 0) -> list[Path]:
    """Ends daily backups beyond the newest `keep`; those before a migration stay. Gives what was removed or thinned.

    The newest `thinned` of them live on without attachments, where they are SQLite's. Raises OSError.
    """
    daily = sorted(path for kind in BACKUPS for path in folder.glob(f"faultdesk-*-daily{kind}"))
    old = daily[:-keep] if keep else daily
    for path in old:
        if thinned and path.suffix == ".db":
            thin(path, path.with_name(f"{path.stem}{THIN}"))
        else:
            path.unlink()
    for path in sorted(folder.glob(f"faultdesk-*-daily{THIN}"), reverse=True)[thinned:]:
        path.unlink()
    return old
