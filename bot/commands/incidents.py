"""The command about security incidents: reported in private, read by insiders alone."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.commands import kinds  # noqa: F401  -- /help lists its commands before this one
from bot.commands.base import DESK, Answer, Call, RefusedError, command, named, number_and_rest, say, text_of, ticket_of
from bot.commands.lists import listing
from bot.desk import incidents
from bot.domain.secrecy import INSIDERS, incident_of
from storage import people
from storage.people import Person

_ABOUT = re.compile(r"(?:about|concerns|涉及)[\s:：]+([^\s:：,，]+)[\s:：,，]*(.*)", re.IGNORECASE | re.DOTALL)


@command(
    "security 安全事故 安全",
    (
        "[<kind>] [about <who>:] <what happened>, or <ticket> [<kind>] [about <who>]",
        "[<类别>] [涉及 <人员>：] <情况>，或 <工单> [<类别>] [涉及 <人员>]",
    ),
    (
        "Report a security incident in private; manager and security officer alone see it, not whom it is about",
        "私下报告安全事故：只有项目经理和安全负责人可见，涉事人员看不到",
    ),
    words=True,
    example=("leak about anna: the list of users was on the net", "泄密 涉及 anna：用户名单流到网上"),
)
def security(call: Call) -> Answer:
    if not call.words.strip():
        return _listed(call)
    if (found := number_and_rest(call.words)) and _is_about(found[1]):
        return _made(call)
    what, concerned, text = _read(call, call.words)
    number = call.work.house.name_of(incidents.report(call.work, text_of(text), what, concerned).number)
    exposed = call.group is not None  # it is taken in all the same: what is said there has been read
    return replace(say("security_reported", number=number, exposed=exposed), private=True)


def _listed(call: Call) -> Answer:
    roles = set(call.person.roles) if call.person else INSIDERS
    if not roles & INSIDERS:
        raise RefusedError("words_missing", usage="/security")
    return replace(listing(call, "incidents", incidents.open_ones(call.work, call.person)), private=True)


def _is_about(rest: str) -> bool:
    """Whether what follows a number speaks of that ticket: "2 laptops are gone" does not."""
    first, _, more = rest.partition(" ")
    return not rest or bool(_ABOUT.match(rest)) or (bool(incident_of(first)) and (not more or bool(_ABOUT.match(more))))


def _made(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    if call.person is not None and not set(call.person.roles) & (DESK | INSIDERS):
        raise RefusedError("refused", command="security")
    what, concerned, _ = _read(call, rest)
    incidents.make(call.work, ticket, what, concerned)
    return replace(say("security_made", number=call.work.house.name_of(ticket.number)), private=True)


def _read(call: Call, words: str) -> tuple[str, Person | None, str]:
    """Kind of incident, whom it concerns, and the words that are left. Raises RefusedError for nobody of ours."""
    first, _, rest = words.strip().partition(" ")
    what = incident_of(first.strip(":：,，"))
    text = rest.strip() if what else words.strip()
    if found := _ABOUT.match(text):
        return what, named(people.staff(call.work.db), found[1]), found[2]
    return what, None, text
