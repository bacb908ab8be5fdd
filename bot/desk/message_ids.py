"""The Message-IDs of our mails: made of what they tell, so that writing the same row again gives the same."""

from __future__ import annotations

import hashlib

from bot.desk.work import Work
from bot.domain.mail import thread_id


def message_id(work: Work, number: int, key: str) -> str:
    """The Message-ID of an outgoing mail: signed, and the same whenever the same row is written."""
    row = int.from_bytes(hashlib.sha256(f"{work.house.epoch}{key}".encode()).digest()[:5])
    return thread_id(work.house.secret, number, row, work.house.host)


def plain_id(work: Work, key: str) -> str:
    """The Message-ID of a mail on no ticket: no answer threads by it."""
    token = hashlib.sha256(f"{work.house.epoch}{key}".encode()).hexdigest()[:32]
    return f"<fd.{token}@{work.house.host}>"
