"""The week in figures as a small picture: bars of what came and was solved, and the kept share of each promise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.render import Renderer

LAYOUT = "chart.typ"

Facts = Mapping[str, Any]


def chart(renderer: Renderer, locale: str, facts: Facts) -> dict[str, Any]:
    """The picture of `desk.weekly.figures` (with `zone`), as the printing child takes it."""

    def say(key: str, **values: Any) -> str:
        return renderer.phrase(locale, key, **{"zone": facts["zone"], "now": facts["now"], **values})

    days = facts["days"]
    return {
        "layout": LAYOUT,
        "format": "png",
        "language": locale,
        "organisation": say("sheet.organisation"),
        "title": say("chart.title", since=facts["since"], until=facts["until"]),
        "came": say("chart.came", count=facts["opened"]),
        "solved": say("chart.solved", count=facts["solved"]),
        "kept": say("chart.kept"),
        "open": say("chart.open", open=facts["open"], late=facts["late"]),
        "late": bool(facts["late"]),
        "most": max([1, *(day[name] for day in days for name in ("opened", "solved"))]),
        "days": [
            {"label": _day(renderer, locale, day["at"], facts["zone"]), "came": day["opened"], "solved": day["solved"]}
            for day in days
        ],
        "promises": [_promise(say, say(f"target.{one['target']}"), one) for one in facts["promises"]]
        + ([_promise(say, say("chart.hour"), facts["hour"])] if facts["hour"]["all"] else []),
    }


def _day(renderer: Renderer, locale: str, at: str, zone: str) -> str:
    day = datetime.fromisoformat(at).astimezone(ZoneInfo(zone))
    return f"{renderer.phrase(locale, f'weekday.{day.isoweekday()}')} {day.day}"


def _promise(say: Any, label: str, one: Facts) -> dict[str, Any]:
    share = one["kept"] / one["all"]
    text = say("chart.share", kept=one["kept"], all=one["all"], percent=round(100 * share, 1))
    return {"label": label[:1].upper() + label[1:], "share": share, "text": text}
