"""Every command of the desk: importing this declares them all."""

from __future__ import annotations

from bot.commands import (  # noqa: F401
    accounts,
    authorizations,
    deadlines,
    dialogue,
    escalations,
    figures,
    files,
    hotline,
    incidents,
    kinds,
    lists,
    merging,
    notices,
    plans,
    repairs,
    requesters,
    satisfaction,
    splitting,
    staff,
    stock,
    tickets,
    told,
    visits,
)
