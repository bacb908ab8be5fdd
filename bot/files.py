"""The bytes of files: brought from the chat in which they were sent, and taken out of the mails that hold them."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.domain.failpoints import reach
from bot.domain.messages import WHOLE, ChatFile, File
from bot.parsing.files import EXTENSIONS, safe_file_name, type_of
from bot.parsing.pool import ParseFailed, ParserPool
from channels.base import ChannelError, Fetching
from storage import attached, inbox
from storage.store import Store

log = logging.getLogger("faultdesk.files")
PAUSES = (1.0, 5.0, 20.0, 60.0)
"""Seconds before a file is asked for again; after the last one its sender is told."""
AT_ONCE = 2
"""Files that are brought at a time, for the memory they take."""
_HEAD = 4096


class Files:
    """Brings what people sent (`sources` by the channels' names), and loads what they shall see."""

    def __init__(self, store: Store, pool: ParserPool, sources: Mapping[str, Fetching]) -> None:
        self._store, self._pool, self._sources = store, pool, sources
        self._room = asyncio.Semaphore(AT_ONCE)

    async def bring(self, row: Any) -> Any:
        """Brings the file of a stored chat message, once; gives its row with what became of the file.

        A crash in between repeats it. It raises nothing for a file that cannot be had: that is its `problem` then.
        """
        file = inbox.chat_of(row).file
        if file is None or file.sha256 or file.problem:
            return row
        async with self._room:
            data, problem = await self._asked(row.channel, file)
            seen = described(file, data) if data else replace(file, problem=problem)
            row = await self._store.write(lambda db: inbox.keep_file(db, row, seen, data or None))
            reach("files.brought")
            return row

    async def _asked(self, channel: str, file: ChatFile) -> tuple[bytes, str]:
        """The bytes, or why there are none."""
        source = self._sources.get(channel)
        if source is None:
            return b"", "lost"
        for pause in (*PAUSES, 0.0):
            try:
                return await source.fetch(file.id), "empty"
            except ChannelError as error:
                log.warning("a file cannot be brought: %s", error.text, extra={"channel": channel})
                if error.permanent:
                    return b"", "large"
                if pause:
                    await asyncio.sleep(max(pause, error.retry_after or 0.0))
        return b"", "lost"

    async def load(self, ids: Sequence[int]) -> tuple[File, ...]:
        """These files as they go out with a message; one whose mail cannot be taken apart is left out."""
        rows = await self._store.read(lambda db: attached.named(db, ids))
        found = [File(row.name, row.media_type, data) for row in rows if (data := await self._bytes_of(row))]
        return tuple(found)

    async def _bytes_of(self, row: Any) -> bytes:
        """Its bytes, known again by their digest: a later version may count the files inside of a part otherwise."""
        raw = await self._store.read(lambda db: inbox.raw_of(db, row.inbox_id))
        if raw is None or row.part == WHOLE:
            return raw or b""
        try:
            data = await self._pool.extract(raw, row.part)
            if hashlib.sha256(data).hexdigest() == row.sha256:
                return data
            moved = [one.part for one in (await self._pool.parse(raw)).attachments if one.sha256 == row.sha256]
            return await self._pool.extract(raw, moved[0]) if moved else b""
        except ParseFailed as error:
            log.warning("a file cannot be taken out of its mail: %s", error.reason, extra={"inbox": row.inbox_id})
            return b""


def described(file: ChatFile, data: bytes) -> ChatFile:
    """The file under its safe name, with the type that its bytes show (reliability 3 A 33 to 37)."""
    name = safe_file_name(file.name)
    media_type = type_of(data[:_HEAD], file.media_type or "application/octet-stream", name)
    digest = hashlib.sha256(data).hexdigest()
    return replace(file, name=name or f"file{EXTENSIONS.get(media_type, '')}", media_type=media_type, size=len(data),
                   sha256=digest)  # fmt: skip
