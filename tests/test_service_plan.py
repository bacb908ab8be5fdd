"""docs/service-plan.md is true: every clause stands in it once, and the commands, files and tests that it names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.commands import run  # noqa: F401  -- importing it declares the commands
from bot.commands.base import REGISTRY

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "service-plan.md"
CLAUSES = {1: 1, 2: 10, 3: 11, 4: 7, 5: 7, 6: 4, 7: 6, 8: 21, 9: 4, 10: 4, 11: 5}
"""Chapter of the plan → how many clauses it has."""
ROW = re.compile(r"^\| (SP-[\d.]+) \|(.*)\|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/.]+)` `(test_\w+)`")


def rows() -> dict[str, tuple[str, ...]]:
    found = ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    assert len(found) == len({clause for clause, _ in found}), "a clause stands there twice"
    return {clause: tuple(cell.strip() for cell in cells.split("|")) for clause, cells in found}


def test_every_clause_has_its_row_in_order() -> None:
    assert list(rows()) == [
        f"SP-{chapter}.{number}" for chapter, most in CLAUSES.items() for number in range(1, most + 1)
    ]


@pytest.mark.parametrize("clause", list(rows()))
def test_what_a_row_names_exists(clause: str) -> None:
    what, command, code, test, gap = rows()[clause]
    assert what
    if command:
        assert command.strip("`/") in REGISTRY.by_name, command
    if code:
        assert (ROOT / code.strip("`")).is_file(), code
    if test:
        file, name = TEST.fullmatch(test).groups()  # type: ignore[union-attr]
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), test
    assert gap or (code and test), f"{clause} is neither kept by a test nor is a gap said"
