"""How a chat message looks on a terminal: made safe, wrapped, its buttons numbered; text in, styled text out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from bot.domain.text import shown

Fragments = list[tuple[str, str]]
"""Pieces of text with their style, as prompt_toolkit prints them."""

Measure = Callable[[str], int]
"""The number of terminal columns that a text takes: 2 for most Chinese characters."""

INDENT = " " * 7  # the width of "14:32  "
WIDEST = 100  # columns; longer lines are hard to read
NAME_BYTES = 180  # of a file name; Linux takes 255, and ours get a digest in front
BUTTONS = 99

_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}

_WIDE = (
    r"\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6"
    r"\U0001f300-\U0001faff\U00020000-\U0003fffd"
)
_OPENING = "（「『【《〈〔“‘"  # never last in a line
_CLOSING = "，。、；：！？）」』】》〉〕”’…"  # never first in a line
_TOKEN = re.compile(rf"\s+|[{_OPENING}]*[{_WIDE}][{_CLOSING}]*|[^\s{_WIDE}]+[{_CLOSING}]*")


def file_name(name: str) -> str:
    """The last part of the name, safe to print and short enough to save under; never empty, never hidden."""
    last = re.split(r"[/\\]", name)[-1]
    clean = "".join(char for char in last if unicodedata.category(char) not in _HIDDEN).strip(". ")
    stem, dot, suffix = clean.rpartition(".") if "." in clean else (clean, "", "")
    ending = _cut(dot + suffix, 20)
    return (_cut(stem, NAME_BYTES - len(ending.encode())) + ending) or "file"


def _cut(text: str, size: int) -> str:
    return text.encode("utf-8", "ignore")[:size].decode("utf-8", "ignore")


def wrap(line: str, width: int, measure: Measure) -> Iterator[str]:
    """Cuts a line at spaces and between wide characters, keeping its own indent.

    Longer words than a line, such as web addresses, stay whole: the terminal folds them and they can be copied.
    """
    indent = line[: len(line) - len(line.lstrip())]
    row, used = indent, measure(indent)
    for token in _TOKEN.findall(line.strip()):
        columns = measure(token)
        if used + columns > width and row.strip():
            yield row.rstrip()
            row, used = indent, measure(indent)
            if token.isspace():
                continue
        row, used = row + token, used + columns
    yield row.rstrip()


@dataclass(frozen=True, slots=True)
class Block:
    """One message on the screen: a head line with the time (HH:MM) and the place, everything else indented under it.

    `buttons` are (number, label). `private` and `quiet` choose colours.
    """

    time: str
    where: str
    lines: list[str]
    buttons: list[tuple[int, str]] = field(default_factory=list)
    footer: list[str] = field(default_factory=list)
    private: bool = False
    quiet: bool = False


def layout(block: Block, width: int, measure: Measure) -> Fragments:
    """The message as it is printed on a terminal of this many columns."""
    text = "class:quiet" if block.quiet else ""
    head = "class:private" if block.private else "class:group"
    room = max(20, min(width, WIDEST) - len(INDENT) - 1)
    return [
        ("class:time", f"{block.time}  "),
        ("class:quiet" if block.quiet else head, f"{shown(block.where)}\n"),
        *((text, f"{INDENT}{row}\n") for line in block.lines for row in wrap(line, room, measure)),
        *_button_rows(block.buttons, room, measure),
        *(("class:quiet", f"{INDENT}{shown(line)}\n") for line in block.footer),
    ]


def _button_rows(buttons: list[tuple[int, str]], room: int, measure: Measure) -> Iterator[tuple[str, str]]:
    """`[1] Take  [2] Assign`, in as many rows as needed; a button is never cut."""
    used = 0
    for number, label in buttons:
        key, words = f"[{number}]", f" {shown(label)}  ".replace("\n", " ")
        columns = measure(key + words)
        if not used or used + columns > room:
            yield "", f"\n{INDENT}" if used else INDENT
            used = 0
        used += columns
        yield "class:number", key
        yield "class:button", words
    if buttons:
        yield "", "\n"


def note(time: str, text: str) -> Fragments:
    """A line of the program's own. It is not wrapped, so that paths and commands in it can be copied."""
    first, *more = shown(text).split("\n")
    return [
        ("class:time", f"{time}  "),
        ("class:note", f"· {first}\n"),
        *(("class:note", f"{INDENT}  {line}\n") for line in more),
    ]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A button on the screen: the message and the chat it is in, and the id of its action."""

    message: str
    chat: str
    action: str
    retired: bool = False


class Numbers:
    """Which number presses which button. They count from 1 to 99 and begin again; the newest holder has the number."""

    def __init__(self) -> None:
        self._shown: dict[str, Numbered] = {}
        self._last = 0

    def give(self, message: str, chat: str, action: str) -> int:
        self._last = self._last % BUTTONS + 1
        self._shown[str(self._last)] = Numbered(message, chat, action)
        return self._last

    def retire(self, message: str) -> None:
        """The buttons that this message has shown so far stop working."""
        for number, button in self._shown.items():
            if button.message == message:
                self._shown[number] = replace(button, retired=True)

    def find(self, typed: str) -> Numbered | None:
        """The button of the number as it was typed; `07` is nobody's."""
        return self._shown.get(typed)


class Faces:
    """The last faces of messages, so that an edit shows its first line and what is new, not all of it again."""

    def __init__(self, kept: int = 500) -> None:
        self._kept = kept
        self._lines: dict[str, list[str]] = {}

    def news(self, message: str, text: str) -> list[str]:
        """The lines to show for this text of the message, already safe; all of them if it was not shown before."""
        lines = shown(text).rstrip("\n").split("\n")
        old = self._lines.pop(message, [])
        self._lines[message] = lines
        if len(self._lines) > self._kept:
            del self._lines[next(iter(self._lines))]
        if not old:
            return lines
        known = set(old)
        return lines[:1] + [line for line in lines[1:] if line not in known]
