"""What stands on a page: the facts of a sheet as titled rows of label and text, in the reader's language."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.papers import ISSUE, REPAIR
from bot.render import Renderer

WHEN = "{:%Y-%m-%d %H:%M}"
WIDE = frozenset({"visits", "subject", "fault", "cause_words", "work", "pictures", "parts", "why", "loans", "result"})
"""Rows over the whole width."""
SECTIONS: Mapping[str, Mapping[str, str]] = {
    "": {
        "desk": "requester_name requester_phone requester_address customer place item level opened_at subject fault",
        "engineer": "engineer mode assigned_at accepted_at contacted_at set_out_at arrived_at left_at solved_at "
        "response resolve visits cause cause_words parts work pictures",
        "check": "sheet_state checked_by checked_at confirmed score why",
    },
    REPAIR: {
        "device": "device what serial warranty cause cause_words",
        "user": "requester_name requester_phone place loans",
        "sending": "customer engineer at vendor vendor_mail sent_at due",
        "steps": "steps",
        "back": "case ended_at result",
    },
    ISSUE: {
        "taking": "requester_name requester_phone customer place item level engineer",
        "items": "items",
    },
}
"""Sheet → its parts. Of the service sheet the three parties (SP-4.1): desk's intake, engineer's work, confirmation."""
SIGNED = {
    "": ("requester", "engineer", "desk"),
    REPAIR: ("giver", "taker", "receiver"),
    ISSUE: ("storekeeper", "engineer", "requester"),
}
OPTIONAL = frozenset(
    {"customer", "place", "cause_words", "parts", "why", "subject", "requester_phone", "checked_by", "loans", "what"}
    | {"pictures", "visits", "set_out_at", "vendor", "vendor_mail", "warranty", "due"}
)
"""Rows that are left out where there is nothing to say; the others stay empty, to be filled in by hand."""
NAMED = {"item": "item", "level": "level", "mode": "mode", "cause": "cause", "sheet_state": "sheet_state"} | {
    "at": "repair_at", "case": "repair_stage",
}  # fmt: skip
"""Facts that are names of ours, and the table of phrases that says them."""
LISTED = frozenset({"steps", "items"})
"""Facts that are rows themselves: what moved, and when."""

Facts = Mapping[str, Any]
Section = dict[str, Any]


def page(renderer: Renderer, locale: str, facts: Facts) -> dict[str, Any]:
    """The whole page of a sheet, as the printing child takes it; `facts["paper"]` says which, if not service sheet."""
    say, paper = renderer.phrase, facts.get("paper", "")
    return {
        "format": "pdf",
        "language": locale,
        "title": title_of(renderer, locale, facts),
        "number": facts["number"],
        "organisation": say(locale, "sheet.organisation"),
        "footer": say(
            locale,
            "sheet.footer",
            number=facts["number"],
            at=_when(facts["now"], facts["zone"]),
            zone=facts["zone"],
        ),
        "sections": sections(renderer, locale, facts),
        "pictures": [_picture(renderer, locale, facts, one) for one in facts.get("pictures", ())],
        "pictures_title": say(locale, "sheet.pictures"),
        "signatures": [say(locale, f"sheet.sign_{party}") for party in SIGNED[paper]],
    }


def _picture(renderer: Renderer, locale: str, facts: Facts, one: Mapping[str, Any]) -> dict[str, Any]:
    """A picture as the printing child takes it: its bytes (`data`, base64) may be none."""
    caption = " · ".join(filter(None, (_when(one["at"], facts["zone"]), one["words"])))
    return {"data": one.get("data", ""), "caption": caption,
            "unshown": renderer.phrase(locale, "sheet.picture_unshown")}  # fmt: skip


def in_mail(renderer: Renderer, locale: str, facts: Facts) -> list[dict[str, Any]]:
    """The sheet's pictures (`data`: bytes), once they are redrawn, as a page of HTML names them (`cid`, RFC 2392)."""
    return [
        {
            **_picture(renderer, locale, facts, one),
            "data": base64.b64decode(one["data"]),
            "cid": f"{one['id']}.{facts['number']}@pictures.invalid",
        }
        for one in facts.get("pictures", ())
        if "data" in one
    ]


def title_of(renderer: Renderer, locale: str, facts: Facts) -> str:
    """What the sheet is called, with its kind."""
    if paper := facts.get("paper"):
        where = f"_{facts['at']}" if paper == REPAIR else ""
        return renderer.phrase(locale, f"paper.{paper}{where}")
    return f"{renderer.phrase(locale, 'sheet.title')} · {renderer.phrase(locale, 'sheet_kind.' + facts['kind'])}"


