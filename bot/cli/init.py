"""`faultdesk init`: asks the few questions that matter and writes config.toml, in which each option stays explained."""

from __future__ import annotations

import argparse
import getpass
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.cli.common import CONFIG, CliError, Parsers, terminal_locale
from bot.domain.staff import ADDRESS, HANDLE, ROLES

TLS_PORT, STARTTLS_PORT = 465, 587
NAME = r"[^\x00-\x1f\x7f]+"
DOMAIN, HOST = r"\*|[\w.-]+\.[\w-]+", r"[^\s:]+(:\d{1,5})?"


@dataclass
class Answers:
    """What was asked for, as it was typed."""

    organisation: str = ""
    language: str = ""
    mailbox: str = ""
    customer: str = ""
    domains: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    relay: str = ""
    relay_user: str = ""
    relay_password: str = ""


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
    parser.add_argument("--relay", metavar="HOST[:PORT]", help="server that takes our mails")
    parser.add_argument("--relay-user", metavar="NAME", help="name to log in there")
    parser.add_argument(
        "--relay-password-file", metavar="FILE", help="its first line is the password; never on the command line"
    )
    parser.set_defaults(do=init)


def init(arguments: argparse.Namespace) -> int:
    """Writes the file, for its owner only, or says what is wrong and writes nothing."""
    path = Path(arguments.config or CONFIG)
    if path.exists():
        raise CliError(f"{path} is there already and is left alone; give another name: faultdesk --config FILE init")
    given = _given(arguments)
    answers = _asked(given) if sys.stdin.isatty() and sys.stdout.isatty() else given
    if not answers.mailbox:
        raise CliError("there is no terminal to ask at: give at least --mailbox; see faultdesk init --help", 2)
    _write(path, _text(answers))
    print(f"{path} is written. Next: faultdesk check, then: faultdesk run")
    return 0


def _given(arguments: argparse.Namespace) -> Answers:
    password = ""
    if arguments.relay_password_file:
        password = Path(arguments.relay_password_file).read_text(encoding="utf-8").partition("\n")[0]
    return Answers(
        arguments.organisation or "",
        arguments.language or "",
        arguments.mailbox or "",
        arguments.customer or "",
        arguments.domain,
        arguments.person,
        arguments.relay or "",
        arguments.relay_user or "",
        password,
    )  # fmt: skip


# ---- asking ----


def _asked(given: Answers) -> Answers:
    """The answers, typed by a person where an argument does not say them already."""
    from bot.render import Renderer  # noqa: PLC0415  -- templates only for those who are asked

    renderer, locale = Renderer("", "", "", "UTC"), terminal_locale()

    def words(key: str) -> str:
        return renderer.phrase(locale, f"init.{key}")

    given.organisation = given.organisation or _ask(words("organisation"), NAME, "Faultdesk")
    given.language = given.language or _ask(words("language"), "zh|en", locale)
    given.mailbox = given.mailbox or _ask(words("mailbox"), ADDRESS)
    given.customer = given.customer or _ask(words("customer"), NAME)
    given.domains = given.domains or _ask(words("domains"), f"({DOMAIN})( ({DOMAIN}))*").split()
    given.people = given.people or _people(words)
    given.relay = given.relay or _ask(words("relay"), HOST, "")
    if given.relay and not given.relay_user:
        given.relay_user = _ask(words("relay_user"), NAME, "")
    if given.relay_user and not given.relay_password:
        given.relay_password = getpass.getpass(words("relay_password") + ": ")
    return given


def _people(words: Callable[[str], str]) -> list[str]:
    """One member of staff after the other, until there is no further handle."""
    print(words("people"))
    people: list[str] = []
    while handle := _ask(words("handle"), HANDLE, ""):
        name = _ask(words("name"), "[^:]+", handle)
        roles = _ask(f"{words('roles')} ({', '.join(ROLES)})", f"({'|'.join(ROLES)})(,({'|'.join(ROLES)}))*")
        people.append(f"{handle}:{name}:{roles}:{_ask(words('mail'), ADDRESS, '')}")
    return people


def _ask(question: str, pattern: str, default: str | None = None) -> str:
    """The answer, asked again until it fits; an empty one is the default."""
    shown = f" [{default}]" if default else ""
    while True:
        try:
            answer = input(f"{question}{shown}: ").strip()
        except EOFError as error:
            raise CliError("nothing was written") from error
        answer = re.sub(r"\s*[,，]\s*", ",", answer) or (default if default is not None else "")
        if re.fullmatch(pattern, answer) or (not answer and default is not None):
            return answer


# ---- writing ----


def _text(answers: Answers) -> str:
    """The configuration. Raises CliError for an answer that cannot be one."""
    from bot.config_writer import example_path, filled  # noqa: PLC0415

    locale = answers.language or terminal_locale()
    tables: dict[str, Any] = {
        "desk": {"organisation": answers.organisation or "Faultdesk", "locale": locale},
        "mail": {"mailbox": answers.mailbox, "host": answers.mailbox.rpartition("@")[2]},
        "mail.smtp_in": {"addresses": [answers.mailbox]},
    }
    if answers.customer or answers.domains:
        name = answers.customer or answers.domains[0]
        customer = {"key": _key(name), "name": name, "locale": locale, "domains": answers.domains}
        tables["customers"] = [customer]
    if answers.people:
        tables["people"] = [_person(one) for one in answers.people]
    if answers.relay:
        tables["mail.relay"] = _relay(answers)
    try:
        return filled(example_path().read_text(encoding="utf-8"), tables)
    except ValueError as error:
        raise CliError(str(error), 2) from error


def _key(name: str) -> str:
    """A short name made of a long one: Acme Ltd → acme-ltd."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "customer"


def _person(text: str) -> dict[str, Any]:
    handle, name, roles, mail = (*text.split(":", 3), "", "", "", "")[:4]
    if not roles:
        raise CliError(f"{text!r}: write a person as HANDLE:NAME:ROLES:MAIL, like anna:Anna:resident,desk:a@x.com", 2)
    person = {"handle": handle, "name": name, "roles": [one.strip() for one in roles.split(",")]}
    return person | ({"mail": mail} if mail else {})


def _relay(answers: Answers) -> dict[str, Any]:
    host, _, port = answers.relay.partition(":")
    number = int(port) if port.isdecimal() else STARTTLS_PORT
    relay = {"host": host, "port": number, "security": "tls" if number == TLS_PORT else "starttls"}
    login = {"username": answers.relay_user, "password": answers.relay_password}
    return relay | {name: value for name, value in login.items() if value}


def _write(path: Path, text: str) -> None:
    """Checks the text as a configuration, then gives it its name; nothing is left where it cannot be one."""
    from bot.config_file import ConfigError, read_settings  # noqa: PLC0415

    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with open(fresh, "x", encoding="utf-8", opener=_private) as file:
        file.write(text)
    try:
        read_settings(fresh)
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
