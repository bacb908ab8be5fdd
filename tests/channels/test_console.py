import asyncio
import io
import os
import re
import select
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import Output
from prompt_toolkit.output.vt100 import Vt100_Output

from bot.domain.messages import Button, File, Incoming, IncomingChat, OutgoingChat, OutgoingMail
from channels.base import ChannelError, NotNow
from channels.console import Console, ConsoleSettings
from channels.console_prompt import OFFERED, _Completer
from tests.parts.patience import PATIENCE

PEOPLE = {"anna": "Anna Berg", "ben": "Ben Okafor", "pm": "王经理"}
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CARD = OutgoingChat(
    "k1", "group", "FD-1 No water\nnobody", buttons=((Button("Take", "take-1"), Button("Junk", "junk-1")),)
)
UP, TAB, CTRL_C, CTRL_D = "\x1b[A", "\t", "\x03", "\x04"


@dataclass
class Played:
    """A console with a keyboard to type on and a screen to read."""

    console: Console
    keyboard: PipeInput
    paper: io.StringIO
    heard: list[Incoming] = field(default_factory=list)
    left: list[bool] = field(default_factory=list)
    storable: bool = True

    async def receive(self, said: Incoming) -> None:
        if not self.storable:
            raise NotNow
        self.heard.append(said)

    def screen(self) -> str:
        """All that was ever printed, without colours and cursor movements."""
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.paper.getvalue()).replace("\r", "")

    async def types(self, text: str) -> None:
        self.keyboard.send_text(text)
        await asyncio.sleep(0)

    async def says(self, text: str) -> list[IncomingChat]:
        """Types a line; returns what has been heard, once another line has gone through after it."""
        await self.types(f"{text}\r/private over\r")
        await until(lambda: bool(self.chats()) and self.chats()[-1].text == "over")
        chats = [said for said in self.chats() if said.text != "over"]
        self.heard.clear()
        return chats

    def chats(self) -> list[IncomingChat]:
        return [said for said in self.heard if isinstance(said, IncomingChat)]

    async def shows(self, text: str) -> None:
        await until(lambda: text in self.screen())


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110  -- what is watched is a screen, it has no event
            await asyncio.sleep(0.005)


def paper(columns: int = 90) -> tuple[io.StringIO, Output]:
    text = io.StringIO()
    return text, Vt100_Output(text, lambda: Size(rows=40, columns=columns), term="xterm", enable_bell=True)


@asynccontextmanager
async def playing(folder: Path, **settings: Any) -> AsyncIterator[Played]:
    text, output = paper()
    basics = ConsoleSettings(
        people=PEOPLE, speak_as="anna", history=folder / "history", files=folder / "files", zone=UTC, greeting="Welcome"
    )
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=output):
        left: list[bool] = []
        console = Console(
            replace(basics, **settings),
            words=lambda: [("/take", "take a ticket"), ("/tickets", "all"), ("接单", "=/take"), ("FD-12", "x\x1b")],
            clock=lambda: NOON,
            leave=lambda: left.append(True),
        )
        played = Played(console, keyboard, text, left=left)
        running = asyncio.create_task(console.run(played.receive))
        await played.shows("> ")
        yield played
        running.cancel()
        await asyncio.wait([running])


