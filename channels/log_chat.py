"""Where chat goes when there is no terminal and no chat service: one log line a message, without its words."""

from __future__ import annotations

import logging

from bot.domain.messages import Outgoing, OutgoingChat, Receipt

log = logging.getLogger("faultdesk.chat")


class LogChat:
    """The outlet `console` of a daemon without a terminal. What was said can be read with `faultdesk outbox`."""

    name = "console"

    async def send(self, message: Outgoing) -> Receipt:
        """Logs that there is a message, for whom it is, and its row in the outbox."""
        to = message.to if isinstance(message, OutgoingChat) else "?"
        log.info("chat message", extra={"to": to, "outbox": message.key})
        return Receipt(external_id=message.key)

    async def close(self) -> None:
        """Nothing to let go of."""
