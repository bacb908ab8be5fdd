"""Which messages go first; and those that travel in another one's do not end because that one is not wanted any more."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from storage import outbox, people
from storage.models import outbox as rows
from storage.store import Store

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


def alerts(db: Connection, person: int, *keys: str) -> list[int]:
    row = {"event": "alarm", "kind": "alert", "audience": "manager", "channel": "mail", "address": "pm@example.com",
           "locale": "en", "facts": {}, "person_id": person}  # fmt: skip
    outbox.put(db, [{**row, "dedup_key": key} for key in keys], NOW)
    return list(outbox.ids_of(db, keys).values())


def states(db: Connection) -> dict[str, Any]:
    return {row.dedup_key: (row.state, row.carried_by_id, row.unsure) for row in db.execute(select(rows))}


async def test_what_travelled_with_a_dropped_alert_goes_by_itself(any_store: Store) -> None:
    """A breach of another ticket must not be lost because the clock of the alert that carried it is met."""

    def unit(db: Connection) -> dict[str, Any]:
        pm = people.keep_staff(db, "pm", {"roles": ["manager"]}, [("mail", "pm@example.com")])
        first, second, third = alerts(db, pm, "first", "second", "third")
        outbox.carry(db, [second, third], first, NOW)
        outbox.retry(db, first, NOW + timedelta(minutes=1), "no answer", unsure=True)
        outbox.drop(db, [first], "clock met", NOW)
        return states(db)

    found = await any_store.write(unit)
    assert found["first"] == (outbox.DROPPED, None, True)
    assert found["second"] == found["third"] == (outbox.PENDING, None, True)


async def test_whoever_ends_gets_nothing_of_what_travelled_together(any_store: Store) -> None:
    def unit(db: Connection) -> dict[str, Any]:
        pm = people.keep_staff(db, "pm", {"roles": ["manager"]}, [("mail", "pm@example.com")])
        first, second = alerts(db, pm, "first", "second")
        outbox.carry(db, [second], first, NOW)
        outbox.drop_to(db, pm, "she is staff no more", NOW)
        return states(db)

    assert {state for state, _, _ in (await any_store.write(unit)).values()} == {outbox.DROPPED}


async def test_alerts_go_before_answers_those_before_new_cards_and_those_before_changed_ones(any_store: Store) -> None:
    """Where there is not room for all in a group; within each, what has waited longest."""
    told: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("taken", "card", {}),
        ("assigned", "card", {}),
        ("opened out of hours", "card", {}),
        ("opened", "card", {}),
        ("answered", "answer_group", {}),
        ("command", "phrase", {}),
        ("alarm", "alert", {"urgent": True}),
    )

    def unit(db: Connection) -> list[str]:
        place = {"audience": "group", "channel": "telegram", "address": "-100", "locale": "en", "facts": {}}
        for event, kind, more in told:
            outbox.put(db, [{**place, "event": event, "kind": kind, "dedup_key": event, **more}], NOW)
        taken: list[str] = []
        while some := outbox.claim(db, "telegram", NOW, 2):
            taken += [row.event for row in some]
        return taken

    new = ["opened out of hours", "opened", "answered"]
    assert await any_store.write(unit) == ["alarm", "command", *new, "taken", "assigned"]
