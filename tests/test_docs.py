"""The documents are true: files, sub-commands, chat commands and options that they name exist, tables are the code's."""

import os
import re
from pathlib import Path

import pytest

from bot.__main__ import parser
from bot.commands import catalogue  # noqa: F401  -- importing it declares the commands
from bot.commands.base import AUTHORIZERS, DESK, ENGINEERS, KNOWN, MANAGER, REGISTRY, STAFF, Command
from bot.config import Settings
from bot.config_reasons import field_of
from bot.faults import VARIABLE
from channels.console_words import LOCAL_COMMANDS
from tests.parts import bad_words

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
MADE_BY_RUNNING = {"config.toml", "faultdesk.lock"}
PLACE = re.compile(r"`((?:bot|channels|storage|templates|tests|docs)/[\w./*-]*|[\w.-]+\.(?:py|toml|md|lock))`")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
MODULE = re.compile(r"python -m ([\w.]+)")
CODE = re.compile(r"`([^`\n]+)`|^ {4,}(\S.*)$", re.MULTILINE)
SUBCOMMAND = re.compile(r"(?<![\w/.`-])faultdesk ([^\s`-][^\s`]*)")
CHAT = re.compile(r"(?<![\w.:/])/(\w+)(?![\w/])")
NO_CHAT = {"healthz", "metrics", "tmp", "forward"}
VARIABLES = re.compile(r"FAULTDESK_\w+")
OPTION = re.compile(r"`\[?([a-z_]+)(?:\.([a-z_.]+))?\]?`")

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def pieces(document: Path) -> list[str]:
    """What stands in backquotes or is indented as code."""
    return [one or other for one, other in CODE.findall(document.read_text(encoding="utf-8"))]


@each_document
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for name in set(PLACE.findall(text)) - MADE_BY_RUNNING:
        near = "/" not in name and any(path for folder in ("tests", "bot") for path in (ROOT / folder).rglob(name))
        assert (ROOT / name).exists() or near, f"{document.name} names {name}"
    for target in LINK.findall(text):
        assert (document.parent / target).exists(), f"{document.name} links to {target}"
    for module in set(MODULE.findall(text)) - {"venv", "pip"}:
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or path.is_dir(), f"{document.name} runs {module}"


@each_document
def test_every_sub_command_that_a_document_names_exists(document: Path) -> None:
    known = subcommands()
    for piece in pieces(document):
        for name in SUBCOMMAND.findall(piece):
            assert name in known, f"{document.name}: {piece}"


def subcommands() -> set[str]:
    """The names of all sub-commands, with their aliases."""
    actions = [one for one in parser()._actions if isinstance(one.choices, dict)]
    return {name for one in actions for name in one.choices or ()}


@each_document
def test_every_chat_command_that_a_document_names_exists(document: Path) -> None:
    known = {name for one in REGISTRY.commands for name in one.names} | {name[1:] for name in LOCAL_COMMANDS} | NO_CHAT
    for piece in pieces(document):
        if piece.startswith("/"):
            for name in CHAT.findall(piece):
                assert name in known, f"{document.name}: {piece}"


@each_document
def test_every_option_that_a_document_names_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for section, rest in OPTION.findall(text):
        if section in Settings.model_fields and rest and not rest.endswith(("py", "toml", "md", "jsonl")):
            assert is_option((section, *rest.split("."))), f"{document.name} names {section}.{rest}"
    for name in set(VARIABLES.findall(text)) - {VARIABLE}:
        key = tuple(name.removeprefix("FAULTDESK_").lower().split("__"))
        assert is_option(key), f"{document.name} names {name}"


def is_option(key: tuple[str, ...]) -> bool:
    """Whether the settings have this option or this table."""
    return field_of(key) is not None


def test_the_example_configuration_names_no_variable_that_does_not_exist() -> None:
    for name in VARIABLES.findall((ROOT / "config.example.toml").read_text(encoding="utf-8")):
        assert is_option(tuple(name.removeprefix("FAULTDESK_").lower().split("__"))), name


def test_the_map_of_the_readme_is_the_project() -> None:
    named = list(mapped())
    assert [name for name in named if not (ROOT / name).exists()] == []
    folders = {path.name + "/" for path in ROOT.iterdir() if has_text(path)} | {
        f"bot/{path.name}/" for path in (ROOT / "bot").iterdir() if has_text(path)
    }
    assert folders - set(named) == set()


def mapped() -> list[str]:
    """The files and folders of the map, with the folder that they stand below."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Map")[1].split("##")[0]
    names = []
    for indent, name in re.findall(r"^ {4}( {0,2})(\S+)  ", section, re.MULTILINE):
        names.append(f"bot/{name}" if indent else name)
    return names


def has_text(path: Path) -> bool:
    """Whether it is a folder of the project's own, not something that a tool has made."""
    made = path.name.startswith((".", "__")) or path.name in {"var", "build", "dist"}
    return path.is_dir() and not made and any(os.scandir(path))


def test_the_document_names_every_file_with_tests_at_full_size() -> None:
    marked = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("test_*.py")
        if re.search(r"pytest\.mark\.long\b", path.read_text(encoding="utf-8"))
    }
    text = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(tests/\S+)` \|", text, re.MULTILINE)) == marked


def test_readme_and_architecture_can_be_read_in_one_sitting() -> None:
    lengths = {name: (ROOT / name).read_text(encoding="utf-8").count("\n") for name in ("README.md", "ARCHITECTURE.md")}
    assert lengths["README.md"] <= 150
    assert lengths["ARCHITECTURE.md"] <= 200


# ---- docs/commands.md ----


def test_every_command_is_in_the_document_as_it_is_declared() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert commands_table() == text[text.index("| command |") :].strip(), f"it should be:\n{commands_table()}"


def test_what_people_read_when_they_do_something_wrong_is_in_the_document_word_for_word() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    begin = text.index("| | what is done |")
    assert bad_words.table() == text[begin : text.index("\n\n", begin)], f"it should be:\n{bad_words.table()}"
    numbers = {int(one) for row in bad_words.ROWS for one in row[0].split(", ") if one}
    assert numbers == set(range(61, 79))  # reliability 3 C and D


MAY = {STAFF: "all staff", DESK: "desk, manager, deputy", ENGINEERS: "engineers", MANAGER: "manager"} | {
    DESK | {"senior"}: "desk, manager, deputy, senior engineer",
    KNOWN: "all staff, and who authorises work",
    AUTHORIZERS: "who authorises work",
}


def commands_table() -> str:
    rows = ["| command | names | usage | who | what it does | 作用 |", "| --- | --- | --- | --- | --- | --- |"]
    return "\n".join([*rows, *(_row(one) for one in REGISTRY.commands)])


def _row(one: Command) -> str:
    who = MAY[one.may] + (" (own)" if one.own else "")
    chinese = next(name for name in one.names if not name.isascii())
    usage = f"`/{one.name} {one.usage['en']}`<br>`{chinese} {one.usage['zh']}`".replace(" `", "`")
    return f"| `{one.name}` | {', '.join(one.names[1:])} | {usage} | {who} | {one.help['en']} | {one.help['zh']} |"
