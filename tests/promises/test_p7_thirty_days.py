"""P7 over a month: a simulated desk with all that a month brings, and every alarm compared with an oracle's.

Faults, answers, machines' mails and copies come by SMTP; people work by command; the process is killed, channels are
away; public holidays, make-up days and the end of the month lie in it. The time is simulated, the daemon is the real one.
"""

from __future__ import annotations

import heapq
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parts.daemon import Daemon
from tests.promises.alarm_oracle import ZONE, expected, given, micros
from tests.promises.post import count, posted, written

MINUTE = timedelta(minutes=1)
MAILS, COMMANDS, FAULTS = 500, 200, 60
"""A day: mails in all, commands in all, and how many of the mails are new faults."""
LINES = 5
"""Connections over which mails come at the same time."""
TOGETHER = 3 * MINUTE
"""What people do within this is done at one instant: a month of simulated time has to be over in minutes."""
ALLOWED = {"clock met", "clock cancelled", "clock late"}

Step = tuple[int, str, str]
"""Minutes after the fault, who, and the words; {n} is the ticket."""

PLANS: tuple[tuple[int, tuple[Step, ...]], ...] = (
    (54, ((3, "anna", "take {n}"), (15, "anna", "reply {n} I come."), (70, "anna", "solve {n} Mended."),
          (90, "desk", "check {n} ok"))),
    (8, ((3, "ben", "take {n}"), (25, "ben", "solve {n} By telephone."), (95, "desk", "check {n} ok"))),
    (8, ((4, "desk", "assign {n} mo"), (50, "mo", "take {n}"), (52, "mo", "reply {n} Soon."), (290, "mo", "solve {n} So."),
         (1400, "desk", "check {n} ok"))),
    (6, ((4, "ben", "take {n}"), (20, "ben", "wait {n} Which one?"), (140, "", "answer"), (200, "ben", "solve {n} Done."),
         (300, "desk", "check {n} ok"))),
    (5, ((4, "anna", "take {n}"), (30, "anna", "late {n} Train."), (36, "anna", "reply {n} Later."),
         (45, "desk", "assign {n} ben"), (60, "ben", "take {n}"), (200, "ben", "solve {n} Done."), (1600, "desk", "check {n} ok"))),
    (5, ((4, "mo", "take {n}"), (40, "mo", "escalate {n} technical It smokes."), (48, "pm", "ack {n}"),
         (90, "mo", "solve {n} Out."), (100, "desk", "check {n} return Why?"), (110, "desk", "check {n} ok"))),
    (4, ((4, "anna", "take {n}"), (200, "anna", "solve {n} Done."), (400, "desk", "reopen {n}"),
         (1500, "anna", "solve {n} Done at last."), (1700, "desk", "check {n} ok"))),
    (4, ((20, "desk", "junk {n}"),)),
    (3, ((200, "pm", "ack {n}"), (500, "sam", "take {n}"), (1500, "sam", "solve {n} At last."))),
    (2, ((2, "desk", "onsite {n} The IT department"), (7, "anna", "take {n}"), (120, "anna", "solve {n} Done."))),
    (1, ()),
)  # fmt: skip
"""How faults go, by their share: most in time, some late, some not at all."""
LOOKS = ("due", "list", "who", "mine", "forecast all", "why {n}", "note {n} Called back.")


