"""Older backups are kept without the mails as they came, and so without attachments: what was written stays in them."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

from storage.engine import sqlite_module

_MARK = """insert or replace into meta select 'thinned_to', cast(coalesce(max(id), 0) as text) from inbox"""
"""Notes in the copy's `meta` the highest item of the inbox whose original may have been left out."""


def thin(path: Path, target: Path) -> None:
    """Makes a copy of an SQLite backup without the originals of mails that are done with; the backup goes then.

    Raises OSError where it cannot be made whole; the backup stays then.
    """
    module, part = sqlite_module(), target.with_suffix(".part")
    try:
        shutil.copyfile(path, part)
        part.chmod(0o600)
        with closing(module.connect(str(part), isolation_level=None)) as db:
            db.execute("PRAGMA synchronous=FULL")
            db.execute("PRAGMA secure_delete=OFF")
            db.execute("BEGIN IMMEDIATE")
            db.execute("delete from raw_mail where inbox_id in (select id from inbox where state = 'done')")
            db.execute(_MARK)
            db.execute("COMMIT")
            db.execute("VACUUM")
            answer = str(db.execute("PRAGMA integrity_check").fetchone()[0])
        if answer != "ok":
            raise OSError(f"{target.name} is not whole: {answer}")
        part.replace(target)
    except module.Error as error:
        raise OSError(f"{target.name} cannot be made: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    path.unlink()
