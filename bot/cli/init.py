"""`faultdesk init`: asks the few questions that matter and writes config.toml, in which each option stays explained."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.cli.common import CONFIG, CliError, Parsers, terminal_locale
from bot.domain.staff import ROLES

IMAPS_PORT, IMAP_PORT, TLS_PORT, STARTTLS_PORT = 993, 143, 465, 587
STARTS = "now, all or a date like 2026-11-01"
Table = dict[str, Any]
"""A table of the configuration: option → value."""


@dataclass
class Answers:
    """What was asked for: words as they were typed, servers as their tables of the configuration ({}: none)."""

    organisation: str = ""
    language: str = ""
    mailbox: str = ""
    customer: str = ""
    domains: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    imap: Table = field(default_factory=dict)
    relay: Table = field(default_factory=dict)
    telegram: Table = field(default_factory=dict)
    group: int = 0


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser(
        "init",
        help="ask the few questions that matter and write config.toml; without a terminal, from these arguments",
        epilog=(
            "example: faultdesk init --organisation Acme --language en --mailbox fault@acme.example --customer Client "
            "--domain client.example --person anna:Anna:resident,desk:anna@acme.example --relay smtp.acme.example:587"
        ),
    )
    parser.add_argument("--organisation", metavar="NAME", help="who signs the mails")
    parser.add_argument("--language", choices=("zh", "en"), help="of groups, and of whoever has none of her own")
    parser.add_argument("--mailbox", metavar="ADDRESS", help="address that people report faults to")
    parser.add_argument("--customer", metavar="NAME", help="whose faults they are")
    parser.add_argument(
        "--domain", action="append", default=[], help="a mail domain of the customer's; may be repeated"
    )
    parser.add_argument(
        "--person", action="append", default=[], metavar="HANDLE:NAME:ROLES[:MAIL]",
        help=f"a member of staff; roles with commas between: {', '.join(ROLES)}; may be repeated",
    )  # fmt: skip
    for name, whose in (("imap", "server where the faults' mailbox lies"), ("relay", "server that takes our mails")):
        parser.add_argument(f"--{name}", metavar="HOST[:PORT]", help=whose)
        parser.add_argument(f"--{name}-user", metavar="NAME", help="name to log in there")
        never = "its first line is the password; never on the command line"
        parser.add_argument(f"--{name}-password-file", metavar="FILE", help=never)
    parser.add_argument("--imap-start", metavar="START", help=f"what is taken of mails that lie there: {STARTS}")
    parser.add_argument("--telegram-token-file", metavar="FILE", help="its first line is the bot's token")
    parser.add_argument("--telegram-group", metavar="ID", type=int, help="the customer's group, like -1001234567890")
    parser.add_argument("--telegram-base-url", metavar="URL", help="a Bot API server of your own")
    parser.set_defaults(do=init)


def init(arguments: argparse.Namespace) -> int:
    """Writes the file, for its owner only, or says what is wrong and writes nothing."""
    path = Path(arguments.config or CONFIG)
    if path.exists():
        raise CliError(f"{path} is there already and is left alone; give another name: faultdesk --config FILE init")
    given = _given(arguments)
    if sys.stdin.isatty() and sys.stdout.isatty():
        from bot.cli.init_questions import Interview  # noqa: PLC0415  -- templates only for those who are asked

        given = Interview(given, arguments.telegram_base_url or "").asked()
    if not given.mailbox:
        raise CliError("there is no terminal to ask at: give at least --mailbox; see faultdesk init --help", 2)
    _write(path, _text(given))
    print(f"{path} is written. Next: faultdesk check, then: faultdesk run")
    return 0


# ---- what the arguments say ----


def _given(arguments: argparse.Namespace) -> Answers:
    return Answers(
        arguments.organisation or "",
        arguments.language or "",
        arguments.mailbox or "",
        arguments.customer or "",
        arguments.domain,
        arguments.person,
        _imap(arguments),
        _relay(arguments),
        _telegram(arguments),
        arguments.telegram_group or 0,
    )


def _imap(arguments: argparse.Namespace) -> Table:
    if not arguments.imap:
        return {}
    login = _login(arguments.imap_user or arguments.mailbox or "", _first_line(arguments.imap_password_file))
    return {**server(arguments.imap, IMAPS_PORT), **login, "start": arguments.imap_start or "now"}


def _relay(arguments: argparse.Namespace) -> Table:
    if not arguments.relay:
        return {}
    login = _login(arguments.relay_user or "", _first_line(arguments.relay_password_file))
    return {**server(arguments.relay, STARTTLS_PORT), **login}


def _telegram(arguments: argparse.Namespace) -> Table:
    token = _first_line(arguments.telegram_token_file)
    base_url = {"base_url": arguments.telegram_base_url} if arguments.telegram_base_url else {}
    return {"token": token, **base_url} if token else {}


def _login(username: str, password: str) -> Table:
    return {name: value for name, value in (("username", username), ("password", password)) if value}


def _first_line(file: str | None) -> str:
    return Path(file).read_text(encoding="utf-8").partition("\n")[0] if file else ""


def server(place: str, usual: int) -> Table:
    """The server that HOST[:PORT] names: encrypted from the first byte, except on the ports where it is asked for."""
    host, _, port = place.partition(":")
    number = int(port) if port.isdecimal() else usual
    plain_first = number in {IMAP_PORT, STARTTLS_PORT, 25} or (usual == STARTTLS_PORT and number != TLS_PORT)
    return {"host": host, "port": number, "security": "starttls" if plain_first else "tls"}


# ---- writing ----


def _text(answers: Answers) -> str:
    """The configuration. Raises CliError for an answer that cannot be one."""
    from bot.config_writer import example_path, filled  # noqa: PLC0415

    try:
        return filled(example_path().read_text(encoding="utf-8"), _tables(answers))
    except ValueError as error:
        raise CliError(str(error), 2) from error


def _tables(answers: Answers) -> dict[str, Any]:
    locale = answers.language or terminal_locale()
    tables: dict[str, Any] = {
        "desk": {"organisation": answers.organisation or "Faultdesk", "locale": locale},
        "mail": {"mailbox": answers.mailbox, "host": answers.mailbox.rpartition("@")[2]},
        "mail.smtp_in": {"enabled": False} if answers.imap else {"addresses": [answers.mailbox]},
    }
    if answers.customer or answers.domains:
        name = answers.customer or answers.domains[0]
        customer = {"key": _key(name), "name": name, "locale": locale, "domains": answers.domains}
        tables["customers"] = [customer]
    elif answers.group:
        raise CliError("a group belongs to a customer: give --customer with --telegram-group", 2)
    if answers.group:
        tables["customers.groups"] = [{"chat": answers.group}]
    if answers.people:
        tables["people"] = [_person(one) for one in answers.people]
    if answers.imap:
        tables["mail.imap"] = [answers.imap]
    tables |= {"mail.relay": answers.relay} if answers.relay else {}
    return tables | ({"chat.telegram": answers.telegram} if answers.telegram else {})


def _key(name: str) -> str:
    """A short name made of a long one: Acme Ltd → acme-ltd."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "customer"


def _person(text: str) -> Table:
    handle, name, roles, mail = (*text.split(":", 3), "", "", "", "")[:4]
    if not roles:
        raise CliError(f"{text!r}: write a person as HANDLE:NAME:ROLES:MAIL, like anna:Anna:resident,desk:a@x.com", 2)
    person = {"handle": handle, "name": name, "roles": [one.strip() for one in roles.split(",")]}
    return person | ({"mail": mail} if mail else {})


def _write(path: Path, text: str) -> None:
    """Checks the text as a configuration, then gives it its name; nothing is left where it cannot be one."""
    from bot.config_file import ConfigError, read_settings  # noqa: PLC0415

    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with open(fresh, "x", encoding="utf-8", opener=_private) as file:
        file.write(text)
    try:
        read_settings(fresh, starting=True)
        os.link(fresh, path)  # fails where somebody has written the file meanwhile
    except ConfigError as error:
        raise CliError("\n".join(_without_place(error.lines, fresh)), 2) from error
    finally:
        fresh.unlink()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _without_place(lines: Sequence[str], path: Path) -> list[str]:
    """The mistakes without line numbers of a file that is not there any more."""
    return [re.sub(rf"^{re.escape(str(path))}(:\d+)?: ", "", line) for line in lines]
