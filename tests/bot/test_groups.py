"""bot.groups: what the Telegram channel asks of our records, also while these cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.clock import RealClock
from bot.groups import Groups
from bot.starting import open_store
from channels.base import NotNow
from storage import links, people
from storage.store import AwayError
from tests.stories.story import settings_for


def enter(db: Connection) -> None:
    customer = people.keep_customer(db, "acme", "Acme", "en")
    for chat in ("-1", "-2"):
        people.keep_group(db, customer, "telegram", chat, locale="en", trusted=True)
    anna = people.keep_staff(db, "anna", {"name": "Anna", "roles": ["resident"]}, [])
    links.link(db, anna, "telegram", "501")
    links.expose(db, ("telegram", "-2"), "public")


async def test_what_the_channel_asks(tmp_path: Path) -> None:
    store = open_store(settings_for(tmp_path), RealClock())
    try:
        await store.write(enter)
        groups = Groups(store, "telegram")
        assert await groups.groups() == {"-1": "", "-2": "public"}
        assert [await groups.is_ours(chat) for chat in ("-1", "-2", "-3")] == [True, True, False]
        assert [await groups.elsewhere("-1", who) for who in ("501", "599")] == [["-2"], []]
        found = await store.read(lambda db: [people.group_at(db, "telegram", chat) for chat in ("-1", "-2")])
        assert [one and (one.trusted, one.exposed) for one in found] == [(True, ""), (False, "public")]
    finally:
        store.close()


async def test_a_database_that_is_away_is_asked_again_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(settings_for(tmp_path), RealClock())

    async def away(_: Any) -> None:
        raise AwayError(None, None, OSError())

    monkeypatch.setattr(store, "read", away)
    groups = Groups(store, "telegram")
    try:
        for question in (groups.is_ours("-1"), groups.groups(), groups.elsewhere("-1", "501")):
            with pytest.raises(NotNow):
                await question
    finally:
        store.close()
