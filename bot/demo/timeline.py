"""What the demo shows: one line an event, with the time of day, who, and what; plain where it is not a terminal."""

from __future__ import annotations

import os
import re
import shutil
import time
import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
COLOURS = {"mail": "36", "chat": "32", "says": "1", "alert": "33", "breach": "31;1", "system": "2", "end": "1"}
ICONS = {"mail": "✉", "chat": "▪", "says": "»", "alert": "⏰", "breach": "‼", "system": "·", "end": "✔"}
PAUSE = 0.9


class Timeline:
    """Prints the day. `fast` leaves out the pauses in which a person reads."""

    def __init__(self, locale: str, *, fast: bool, colour: bool) -> None:
        self.locale, self.fast = locale, fast
        self._colour = colour and "NO_COLOR" not in os.environ
        self._width = min(shutil.get_terminal_size((100, 24)).columns, 110)

    def say(self, zh: str, en: str) -> str:
        """The words in the timeline's language."""
        return zh if self.locale == "zh" else en

    def show(self, at: datetime, kind: str, who: str, what: str) -> None:
        """One event: long words are cut to two lines."""
        stamp = f"{at.astimezone(ZONE):%H:%M}"
        head = f"{stamp}  {ICONS[kind]} {padded(who, 18)} "
        lines = wrapped(" · ".join(one.strip() for one in what.split("\n") if one.strip()), self._width - cells(head))
        print(self._painted(kind, head + lines[0]))
        for line in lines[1:]:
            print(self._painted(kind, " " * cells(head) + line))
        self.pause()

    def title(self, text: str) -> None:
        """A line between the acts."""
        print("\n" + self._painted("end", f"── {text} " + "─" * max(4, self._width - cells(text) - 8)))
        self.pause()

    def line(self, text: str) -> None:
        """Anything else."""
        print(text)

    def pause(self) -> None:
        """A moment to read."""
        if not self.fast:
            time.sleep(PAUSE)

    def _painted(self, kind: str, text: str) -> str:
        return f"\x1b[{COLOURS[kind]}m{text}\x1b[0m" if self._colour else text


def cells(text: str) -> int:
    """How many places a text takes on a screen."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def padded(text: str, size: int) -> str:
    """The text, cut or filled to so many places."""
    while cells(text) > size:
        text = text[:-1]
    return text + " " * (size - cells(text))


def wrapped(text: str, room: int, most: int = 2) -> list[str]:
    """The text in lines of so many places, cut after the last one; Chinese breaks anywhere, English between words."""
    lines = [""]
    for word in re.findall(r"[\x21-\x7e]+ ?|.", text):
        if lines[-1] and cells(lines[-1] + word.rstrip()) > room:
            lines.append("")
        lines[-1] += word
    if len(lines) > most:
        lines = [*lines[: most - 1], padded(lines[most - 1], room - 1).rstrip() + "…"]
    return [line.rstrip() for line in lines]
