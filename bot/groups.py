"""What a chat channel must know of our records: which groups are ours, and whom an account belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from channels.base import NotNow
from storage import inbox, links, people
from storage.store import Store

T = TypeVar("T")


class Groups:
    """Our groups on one channel, as they are at the moment of the question."""

    def __init__(self, store: Store, channel: str) -> None:
        self._store, self._channel = store, channel

    async def is_ours(self, chat: str) -> bool:
        """Whether a group is ours; while news waits to be read, none is judged: it may say so. Raises NotNow."""
        return await self._read(
            lambda db: people.group_at(db, self._channel, chat) is not None or inbox.waiting_count(db) > 0
        )

    async def groups(self) -> Mapping[str, str]:
        """Our groups, each with the reason for which strangers can read it, or "". Raises NotNow."""
        found = await self._read(lambda db: people.groups_on(db, self._channel))
        return {one.value: one.exposed for one in found}

    async def elsewhere(self, chat: str, account: str) -> Sequence[str]:
        """Our groups but this one, if the account is somebody's; none for a stranger's. Raises NotNow."""
        person = await self._read(lambda db: people.by_contact(db, self._channel, account))
        return [one for one in await self.groups() if one != chat] if person else []

    async def accounts(self) -> Sequence[str]:
        """The accounts that are linked to staff. Raises NotNow."""
        return await self._read(lambda db: links.accounts(db, self._channel))

    async def _read(self, unit: Callable[[Connection], T]) -> T:
        try:
            return await self._store.read(unit)
        except DBAPIError as error:  # PostgreSQL is away: what is not looked up now is asked again
            raise NotNow("the database cannot be read") from error
