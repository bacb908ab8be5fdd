"""How soon a command at Telegram is done and answered while mails come in, and how a burst of tickets keeps to its rate.

    python -m tests.benchmarks.chat_speed [--seconds 60] [--mails 25] [--burst 200]

Prints the time from a word or a press until its effect is committed and the answer is handed to Telegram's stand-in, with
so many mails a second beside it; then, at Telegram's true rates, what goes to the group and to the project manager
while a burst of tickets comes in within a minute. The stand-in runs in this process and shares the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.intake_speed import deliver, mails
from tests.chaos.test_telegram import ANNA, GROUP, Desk
from tests.parts.telegram import FakeTelegram

SAID = ("/note 1 The lift is broken.", "/mine", "/ticket 1", "/why 1", "/due", "Details")
MINUTE = 60.0
TRUE_RATES = {"group_per_minute": 20, "chat_per_second": 1, "per_second": 30}


async def stand_in() -> FakeTelegram:
    telegram = FakeTelegram()
    telegram.group(GROUP)
    telegram.user(ANNA, "Anna")
    telegram.statuses[GROUP, ANNA] = "member"
    return await telegram.start()


async def mails_come(desk: Desk, some: list[tuple[str, bytes]], a_second: float) -> None:
    """Over one connection each, evenly in time."""
    begin = time.monotonic()
    for number, one in enumerate(some):
        await asyncio.sleep(max(0.0, begin + number / a_second - time.monotonic()))
        await asyncio.to_thread(deliver, desk.smtp, [one])


def answers(telegram: FakeTelegram) -> list[float]:
    """When each message was handed over that answers Anna in private, or in the window over the chat."""
    told = [one for one in telegram.calls if not one.refused]
    mine = [one for one in told if one.method == "sendmessage" and one.args.get("chat_id") == ANNA]
    shown = [one for one in told if one.method == "answercallbackquery" and one.args.get("text")]
    return sorted(one.at for one in mine + shown)


async def answered(telegram: FakeTelegram, words: str, card: int) -> float:
    """Says it, or presses the card's button, and waits for the answer. Gives the seconds."""
    before, begin = len(answers(telegram)), time.monotonic()
    if words.startswith("/"):
        telegram.say(ANNA, ANNA, words)
    else:
        telegram.press(GROUP, card, words, ANNA)
    await telegram.until(lambda: len(answers(telegram)) > before)
    return answers(telegram)[before] - begin


async def under_load(folder: Path, seconds: float, a_second: float) -> None:
    telegram = await stand_in()
    desk = Desk(folder, telegram)
    with desk.ended():
        await asyncio.to_thread(desk.start)
        await desk.link()
        await asyncio.to_thread(deliver, desk.smtp, mails(1))
        await desk.settles()
        card = next(one for one in telegram.sent(GROUP) if "FD-1" in one.get("text", ""))["message_id"]
        some = mails(round(seconds * a_second))  # before the stand-in is looked at: making them takes a second
        load = asyncio.create_task(mails_come(desk, some, a_second))
        begin, took = time.monotonic(), []
        for words in itertools.cycle(SAID):
            if load.done():
                break
            took.append(await answered(telegram, words, card) * 1000)
            await asyncio.sleep(0.25)
        await load
        real = round(seconds * a_second) / (time.monotonic() - begin)
    await telegram.stop()
    cuts = statistics.quantiles(took, n=100)
    print(
        f"{len(took)} commands and presses beside {real:.1f} mails/s: median {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms, "
        f"p99 {cuts[98]:.0f} ms, worst {max(took):.0f} ms"
    )


def most_within_a_minute(times: list[float]) -> int:
    return max((sum(at - MINUTE < one <= at for one in times) for at in times), default=0)


def to_group(telegram: FakeTelegram) -> Iterator[float]:
    for one in telegram.calls:
        if one.args.get("chat_id") == GROUP and one.method in {"sendmessage", "editmessagetext"} and not one.refused:
            yield one.at


async def burst(folder: Path, count: int) -> None:
    telegram = await stand_in()
    desk = Desk(folder, telegram)
    chat = json.loads(desk.environment["FAULTDESK_CHAT__TELEGRAM"])
    as_usual = {name: value for name, value in chat.items() if name not in TRUE_RATES}
    desk.environment["FAULTDESK_CHAT__TELEGRAM"] = json.dumps(as_usual)
    with desk.ended():
        await asyncio.to_thread(desk.start)
        await desk.link()
        telegram.limits = dict(TRUE_RATES)
        begin = time.monotonic()
        load = asyncio.create_task(mails_come(desk, mails(count), count / MINUTE))
        await asyncio.sleep(MINUTE / 2)
        telegram.say(ANNA, ANNA, "/escalate 1 Smoke comes out of it.")
        said = time.monotonic()
        await telegram.until(lambda: any("abnormal event" in one.get("text", "") for one in telegram.sent(ANNA)))
        alerted = time.monotonic() - said
        await load
        await asyncio.sleep(max(0.0, begin + 2 * MINUTE - time.monotonic()))
        refused = sum(one.refused.startswith("Too Many") for one in telegram.calls)
        times = list(to_group(telegram))
        waiting = desk.ask("select count(*) from outbox where state = 'pending' and kind = 'card'")[0][0]
    await telegram.stop()
    print(
        f"{count} tickets in a minute: at most {most_within_a_minute(times)} messages to the group in any minute, "
        f"{refused} refused by Telegram's limits, the alert of an abnormal event after {alerted:.1f} s; after two minutes "
        f"{waiting} cards wait"
    )


async def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=float, default=60, help="of mails; 0: leave it out")
    arguments.add_argument("--mails", type=float, default=25, help="mails a second")
    arguments.add_argument("--burst", type=int, default=200, help="tickets within a minute; 0: leave it out")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if chosen.seconds:
            await under_load(Path(folder) / "load", chosen.seconds, chosen.mails)
        if chosen.burst:
            await burst(Path(folder) / "burst", chosen.burst)


if __name__ == "__main__":
    asyncio.run(main())
