"""Structured logs: a JSON object a line, with the ticket's number where there is one; no secrets, no personal data."""

from __future__ import annotations

import json
import logging
import logging.handlers
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

KNOWN = ("ticket", "loop", "inbox", "outbox", "attempt", "kind", "channel", "to", "peer", "count", "seconds")
QUIET = ("asyncio", "alembic", "apscheduler", "uvicorn", "tzlocal")
SILENT = ("telegram", "httpx", "httpcore")
"""They name addresses that hold the bot's token, or what a sick server said; the channel says what matters."""
_PERSONAL = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+|(?:bot)?\d{5,20}:[\w-]{30,}")


class JsonLines(logging.Formatter):
    """A log record as one JSON line. Of an error only its type and place are kept: its words may be a stranger's."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "part": record.name, "event": redact(record.getMessage())}
        line |= {name: redact(str(value)) for name in KNOWN if (value := getattr(record, name, None)) not in {None, ""}}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False)


def redact(text: str) -> str:
    """The text without mail addresses and bot tokens."""
    return _PERSONAL.sub("[…]", text)


def set_up(folder: Path, *, terminal: bool) -> None:
    """Logs to a rotating file, and to standard error where no terminal shows the chat."""
    folder.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [
        logging.handlers.RotatingFileHandler(folder / "faultdesk.log", maxBytes=10_000_000, backupCount=5, delay=True)
    ]
    if not terminal:
        handlers.append(logging.StreamHandler(sys.stderr))
    for handler in handlers:
        handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
