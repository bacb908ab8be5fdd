"""The documents are true: paths exist, sub-commands exist, the table of commands is the registry's."""

import re
from pathlib import Path

import pytest

from bot.__main__ import parser
from bot.commands import lists, tickets  # noqa: F401  -- importing them declares the commands
from bot.commands.base import DESK, ENGINEERS, REGISTRY, STAFF, Command

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
PATH = re.compile(r"`((?:bot|channels|storage|templates|tests|docs)/[\w./<>-]*|[\w.-]+\.(?:py|toml|md))`")
SUBCOMMAND = re.compile(r"faultdesk ([a-z]{2,})\b")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    for name in PATH.findall(document.read_text()):
        if "<" not in name and name != "config.toml":
            found = (ROOT / name).exists() or list(ROOT.glob(f"*/**/{name}")) or (ROOT / "bot" / name).exists()
            assert found, f"{document.name} names {name}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_sub_command_that_a_document_names_exists(document: Path) -> None:
    text = parser().format_help()
    known = set(re.findall(r"^    (\w+)", text, re.MULTILINE)) | {
        name for one in REGISTRY.commands for name in one.names
    }
    fenced = re.findall(r"`(faultdesk [^`]+)`", document.read_text())
    for line in fenced:
        name = SUBCOMMAND.match(line)
        assert name is None or name[1] in known, f"{document.name}: {line}"


def test_the_folders_of_the_readme_are_the_folders_of_the_project() -> None:
    section = (ROOT / "README.md").read_text().split("## Map")[1].split("##")[0]
    for line in section.splitlines():
        name = line.strip().split(" ")[0]
        if name.endswith("/"):
            assert (ROOT / name).is_dir() or (ROOT / "bot" / name.rstrip(",")).is_dir(), name


def test_every_command_is_in_the_document_as_it_is_declared() -> None:
    assert commands_table() in (ROOT / "docs" / "commands.md").read_text()


def commands_table() -> str:
    rows = ["| command | names | usage | who | what it does | 作用 |", "| --- | --- | --- | --- | --- | --- |"]
    return "\n".join([*rows, *(_row(one) for one in REGISTRY.commands)])


def _row(one: Command) -> str:
    who = {STAFF: "all staff", DESK: "desk, manager", ENGINEERS: "engineers"}[one.may] + (" (own)" if one.own else "")
    names = ", ".join(one.names[1:])
    usage = f"`/{one.name} {one.usage['en']}`".replace(" `", "`")
    return f"| `{one.name}` | {names} | {usage} | {who} | {one.help['en']} | {one.help['zh']} |"
