"""A parsing child that does what some words in a mail ask for: what a fault in the parser would do to it."""

import os
import signal
import time

import bot.parsing.parse
from bot.domain.messages import ParsedMail
from bot.parsing import worker

well = bot.parsing.parse.parse
held: list[bytes] = []


def parse(raw: bytes) -> ParsedMail:
    if b"please hang" in raw:
        time.sleep(600)
    if b"please spin" in raw:
        while True:
            pass
    if b"please be killed" in raw:
        os.kill(os.getpid(), signal.SIGKILL)
    if b"please exit" in raw:
        os._exit(3)
    if b"please raise" in raw:
        raise LookupError("with words of the mail: secret")
    if b"please eat" in raw:
        held.append(bytes(2 << 30))
    if b"please grow" in raw:
        held.append(b"x" * (230 << 20))
    if b"please babble" in raw:
        worker.answer(worker.OK, b"{}")
    return well(raw)


if __name__ == "__main__":
    bot.parsing.parse.parse = parse
    worker.main()
