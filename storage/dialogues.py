"""Open dialogues: one a person and chat."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select

from storage.chat_models import dialogue
from storage.sql import insert_new


def _hers(place: tuple[str, str], person_id: int) -> Any:
    return (dialogue.c.channel == place[0]) & (dialogue.c.address == place[1]) & (dialogue.c.person_id == person_id)


def of_person(db: Connection, place: tuple[str, str], person_id: int) -> Any | None:
    """What she is about to say in a chat (channel, address)."""
    return db.execute(select(dialogue).where(_hers(place, person_id))).first()


def begin(db: Connection, place: tuple[str, str], person_id: int, **facts: Any) -> None:
    """Begins a dialogue in the place of the one before, or goes on with it."""
    end(db, place, person_id)
    row = {"channel": place[0], "address": place[1], "person_id": person_id, "topic": "", "said": [], **facts}
    db.execute(insert_new(db, dialogue), row)


def end(db: Connection, place: tuple[str, str], person_id: int) -> bool:
    """Ends it; gives whether there was one."""
    return db.execute(delete(dialogue).where(_hers(place, person_id))).rowcount > 0
