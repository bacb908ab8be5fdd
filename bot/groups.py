"""What a chat channel must know of our records: which groups are ours, and whom an account belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from storage import inbox, people
from storage.store import Store


class Groups:
    """Our groups on one channel, as they are at the moment of the question."""

    def __init__(self, store: Store, channel: str) -> None:
        self._store, self._channel = store, channel

    async def is_ours(self, chat: str) -> bool:
        """Whether a group is ours; while news waits to be read, none is judged: it may say so."""
        return await self._store.read(
            lambda db: people.group_at(db, self._channel, chat) is not None or inbox.waiting_count(db) > 0
        )

    async def groups(self) -> Mapping[str, str]:
        """Our groups, each with the reason for which strangers can read it, or ""."""
        found = await self._store.read(lambda db: people.groups_on(db, self._channel))
        return {one.value: one.exposed for one in found}

    async def elsewhere(self, chat: str, account: str) -> Sequence[str]:
        """Our groups but this one, if the account is somebody's; none for a stranger's."""
        person = await self._store.read(lambda db: people.by_contact(db, self._channel, account))
        return [one for one in await self.groups() if one != chat] if person else []
