"""What the demo shows: one event after the other with the time of day, who, and what; plain where it is no terminal."""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.cli.printing import cut, padded, width

ZONE = ZoneInfo("Asia/Shanghai")
LOOKS = {
    "come": ("✉", "36", 2),
    "say": ("»", "1", 2),
    "mail": ("→", "36", 2),
    "group": ("▪", "32", 1),
    "private": ("▸", "32", 1),
    "alert": ("!", "33", 1),
    "breach": ("!", "31;1", 1),
    "system": ("●", "35;1", 2),
}
"""What happens → its mark, its colour, and the most lines that it takes."""
TITLE, GOOD, BAD = "1", "32", "31;1"
WHO = 15
PAUSE = 0.62
"""Seconds to read one event: the day shall last about a minute."""


class Timeline:
    """Prints the day. `fast` leaves out the pauses in which a person reads."""

    def __init__(self, locale: str, *, fast: bool) -> None:
        self.locale, self.fast = locale, fast
        terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._colour = terminal and "NO_COLOR" not in os.environ
        self._width = min(shutil.get_terminal_size((100, 24)).columns, 110)
        self._last = ""

    def say(self, zh: str, en: str) -> str:
        """The words in the timeline's language."""
        return zh if self.locale == "zh" else en

    def show(self, at: datetime, kind: str, who: str, what: str) -> None:
        """One event; its time stands only where it is another than before, long words are cut."""
        mark, colour, lines = LOOKS[kind]
        clock = f"{at.astimezone(ZONE):%H:%M}"
        stamp = clock if clock != self._last else " " * len(clock)
        self._last = clock
        head = f"{stamp}  {mark} {padded(who, WHO)} "
        words = " · ".join(" ".join(one.split()) for one in what.splitlines() if one.strip())
        first, *rest = wrapped(words, self._width - width(head), lines)
        self.line(self._painted(colour, head + first))
        for one in rest:
            self.line(self._painted(colour, " " * width(head) + one))
        self.pause()

    def title(self, text: str) -> None:
        """A line between the acts."""
        self._last = ""
        rule = "─" * max(4, self._width - width(text) - 4)
        self.line("\n" + self._painted(TITLE, f"── {text} {rule}"))
        self.pause()

    def verdict(self, text: str, *, held: bool) -> None:
        """Whether a promise has held."""
        self.line(self._painted(GOOD if held else BAD, f"  {'✔' if held else '✘'} {text}"))

    def line(self, text: str) -> None:
        """Anything else."""
        print(text, flush=True)

    def pause(self) -> None:
        """A moment to read."""
        if not self.fast:
            time.sleep(PAUSE)

    def _painted(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colour else text


def wrapped(text: str, room: int, most: int) -> list[str]:
    """The text in lines of so many places, cut after the last one; Chinese breaks anywhere, English between words."""
    lines = [""]
    for word in re.findall(r"[\x21-\x7e]+ *|.[，。：；！？、）”]*", text):
        if lines[-1] and width(lines[-1] + word.rstrip()) > room:
            lines.append("")
        lines[-1] += word
    if len(lines) > most:
        lines = [*lines[: most - 1], cut(lines[most - 1].rstrip() + " …", room)]
    return [line.rstrip() for line in lines]
