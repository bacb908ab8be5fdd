"""Saving a ticket's files and original mails into a folder: never outside of it, never over what is there."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from bot.cli.common import CliError
from bot.parsing.parse import extract
from storage import inbox, tickets
from storage.tickets import Ticket

LONGEST = 200
"""Bytes of a file's name; every file system takes 255."""
MOST = 10_000


def save(db: Connection, ticket: Ticket, folder: Path) -> list[str]:
    """Writes the ticket's files and original mails; gives their paths. Raises CliError."""
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for row in tickets.files(db, ticket.id):
            raw = inbox.raw_of(db, row.inbox_id)
            if raw is not None:
                paths.append(write(folder, row.name, extract(raw, row.part)))
        for entry in tickets.entries(db, ticket.id):
            raw = inbox.raw_of(db, entry.inbox_id) if entry.inbox_id else None
            if raw is not None:
                paths.append(write(folder, f"mail-{entry.inbox_id}.eml", raw))
    except OSError as error:
        raise CliError(f"cannot save in {folder}: {error.strerror or error}") from error
    return [str(path) for path in paths]


def write(folder: Path, name: str, data: bytes) -> Path:
    """Writes under this name, or under 2-name, 3-name …; what lies there with the same bytes stays as it is."""
    for number in range(1, MOST):
        path = folder / (safe_name(name) if number == 1 else f"{number}-{safe_name(name)}")
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError:
            if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
                return path
        else:
            return path
    raise CliError(f"there are too many files called {safe_name(name)} in {folder}")


def safe_name(name: str) -> str:
    """The name without any folder, not hidden, and short enough; its ending stays (reliability 3 A 33, 34)."""
    plain = "".join(one for one in name.replace("\\", "/").rpartition("/")[2] if one.isprintable()).strip(" .")
    path = Path(plain or "file")
    room = LONGEST - len(path.suffix[:20].encode())
    return path.stem.encode()[:room].decode(errors="ignore") + path.suffix[:20]
