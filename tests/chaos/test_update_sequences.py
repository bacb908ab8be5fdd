"""Any sequence of what people say and press at Telegram, through deaths: as a model of it says, and each exactly once (P10).

News comes twice, again from the beginning, and in another order; the process ends before or after any write or call. What
counts is the order in which it was stored; the model below is told it in that order and knows nothing of the program.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from bot.desk.opening import Report, open_ticket, tell_opened
from bot.desk.work import Work
from bot.fsck import check
from bot.intake import MOST_ENDS
from storage import actions, links, models, people
from storage.engine import reading_engine, settle, writing_engine
from storage.migrate import bring_up
from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE
from tests.parts.telegram import TOKEN, FakeTelegram
from tests.parts.telegram_in_process import AFTER, BEFORE, UNBOUND, Desk, Ticking, settings_of
from tests.parts.ticket_model import Said, differences, done

GROUP = -1001000000023
WHO = {"anna": 501, "ben": 502, "dora": 503}
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PEOPLE = [
    {"handle": "anna", "name": "Anna", "roles": ["resident"], "language": "en"},
    {"handle": "ben", "name": "Ben", "roles": ["resident"], "language": "en"},
    {"handle": "dora", "name": "Dora", "roles": ["desk"], "language": "en"},
]
CUSTOMERS = [{"key": "acme", "locale": "en", "domains": ["acme.example"], "groups": [{"chat": GROUP}]}]
TICKETS = 2
BUTTONS = {"take", "junk", "reopen", "way", "assign"}
"""What is pressed here; other buttons show something, or ask for words."""

# ---- what happens ----

COMMANDS = ["take", "note", "wait", "solve", "reopen", "junk", "junk undo", "way"]
people_ = st.sampled_from(sorted(WHO))
number = st.integers(1, TICKETS)
said = st.tuples(st.just("says"), people_, st.sampled_from(COMMANDS), number)
assigned = st.tuples(st.just("assigns"), people_, st.sampled_from(["anna", "ben"]), number)
pressed = st.tuples(st.just("presses"), people_, st.integers(0, 9), number)
again = st.tuples(st.sampled_from(["again", "shuffled"]), st.integers(0, 99))
turns = st.tuples(st.sampled_from(["hears", "obeys", "speaks", "all"]))
ends = st.tuples(st.just("ends"), st.integers(0, 12), st.sampled_from([BEFORE, AFTER]))
everything = st.lists(st.one_of(said, said, pressed, assigned, again, turns, turns, ends), min_size=6, max_size=30)


class Play:
    """One sequence, on a copy of a database with two open tickets."""

    def __init__(self, folder: Path, telegram: FakeTelegram | None = None) -> None:
        self.telegram = telegram or FakeTelegram()
        self.telegram.group(GROUP)
        for handle, account in WHO.items():
            self.telegram.joins(GROUP, self.telegram.user(account, handle.title()))
        self.clock = Ticking(START)
        self.telegram.clock = lambda: self.clock.now().timestamp()
        self.desk = Desk(settings_of(folder, people=PEOPLE, customers=CUSTOMERS), self.telegram, self.clock)
        self.said: dict[str, Said] = {}
        self.shown: dict[str, int] = {}
        self.words, self.done = 0, 0

    async def goes(self, steps: list[tuple[Any, ...]]) -> list[str]:
        """Plays it to its end. Gives what is not as it shall be."""
        await self.desk.begin()
        await self._all()
        for name, *how in steps:
            self.clock.tick(1)
            await getattr(self, f"_{name}")(*how)
        await self.desk.rests()
        wrong = await self.desk.store.read(self.wrong)
        await self.desk.ends()
        return wrong

    async def somebody_speaks(self, chance: random.Random) -> None:
        """One of the things that people say."""
        who, number = chance.choice(sorted(WHO)), chance.randint(1, TICKETS)
        if chance.random() < 0.2:
            await self._assigns(who, chance.choice(("anna", "ben")), number)
        else:
            await self._says(who, chance.choice(COMMANDS), number)

    def _note(self, said: Said) -> None:
        """Remembers what the newest update is."""
        self.said[str(self.telegram.log[-1]["update_id"])] = said

    async def _says(self, who: str, command: str, number: int) -> None:
        self.words += 1
        name, _, words = command.partition(" ")
        words = words or (f"word {self.words}" if name in {"note", "wait", "solve"} else "")
        self.telegram.say(GROUP, WHO[who], f"/{name} {number} {words}".strip())
        self._note(Said(who, number, name, words))

    async def _assigns(self, who: str, whom: str, number: int) -> None:
        self.telegram.say(GROUP, WHO[who], f"/assign {number} {whom}")
        self._note(Said(who, number, "assign", whom))

    async def _presses(self, who: str, place: int, number: int) -> None:
        """Presses a button of the ticket's card as it looks now."""
        heads = ((one["text"].partition("\n")[0], one) for one in self.telegram.sent(GROUP))
        card = next((one for head, one in heads if f" FD-{number} " in head), {})
        rows = card.get("reply_markup", {}).get("inline_keyboard", [])
        data = [one["callback_data"] for row in rows for one in row]
        if not data:
            return
        token, _, at = data[place % len(data)].partition(":")
        row = await self.desk.store.read(lambda db: actions.get(db, token))
        assert row is not None
        line = str(row.commands[int(at)])
        name, _, words = line.split(" ", 2) if line.count(" ") > 1 else (*line.split(" "), "")
        if name in BUTTONS and not line.endswith("…") and (words or name != "assign"):
            self.telegram.press(GROUP, card["message_id"], f"{token}:{at}", WHO[who])
            self._note(Said(who, number, name, words, self.shown[token]))

    async def _again(self, place: int) -> None:
        log = self.telegram.log
        if log:
            self.telegram.updates.append(log[place % len(log)])

    async def _shuffled(self, place: int) -> None:
        """What Telegram holds comes in another order."""
        held = self.telegram.updates
        self.telegram.updates = [*held[place % len(held) :], *held[: place % len(held)]][::-1] if held else []

    async def _ends(self, others: int, side: str) -> None:
        self.desk.fuse.light(others, side)

    async def _hears(self) -> None:
        await self.desk.survives(self.desk.hears)

    async def _obeys(self) -> None:
        await self.desk.survives(self.desk.obeys)
        self.done = len(await self.desk.store.read(done))

    async def _speaks(self) -> None:
        await self.desk.survives(self.desk.speaks)
        for token in await self.desk.store.read(lambda db: list(db.scalars(select(models.action.c.id)))):
            self.shown.setdefault(token, self.done)

    async def _all(self) -> None:
        for step in (self._hears, self._obeys, self._speaks):
            await step()

    # ---- what has become of it ----

    def wrong(self, db: Connection) -> list[str]:
        """Everything in which the desk and the model differ."""
        return [*differences(db, self.said), *self._answers(db), *check(db, self.desk.app.house.calendars)]

    def _answers(self, db: Connection) -> Iterator[str]:
        """Each command has one answer, what a press did in private; people read none twice, unless somebody died."""
        rows, row = done(db), models.outbox.c
        keys = list(db.scalars(select(row.dedup_key).where(row.event == "command")))
        private = select(func.count()).where(row.channel == "telegram", row.address.in_(map(str, WHO.values())))
        aside = db.execute(private.where(row.event == "command")).scalar_one()
        if missing := {f"command:{row.id}" for row in rows} - set(keys):
            yield f"no answer: {missing}"
        cards = TICKETS + sum(key.startswith("card:") for key in keys)
        seen = len(self.telegram.sent(GROUP))
        here = len(rows) - aside
        if not self.desk.deaths and not here + TICKETS <= seen <= here + cards:
            yield f"{seen} messages for {here} commands and {TICKETS} cards"
        read = sum(len(self.telegram.sent(one)) for one in WHO.values()) + len(self.telegram.popups)
        sent = private.where(row.state == "sent")
        if not self.desk.deaths and read != (told := db.execute(sent).scalar_one()):
            yield f"{read} messages in private, and not {told}"


