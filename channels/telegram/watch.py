"""Looks after our groups: whether strangers can read along there, and whether who left one is still in another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from telegram import Bot
from telegram.error import RetryAfter, TelegramError

from bot.domain.messages import IncomingChat
from channels.base import NotNow, Receive
from channels.telegram.line import failure, seconds_of

log = logging.getLogger("faultdesk.telegram")
LOOK_EVERY, LOOK_AGAIN, BETWEEN = 3600.0, 60.0, 0.2
"""Seconds to the next round of looks, the same after one that failed, and between two looks. They are no messages."""
PUBLIC, CHANNEL = "public", "channel"
PRESENT = frozenset({"creator", "administrator", "member"})
ELSEWHERE, DOUBT, NOWHERE = "elsewhere", "doubt", "nowhere"


class Ours(Protocol):
    """What the channel must know of our records. Each question raises NotNow where they cannot be read."""

    async def is_ours(self, chat: str) -> bool:
        """Whether a group is one of ours, or may be one as far as anybody can say now."""

    async def groups(self) -> Mapping[str, str]:
        """Our groups, each with the reason for which strangers can read it, or ""."""

    async def elsewhere(self, chat: str, account: str) -> Sequence[str]:
        """Our groups but this one, if the account is somebody's; none for a stranger's."""

    async def accounts(self) -> Sequence[str]:
        """The accounts that are linked to staff."""


def exposure(chat: Mapping[str, Any]) -> str:
    """Why strangers can read a chat, as far as its facts tell (reliability 3 C 72); "" if they cannot.

    A name or a place opens it to everybody; a channel that it belongs to, to the channel's readers.
    """
    if chat.get("username") or chat.get("active_usernames") or chat.get("location"):
        return PUBLIC
    return CHANNEL if chat.get("linked_chat_id") else ""


class Watch:
    """The looks of one run. What a group was last known to be is remembered, so that each change is told once."""

    def __init__(self, bot: Bot, ours: Ours, clock: Callable[[], datetime]) -> None:
        self._bot, self._ours, self._clock = bot, ours, clock
        self._known: dict[str, str] = {}
        self._again = asyncio.Event()

    async def run(self, receive: Receive) -> None:
        """Looks at all groups now, when something seems to have changed, and now and then, until cancelled."""
        while True:
            self._again.clear()
            try:
                wait = await self._look_at_all(receive)
                await self._call_roll(receive)
            except NotNow:
                wait = LOOK_AGAIN
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._again.wait()

    async def _look_at_all(self, receive: Receive) -> float:
        wait = LOOK_EVERY
        for chat in await self._ours.groups():
            wait = min(wait, await self._look(chat, receive))
            await asyncio.sleep(BETWEEN)
        return wait

    async def _look(self, chat: str, receive: Receive) -> float:
        """Looks at one group; gives the seconds after which it is worth another look."""
        try:
            before = await self._knows(chat)
            facts: Any = await self._bot.do_api_request("getchat", api_kwargs={"chat_id": int(chat)})
            if before != await self._knows(chat):
                return BETWEEN  # an update said otherwise meanwhile: this answer may be the older one
            await self._told(chat, exposure(facts), receive)
        except RetryAfter as error:
            return seconds_of(error)
        except TelegramError as error:  # we may not be in it any more: whoever writes there will hear
            why = failure(error)
            log.info("a group cannot be looked at: %s", why.text, extra={"to": chat})
            return LOOK_EVERY if why.permanent else LOOK_AGAIN
        return LOOK_EVERY

    async def notice(self, chat: Mapping[str, Any], receive: Receive) -> None:
        """What an update shows of one of our groups: a name counts at once, before what was said there is obeyed.

        Raises NotNow.
        """
        value, named = str(chat["id"]), exposure(chat) == PUBLIC
        known = await self._knows(value)
        if named and known != PUBLIC:
            await self._told(value, PUBLIC, receive)
        elif known == PUBLIC and not named:
            self._again.set()

    async def _knows(self, chat: str) -> str:
        if chat not in self._known:
            self._known |= {one: why for one, why in (await self._ours.groups()).items() if one not in self._known}
        return self._known.get(chat, "")

    async def _told(self, chat: str, reason: str, receive: Receive) -> None:
        if reason == await self._knows(chat):
            return
        log.warning("a group is %s", f"open to strangers: {reason}" if reason else "closed again", extra={"to": chat})
        now = self._clock()
        source = f"exposed:{chat}:{reason}:{now.isoformat()}"
        await receive(IncomingChat("telegram", source, "", chat, now, event="exposed", about=reason))
        self._known[chat] = reason

    # ---- who is where ----

    async def _call_roll(self, receive: Receive) -> None:
        """Who is surely in none of our groups has no rights by her account (reliability 4): she never was in one, or
        left while we could not hear it. Raises NotNow.
        """
        groups = sorted(await self._ours.groups())
        for account in await self._ours.accounts() if groups else ():
            if await self._is_nowhere(groups, account):
                now = self._clock()
                gone = IncomingChat("telegram", f"nowhere:{account}:{now.isoformat()}", account, groups[0], now)
                await receive(replace(gone, event="left", about=NOWHERE))

    async def _is_nowhere(self, groups: Sequence[str], account: str) -> bool:
        for chat in groups:
            if await self._presence(chat, account):
                return False
            await asyncio.sleep(BETWEEN)
        return True

    async def elsewhere(self, chat: str, account: str) -> str:
        """Of one who has left a group: ELSEWHERE if another of ours has her, DOUBT if nobody can say, else ""."""
        others = await self._ours.elsewhere(chat, account)
        found = {await self._presence(other, account) for other in others}
        return next((one for one in (ELSEWHERE, DOUBT) if one in found), "")

    async def _presence(self, chat: str, account: str) -> str:
        try:
            asked = {"chat_id": int(chat), "user_id": int(account)}
            member: Any = await self._bot.do_api_request("getchatmember", api_kwargs=asked)
            status = member["status"]
        except (TelegramError, KeyError, TypeError) as error:
            log.warning("whether somebody is in a group cannot be asked: %s", type(error).__name__, extra={"to": chat})
            return DOUBT
        there = status in PRESENT or (status == "restricted" and bool(member.get("is_member")))
        return ELSEWHERE if there else ""
