"""The walls of the house: which module may import which, read from the import statements themselves."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("bot", "channels", "storage", "templates", "tests", "dev")
LOOPS = ("bot.intake", "bot.alarms", "bot.sender", "bot.duties")
KNOW_CHANNELS = ("bot.app", "bot.config")
NOT_FOR_DESK = ("channels", "templates", "bot.app", "bot.render", "bot.__main__", *LOOPS)
NOT_FOR_DOMAIN = ("asyncio", "logging", "os", "pathlib", "socket", "sqlite3", "subprocess", "threading", "time")
CLOCKS = ("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today")


def within(name: str, *packages: str) -> bool:
    """Whether the dotted name is one of these packages or lies in one."""
    return any(name == package or name.startswith(package + ".") for package in packages)


def module_name(path: Path) -> str:
    """bot/domain/clocks.py → bot.domain.clocks; a package is named as its __init__.py, so that `.` means itself."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imported(node: ast.AST, module: str) -> Iterator[tuple[str, str]]:
    """(name it gets here, full dotted name) of each thing that an import statement of the module brings in."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name, alias.name
    elif isinstance(node, ast.ImportFrom):
        base = module.split(".")[: -node.level] if node.level else []
        source = [*base, *([node.module] if node.module else [])]
        for alias in node.names:
            yield alias.asname or alias.name, ".".join([*source, alias.name])


def visible(module: str) -> tuple[str, ...]:
    """The parts of the project that a module outside bot.domain may import; nothing may lean on the tests."""
    if within(module, "storage"):
        return "bot.domain", "storage"
    if within(module, "channels"):
        _, *package, _ = module.split(".")  # a file in channels/telegram/ sees its own package and the protocol
        return ("bot.domain", "channels.base", f"channels.{package[0]}") if package else ("bot.domain", "channels")
    if within(module, *KNOW_CHANNELS):
        return "bot", "channels", "storage", "templates"
    if within(module, "bot.cli", "bot.demo"):  # they ask the daemon over its socket, and give it its terminal
        return "bot", "channels.base", "channels.control", "channels.console", "storage", "templates"
    return "bot", "channels.base", "storage", "templates"


def may_import(module: str, target: str) -> bool:
    """The rule of walls."""
    top = target.partition(".")[0]
    if within(module, "bot.domain"):
        return within(target, "bot.domain") or (top in sys.stdlib_module_names and top not in NOT_FOR_DOMAIN)
    if within(module, "bot.desk", "bot.commands") and within(target, *NOT_FOR_DESK):
        return False
    return top not in OURS or within(target, *visible(module))


def full_name(node: ast.AST, names: dict[str, str]) -> str:
    """The dotted name that an expression stands for, through the module's imports; "" for anything else."""
    if isinstance(node, ast.Attribute):
        before = full_name(node.value, names)
        return f"{before}.{node.attr}" if before else ""
    return names.get(node.id, "") if isinstance(node, ast.Name) else ""


def impurities(tree: ast.AST, module: str) -> Iterator[str]:
    """Where a module waits or reads a clock."""
    names = dict(pair for node in ast.walk(tree) for pair in imported(node, module))
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield f"{module}:{node.lineno} waits"
        elif (name := full_name(node, names)) in CLOCKS:
            yield f"{module} reads a clock: {name}"


def broken_walls(source: str, module: str) -> list[str]:
    """What in a module's text breaks a wall."""
    tree = ast.parse(source, module)
    found = [
        f"{module}:{node.lineno} imports {target}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for _, target in imported(node, module)
        if not may_import(module, target)
    ]
    return found + list(impurities(tree, module)) if within(module, "bot.domain") else found


def test_no_module_breaks_a_wall() -> None:
    paths = [path for folder in ("bot", "channels", "storage", "templates") for path in (ROOT / folder).rglob("*.py")]
    assert paths
    broken = [line for path in paths for line in broken_walls(path.read_text(encoding="utf-8"), module_name(path))]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("bot.domain.clocks", "import sqlalchemy"),
        ("bot.domain.clocks", "from logging import getLogger"),
        ("bot.domain.clocks", "import time"),
        ("bot.domain.clocks", "from bot import config"),
        ("bot.domain.clocks", "from ..config import Settings"),
        ("bot.domain.clocks", "async def f(): pass"),
        ("bot.domain.clocks", "from datetime import datetime as d\nd.now()"),
        ("bot.domain.clocks", "import datetime\nx = datetime.date.today"),
        ("bot.domain.__init__", "from . import clocks\nfrom .. import app"),
        ("storage.tickets", "from bot.desk import tickets"),
        ("storage.tickets", "import channels.base"),
        ("channels.imap", "from storage import inbox"),
        ("channels.telegram.polling", "from channels import imap"),
        ("channels.telegram.polling", "from ..imap import Imap"),
        ("bot.sender", "from channels.imap import Imap"),
        ("bot.desk.tickets", "from channels import base"),
        ("bot.desk.tickets", "from bot import render"),
        ("bot.commands.take", "from ..sender import Sender"),
        ("bot.reports.month", "import channels.imap"),
        ("bot.app", "from tests.parts import postgres"),
    ],
)
def test_a_broken_wall_is_seen(module: str, source: str) -> None:
    assert len(broken_walls(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "bot.domain.clocks",
            "from datetime import datetime, time\nfrom bot.domain import calendar\nfrom . import mail",
        ),
        ("bot.domain.clocks", "def due(now): return now.date()\nclass Facts:\n  now = 1\nFacts().now"),
        (
            "storage.tickets",
            "import sqlalchemy\nfrom storage.models import Ticket\nfrom bot.domain.ticket import State",
        ),
        ("channels.smtp_in", "from channels import smtp_rules\nfrom bot.domain.messages import IncomingMail"),
        ("channels.telegram.polling", "from channels.base import Channel\nfrom .cards import Card"),
        ("bot.sender", "from channels.base import Channel\nfrom bot import render\nfrom bot.desk import tickets"),
        ("bot.desk.tickets", "from storage import tickets\nfrom bot.domain import clocks"),
        ("bot.app", "from channels import imap, telegram"),
        ("bot.config", "from channels.imap import ImapSettings"),
    ],
)
def test_what_the_walls_let_through(module: str, source: str) -> None:
    assert broken_walls(source, module) == []
