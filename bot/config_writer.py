"""Fills answers into the example configuration, so that each option stays explained where it stands."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Table = Mapping[str, Any]
Answers = Mapping[str, Table | Sequence[Table]]
"""Table's name → option → value; a list of tables where the configuration has [[…]]."""

HEAD = re.compile(r"(?:# )?(\[\[?)([a-z_.]+)(\]\]?)")
OPTION = re.compile(r"(?:# )?([a-z_]+) = .*")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def example_path() -> Path:
    """Where config.example.toml lies: beside the code, or where an installed package keeps what it shares."""
    near = Path(__file__).parents[1] / "config.example.toml"
    return near if near.exists() else Path(sys.prefix) / "share" / "faultdesk" / "config.example.toml"


def filled(example: str, answers: Answers) -> str:
    """The example with the answers in their places. Raises LookupError for an option that it does not have."""
    blocks = [_block(block, answers) for block in example.split("\n\n")]
    text = "\n\n".join(blocks)
    missing = [name for name in answers if not re.search(rf"^\[\[?{re.escape(name)}\]", text, re.MULTILINE)]
    if missing:
        raise LookupError(f"the example has no table {', '.join(missing)}")
    return text


def _block(block: str, answers: Answers) -> str:
    """One table of the example, which ends at an empty line."""
    head = next((found for line in block.split("\n") if (found := HEAD.fullmatch(line))), None)
    if head is None or head[2] not in answers:
        return block
    given = answers[head[2]]
    tables = [given] if isinstance(given, Mapping) else list(given)
    if not tables:
        return block
    first = "\n".join(_lines(block, dict(tables[0])))
    rest = ("\n".join([f"[[{head[2]}]]", *(f"{name} = {toml(one[name])}" for name in one)]) for one in tables[1:])
    return "\n\n".join([first.rstrip("\n"), *rest]) + ("\n" if block.endswith("\n") else "")


def _lines(block: str, values: dict[str, Any]) -> Iterator[str]:
    for line in block.split("\n"):
        option = OPTION.fullmatch(line)
        if HEAD.fullmatch(line):
            yield line.removeprefix("# ")
        elif option and option[1] in values:
            yield f"{option[1]} = {toml(values.pop(option[1]))}"
        else:
            yield line
    if values:
        raise LookupError(f"the example does not have {', '.join(values)}")


def toml(value: Any) -> str:
    """A value as TOML writes it. Raises ValueError for text with control characters: nobody types them on purpose."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml(one) for one in value)}]"
    if isinstance(value, str) and CONTROL.search(value):
        raise ValueError("write it in one line, without control characters")
    return json.dumps(value, ensure_ascii=False)  # text, numbers and booleans look alike in both
