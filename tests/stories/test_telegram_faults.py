"""Telegram at its worst: nothing decided is lost, repeats are marked and only where an answer was (P5, P6, P9; G5, G6)."""

import random
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from storage import outbox, people
from storage.models import outbox as table
from tests.stories.telegram import ANNA, HANDLES, TelegramStory

pytestmark = pytest.mark.usefixtures("database")

REPEAT = "Sent again"
A_MORNING = 10
"""Deaths, with all that follows, in the three working hours before noon."""
UNKNOWN_ENDS = ({"cut": "after"}, {"cut": "before"}, {"status": 502}, {"garbage": True})
KNOWN_ENDS = ({"retry_after": 1}, {"retry_after": 7})


async def many_messages(folder: Path, count: int, seed: int) -> None:
    """A fifth of all calls goes wrong somehow. Anna has no mail address: there is no other way for her."""
    chance = random.Random(seed)
    anna = {"handle": "anna", "name": "Anna", "roles": ["resident"], "language": "en"}
    async with TelegramStory(folder, people=[anna], linked=("anna",)) as desk:
        injected = Counter[str]()

        def unlucky(method: str, args: dict[str, Any], real: Any = desk.telegram._fault) -> Any:
            if method == "sendmessage" and (luck := chance.random()) < 0.2:
                how = chance.choice(UNKNOWN_ENDS if luck < 0.1 else KNOWN_ENDS)
                if luck < 0.1:
                    injected[_number(args["text"])] += 1
                desk.telegram.fault(method, **how)
            return real(method, args)

        desk.telegram._fault = unlucky  # type: ignore[method-assign]
        await desk.app.store.write(lambda db: _decide(db, desk, count))
        desk.app._ring_all()
        for _ in range(40):
            await desk.passes(minutes=10)
            if not await desk.app.store.read(_open):
                break
        shown = Counter(_number(one) for one in desk.screen(ANNA))
        assert set(shown) == {str(number) for number in range(1, count + 1)}, "all are delivered"
        for number, times in shown.items():
            assert times <= 1 + injected[number], "a repeat only where an answer was lost"
        marked = Counter(_number(one) for one in desk.screen(ANNA) if REPEAT in one)
        assert all(times - marked[number] == 1 or injected[number] for number, times in shown.items())
        unmarked = Counter(_number(one) for one in desk.screen(ANNA) if REPEAT not in one)
        assert max(unmarked.values()) == 1, "every repeat says that it is one"
        assert sum(injected.values()) > count / 20


def _number(text: str) -> str:
    found = re.search(r"FD-(\d+)", text)
    assert found, text
    return found[1]


def _decide(db: Any, desk: TelegramStory, count: int) -> None:
    anna = people.by_handle(db, "anna")
    assert anna is not None
    rows = [
        {
            "dedup_key": f"test:{number}",
            "event": "held",
            "kind": "held",
            "audience": "desk",
            "person_id": anna.id,
            "channel": "telegram",
            "address": str(HANDLES["anna"]),
            "locale": "en",
            "facts": {"number": f"FD-{number}", "tag": "", "sender": "x@y.example"},
        }
        for number in range(1, count + 1)
    ]
    outbox.put(db, rows, desk.clock.now())


def _open(db: Any) -> int:
    waiting = table.c.state.in_(("pending", "sending"))
    return db.execute(select(func.count()).where(waiting)).scalar_one()  # type: ignore[no-any-return]


async def test_many_messages_through_a_sick_telegram(tmp_path: Path) -> None:
    await many_messages(tmp_path / "desk", 200, 1)


@pytest.mark.long
async def test_five_thousand_messages_through_a_sick_telegram(tmp_path: Path) -> None:
    await many_messages(tmp_path / "desk", 5000, 2)


async def many_deaths(folder: Path, count: int, seed: int) -> None:
    """Telegram dies in one way or another some time before an alert is due, and comes back; the desk is always reached."""
    chance = random.Random(seed)
    async with TelegramStory(folder, telegram={"timeout": 1}) as desk:
        for number in range(1, count + 1):
            await desk.mail(f"P <p{number}@customer.example>", f"Fault {number}")
            desk.forget()
            before = chance.uniform(0, 4.9)
            await desk.passes(minutes=before)
            how = chance.choice(("token", "gone", "sick", "silent", "busy", "blocked"))
            await _dies(desk, how)
            await desk.passes(minutes=5 - before)
            due = desk.clock.now()
            await desk.passes(minutes=1)
            alert = desk.hears("desk@desk.example", "alert", f"FD-{number}")
            assert alert.row.created_at - due <= timedelta(seconds=60), (number, how)
            await _lives(desk)
            await desk.app.control.answer({"op": "say", "as": "desk", "text": f"junk {number}"})
            await desk.passes(minutes=10)
            if number % A_MORNING == 0:  # a clock that rests over noon warns later
                await desk.at(f"{desk.clock.now().date() + timedelta(days=1)} 09:00")
            desk.forget()


async def _dies(desk: TelegramStory, how: str) -> None:
    if how == "token":
        desk.telegram.valid = False
    elif how == "gone":
        await desk.telegram.stop()
    elif how == "blocked":
        desk.telegram.started.discard(HANDLES["desk"])
    else:
        faults: dict[str, dict[str, Any]] = {
            "sick": {"status": 500}, "silent": {"cut": "before"}, "busy": {"retry_after": 120},
        }  # fmt: skip
        desk.telegram.fault("sendMessage", times=-1, **faults[how])


async def _lives(desk: TelegramStory) -> None:
    desk.telegram.valid = True
    desk.telegram.started.add(HANDLES["desk"])
    desk.telegram.faults.clear()
    if not desk.telegram.listens:
        await desk.telegram.start()


async def test_a_few_deaths_of_telegram(tmp_path: Path) -> None:
    await many_deaths(tmp_path / "desk", 6, 1)


@pytest.mark.long
async def test_five_hundred_deaths_of_telegram(tmp_path: Path) -> None:
    for part in range(10):
        await many_deaths(tmp_path / f"desk{part}", 50, part)
