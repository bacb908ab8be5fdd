"""Reads the configuration file: every mistake at once, each with file, line and key, and what to write instead."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.config import Settings

LARGEST = 1024 * 1024


class ConfigError(Exception):
    """The configuration cannot be used; each line says where and why."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = list(lines)


def read_settings(path: Path | None) -> Settings:
    """The settings of a file, or the built-in defaults for None. Raises ConfigError."""
    if path is None:
        return _checked({}, "", "environment")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    if len(raw) > LARGEST:
        raise ConfigError([f"{path}: is larger than {LARGEST} bytes; this cannot be a configuration"])
    try:
        text = raw.decode("utf-8-sig")
        data = tomllib.loads(text)
        if _password(data) and path.stat().st_mode & 0o077:
            raise ConfigError([f"{path}: holds a password and can be read by others; say: chmod 600 {path}"])
        return _checked(data, text, str(path))
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8"]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}:{_line_of_syntax(error)}: {error}"]) from error


def _password(data: dict[str, Any]) -> bool:
    """Whether the relay's password stands in the file."""
    mail = data.get("mail")
    relay = mail.get("relay") if isinstance(mail, dict) else None
    return isinstance(relay, dict) and bool(relay.get("password"))


def _line_of_syntax(error: tomllib.TOMLDecodeError) -> str:
    found = re.search(r"line (\d+)", str(error))
    return found[1] if found else "end"


def _checked(data: dict[str, Any], text: str, name: str) -> Settings:
    hidden = [key for key in data if key.startswith("_")]  # the settings library would take them for its own options
    if hidden:
        lines = [(key, _line_of(text, (key,))) for key in hidden]
        raise ConfigError(
            [f"{name}:{line}: {key}: there is no such option; look for a typing mistake" for key, line in lines]
        )
    try:
        return Settings(**data)
    except ValidationError as error:
        raise ConfigError([_told(one, text, name) for one in error.errors()]) from error


def _told(problem: Any, text: str, name: str) -> str:
    path = tuple(part for part in problem["loc"] if not str(part).startswith(("function-", "literal[")))
    key = ".".join(str(part) for part in path) or "configuration"
    line = _line_of(text, path)
    place = f"{name}:{line}" if line else name
    return f"{place}: {key}: {_reason(problem)}"


def _reason(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return "there is no such option; look for a typing mistake"
    return str(problem["msg"]).removeprefix("Value error, ")


def _line_of(text: str, path: tuple[Any, ...]) -> int:
    """The line on which a key stands (the nearest table's line if the key itself is not there); 0 if none fits."""
    best = 0
    table: tuple[Any, ...] = ()
    counts: dict[tuple[Any, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if head := re.match(r"\s*\[(\[)?\s*([^\[\]]+?)\s*\]", line):
            table = tuple(part.strip().strip("\"'") for part in head[2].split("."))
            if head[1]:
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            here: tuple[Any, ...] = table
        elif key := re.match(r"\s*([A-Za-z0-9_.\"'-]+)\s*=", line):
            here = (*table, *(part.strip("\"'") for part in key[1].split(".")))
        else:
            continue
        if path[: len(here)] == here:
            best = number
    return best
