"""The board as a small picture: how many are in which state, and what lapses next as bars of the time that is left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.render import Renderer

LAYOUT = "board.typ"
SPAN = timedelta(hours=4)
"""A whole bar: so far away, or farther."""
SOON = 0.25
MOST = 8

Facts = Mapping[str, Any]


def board_picture(renderer: Renderer, locale: str, facts: Facts) -> dict[str, Any]:
    """The picture of `desk.board.board` (with `zone` and `now`), as the printing child takes it: nothing personal."""

    def say(key: str, **values: Any) -> str:
        return renderer.phrase(locale, key, **{"zone": facts["zone"], "now": facts["now"], **values})

    tiles = [{"label": say(f"state.{one['state']}"), "count": one["count"], "bad": False} for one in facts["states"]]
    late = [{"label": say("picture.late"), "count": facts["late_total"], "bad": True}] if facts["late_total"] else []
    names = [say("picture.duty", role=one["role"], names=one["names"]) for one in facts["duty"]]
    return {
        "layout": LAYOUT,
        "format": "png",
        "language": locale,
        "organisation": say("sheet.organisation"),
        "title": say("picture.title", open=facts["open"]),
        "signal": facts["trouble"] or "well",
        "tiles": [*late, *tiles] or [{"label": say("picture.none"), "count": 0, "bad": False}],
        "rows": [_row(say, one, facts["now"]) for one in [*facts["late"], *facts["ahead"]]][:MOST],
        "duty": " · ".join(names),
    }


def _row(say: Any, one: Facts, now: str) -> dict[str, Any]:
    left = datetime.fromisoformat(one["due"]) - datetime.fromisoformat(now)
    share = 1.0 if one["late"] else min(1.0, left / SPAN)
    label = say(f"target.{one['target']}")
    who = f" · {one['assignee']}" if one["assignee"] else ""
    return {
        "number": one["number"],
        "label": f"{label[:1].upper()}{label[1:]}{who}",
        "when": say("picture.due", due=one["due"]),
        "share": share,
        "late": bool(one["late"]),
        "soon": share <= SOON,
    }