class Month:
    """The days of a simulated desk, played step by step."""

    def __init__(self, folder: Path, days: int, kills: int, outages: int) -> None:
        self.chance = random.Random(days)
        self.begin = datetime(2026, 9, 21, 8, 0, tzinfo=ZONE) if days > 5 else datetime(2026, 9, 30, 8, 0, tzinfo=ZONE)
        self.end = self.begin + timedelta(days=days)
        self.daemon = Daemon(folder, arguments=("--fake-clock", self.begin.isoformat()))
        self.daemon.program = "tests.parts.unwell"
        self.kills = sorted(self.chance.sample(range(10, days * 40), kills))
        self.outages = self._drawn_outages(outages)
        self.plans: list[tuple[datetime, int, str, str, int]] = []
        self.sent: Counter[str] = Counter()
        self.said: Counter[str] = Counter()
        self.deaths = self.steps = self.tickets = 0
        self.senders: dict[int, str] = {}
        self.last_raw = b""

    def _drawn_outages(self, many: int) -> list[tuple[datetime, str, bool]]:
        """(instant, channel, whether it goes or comes back), in order."""
        found = []
        for number in range(many):
            name = ("console", "mail")[number % 2]
            at = self.begin + (self.end - self.begin) * (self.chance.random() * 0.95)
            found.append((at, name, True))
            found.append((at + self.chance.randrange(5, 60) * MINUTE, name, False))
        return sorted(found)

    def played(self) -> None:
        with self.daemon.ended():
            self.daemon.start()
            self.day_by_day()
            for name in ("console", "mail"):
                (self.daemon.folder / f"{name}.down").unlink(missing_ok=True)
            self._reach(self.end + timedelta(days=1))
            assert self.daemon.stop() == 0

    def day_by_day(self) -> None:
        day = self.begin
        while day < self.end:
            minutes = sorted(self._minute() for _ in range(20))
            batches = [list(one) for one in self._spread(MAILS - FAULTS, len(minutes))]
            looks = COMMANDS // 10
            for number, minute in enumerate(minutes):
                self._until(day + minute * MINUTE)
                faults = FAULTS // len(minutes) + (number < FAULTS % len(minutes))
                self._mails(faults, len(batches[number]))
                for _ in range(looks // len(minutes) + (number < looks % len(minutes))):
                    self._says(self.chance.choice(("anna", "desk", "pm")), self.chance.choice(LOOKS), self._some())
            day += timedelta(days=1)
            self._until(day)

    def _minute(self) -> int:
        """Most of a day happens from eight to six."""
        return self.chance.randrange(0, 600) if self.chance.random() < 0.85 else self.chance.randrange(600, 1430)

    def _spread(self, many: int, places: int) -> list[range]:
        return [range(many * place // places, many * (place + 1) // places) for place in range(places)]

    # ---- time ----

    def _until(self, to: datetime) -> None:
        """Lets time go on, with everything that people do on the way."""
        while self.plans and self.plans[0][0] <= to:
            self._reach(max(self.plans[0][0], self.now))
            while self.plans and self.plans[0][0] <= self.now + TOGETHER:
                _, _, who, words, number = heapq.heappop(self.plans)
                if who:
                    self._says(who, words, number)
                else:
                    self._answers(number)
        self._reach(to)

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat((self.daemon.folder / "clock").read_text())

    def _reach(self, to: datetime) -> None:
        """Advances the fake clock; outages begin and end on the way, and now and then it dies over it."""
        while self.outages and self.outages[0][0] <= to:
            at, name, away = self.outages.pop(0)
            self._arrive(max(at, self.now))
            flag = self.daemon.folder / f"{name}.down"
            if away:
                flag.touch()
            else:
                flag.unlink(missing_ok=True)
        self._arrive(to)

    def _arrive(self, to: datetime) -> None:
        self.steps += 1
        killer = None
        if self.kills and self.steps >= self.kills[0]:
            self.kills.pop(0)
            killer = threading.Timer(self.chance.uniform(0, 0.3), self.daemon.process.kill)
            killer.start()
        while not self.daemon.advance(to.isoformat()) or (killer is not None and self._dies(killer)):
            assert self.daemon.died(60), self.daemon.errors()[-2000:]
            self.deaths += 1
            killer = None
            self.daemon.start()

    def _dies(self, killer: threading.Timer) -> bool:
        """Waits for the kill that is laid out."""
        killer.join()
        return self.daemon.died(60)

    def _tick(self) -> None:
        """No event happens at the instant of an alarm: each is some microseconds later than the minute."""
        self._arrive(self.now + timedelta(microseconds=self.chance.randrange(1, 900_000)))

    # ---- what happens ----

    def _mails(self, faults: int, others: int) -> None:
        self._tick()
        raws = [self._fault(f"user{self.chance.randrange(400)}") for _ in range(faults)]
        noise = [self._noise() for _ in range(others)]
        everything = [*raws, *noise]
        with ThreadPoolExecutor(LINES) as lines:
            parts = [everything[line::LINES] for line in range(LINES)]
            assert sum(lines.map(lambda part: posted(self.daemon, *part), parts)) == faults + others
        self.sent["mails"] += faults + others
        self.daemon.advance(self.now.isoformat())
        known = count(self.daemon, "select max(number) from ticket") or 0
        assert known - self.tickets >= faults, "each fault is a ticket"  # and so is what is said to one that is over
        for number in range(self.tickets + 1, known + 1):
            self._plan(number)
        self.tickets = known

    def _fault(self, user: str) -> bytes:
        words = self.chance.choice(("Printer jam", "No network", "Virus found", "Screen is black"))
        self.sent["faults"] += 1
        self.last_raw = written(f"{user}@customer.example", f"{words} {self.sent['faults']}")
        return self.last_raw

    def _noise(self) -> bytes:
        kind = self.chance.random()
        if kind < 0.3 and self.tickets:
            number = self._some()
            return written(self._sender(number), f"Re: [FD-{number}] news?", "Any news?")
        if kind < 0.4 and self.last_raw:
            return self.last_raw  # a copy through a list
        return written("robot@customer.example", "Backup done", auto_submitted="auto-generated")

    def _sender(self, number: int) -> str:
        if number not in self.senders:
            question = f"select requester_address from ticket where number = {number}"
            self.senders[number] = str(count(self.daemon, question))
        return self.senders[number]

    def _some(self) -> int:
        return self.chance.randrange(max(1, self.tickets - 60), self.tickets + 1) if self.tickets else 1

    def _plan(self, number: int) -> None:
        shares, plans = zip(*PLANS, strict=True)
        for minutes, who, words in self.chance.choices(plans, shares)[0]:
            at = self.now + minutes * MINUTE + timedelta(microseconds=self.chance.randrange(1, 59_000_000))
            heapq.heappush(self.plans, (at, len(self.said) + self.sent["mails"] + minutes, who, words, number))

    def _says(self, who: str, words: str, number: int) -> None:
        answer = self.daemon.say(who, words.format(n=number))
        assert answer, self.daemon.errors()[-2000:]
        self.said["done" if answer["ok"] else "refused"] += 1

    def _answers(self, number: int) -> None:
        """The requester answers the question that she was asked."""
        question = "select o.message_id from outbox o join ticket t on t.id = o.ticket_id where o.kind = 'question' "
        asked = self.daemon.ask(f"{question} and t.number = {number}")
        if asked:
            reply = written(self._sender(number), f"Re: [FD-{number}]", "The left one.", In_Reply_To=asked[0][0])
            assert posted(self.daemon, reply) == 1
            self.daemon.advance(self.now.isoformat())

    # ---- what is true of it ----

    def check(self) -> dict[str, Any]:
        path, horizon = self.daemon.folder / "faultdesk.db", micros(self.now)
        wanted, found = expected(path, horizon), given(path)
        assert not wanted - found, f"{len(wanted - found)} missed: {sorted((wanted - found).elements())[:5]}"
        assert not found - wanted, f"{len(found - wanted)} too many: {sorted((found - wanted).elements())[:5]}"
        ends = self.daemon.ask("select state, outcome from outbox where event in ('alarm', 'unacknowledged')")
        bad = {end for end in ends if end[0] not in ("sent", "carried")} - {("dropped", reason) for reason in ALLOWED}
        assert not {end for end in bad if not str(end[1]).startswith("another way")}, bad
        assert count(self.daemon, "select count(*) from outbox where state in ('pending', 'sending')") == 0
        assert self.daemon.fsck() == []
        return {"tickets": self.tickets, "alarms": len(found), "steps": self.steps, **self.said, **self.sent}


def test_two_days_with_the_end_of_a_month(tmp_path: Path) -> None:
    month = Month(tmp_path, 2, kills=3, outages=4)
    month.played()
    figures = month.check()
    assert figures["alarms"] > 40
    assert month.deaths == 3


@pytest.mark.long
def test_thirty_days(tmp_path: Path) -> None:
    """15,000 mails and 6,000 commands, 20 kills, 60 outages; Mid-Autumn, National Day and two make-up days lie in it."""
    begun = time.monotonic()
    month = Month(tmp_path, 30, kills=20, outages=60)
    month.played()
    played = time.monotonic()
    figures = month.check()
    print(f"\nplayed in {played - begun:.0f} s, compared in {time.monotonic() - played:.0f} s: {figures}")
    assert figures["mails"] == 30 * MAILS
    assert figures["done"] + figures["refused"] > 30 * COMMANDS * 0.9
    assert month.deaths == 20
    assert figures["alarms"] > 3000
