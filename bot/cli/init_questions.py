"""The questions of `faultdesk init` at a terminal: sensible defaults, each connection tried at once."""

from __future__ import annotations

import asyncio
import getpass
import re
import shlex
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from bot.checkup import tried
from bot.cli.check import MARKS
from bot.cli.common import CliError, terminal_locale
from bot.cli.init import IMAP_PORT, IMAPS_PORT, STARTTLS_PORT, TLS_PORT, Answers, Table, server
from bot.config import Settings
from bot.config_places import told
from bot.config_reasons import reason
from bot.domain.providers import Provider, provider_of
from bot.domain.staff import ADDRESS, HANDLE, ROLES, StaffWordError, roles_of
from bot.domain.text import shown
from bot.render import Renderer
from channels.base import ChannelError, Checkable, Finding

NONE = "-"
NAME = r"[^\x00-\x1f\x7f]+"
DOMAIN = r"\*|[\w.-]+\.[\w-]+"
SERVER = rf"{NONE}|[^\s:]+(:\d{{1,5}})?"
START = r"now|all|\d{4}-\d\d-\d\d"
GROUP = rf"{NONE}|-\d{{5,20}}"
USUAL_PORTS = {IMAP_PORT, IMAPS_PORT, TLS_PORT, STARTTLS_PORT, 25}

Make = Callable[[Table], Any]
"""Makes the settings of a channel from its table. Raises ValidationError."""


