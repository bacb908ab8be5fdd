"""Times of day and spans in the words of a command."""

from __future__ import annotations

from datetime import datetime

from bot.commands.base import Call, RefusedError
from bot.domain.visit import read_eta


def eta_of(call: Call, words: str) -> tuple[datetime | None, str]:
    """When she will be there (UTC), and the words behind it. Raises RefusedError for a time that cannot be."""
    try:
        return read_eta(words, call.work.now, call.work.house.office.zone)
    except ValueError as error:
        raise RefusedError("eta_impossible", text=str(error)) from error