# ---- the tests ----


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with everybody linked and the tickets open."""
    folder = tmp_path_factory.mktemp("template")
    engine = writing_engine(f"sqlite:///{folder / 'faultdesk.db'}")
    bring_up(engine)
    settle(engine)
    engine.dispose()
    asyncio.run(prepared(folder))
    return folder


async def prepared(folder: Path) -> None:
    desk = Desk(settings_of(folder, people=PEOPLE, customers=CUSTOMERS), FakeTelegram(), Ticking(START))
    await desk.begin()

    def enter(db: Connection) -> None:
        for handle, account in WHO.items():
            person = people.by_handle(db, handle)
            assert person is not None
            links.link(db, person.id, "telegram", str(account))
        work = Work(db, desk.app.house, START)
        for count in range(TICKETS):
            report = Report("wang@acme.example", "Wang", f"Fault {count}", "", "en", START, f"<{count}@acme.example>")
            tell_opened(work, open_ticket(work, report), report)

    await desk.store.write(enter)
    await desk.ends()


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits longer than it is taken in hand is not overtaken either."""
    monkeypatch.setattr("bot.intake.MOST_AT_ONCE", 2)


def plays(template: Path, folder: Path, steps: list[tuple[Any, ...]]) -> list[str]:
    try:
        shutil.copytree(template, folder)
        return asyncio.run(Play(folder).goes(steps))
    finally:
        shutil.rmtree(folder)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(steps=everything)
