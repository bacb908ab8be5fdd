"""What desk and project manager hear of our access to mail accounts: a token is not renewed, a secret will end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.desk import outages
from bot.desk.notices import notify
from bot.desk.work import Work

WARNED = (30, 7, 1)
"""Days before the end of a secret at which people are warned; once more when it is over."""


def tell_token(work: Work, account: str, kind: str, text: str, until: datetime, *, sick: str, passing: bool) -> None:
    """An access token is not renewed (a kind and words of `channels.oauth`), and holds until then (UTC).

    What may pass is told once it lasts; not by the channel `sick`, which will fail with the token.
    """
    facts = {"account": account, "trouble": kind, "detail": text, "until": until.isoformat()}
    patience = outages.PATIENCE if passing else timedelta()
    name = outage_of(account)
    outages.goes_on(work, outages.Outage(name, "token fails", "token well", facts, sick=sick, patience=patience))


def token_is_well(work: Work, account: str) -> None:
    """The token was renewed, or has expired: then trouble of the mailbox or the relay itself is told instead."""
    outages.is_over(work, outage_of(account))


def outage_of(account: str) -> str:
    """The key of the mark that remembers this token's trouble."""
    return f"token {account}"


def remind_of_secrets(work: Work, ends: Iterable[tuple[str, date | None, str]]) -> None:
    """Warns of secrets (account, last day, the channel that will fail) 30, 7 and 1 days ahead, and once over."""
    today = work.now.astimezone(ZoneInfo(work.house.zone)).date()
    for account, last, sick in ends:
        if last is None:
            continue
        left = (last - today).days
        stage = -1 if left < 0 else next((days for days in sorted(WARNED) if left <= days), None)
        if stage is not None:
            facts = {"account": account, "last": last.isoformat(), "left": left}
            notify(work, "secret ends", facts, key=f"{account}:{last}:{stage}", but=sick)
