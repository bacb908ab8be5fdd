"""The daemon with ways out that are unwell as long as a file says so: `mail.down` and `console.down` in its folder.

Its paper is blank: to set two thousand service sheets is a third of a month's work, and not what the month is about.

python -m tests.parts.unwell run …    as    python -m bot run …
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from bot import app, printer
from bot.__main__ import main
from bot.domain.messages import Outgoing, Receipt
from channels.base import ChannelError
from channels.mail_files import MailFiles
from tests.parts.faulty import WrittenChat

FOLDER = Path(os.environ["FAULTDESK_DATA__FOLDER"])


def fail_while_down(name: str) -> None:
    if (FOLDER / f"{name}.down").exists():
        raise ChannelError("connection refused", broken=True, trouble="the service is away")


class Chat(WrittenChat):
    async def send(self, message: Outgoing) -> Receipt:
        fail_while_down(self.name)
        return await super().send(message)


class Mails(MailFiles):
    async def send(self, message: Outgoing) -> Receipt:
        fail_while_down(self.name)
        return await super().send(message)


async def blank(page: dict[str, Any]) -> bytes:
    return str(page["number"]).encode()


if __name__ == "__main__":
    vars(printer)["press"] = blank
    vars(app)["LogChat"] = Chat
    vars(app)["MailFiles"] = Mails
    main()
