"""The terminal as a chat: one prompt that speaks as any of the people, and a screen that shows what each is told."""

from __future__ import annotations

import asyncio
import hashlib
import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from bot.domain.messages import File, IncomingChat, Outgoing, OutgoingChat, Receipt
from bot.domain.text import shown
from channels.base import ChannelError, NotNow, Receive
from channels.console_screen import Block, Faces, Numbers, file_name, layout, note
from channels.console_words import LOCAL_COMMANDS, Words

GROUP = "group"
"""The id of the one group that the terminal has; every other chat id is the handle of a person."""

_AS_SOMEBODY = re.compile(r"as +([^\s>]+) *> *(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """What the terminal needs to know.

    Args:
        people: handle -> display name of everybody who can be played; may change while the terminal runs.
        speak_as: the handle that speaks first; one of `people`.
        history: file of the lines typed (made with mode 0600; its folder must be there).
        files: folder for files sent to the chat (made with mode 0700).
        greeting: printed once at the start, as it is.
        locale: `zh` or `en`, for the terminal's own voice.
        zone: the time zone of the stamps on the screen; None is the machine's.
        bell: rings for every message that is not silent.
    """

    people: dict[str, str]
    speak_as: str
    history: Path
    files: Path
    greeting: str = ""
    locale: str = "en"
    zone: tzinfo | None = None
    bell: bool = False


class Console:
    """Inlet and outlet `console`.

    What is typed is said in the group by the speaker of the moment; `/private WORDS` says it in her private chat with
    the desk. `/as HANDLE` changes the speaker, `as HANDLE> WORDS` for one line, and a bare number presses the button
    that bears it: these stay here and are never delivered. Ctrl-C and Ctrl-D call `leave` and end `run`: ending the
    daemon is the business of `leave`.

    Args:
        settings: see there.
        words: what Tab offers, with help: commands, and ticket numbers (words ending in a digit). Asked at each Tab
            inside the event loop, so it answers from memory.
        clock: the time now, aware.
        leave: asks the daemon to stop; called once.
    """

    name = "console"

    def __init__(
        self,
        settings: ConsoleSettings,
        *,
        words: Callable[[], Iterable[tuple[str, str]]],
        clock: Callable[[], datetime],
        leave: Callable[[], None],
    ) -> None:
        from channels.console_prompt import Terminal  # noqa: PLC0415  -- 20 MiB that only a terminal shall cost

        self._settings = settings
        self._clock = clock
        self._leave = leave
        self._speaker = settings.speak_as
        self._say = Words(settings.locale)
        self._numbers = Numbers()
        self._faces = Faces()
        offers = {command: self._say(key) for command, key in LOCAL_COMMANDS.items()}
        self._terminal = Terminal(settings.history, settings.people, lambda: (*offers.items(), *words()))

    async def run(self, receive: Receive) -> None:
        """Reads the keyboard until Ctrl-C, Ctrl-D or the end of the input; then calls `leave` and returns."""
        if self._settings.greeting:
            await self._terminal.try_to_show([("", shown(self._settings.greeting) + "\n")])
        with self._terminal.owning_the_screen():
            while (line := await self._terminal.ask(f"{self._speaker}> ")) is not None:
                await self._take(line.strip(), receive)
        await self._tell("leaving")
        self._leave()

    async def send(self, message: Outgoing) -> Receipt:
        """Prints the message; files go to the folder of files first, and their paths are printed.

        The receipt names the message, for later edits. A new face retires the buttons of the old one.
        """
        if not isinstance(message, OutgoingChat):
            raise ChannelError("the terminal shows chat messages, no mails", permanent=True)
        try:
            paths = [await asyncio.to_thread(_keep, file, self._settings.files) for file in message.files]
        except OSError as error:
            raise ChannelError(f"cannot keep a file in {self._settings.files}: {error}") from error
        name = message.edits or uuid.uuid4().hex
        try:
            await self._terminal.show(self._face(message, name, paths), bell=self._rings(message))
        except OSError as error:
            raise ChannelError(f"terminal: {error}", broken=True) from error
        return Receipt(external_id=name)

    async def close(self) -> None:
        """Nothing is held: the screen is given back when `run` ends."""

    def announce(self, text: str) -> None:
        """Prints a line of the program's own, such as where a mail is kept. Only inside the event loop; never waits."""
        self._terminal.show_soon(note(self._now(), text))

    async def _tell(self, key: str, **facts: str) -> None:
        await self._terminal.try_to_show(note(self._now(), self._say(key, **facts)))

    def _face(self, message: OutgoingChat, name: str, paths: list[Path]) -> list[tuple[str, str]]:
        self._numbers.retire(name)
        buttons = [button for row in message.buttons for button in row]
        where = self._say("group") if message.to == GROUP else self._say("private", who=message.to)
        block = Block(
            time=self._now(),
            where=f"{where} · {self._say('changed')}" if message.edits else where,
            lines=self._faces.news(name, message.text),
            buttons=[(self._numbers.give(name, message.to, button.action), button.label) for button in buttons],
            footer=[self._say("file", path=str(path)) for path in paths],
            private=message.to != GROUP,
            quiet=message.silent,
        )
        return layout(block, self._terminal.width(), self._terminal.measure)

    def _rings(self, message: OutgoingChat) -> bool:
        return self._settings.bell and not message.silent

    def _now(self) -> str:
        return self._clock().astimezone(self._settings.zone).strftime("%H:%M")

    async def _take(self, line: str, receive: Receive) -> None:
        """Does what one line says; `as ben> words` lets ben say just this one."""
        if found := _AS_SOMEBODY.fullmatch(line):
            former = self._speaker
            if await self._change_speaker(found[1]):
                await self._take(found[2], receive)
            self._speaker = former
            return
        head, _, rest = line.partition(" ")
        command = LOCAL_COMMANDS.get(head, "")
        if command == "help-as":
            await self._change_speaker(rest.strip())
        elif command == "help-private":
            await self._speak(rest.strip(), self._speaker, receive)
        elif line.isascii() and line.isdigit():
            await self._press(line, receive)
        elif line:
            await self._speak(line, GROUP, receive)

    async def _change_speaker(self, wanted: str) -> bool:
        """Gives whether there is such a person."""
        people = self._settings.people
        if not wanted:
            everybody = "\n".join(f"{handle}  {name}" for handle, name in people.items())
            await self._tell("people", who=self._speaker, everybody=everybody)
        elif handle := next((known for known in people if known.casefold() == wanted.casefold()), ""):
            self._speaker = handle
            return True
        else:
            await self._tell("unknown", who=wanted, everybody=", ".join(people))
        return False

    async def _speak(self, text: str, chat: str, receive: Receive) -> None:
        if text:
            await self._deliver(receive, chat=chat, text=text)
        else:
            await self._tell("nothing-said")

    async def _press(self, number: str, receive: Receive) -> None:
        button = self._numbers.find(number)
        if button is None:
            await self._tell("no-button", number=number)
        elif button.retired:
            await self._tell("old-button", number=number)
        elif button.chat not in {GROUP, self._speaker}:
            await self._tell("foreign-button", number=number, who=button.chat)
        else:
            await self._deliver(receive, chat=button.chat, action=button.action, reply_to=button.message)

    async def _deliver(
        self, receive: Receive, *, chat: str, text: str = "", action: str = "", reply_to: str = ""
    ) -> None:
        said = IncomingChat(
            channel=self.name,
            source=uuid.uuid4().hex,
            sender=self._speaker,
            chat=chat,
            received_at=self._clock(),
            text=text,
            action=action,
            reply_to=reply_to,
        )
        try:
            await receive(said)
        except NotNow:
            await self._tell("not-now")


def _keep(file: File, folder: Path) -> Path:
    """Saves the file under its own digest and name: what is sent twice is kept once."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(file.data).hexdigest()[:8]}-{file_name(file.name)}"
    new = path.with_name(f".{uuid.uuid4().hex}")
    try:
        new.touch(mode=0o600)
        new.write_bytes(file.data)
        return new.replace(path)
    finally:
        new.unlink(missing_ok=True)
