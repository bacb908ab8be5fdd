"""Where an option stands: its line in a TOML text, its value in nested tables, and how its key is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Key = tuple[str | int, ...]


Places = Sequence[tuple[int, Key]]


def line_of(places: Places, key: Key) -> int:
    """The line on which a key stands: its own, or that of the nearest table around it; 0 where there is none."""
    best, line = 0, 0
    for number, here in places:
        common = _common(here, key)
        if common > best:
            best, line = common, number
    return line


def places_of(text: str) -> Iterator[tuple[int, Key]]:
    """(line, full key) of each table and option that begins a line."""
    table: Key = ()
    counts: dict[Key, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if head := re.match(r"\s*\[(\[)?\s*([^\[\]]+?)\s*\]", line):
            table = _inside(_parts(head[2]), counts)
            if head[1]:
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            yield number, table
        elif option := re.match(r"\s*([\w.\"'-]+)\s*=", line):
            yield number, (*table, *_parts(option[1]))


def _parts(dotted: str) -> Key:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _inside(table: Key, counts: dict[Key, int]) -> Key:
    """[people.x] after the second [[people]] is people.1.x."""
    for length in range(1, len(table)):
        if table[:length] in counts:
            return (*table[:length], counts[table[:length]], *table[length:])
    return table


def _common(one: Key, other: Key) -> int:
    """How many parts two keys have in common; none when `one` leads elsewhere at a place of a list."""
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return 0 if isinstance(right, int) else place
    return min(len(one), len(other))


def merged(file: dict[str, Any], environment: dict[str, Any]) -> dict[str, Any]:
    """Tables are laid into each other; of anything else the environment's counts."""
    both = dict(file)
    for name, value in environment.items():
        below = both.get(name)
        both[name] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return both


def put(data: Any, key: Sequence[str | int], value: str) -> Any:
    """The nested tables and lists with this value at a key that is there already."""
    if not key:
        return value
    first, *rest = key
    if isinstance(data, list):
        return [put(one, rest, value) if place == first else one for place, one in enumerate(data)]
    return data | {first: put(data.get(first), rest, value)}


def at(data: Any, key: Iterable[str | int]) -> Any:
    """The value at a key; None if there is none."""
    for part in key:
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    return data


def key_of(location: Sequence[str | int], data: dict[str, Any]) -> Key:
    """The key of a pydantic location, without what it says about the kinds it tried for a value."""
    key: Key = ()
    for part in location:
        around = at(data, key)
        if not isinstance(around, dict | list):
            break
        key = (*key, part)
    return key


def told(key: Key) -> str:
    """A key as messages write it: people[1].roles[0]."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key).lstrip(".") or "configuration"
