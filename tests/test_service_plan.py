"""docs/service-plan.md is true: every clause stands in it once, and the commands, files and tests that it names exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bot.commands import run  # noqa: F401  -- importing it declares the commands
from bot.commands.base import REGISTRY
from bot.config import Settings

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "service-plan.md"
CLAUSES = {1: 1, 2: 10, 3: 11, 4: 7, 5: 7, 6: 4, 7: 6, 8: 21, 9: 4, 10: 4, 11: 5}
"""Chapter of the plan → how many clauses it has."""
ROW = re.compile(r"^\| (SP-[\d.]+) \|(.*)\|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/.]+)` `(test_\w+)`")
NAMING = {"SP-2", "SP-3", "SP-4", "SP-5"}
"""Chapters whose tests each name the clause that they prove."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


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
    assert not TEST.sub("", test).strip(), test
    for file, name in TEST.findall(test):
        source = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        found = [one for one in ast.walk(source) if isinstance(one, Function) and one.name == name]
        assert found, test
        said = f"{ast.get_docstring(source)} {ast.get_docstring(found[0])}"
        assert clause.rpartition(".")[0] not in NAMING or re.search(rf"{clause}\b", said), (
            f"{name} does not name {clause}"
        )
    assert gap or (code and test), f"{clause} is neither kept by a test nor is a gap said"


def test_the_numbers_of_the_plan_are_the_defaults() -> None:
    """SP-2.1 to SP-5.4: whoever configures nothing has the contract. Minutes; of sheet, complaint and repair working days.

    SP-2.1, SP-2.2, SP-2.3, SP-2.9, SP-3.2, SP-3.4.
    """
    settings = Settings()
    levels = {name: (one.response, one.arrival, one.resolve, one.satisfaction) for name, one in settings.levels.items()}
    assert levels == {
        "standard": (120, 0, 240, 95),
        "advanced": (60, 0, 240, 95),
        "vip": (60, 0, 120, 100),
        "warranty": (240, 0, 24 * 60, 95),
        "warranty-critical": (120, 120, 360, 95),
    }
    desk = settings.targets
    assert (desk.help, desk.dispatch, desk.confirm, desk.delay, desk.abnormal) == (5, 10, 30, 10, 20)
    assert (desk.immediate_response, desk.immediate_resolve) == (5, 120)
    assert (desk.sheet_check, desk.complaint_answer, desk.complaint_settle) == (1, 1, 5)
    assert (desk.shop_repair, desk.repair_weekend, desk.repair_progress) == (15, 2, 3)