def sections(renderer: Renderer, locale: str, facts: Facts) -> list[Section]:
    """The sheet's rows under their titles: `label`, `text` and whether the row is `wide`."""
    return [
        {"title": renderer.phrase(locale, f"sheet.part_{name}"), "rows": _rows(renderer, locale, facts, fields)}
        for name, fields in SECTIONS[facts.get("paper", "")].items()
        if name not in facts.get("without", ())
    ]


def _rows(renderer: Renderer, locale: str, facts: Facts, fields: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    alone = False  # whether the last row has no neighbour yet
    for field in fields.split():
        if field in LISTED:
            rows += [_moved(renderer, locale, facts, one) for one in facts[field]]
            continue
        text = _text(renderer, locale, facts, field)
        if text or field not in OPTIONAL:
            if alone and field in WIDE:
                rows[-1]["wide"] = True
            alone = field not in WIDE and not alone
            rows.append({"label": renderer.phrase(locale, f"sheet.{field}"), "text": text, "wide": field in WIDE})
    if alone:
        rows[-1]["wide"] = True
    return rows


def _moved(renderer: Renderer, locale: str, facts: Facts, one: Mapping[str, Any]) -> dict[str, Any]:
    """What moved: when, what, by whom, and why."""
    amount = f" × {one['amount']}" if one.get("amount") else ""
    due = renderer.phrase(locale, "paper.until", at=_when(one["due"], facts["zone"])) if one.get("due") else ""
    done = renderer.phrase(locale, f"moved.{one['moved']}") + due
    text = " · ".join(filter(None, (f"{one.get('thing', '')}{amount}", done, one["words"], one["who"])))
    return {"label": _when(one["at"], facts["zone"]), "text": text, "wide": True}


def _text(renderer: Renderer, locale: str, facts: Facts, field: str) -> str:
    value = facts["promises"].get(field) if field in {"response", "resolve"} else facts.get(field)
    if field == "confirmed":
        return _confirmed(renderer, locale, facts)
    if field == "pictures" and (value or facts.get("pictures_left")):
        value = renderer.phrase(locale, "sheet.pictures_shown", count=len(value or ()), left=facts["pictures_left"])
    if not value:
        return ""
    if field in NAMED:
        return _named(renderer, locale, NAMED[field], value) + _with_vehicle(renderer, locale, facts, field)
    if field in {"due", "visits"} or field.endswith("_at"):
        return _spans(value, facts["zone"]) if field == "visits" else _when(value, facts["zone"])
    if field in {"response", "resolve"}:
        due = _when(value["due"], facts["zone"]) if value["due"] else ""
        return f"{due} {renderer.phrase(locale, 'clock_state.' + value['state'])}".strip()
    return _rated(renderer, locale, facts) if field == "score" else str(value)


def _rated(renderer: Renderer, locale: str, facts: Facts) -> str:
    """Her own rating, and what she said when she was called, if that was another."""
    called = facts.get("call_score") or facts["score"]
    after = renderer.phrase(locale, "sheet.after_call", score=called) if called != facts["score"] else ""
    return f"{facts['score']} / 5{after}"


def _named(renderer: Renderer, locale: str, table: str, name: str) -> str:
    """What the language calls it; a name that the customer has chosen himself stays as it is."""
    try:
        return renderer.phrase(locale, f"{table}.{name}")
    except KeyError:
        return name


def _with_vehicle(renderer: Renderer, locale: str, facts: Facts, field: str) -> str:
    return renderer.phrase(locale, "sheet.with_vehicle") if field == "mode" and facts["vehicle"] else ""


def _confirmed(renderer: Renderer, locale: str, facts: Facts) -> str:
    """How she has confirmed it, or until when her silence will."""
    if facts["confirmed"]:
        at = _when(facts["confirmed_at"], facts["zone"])
        return f"{renderer.phrase(locale, 'confirmed.' + facts['confirmed'])} {at}"
    if facts["silence_at"] is None:
        return ""
    return renderer.phrase(locale, "sheet.by_silence", at=_when(facts["silence_at"], facts["zone"]))


def _spans(visits: Sequence[Sequence[str | None]], zone: str) -> str:
    """From each arrival to the leaving, if that was said."""
    return "; ".join(" – ".join(_when(at, zone) for at in one if at) for one in visits)


def _when(moment: str, zone: str) -> str:
    """The same in all languages, and with the year: paper is kept."""
    return WHEN.format(datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)))
