"""The daemon with faults that mails ask for, and with a chat service that writes down what it is told.

    python -m tests.parts.faulty run …    as    python -m bot run …

A mail may ask its parsing child for what `tests.bot.parsing.misbehaving` can do, and the daemon itself for a mistake
of the program or for its own sudden end.
"""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any

from bot import app, intake
from bot.__main__ import main
from bot.desk.mailroom import take_in as well
from bot.domain.messages import Outgoing, OutgoingChat, Receipt
from bot.parsing.pool import ParserPool

LOG = "chat.jsonl"


class WrittenChat:
    """A chat service that takes everything: one line a message in the data folder, written before it says so."""

    name = "console"

    def __init__(self) -> None:
        self._path = Path(os.environ["FAULTDESK_DATA__FOLDER"]) / LOG

    async def send(self, message: Outgoing) -> Receipt:
        assert isinstance(message, OutgoingChat)
        files = [file.data.decode() for file in message.files]
        with self._path.open("a") as log:
            log.write(json.dumps({"key": message.key, "to": message.to, "text": message.text, "files": files}) + "\n")
        return Receipt(external_id=message.key)

    async def close(self) -> None:
        pass


def take_in(work: Any, row: Any, mail: Any) -> str:
    if b"please break the program" in row.raw:
        raise ZeroDivisionError
    if b"please end the daemon" in row.raw:
        os._exit(70)
    return well(work, row, mail)


def received(folder: Path) -> list[dict[str, Any]]:
    """What the chat service has taken so far, in order, with repeats."""
    path = folder / LOG
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


if __name__ == "__main__":
    vars(app)["LogChat"] = WrittenChat
    vars(app)["ParserPool"] = functools.partial(ParserPool, module="tests.bot.parsing.misbehaving")
    vars(intake)["take_in"] = take_in
    main()
