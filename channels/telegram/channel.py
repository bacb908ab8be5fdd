"""The Telegram channel: news comes in by our own durable loop, messages go out within Telegram's limits."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from telegram.error import Conflict, EndPointNotFound, InvalidToken, RetryAfter, TelegramError

from bot.domain.failpoints import reach
from bot.domain.messages import IncomingChat, Menu, Outgoing, OutgoingChat, Receipt
from channels.base import ChannelError, NotNow, Receive
from channels.telegram.budget import Budget
from channels.telegram.line import AWAY, REFUSED, failure, make_bot, says, seconds_of
from channels.telegram.menu import hang
from channels.telegram.presses import Presses
from channels.telegram.settings import TelegramSettings
from channels.telegram.speech import Speech
from channels.telegram.updates import ALLOWED, Ears, is_group, understand
from channels.telegram.watch import Ours, Watch

log = logging.getLogger("faultdesk.telegram")
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
MOST_UPDATES = 100
SHORTEST_POLL = 0.5
MOST_FETCHED, FETCH_SECONDS = 20 * 2**20, 60.0
"""Bytes of a file that the Bot API hands out to a bot, and how long it may keep us waiting for more of it."""
ENDPOINT = "getupdates"
"""Telegram does not mind capitals; the library would have us use a method that stumbles over updates it cannot read."""


class Telegram:
    """Inlet and outlet `telegram`.

    An update is stored (`receive` has committed it) before Telegram is told that we have it; what is told twice is
    recognised by its id alone (P10). No place in the row of updates is kept between two runs: Telegram keeps what it
    was not told about, and its ids may begin anew after a quiet week.

    Args:
        settings: see there.
        names: the names of commands, by which words in a group are recognised as meant for us.
        ours: what our records say of groups and accounts; a group that is not ours is left.
        clock: the time now, aware.
        introduced: told the bot's user name when Telegram has said it.

    Raises OSError or ValueError where the token's file is no good.
    """

    name = "telegram"

    def __init__(
        self,
        settings: TelegramSettings,
        *,
        names: Callable[[], Collection[str]],
        ours: Ours,
        clock: Callable[[], datetime],
        introduced: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self.problem = "not connected yet"
        self.away = ""  # why Telegram cannot be reached at all, as far as polling has shown
        self._settings, self._names, self._ours, self._clock = settings, names, ours, clock
        self._introduced = introduced
        self._bot = make_bot(settings)
        self._budget = Budget(settings, lambda: clock().timestamp())
        self._presses = Presses(self._bot)
        self._speech = Speech(self._bot, self._budget.more, self._presses)
        self._watch = Watch(self._bot, ours, clock)
        self._ears: Ears | None = None
        self._confirm: int | None = None
        self._pause = FIRST_PAUSE

    # ---- what comes in ----

    async def run(self, receive: Receive) -> None:
        """Asks for news until cancelled, through outages of any length, and looks after our groups meanwhile."""
        watching = asyncio.create_task(self._watch.run(receive))
        try:
            while True:
                await self._ask(receive)
                if watching.done():  # raises what went wrong in our own code
                    watching.result()
        finally:
            watching.cancel()
            await asyncio.wait([watching])

    async def _ask(self, receive: Receive) -> None:
        try:
            await self._listen(receive)
        except NotNow as error:
            await self._rest(f"news has to wait: {error}", FIRST_PAUSE)
        except RetryAfter as error:
            await self._rest("Telegram asks us to wait", seconds_of(error))
        except (EndPointNotFound, InvalidToken):  # the library takes a refused token for the former
            words = "the bot's token is refused (401): get the right one from @BotFather"
            await self._rest(words, LONGEST_PAUSE, away=REFUSED)
        except Conflict as error:
            await self._in_conflict(error, receive)
        except TelegramError as error:
            await self._rest(f"Telegram does not answer: {failure(error).text}", away=AWAY)
        else:
            self.problem, self.away, self._pause = "", "", FIRST_PAUSE

    async def _listen(self, receive: Receive) -> None:
        ears = self._ears or await self._introduce()
        asked = {"timeout": self._settings.poll_seconds, "limit": MOST_UPDATES, "allowed_updates": ALLOWED}
        if self._confirm is not None:
            asked["offset"] = self._confirm
        begun = time.monotonic()
        updates: Any = await self._bot.do_api_request(  # raw, so that nothing new in an update can stop us
            ENDPOINT, api_kwargs=asked, read_timeout=self._settings.poll_seconds + self._settings.timeout
        )
        self._confirm = None  # confirmed: repeated after a quiet week, when ids start again, it could skip new updates
        for update in sorted(updates, key=lambda one: int(one["update_id"])):  # each one confirms all before it
            await self._take(update, ears, receive)
            reach("telegram.stored")
            self._confirm = int(update["update_id"]) + 1
        if not updates and time.monotonic() - begun < SHORTEST_POLL:
            await asyncio.sleep(SHORTEST_POLL)  # a server without long polling must not be asked without a pause

    async def _introduce(self) -> Ears:
        await self._bot.initialize()
        me = self._bot.bot
        self._ears = Ears(me.id, str(me.username), self._names, self._clock)
        self._introduced(str(me.username))
        log.info("connected")
        return self._ears

    async def _take(self, update: Any, ears: Ears, receive: Receive) -> None:
        """Stores what the update is to us; a press is answered then, a group that is not ours is left."""
        query = update.get("callback_query")
        if query:
            self._presses.came(str(query.get("id", "")))
        heard = understand(update, ears)
        chat = _chat_of(update)
        if chat is not None and is_group(chat) and not await self._ours.is_ours(str(chat["id"])):
            if heard is None or heard.about != "removed":
                await self._leave(chat)
        else:
            if chat is not None and is_group(chat):
                await self._watch.notice(chat, receive)
            if heard is not None:
                await receive(await self._known_better(heard))
        if query:
            self._presses.is_stored(str(query.get("id", "")))

    async def _known_better(self, heard: IncomingChat) -> IncomingChat:
        """Who has left a group may be in another of ours: Telegram is asked before it is stored."""
        if heard.event != "left":
            return heard
        return replace(heard, about=await self._watch.elsewhere(heard.chat, heard.sender))

    async def _leave(self, chat: Any) -> None:
        log.warning(
            "left a group that is no customer's; to use it, name it in customers.groups", extra={"to": chat["id"]}
        )
        with suppress(TelegramError):  # we may be out already
            await self._bot.leave_chat(int(chat["id"]))

    async def _in_conflict(self, error: Conflict, receive: Receive) -> None:
        """Somebody else reads the bot's news, or a webhook takes it: said to people once a day, never fought over."""
        words = "a webhook is set" if "webhook" in str(error).casefold() else "another program reads the bot's news"
        now = self._clock()
        source = f"conflict:{now:%Y-%m-%d}"
        trouble = IncomingChat(self.name, source, "", "", now, event="trouble", about="conflict")
        with suppress(NotNow):
            await receive(trouble)
        await self._rest(f"{words} (409): stop it, or give us a bot of our own")

    async def _rest(self, problem: str, seconds: float = 0.0, *, away: str = "") -> None:
        if problem != self.problem:
            log.error("no news: %s", problem)
        self.problem, self.away = problem, away
        await asyncio.sleep(max(seconds, self._pause))
        self._pause = min(self._pause * 1.5, LONGEST_PAUSE)

    # ---- what goes out ----

    def wait_for(self, to: str, *, urgent: bool) -> float:
        """Seconds until a message may go to this chat (Paced)."""
        return self._budget.wait_for(to, urgent=urgent)

    async def send(self, message: Outgoing) -> Receipt:
        """Says it, or changes what was said before. Raises ChannelError."""
        if not isinstance(message, OutgoingChat) or not message.to.lstrip("-").isdecimal():
            raise ChannelError("not a message to a chat of Telegram", permanent=True)
        try:
            receipt = await self._speech.say(message)
        except RetryAfter as error:
            self._budget.block(message.to, seconds_of(error))
            raise failure(error) from error
        except TelegramError as error:
            raise failure(error) from error
        finally:
            self._budget.arrived(message.to)
        reach("telegram.said")
        return receipt

    async def fetch(self, file: str) -> bytes:
        """The bytes of a file that somebody has sent. Raises ChannelError."""
        try:
            found = await self._bot.get_file(file)
            if (found.file_size or 0) > MOST_FETCHED:
                raise ChannelError("larger than Telegram hands out", permanent=True)
            return bytes(await found.download_as_bytearray(read_timeout=FETCH_SECONDS))
        except TelegramError as error:
            why = failure(error)
            raise ChannelError(
                why.text, permanent=says(error, "file is too big"), retry_after=why.retry_after, broken=why.broken
            ) from error

    @property
    def hangs_as(self) -> str:
        """The bot's user name, once Telegram has said it (Hanging)."""
        return self._ears.username if self._ears else ""

    async def hang(self, menu: Menu) -> None:
        """Offers a menu of commands. Raises ChannelError."""
        try:
            await hang(self._bot, menu)
        except TelegramError as error:
            raise failure(error) from error

    async def probe(self, sender: str) -> None:
        """Whether Telegram gives us news: asked all the time, so it need not be asked again. Raises ChannelError."""
        del sender
        if self.away or self._ears is None:
            raise ChannelError(self.problem, broken=True, trouble=self.away or AWAY)

    async def close(self) -> None:
        """Lets answers to presses go, and hangs up."""
        await self._presses.close()
        await self._bot.shutdown()


def _chat_of(update: Any) -> Any:
    """The chat that an update is about."""
    query = update.get("callback_query")
    if query:
        return (query.get("message") or {}).get("chat")
    return next((part["chat"] for part in update.values() if isinstance(part, dict) and "chat" in part), None)