async def test_a_typed_line_is_said_in_the_group(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        heard = await played.says("/take 1")
    assert heard == [IncomingChat("console", heard[0].source, "anna", "group", NOON, text="/take 1")]


async def test_every_line_has_a_source_of_its_own(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        heard = await played.says("same\rsame")
    assert len({said.source for said in heard}) == 2


async def test_private_words_are_said_in_the_private_chat(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        heard = await played.says("/private /help\r/私聊 你好\r/private ")
        assert "Say what?" in played.screen()
    assert [(said.chat, said.sender, said.text) for said in heard] == [
        ("anna", "anna", "/help"),
        ("anna", "anna", "你好"),
    ]


async def test_empty_lines_say_nothing(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        assert await played.says("\r   \r") == []


async def test_pasted_lines_stay_one_message(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        heard = await played.says("/solve 1 \x1b[200~new valve\r\ntested\x1b[201~")
    assert [said.text for said in heard] == ["/solve 1 new valve\ntested"]


async def test_as_changes_who_speaks(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        heard = await played.says("/as PM\rhello")
        await played.shows("pm> ")
    assert [(said.sender, said.text) for said in heard] == [("pm", "hello")]


async def test_one_line_may_be_somebody_elses(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        heard = await played.says("as PM> /due all\ras carl> hello\rhello")
        await played.shows("Nobody here is called carl.")
    assert [(said.sender, said.text) for said in heard] == [("pm", "/due all"), ("anna", "hello")]


async def test_as_alone_lists_people_and_a_stranger_is_refused(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        heard = await played.says("/as\r/as carl\rhello")
        await played.shows("pm  王经理")
        await played.shows("Nobody here is called carl. Here are: anna, ben, pm")
    assert [(said.sender, said.text) for said in heard] == [("anna", "hello")]


async def test_the_terminal_speaks_chinese(tmp_path: Path) -> None:
    async with playing(tmp_path, locale="zh") as played:
        await played.console.send(CARD)
        await played.console.send(replace(CARD, to="anna", buttons=()))
        assert await played.says("77") == []
        await played.shows("12:00  群\n")
        await played.shows("[私聊 → anna]")
        await played.shows("屏幕上没有 77 号按钮。")


async def test_a_message_comes_above_what_is_being_typed(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        await played.types("/take 1 half")
        await played.shows("half")
        await played.console.send(OutgoingChat("k", "anna", "FD-1 waits for you"))
        played.console.announce("mail kept in var/mail/0001.eml")
        await played.shows("· mail kept in var/mail/0001.eml")
        heard = await played.says(" done")
        screen = played.screen()
    assert [said.text for said in heard] == ["/take 1 half done"]
    assert "12:00  [private → anna]\n       FD-1 waits for you\n" in screen
    assert screen.index("waits for you") < screen.rindex("anna> /take 1 half")


async def test_a_number_presses_the_button_where_the_card_is(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        receipt = await played.console.send(CARD)
        await played.shows("[1] Take  [2] Junk")
        heard = await played.says("2")
    pressed = IncomingChat(
        "console", heard[0].source, "anna", "group", NOON, action="junk-1", reply_to=receipt.external_id
    )
    assert heard == [pressed]


@pytest.mark.parametrize("typed", ["7", "0", "01", "1" * 5000])
async def test_a_number_without_button_is_told(tmp_path: Path, typed: str) -> None:
    async with playing(tmp_path) as played:
        await played.console.send(CARD)
        assert await played.says(typed) == []
        await played.shows("There is no button")


async def test_other_digits_are_words(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        await played.console.send(CARD)
        heard = await played.says("１\r1 2\r-1")
    assert [(said.text, said.action) for said in heard] == [("１", ""), ("1 2", ""), ("-1", "")]


async def test_a_new_face_has_new_numbers_and_the_old_ones_are_refused(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        first = await played.console.send(CARD)
        face = replace(CARD, text="FD-1 No water\nAnna has it", buttons=((Button("Solve", "solve-2"),),))
        second = await played.console.send(replace(face, edits=first.external_id))
        await played.shows("12:00  group · changed\n       FD-1 No water\n       Anna has it\n       [3] Solve")
        heard = await played.says("1\r3")
        await played.shows("Button 1 is out of date")
    assert first == second
    assert [said.action for said in heard] == ["solve-2"]


async def test_a_private_button_is_pressed_only_by_its_person(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        await played.console.send(replace(CARD, to="ben"))
        heard = await played.says("1\r/as ben\r1")
        await played.shows("Button 1 is in the private chat of ben: type /as ben first.")
    assert [(said.sender, said.chat, said.action) for said in heard] == [("ben", "ben", "take-1")]


async def test_what_strangers_wrote_cannot_drive_the_terminal(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        await played.console.send(
            OutgoingChat("k", "group\x1b[1m", "\x1b]0;owned\x07\u202eabc", ((Button("\x1b[2J", "a"),),))
        )
        played.console.announce("\x1b]0;announced\x07")
        await played.shows(r"\x1b]0;announced\x07")
        await played.shows(r"\x1b]0;owned\x07\u202eabc")
        assert "\x1b]0;" not in played.paper.getvalue()
        assert "\x1b[2J" not in played.paper.getvalue()


async def test_files_are_kept_privately_and_once(tmp_path: Path) -> None:
    message = OutgoingChat("k", "anna", "see", files=(File("../照片.jpg", "image/jpeg", b"picture"),))
    async with playing(tmp_path) as played:
        await played.console.send(message)
        await played.console.send(message)
        (kept,) = (tmp_path / "files").iterdir()
        assert f"file: {kept}" in played.screen().replace("\n", "")
    assert (kept.name[8:], kept.read_bytes()) == ("-照片.jpg", b"picture")
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_a_file_that_cannot_be_kept_is_a_channel_error(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    async with playing(tmp_path) as played:
        with pytest.raises(ChannelError) as caught:
            await played.console.send(OutgoingChat("k", "anna", "see", files=(File("x", "text/plain", b""),)))
    assert caught.value.unsent
    assert not caught.value.permanent
    assert not caught.value.broken


async def test_a_mail_is_not_for_the_terminal(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        with pytest.raises(ChannelError) as caught:
            await played.console.send(OutgoingMail("k", "lin@example.com", "fault@localhost", b""))
    assert caught.value.permanent


async def test_the_bell_rings_only_if_wanted_and_not_for_silent_messages(tmp_path: Path) -> None:
    rung = []
    for bell, silent in ((True, False), (True, True), (False, False)):
        async with playing(tmp_path, bell=bell) as played:
            await played.console.send(replace(CARD, silent=silent))
            rung.append("\a" in played.paper.getvalue())
    assert rung == [True, False, False]


async def test_messages_before_the_prompt_are_printed(tmp_path: Path) -> None:
    text, output = paper()
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=output):
        settings = ConsoleSettings(PEOPLE, "anna", tmp_path / "history", tmp_path)
        console = Console(settings, words=list, clock=lambda: NOON, leave=lambda: None)
        await console.send(CARD)
    assert "No water" in text.getvalue()


async def test_many_messages_at_once_keep_their_buttons_apart(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        cards = [replace(CARD, text=f"FD-{n}", buttons=((Button(f"Take{n}", f"take-{n}"),),)) for n in range(30)]
        await asyncio.gather(*map(played.console.send, cards))
        shown = re.findall(r"\[(\d+)\] Take(\d+)", played.screen())
        heard = await played.says("\r".join(number for number, _ in shown))
    assert [said.action for said in heard] == [f"take-{n}" for _, n in shown]
    assert len(heard) == 30


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
async def test_control_c_and_control_d_ask_the_daemon_to_stop(tmp_path: Path, key: str) -> None:
    async with playing(tmp_path) as played:
        await played.types(key)
        await played.shows("Stopping")
        await until(lambda: played.left == [True])


async def test_words_that_cannot_be_stored_now_are_told(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        played.storable = False
        await played.types("lost?\r")
        await played.shows("could not be stored")
        played.storable = True
        assert [said.text for said in await played.says("again")] == ["again"]


@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        ("/tak", "/take"),
        ("/TAK", "/take"),
        ("接", "接单"),
        ("/take 1", "/take FD-12"),
        ("/take fd", "/take FD-12"),
        ("/assign 12 b", "/assign 12 ben"),
        ("/private /tak", "/private /take"),
        ("/as b", "/as ben"),
        ("/pri", "/private"),
    ],
)
async def test_tab_completes(tmp_path: Path, typed: str, becomes: str) -> None:
    async with playing(tmp_path) as played:
        await played.types(typed + TAB)
        await until(lambda: played.console._terminal._session.default_buffer.text == becomes)


def test_tab_offers_what_fits_and_nothing_else() -> None:
    words = [("/take", "take it"), ("FD-12", "a\x1bb"), ("FD-121", ""), *((f"/x{n}", "") for n in range(999))]
    completer = _Completer(PEOPLE, lambda: words)

    def offered(typed: str) -> list[str]:
        return [offer.text for offer in completer.get_completions(Document(typed), CompleteEvent())]

    assert offered("/t") == ["/take"]
    assert offered("/take 12") == ["FD-12", "FD-121"]
    assert offered("/take ") == ["FD-12", "FD-121", *PEOPLE]
    assert offered("/as ") == list(PEOPLE)
    assert offered("nothing like it") == []
    assert len(offered("/x")) == OFFERED
    (help_text,) = [
        offer.display_meta_text for offer in completer.get_completions(Document("/take FD-1"), CompleteEvent())
    ][:1]
    assert help_text == r"a\x1bb"


async def test_tab_shows_the_help_of_what_fits(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        await played.types("/t" + TAB)
        await played.shows("take a ticket")


async def test_history_survives_and_is_private(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        await played.types("/take 41\r")
        await until(lambda: bool(played.heard))
    assert (tmp_path / "history").stat().st_mode & 0o777 == 0o600
    async with playing(tmp_path) as played:
        # reading the file takes a moment that nothing shows; pressing "up" again does no harm in a history of one line
        async with asyncio.timeout(PATIENCE):
            while "/take 41" not in played.screen():
                await played.types(UP)
                await asyncio.sleep(0.05)
        await played.types("\r")
        await until(lambda: bool(played.heard))
        assert [said.text for said in played.chats()] == ["/take 41"]


async def test_a_history_that_cannot_be_kept_costs_only_the_history(tmp_path: Path) -> None:
    async with playing(tmp_path) as played:
        (tmp_path / "history").unlink()
        (tmp_path / "history").mkdir()
        assert [said.text for said in await played.says("hello")] == ["hello"]


def test_the_terminal_library_is_loaded_only_with_a_terminal() -> None:
    script = "import sys, channels.console; sys.exit('prompt_toolkit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


PLAY = textwrap.dedent("""
    import asyncio, signal, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from bot.domain.messages import OutgoingChat
    from channels.console import Console, ConsoleSettings

    async def play(folder):
        def leave():
            (folder / "left").touch()
        settings = ConsoleSettings({"anna": "Anna"}, "anna", folder / "history", folder)
        console = Console(settings, words=list, clock=lambda: datetime.now(UTC), leave=leave)
        async def receive(said):
            await console.send(OutgoingChat("k", "group", f"heard {said.text} from {said.sender}"))
        await console.run(receive)

    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    asyncio.run(play(Path(sys.argv[1])))
""")


def read_until(terminal: int, pattern: str) -> str:
    seen = b""
    until_then = time.monotonic() + PATIENCE
    while not re.search(pattern.encode(), seen, re.DOTALL):
        ready, _, _ = select.select([terminal], [], [], max(0, until_then - time.monotonic()))
        assert ready, seen
        seen += os.read(terminal, 65536)
    return seen.decode()


@pytest.fixture
def play(tmp_path: Path) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """The console in a process and a terminal of its own: (terminal, process)."""
    ours, theirs = os.openpty()
    environment = {**os.environ, "PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    command = [sys.executable, "-c", PLAY, str(tmp_path)]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=environment)
    os.close(theirs)
    yield ours, process
    process.kill()
    process.communicate()


def test_on_a_real_terminal(play: tuple[int, subprocess.Popen[bytes]], tmp_path: Path) -> None:
    terminal, process = play
    seen = read_until(terminal, "anna> ")
    os.write(terminal, "接单 \udcff1\r".encode("utf-8", "surrogateescape"))  # with a byte that is no UTF-8
    seen += read_until(terminal, "from anna.*anna> ")
    os.write(terminal, CTRL_D.encode())
    seen += read_until(terminal, "Stopping")
    assert process.wait(timeout=PATIENCE) == 0
    assert "heard 接单 ?1 from anna" in seen
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", seen)  # NO_COLOR
    assert (tmp_path / "left").exists()
    os.close(terminal)


def test_a_terminal_that_hangs_up_asks_the_daemon_to_stop(
    play: tuple[int, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    terminal, process = play
    read_until(terminal, "anna> ")
    os.close(terminal)
    process.wait(timeout=PATIENCE)
    assert (tmp_path / "left").exists()
