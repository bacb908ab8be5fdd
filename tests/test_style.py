"""The house style that no linter measures: sizes of files and functions, opening sentences, broad excepts."""

import ast
import math
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PATHS = [
    ROOT / "dev.py",
    *(path for folder in ("bot", "channels", "storage", "templates") for path in sorted((ROOT / folder).rglob("*.py"))),
]
CODE = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in PATHS
    if "migrations/versions" not in path.as_posix()  # written once, long by nature
}
BROAD = {"Exception", "BaseException"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def nodes() -> Iterator[tuple[str, ast.AST]]:
    """(file, node) of everything in the code."""
    for name, source in CODE.items():
        for node in ast.walk(ast.parse(source, name)):
            yield name, node


def functions() -> Iterator[tuple[str, Function]]:
    """(where it stands, the function) of each function and method."""
    for name, node in nodes():
        if isinstance(node, Function):
            yield f"{name}:{node.lineno} {node.name}", node


def length(function: Function) -> int:
    """Lines from `def` to the end, without the docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function) is not None:
        text = function.body[0]
        lines -= (text.end_lineno or 0) - text.lineno + 1
    return max(1, lines)


def positional(function: Function) -> int:
    """How many parameters can be passed by place; one that each call must name costs its reader nothing."""
    given = [*function.args.posonlyargs, *function.args.args]
    return len([argument for argument in given if argument.arg not in {"self", "cls"}])


def is_broad(node: ast.AST) -> bool:
    """Whether it catches everything: an except clause or a contextlib.suppress."""
    if isinstance(node, ast.ExceptHandler):
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"suppress", "contextlib.suppress"}:
        caught = [*node.args]
    else:
        return False
    return any(kind is None or ast.unparse(kind) in BROAD for kind in caught)


def test_functions_are_short() -> None:
    lengths = {where: length(function) for where, function in functions()}
    assert {where: lines for where, lines in lengths.items() if lines > 60} == {}
    values = sorted(lengths.values())
    assert statistics.median(values) <= 10
    assert values[math.ceil(0.9 * len(values)) - 1] <= 30


def test_no_call_needs_more_than_five_arguments_by_place() -> None:
    counts = {where: positional(function) for where, function in functions()}
    assert {where: count for where, count in counts.items() if count > 5} == {}


def test_files_are_short() -> None:
    lines = {name: source.count("\n") for name, source in CODE.items()}
    assert {name: count for name, count in lines.items() if count > 400} == {}
    assert statistics.median(count for count in lines.values() if count > 2) <= 120  # empty packages do not count


def test_each_module_opens_with_what_it_is_for() -> None:
    assert [
        name for name, source in CODE.items() if source.strip() and not ast.get_docstring(ast.parse(source, name))
    ] == []


def test_few_places_catch_everything() -> None:
    broad = [f"{name}: {ast.unparse(node)}" for name, node in nodes() if is_broad(node)]
    assert len(broad) <= 4, "\n".join(broad)


@pytest.mark.parametrize(
    ("source", "broad"),
    [
        ("try: f()\nexcept: pass", True),
        ("try: f()\nexcept (ValueError, BaseException): pass", True),
        ("with suppress(Exception): f()", True),
        ("try: f()\nexcept (ValueError, OSError): pass", False),
        ("with contextlib.suppress(OSError): f()", False),
    ],
)
def test_what_counts_as_catching_everything(source: str, *, broad: bool) -> None:
    assert any(is_broad(node) for node in ast.walk(ast.parse(source))) is broad


@pytest.mark.parametrize(
    ("source", "lines", "arguments"),
    [
        ('def f(self, a, /, b, *, c):\n    """One\n    two."""\n    return 1', 2, 2),
        ("async def f():\n    x = 1\n\n    return x", 4, 0),
    ],
)
def test_how_a_function_is_measured(source: str, lines: int, arguments: int) -> None:
    [function] = [node for node in ast.walk(ast.parse(source)) if isinstance(node, Function)]
    assert (length(function), positional(function)) == (lines, arguments)
