"""Reads the configuration file and the environment: every mistake at once, each with file, line and key."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource, SettingsError

from bot.config import Settings
from bot.config_checks import Problem, contradictions, doubtful, odd_values, start_problems
from bot.config_places import Key, Places, at, key_of, line_of, merged, places_of, put, told
from bot.config_reasons import reason
from bot.faults import VARIABLE as FAILPOINT

LARGEST = 1024 * 1024
MOST = 100  # lines of mistakes; more of them are only counted
PREFIX = "FAULTDESK_"
FILES = (("mail", "relay", "ca_file"), ("mail", "relay", "oauth", "key_file"),
         ("mail", "smtp_in", "tls_cert"), ("mail", "smtp_in", "tls_key"),
         ("mail", "smtp_in", "socket"), ("chat", "telegram", "token_file"), ("desk", "templates"))  # fmt: skip
WITH_PASSWORD = re.compile(r"://[^/@]*:[^/@]+@")
LINE = re.compile(r"\(at line (\d+), column (\d+)\)")


class ConfigError(Exception):
    """The configuration cannot be used; each line says where and why."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = list(lines)


def read_settings(path: Path | None, *, starting: bool = False) -> Settings:
    """The settings of a file (None: the built-in defaults) and of the environment, which wins. Raises ConfigError.

    `starting` looks into the files that the configuration names and builds its calendars, too: what a daemon needs.
    """
    return Source(path).settings(starting=starting)


def told_doubts(path: Path | None, settings: Settings, added: Sequence[str] = ()) -> list[str]:
    """What is allowed there and probably not meant: a line each, with file, line and key. Raises ConfigError."""
    return Source(path).told(list(doubtful(settings, added)))


