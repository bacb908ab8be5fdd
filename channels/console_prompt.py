"""The one place that knows prompt_toolkit: the prompt, its history and completion, and printing above it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from itertools import islice
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import Style
from prompt_toolkit.utils import get_cwidth

from bot.domain.text import shown
from channels.console_screen import Fragments
from channels.console_words import LOCAL_COMMANDS

OFFERED = 200  # completions at most: nobody reads more

_STYLE = Style.from_dict(
    {
        "prompt": "bold ansigreen",
        "time": "dim",
        "group": "bold ansicyan",
        "private": "bold ansimagenta",
        "quiet": "dim",
        "note": "dim",
        "number": "bold ansiyellow",
        "button": "",
    }
)

Offers = Callable[[], Iterable[tuple[str, str]]]
"""What can be completed now: words with their help."""


class Terminal:
    """The keyboard and the screen.

    Colours follow the terminal and `NO_COLOR`. All text given to `show` must be safe already.
    """

    def __init__(self, history: Path, people: Mapping[str, str], offers: Offers) -> None:
        self._session: PromptSession[str] = PromptSession(
            history=_History(history),
            completer=_Completer(people, offers),
            complete_while_typing=False,
            style=_STYLE,
        )
        self._printing: set[asyncio.Future[None]] = set()

    def owning_the_screen(self) -> AbstractContextManager[None]:
        """Stray prints of others appear above the prompt, too, without their escape sequences."""
        return patch_stdout()

    async def ask(self, prompt: str) -> str | None:
        """One line as typed, or None for Ctrl-C, Ctrl-D and when the terminal is gone."""
        try:
            # the daemon's own signal handler and exception handler stay in place
            line = await self._session.prompt_async(
                [("class:prompt", shown(prompt))], handle_sigint=False, set_exception_handler=False
            )
        except (EOFError, KeyboardInterrupt, OSError):
            return None
        return _encodable(line)

    async def show(self, text: Fragments, *, bell: bool = False) -> None:
        """Prints above the prompt; what is being typed stays. Raises OSError if the terminal is gone."""
        await run_in_terminal(lambda: self._print(text, bell))

    async def try_to_show(self, text: Fragments) -> None:
        """As `show`, where a terminal that is gone is no error: there is nobody to tell."""
        with suppress(OSError):
            await self.show(text)

    def show_soon(self, text: Fragments) -> None:
        """As `try_to_show`, without waiting; order is kept."""
        task = asyncio.ensure_future(self.try_to_show(text))
        self._printing.add(task)
        task.add_done_callback(self._printing.discard)

    def width(self) -> int:
        """Columns."""
        return self._session.output.get_size().columns

    def measure(self, text: str) -> int:
        """Columns. Asked by character: the library remembers each short text that it has measured, for ever."""
        return sum(map(get_cwidth, text))

    def _print(self, text: Fragments, bell: bool) -> None:  # noqa: FBT001  -- one caller
        output = self._session.output
        print_formatted_text(output, FormattedText(text), _STYLE)
        if bell:
            output.bell()
        output.flush()


def _encodable(line: str) -> str:
    """Bytes that the terminal's encoding does not know arrive as lone surrogates, which nothing else can store."""
    return line.encode("utf-8", "replace").decode()


class _History(FileHistory):
    """A private file; a full disk costs the history, not the terminal."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        super().__init__(path)

    def load_history_strings(self) -> Iterable[str]:
        try:
            return super().load_history_strings()
        except OSError:
            return ()

    def store_string(self, string: str) -> None:
        with suppress(OSError):
            super().store_string(string)


class _Completer(Completer):
    """Commands first in the line; after that ticket numbers (also by their digits alone) and handles."""

    def __init__(self, people: Mapping[str, str], offers: Offers) -> None:
        self._people = people
        self._offers = offers

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:  # noqa: ARG002  -- the library's signature
        *before, typed = document.text_before_cursor.lstrip().split(" ")
        fitting = ((word, text) for word, text in self._words(before) if _fits(word.casefold(), typed.casefold()))
        for word, text in islice(fitting, OFFERED):
            yield Completion(shown(word), start_position=-len(typed), display_meta=shown(text).replace("\n", " "))

    def _words(self, before: list[str]) -> Iterable[tuple[str, str]]:
        kinds = [LOCAL_COMMANDS.get(word, "") for word in before]
        if kinds[-1:] == ["help-as"]:
            return self._people.items()
        if not before or kinds == ["help-private"]:
            return self._offers()
        tickets = (offer for offer in self._offers() if offer[0][-1:].isdigit() and not offer[0].startswith("/"))
        return (*tickets, *self._people.items())


def _fits(word: str, typed: str) -> bool:
    return word.startswith(typed) or (typed.isdigit() and word.rpartition("-")[2].startswith(typed))