def test_whatever_comes_in_whatever_order_counts_once(
    template: Path, tmp_path: Path, steps: list[tuple[Any, ...]]
) -> None:
    assert plays(template, tmp_path / "desk", steps) == []


@pytest.mark.long
@pytest.mark.parametrize("lot", range(10))
@settings(max_examples=1000, suppress_health_check=list(HealthCheck))
@given(steps=everything)
def test_ten_thousand_sequences(template: Path, tmp_path: Path, lot: int, steps: list[tuple[Any, ...]]) -> None:
    del lot
    assert plays(template, tmp_path / "desk", steps) == []


async def test_what_ends_the_process_again_and_again_is_given_up_and_the_next_is_done(
    template: Path, tmp_path: Path
) -> None:
    shutil.copytree(template, tmp_path / "desk")
    play = Play(tmp_path / "desk")
    await play.desk.begin()
    await play._says("anna", "note", 1)
    await play._says("anna", "note", 1)
    await play._hears()
    for _ in range(MOST_ENDS):
        play.desk.fuse.light(1, BEFORE)  # it is claimed, and then the process ends
        await play._obeys()
    await play.desk.rests()
    assert play.desk.deaths == MOST_ENDS
    outcomes = await play.desk.store.read(
        lambda db: list(db.scalars(select(models.inbox.c.outcome).order_by(models.inbox.c.id)))
    )
    assert outcomes == ["quarantine", "command"]
    await play.desk.ends()


class Killed(Daemon):
    """The same desk as a process of its own."""

    def __init__(self, folder: Path, telegram: FakeTelegram) -> None:
        chat = {"token": TOKEN, "base_url": telegram.base_url, "poll_seconds": 1, **UNBOUND}
        super().__init__(
            folder,
            FAULTDESK_CHAT__TELEGRAM=json.dumps(chat),
            FAULTDESK_PEOPLE=json.dumps(PEOPLE),
            FAULTDESK_CUSTOMERS=json.dumps(CUSTOMERS),
        )
        self.telegram = telegram

    async def settles(self) -> None:
        """Until everything said is read, done and answered."""
        waiting = "select (select count(*) from inbox where state in ('waiting', 'working')) + (select count(*) from "
        waiting += "outbox where channel = 'telegram' and state in ('pending', 'sending'))"
        async with asyncio.timeout(PATIENCE):
            while self.telegram.updates or self.ask(waiting) != [(0,)]:  # noqa: ASYNC110  -- it asks the database
                await asyncio.sleep(0.05)

    def differs(self, said: dict[str, Said]) -> list[str]:
        engine = reading_engine(self.database)
        with engine.connect() as db:
            found = differences(db, said)
        engine.dispose()
        return [*found, *self.fsck()]


@pytest.mark.long
async def test_a_hundred_sequences_through_kills(template: Path, tmp_path: Path) -> None:
    """Each is said while the process is killed at any moment, and again from the beginning now and then."""
    chance = random.Random(20261127)
    shutil.copytree(template, tmp_path / "desk")
    async with FakeTelegram() as telegram:
        play = Play(tmp_path / "desk", telegram)
        telegram.clock = time.time
        daemon = Killed(tmp_path / "desk", telegram)
        await asyncio.to_thread(daemon.start)
        with daemon.ended():
            for _ in range(100):
                for _ in range(chance.randint(3, 12)):
                    await play.somebody_speaks(chance)
                    await asyncio.sleep(chance.uniform(0, 0.05))
                if chance.random() < 0.3:
                    telegram.replay()
                await asyncio.sleep(chance.uniform(0, 0.3))
                daemon.kill()
                await asyncio.to_thread(daemon.start)
                await daemon.settles()
                assert daemon.differs(play.said) == []