class Source:
    """A configuration file and the environment, as they were read, so that each mistake can be found in them."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.text = _text(path) if path else ""
        self.file = _parsed(self.text, path) if path else {}
        self.environment = _environment()

    def settings(self, *, starting: bool) -> Settings:
        """The checked settings. Raises ConfigError with all mistakes at once."""
        settings, problems = self._validated()
        wrong = {key[0] for key, _ in problems}
        problems += contradictions(settings, {str(name) for name in wrong})
        problems += odd_values({name: value for name, value in self.file.items() if name not in wrong}, settings)
        problems += self._secrets()
        if starting and not problems:
            problems += start_problems(settings)
        if problems:
            raise ConfigError(self.told(problems))
        return settings

    def _validated(self) -> tuple[Settings, list[Problem]]:
        """The settings without the sections that are wrong in themselves, and what is wrong with those."""
        data = _seen_from(merged(self.file, self.environment), self.path)
        problems = list(_unknown_variables())
        try:
            return Settings(**data), problems
        except ValidationError as error:
            for one in error.errors():
                key = key_of(one["loc"], data)
                problems.append((key, reason(one, key) if len(problems) < MOST else ""))
        wrong = {key[0] for key, _ in problems}
        return Settings(**{name: value for name, value in data.items() if name not in wrong}), problems

    def _secrets(self) -> Iterator[Problem]:
        """A file that holds a password is for its owner only (reliability 3 E 80)."""
        if self.path is None or not self.path.stat().st_mode & 0o077:
            return
        accounts = [("mail", "relay"), *(("mail", "imap", place) for place in range(_mailboxes(self.file)))]
        secrets: list[Key] = [("chat", "telegram", "token"), *((*one, "password") for one in accounts)]
        secrets += [(*one, "oauth", name) for one in accounts for name in ("client_secret", "refresh_token")]
        addresses: tuple[Key, ...] = (("data", "database"), ("chat", "telegram", "proxy"))
        keys: dict[Key, Any] = {key: at(self.file, key) for key in secrets}
        keys |= {key: WITH_PASSWORD.search(str(at(self.file, key))) for key in addresses}
        for key, secret in keys.items():
            if secret:
                yield key, f"is a secret that others can read; say: chmod 600 {self.path}"

    def told(self, problems: list[Problem]) -> list[str]:
        """A line for each, with file, line and key; only the first hundred."""
        places = list(places_of(self.text))
        lines = [self._line(key, text, places) for key, text in problems[:MOST]]
        more = [f"… and {len(problems) - MOST} more"] if len(problems) > MOST else []
        return list(dict.fromkeys(lines)) + more

    def _line(self, key: Key, text: str, places: Places) -> str:
        if key and str(key[0]).startswith(PREFIX):
            return f"{key[0]}: {text}"
        variable = _variable(key)
        name = told(key)
        if variable and at(self.file, key) is None:
            return f"{variable}: {name}: {text}"
        line = line_of(places, key)
        return f"{self.path or 'configuration'}{f':{line}' if line else ''}: {name}: {text}"


# ---- the file ----


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    if len(raw) > LARGEST:
        raise ConfigError([f"{path}: is larger than {LARGEST} bytes; this cannot be a configuration"])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError([f"{path}:{line}: is not UTF-8 text; save the file as UTF-8"]) from error


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = LINE.search(str(error))
        line = int(found[1]) if found else text.rstrip().count("\n") + 1
        reason = LINE.sub("", str(error)).replace("(at end of document)", "").strip()
        column = f" (column {found[2]})" if found else " (the file ends too early)"
        raise ConfigError([f"{path}:{line}: {_twice(reason, text, line) or reason + column}"]) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets in thousands
        raise ConfigError(
            [f"{path}: is not a configuration: {type(error).__name__}; see config.example.toml"]
        ) from error


def _twice(reason: str, text: str, line: int) -> str:
    """What to say of a key or table that is there twice; "" where that is not the trouble."""
    if not (reason == "Cannot overwrite a value" or reason.startswith("Cannot declare")):
        return ""
    places = list(places_of(text))
    last, key = max(((number, key) for number, key in places if number <= line), default=(0, ()))
    first = next((number for number, same in places if same == key and number < last), 0)
    return f"{told(key)}: is there twice{f', first in line {first}' if first else ''}; keep one"


# ---- the environment ----


def _environment() -> dict[str, Any]:
    try:
        return EnvSettingsSource(Settings)()
    except SettingsError as error:
        found = re.search(r'field "(\w+)"', str(error))
        names = [name for name in _variables() if found and name.startswith(PREFIX + found[1].upper())]
        lines = [
            f'{name}: cannot be read; write JSON, like {{"port": 2526}} or ["…"]' for name in names if _is_no_json(name)
        ]
        raise ConfigError(lines or [f"environment: {error}"]) from error


def _is_no_json(name: str) -> bool:
    try:
        json.loads(os.environ[name])
    except ValueError:
        return True
    return False


def _variables() -> list[str]:
    return sorted(name for name in os.environ if name.upper().startswith(PREFIX))


def _unknown_variables() -> Iterator[Problem]:
    """A variable like FAULTDESK_MIAL__HOST or FAULTDESK_PORT would otherwise be overlooked."""
    for name in _variables():
        section = name[len(PREFIX) :].lower().partition("__")[0]
        if section not in Settings.model_fields and name.upper() != FAILPOINT:
            yield (name,), f"there is no section {section}; there are {', '.join(Settings.model_fields)}"


def _variable(key: Key) -> str | None:
    """The variable that says this option, or a table around it."""
    names = {name.upper(): name for name in _variables()}
    for length in range(len(key), 0, -1):
        name = PREFIX + "__".join(str(part) for part in key[:length]).upper()
        if name in names:
            return names[name]
    return None


def _mailboxes(data: dict[str, Any]) -> int:
    found = at(data, ("mail", "imap"))
    return len(found) if isinstance(found, list) else 0


def _seen_from(data: dict[str, Any], path: Path | None) -> dict[str, Any]:
    """The data with the files that it names seen from the configuration's folder."""
    folder = path.absolute().parent if path else Path.cwd()
    calendars = data.get("calendars")
    names = calendars if isinstance(calendars, dict) else {}
    boxes = [("mail", "imap", place) for place in range(_mailboxes(data))]
    theirs = [(*box, *name) for box in boxes for name in (("ca_file",), ("oauth", "key_file"))]
    for key in [*FILES, *theirs, *(("calendars", name, "ics") for name in names)]:
        if isinstance(value := at(data, key), str):
            data = put(data, key, str(folder / value))
    return data
