"""Named places where a test makes the process die, fail or hang: one per commit and one per outside effect.

Pure: the place only calls a hook. `bot.faults` sets the hook from FAULTDESK_FAILPOINT at start; without it, nothing
happens here. Each name is listed below with what has happened when it is reached, and a test holds the list against
the code.
"""

from __future__ import annotations

from collections.abc import Callable

POINTS: dict[str, str] = {
    "store.before_commit": "units have run, nothing is on disk",
    "store.after_commit": "everything is on disk, nobody has been told",
    "key.written": "the key has its bytes and not yet its name",
    "migrate.step": "a migration has run, its transaction is not on disk",
    "migrate.done": "the schema is new, the daemon has not started",
    "backup.copied": "a backup is written, nobody has looked whether it is whole",
    "inbox.mail_stored": "a mail is kept, its sender has not been told",
    "spool.piece_written": "a part of a mail's record is in the spool (the first, then the last)",
    "inbox.spooled": "a mail is kept twice, its sender has not been told",
    "inbox.chat_stored": "a chat message is kept, its server has not been told",
    "imap.moved": "mails are stored and moved, nothing says so but the server",
    "inbox.claimed": "a mail's attempt is counted, it has not been read",
    "inbox.parsed": "a mail is read, nothing has been made of it",
    "inbox.done": "a mail or chat message has become what it is",
    "outbox.claimed": "an attempt is written down, nothing has been dialled",
    "outbox.sent": "the other side took a message, that is not written down",
    "telegram.stored": "news from Telegram is kept, Telegram has not been told",
    "telegram.said": "Telegram has a message, the sender has not been told",
    "files.brought": "a file that was sent in a chat is kept, what was said with it is not done",
    "mail_files.written": "a mail's file has its bytes and not yet its name",
    "alarms.decided": "alarms have been decided, nothing of it is on disk",
    "alarms.raised": "alarms are decided, nobody has been woken",
    "command.done": "a command at the local socket is carried out, nobody has been told",
    "restore.prepared": "a backup is copied, looked at and marked, and has not taken the database's place",
    "restore.replaced": "a backup has taken the database's place",
    "printer.begun": "an attempt to print is counted, nothing is on paper",
    "printer.done": "a document is on paper and its messages wait to be sent, nobody has been woken",
    "hold.fed": "mails since the backup are in the inbox again, that is not written down",
    "app.stopping": "asked to end: no more comes in, how the last messages ended is not written down",
}
"""Name → what has happened when it is reached: one per commit and one per outside effect."""

_hook: Callable[[str], None] | None = None


def set_hook(hook: Callable[[str], None] | None) -> None:
    """Sets what reaching a failpoint does; None for nothing."""
    global _hook  # noqa: PLW0603  -- a single switch for the whole process is the point
    _hook = hook


def reach(name: str) -> None:
    """Marks that the named place is reached."""
    if _hook is not None:
        _hook(name)
