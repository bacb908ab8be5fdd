"""`faultdesk run`: the daemon, with the terminal as its chat where there is one."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.common import CliError, Parsers, file_of, read_again, settings_of, terminal_locale
from bot.config import Settings
from bot.config_file import told_doubts

if TYPE_CHECKING:
    from bot.clock import Clock
    from channels.console import ConsoleSettings


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser("run", help="start the daemon; in a terminal, this is also the chat")
    parser.add_argument("--fake-clock", metavar="ISO", help=argparse.SUPPRESS)
    parser.set_defaults(do=run)


def run(arguments: argparse.Namespace) -> int:
    """Works until Ctrl-C or SIGTERM; 0 after an orderly stop."""
    os.umask(0o077)  # whatever the daemon writes holds personal data
    settings = settings_of(arguments.config, starting=True)
    from bot import faults, logs, versions  # noqa: PLC0415  -- what only the daemon needs is loaded only here,
    from bot.app import App  # noqa: PLC0415  -- and not before the configuration is known to be good
    from bot.starting import StartError, give_memory_back  # noqa: PLC0415  -- and not before the configuration is known to be good

    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    faults.arm()
    give_memory_back()

    async def work() -> None:
        app = App(
            settings,
            _clock(settings, arguments.fake_clock),
            terminal=_terminal(settings) if terminal else None,
            reread=lambda: _read_again(arguments.config),
        )
        await app.open()
        await app.run()

    try:
        versions.refuse_holes()
        logs.set_up(settings.data.folder / "log", terminal=terminal)
        _tell_doubts(settings, arguments.config, terminal=terminal)
        asyncio.run(work())
    except (StartError, versions.VersionError) as error:
        raise CliError(str(error)) from error
    except OSError as error:
        reason = error.strerror or error
        raise CliError(f"cannot write in {settings.data.folder}: {reason}; choose another folder") from error
    except BaseExceptionGroup as group:
        raise CliError("; ".join(str(one) for one in group.exceptions)) from group
    return 0


def _read_again(path: str | None) -> Settings:
    """The changed configuration for a reload; what is probably not meant in it goes to the log. Raises ConfigError."""
    settings = read_again(path)
    for line in _mendable(settings, path):
        logging.getLogger("faultdesk").warning(line)
    return settings


def _mendable(settings: Settings, path: str | None) -> list[str]:
    from bot.starting import added_staff  # noqa: PLC0415

    return told_doubts(file_of(path), settings, [role for one in added_staff(settings) for role in one["roles"]])


def _tell_doubts(settings: Settings, path: str | None, *, terminal: bool) -> None:
    """What is allowed and probably not meant goes to the log, and what a person can mend to the terminal, too."""
    from bot import versions  # noqa: PLC0415

    mendable = _mendable(settings, path)
    for line in [*versions.doubts(), *mendable]:
        logging.getLogger("faultdesk").warning(line)
    for line in mendable if terminal else ():
        print(f"faultdesk: {line}", file=sys.stderr)


def _clock(settings: Settings, start: str | None) -> Clock:
    from bot.clock import FakeClock, RealClock  # noqa: PLC0415

    if start is None:
        return RealClock()
    settings.data.folder.mkdir(parents=True, exist_ok=True)
    return FakeClock(settings.data.folder / "clock", datetime.fromisoformat(start))


def _terminal(settings: Settings) -> ConsoleSettings:
    from channels.console import ConsoleSettings  # noqa: PLC0415

    folder = settings.data.folder
    return ConsoleSettings(
        people={one.handle: one.name for one in settings.people},
        speak_as=settings.people[0].handle if settings.people else "admin",
        history=folder / "history",
        files=folder / "files",
        greeting=greeting(settings),
        locale=terminal_locale(),
    )


def greeting(settings: Settings) -> str:
    """The first screen: how to mail the first fault, and what to type next."""
    from bot.starting import renderer_of  # noqa: PLC0415

    smtp = settings.mail.smtp_in
    facts = {
        "host": smtp.host if smtp else "",
        "port": smtp.port if smtp else 0,
        "mailbox": settings.mail.mailbox,
        "folder": str(_near(settings.data.folder)),
        "first": settings.desk.prefix + "-1",
        "relay": bool(settings.mail.relay),
        "command": mail_command(settings) if smtp else "",
    }
    return renderer_of(settings).render(terminal_locale(), "greeting", facts).chat


def mail_command(settings: Settings) -> str:
    """A ready command that mails a first fault, with nothing but Python."""
    smtp = settings.mail.smtp_in
    assert smtp is not None  # noqa: S101  -- only asked where mail is received by SMTP
    zh = terminal_locale() == "zh"
    subject, text = ("打印机卡纸", "三楼打印机卡纸，急用。") if zh else ("Printer jam", "Paper jam on floor 3.")
    return (
        'python3 -c "import smtplib, email.message as e; m = e.EmailMessage(); '
        f"m['From'] = 'Li Wei <li.wei@example.com>'; m['To'] = '{settings.mail.mailbox}'; "
        f"m['Subject'] = '{subject}'; m.set_content('{text}'); "
        f"smtplib.SMTP('{smtp.host}', {smtp.port}).send_message(m)\""
    )


def _near(folder: Path) -> Path:
    try:
        return folder.relative_to(Path.cwd())
    except ValueError:
        return folder