class Interview:
    """Asks for what the arguments have not said already, in the terminal's language."""

    def __init__(self, given: Answers, telegram_base_url: str = "") -> None:
        self._given, self._base_url = given, telegram_base_url
        self._renderer, self._locale = Renderer("", "", "", "UTC"), terminal_locale()

    def asked(self) -> Answers:
        """All the answers. Raises CliError when the person leaves."""
        given = self._given
        print(self._words("welcome"))
        given.organisation = given.organisation or self._ask("organisation", NAME, "Faultdesk")
        given.language = given.language or self._ask("language", "zh|en", self._locale)
        given.mailbox = given.mailbox or self._ask("mailbox", ADDRESS, "fault@localhost")
        provider = provider_of(given.mailbox)
        if "password" not in given.imap:
            given.imap = self._mailbox(provider)
        if "password" not in given.relay:
            given.relay = self._relay(provider)
        given.customer = given.customer or self._ask("customer", NAME, given.organisation)
        given.domains = given.domains or self._domains(provider)
        given.telegram = given.telegram or self._telegram()
        if given.telegram and not given.group:
            given.group = self._group(_telegram_of(given.telegram))
        given.people = given.people or self._people()
        return given

    # ---- mail ----

    def _mailbox(self, provider: Provider) -> Table:
        def ask(before: Table) -> Table:
            place = self._ask("imap", SERVER, _place(before) or provider.imap)
            if place in {"", NONE}:
                print(self._words("imap_none"))
                return {}
            table = self._encrypted(server(place, IMAPS_PORT))
            table["username"] = self._ask("imap_user", NAME, before.get("username") or self._given.mailbox)
            login = self._secret_or_token(provider, before)
            if not login:
                print(self._words("imap_left_out"))
                return {}
            return {**table, **login, "start": self._ask("imap_start", START, before.get("start") or "now")}

        return self._working(ask, lambda table: Settings(mail={"imap": [table]}).mail.imap[0], self._given.imap)

    def _secret_or_token(self, provider: Provider, before: Table) -> Table:
        """What proves who we are: a password, or the command that prints an access token."""
        if provider.password:
            print(self._words(f"wants_{provider.password}"))
        password = self._secret("imap_password") or before.get("password", "")
        if password:
            return {"password": password}
        command = shlex.split(self._ask("token_command", NAME, shlex.join(before.get("token_command", ()))))
        return {"token_command": command} if command else {}

    def _relay(self, provider: Provider) -> Table:
        def ask(before: Table) -> Table:
            place = self._ask("relay", SERVER, _place(before) or provider.relay)
            if place in {"", NONE}:
                return {}
            table, known = self._encrypted(server(place, STARTTLS_PORT)), self._given.imap
            user = self._ask("relay_user", NAME, before.get("username") or known.get("username", ""))
            if user in {"", NONE}:
                return table
            same = known.get("password", "") if user == known.get("username") else ""
            password = self._secret("relay_password_same" if same else "relay_password")
            password = password or before.get("password", "") or same
            if not password:
                print(self._words("relay_no_login"))
                return table
            return {**table, "username": user, "password": password}

        return self._working(ask, lambda table: Settings(mail={"relay": table}).mail.relay, self._given.relay)

    def _encrypted(self, table: Table) -> Table:
        """At a port that says nothing of it, the person is asked how the line is encrypted."""
        if table["port"] not in USUAL_PORTS:
            table["security"] = self._ask("security", "tls|starttls", table["security"])
        return table

    # ---- people ----

    def _domains(self, provider: Provider) -> list[str]:
        own = self._given.mailbox.rpartition("@")[2]
        private = provider.imap or "." not in own  # nobody's own domain: whoever writes is the customer's
        return self._ask("domains", f"({DOMAIN})( ({DOMAIN}))*", "*" if private else own).split()

    def _people(self) -> list[str]:
        """One member of staff after the other, until there is no further handle."""
        print(self._words("people"))
        people: list[str] = []
        while handle := self._ask("handle", HANDLE, ""):
            name = self._ask("name", "[^:]+", handle)
            roles = self._roles("resident" if people else "desk,manager")
            people.append(f"{handle}:{name}:{roles}:{self._ask('mail', ADDRESS, '')}")
        if not people:
            print(self._words("people_none"))
        return people

    def _roles(self, default: str) -> str:
        while True:
            try:
                return ",".join(roles_of(self._ask("roles", NAME, default, choices=", ".join(ROLES))))
            except StaffWordError as error:
                print(self._words("no_role", written=error.written))

    # ---- Telegram ----

    def _telegram(self) -> Table:
        def ask(before: Table) -> Table:
            token = self._secret("telegram_token") or before.get("token", "")
            if token in {"", NONE}:
                return {}
            proxy = self._ask("telegram_proxy", rf"{NONE}|https?://\S+", before.get("proxy", ""))
            more = {"base_url": self._base_url, "proxy": "" if proxy == NONE else proxy}
            return {"token": token, **{name: value for name, value in more.items() if value}}

        return self._working(ask, _telegram_of, {})

    def _group(self, telegram: Any) -> int:
        """The id of the customer's group; the bot says which groups it has been put into."""
        print(self._words("group_how"))
        default = ""
        while not (answer := self._ask("group", GROUP, default)):
            try:
                seen = asyncio.run(telegram.groups())
            except ChannelError as error:
                print(self._words("group_trouble", reason=shown(error.text)))
                continue
            for number, title in seen:
                print(f"  {number}  {shown(title)}")
            default = str(seen[-1][0]) if seen else ""
            if not seen:
                print(self._words("group_unseen"))
        return 0 if answer == NONE else int(answer)

    # ---- asking and trying ----

    def _working(self, ask: Callable[[Table], Table], make: Make, table: Table) -> Table:
        """The answers, tried at once; asked again until it works, or the person goes on with them as they are.

        `table` is what is known so far.
        """
        while table := ask(table):
            print(self._words("trying"), flush=True)
            findings = _findings(make, table)
            for one in findings:
                print(f"{MARKS[one.level]}  {shown(' '.join(one.text.split()))}")
            if all(one.level != "wrong" for one in findings) or self._ask("again", "yes|no|y|n", "yes")[0] == "n":
                break
        return table

    def _ask(self, key: str, pattern: str, default: str, **facts: str) -> str:
        """The answer, asked again until it fits; an empty one is the default."""
        question = self._words(key, **facts) + (f" [{default}]" if default else "")
        while True:
            try:
                answer = input(f"{question}: ").strip() or default
            except EOFError as error:
                raise CliError("nothing was written") from error
            if not answer or re.fullmatch(pattern, answer):
                return answer
            print(self._words("unfit"))

    def _secret(self, key: str) -> str:
        """What is typed without being shown."""
        try:
            return getpass.getpass(self._words(key) + ": ").strip()
        except EOFError as error:
            raise CliError("nothing was written") from error

    def _words(self, key: str, **facts: str) -> str:
        return self._renderer.phrase(self._locale, f"init.{key}", **facts)


def _place(table: Table) -> str:
    return f"{table['host']}:{table['port']}" if table else ""


def _telegram_of(table: Table) -> Any:
    return Settings(chat={"telegram": table}).chat.telegram


def _findings(make: Make, table: Table) -> list[Finding]:
    try:
        channel: Checkable = make(table)
    except ValidationError as error:
        found = [(one["loc"], one) for one in error.errors()]
        return [Finding("wrong", f"{told(key)}: {reason(one, key)}") for key, one in found]
    return asyncio.run(tried(channel, running=False))
