"""What a requester asks for with a plain word: done, told to whoever must act, and echoed back to her in one mail.

Only an answer that our signature proves comes here; what asks for nothing that can be done now is simply an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.desk import call_backs, majors
from bot.desk import facts as about
from bot.desk.announce import REQUESTER, announce, in_charge, readers_of
from bot.desk.eta import called_off
from bot.desk.extensions import promises
from bot.desk.journal import record, settle
from bot.desk.moves import ending, move, promised, reopen
from bot.desk.onsite import OrderError, order
from bot.desk.opening import AUTOMATIC_KINDS
from bot.desk.sheets import confirm
from bot.desk.work import Work
from bot.domain.courtesy import is_courtesy
from bot.domain.plain_words import (
    CANCEL,
    COMPLAIN,
    COMPLAINT,
    HELP,
    KNOWLEDGE,
    ON_SITE,
    QUESTION,
    RATE,
    REOPEN,
    SOLVED,
    STATUS,
    SUGGESTION,
    URGE,
    Wish,
)
from bot.domain.ticket import CLOSED, OPEN, WAITING, MoveRefusedError
from bot.domain.ticket import SOLVED as IS_SOLVED
from storage import hardware, journal, outbox, tickets
from storage.participants import Participant
from storage.tickets import Ticket

FOR_ALL = frozenset({STATUS, HELP, COMPLAIN})
"""What whoever takes part may ask for; the rest is for those who reported."""

LOW = 3
"""A rating of so many points or fewer is told, and the user is called back (SP-4.2: 4 and 5 are satisfied)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish as it came: on which ticket, in which entry, from whom and when; `mute`: she gets no automatic mail."""

    work: Work
    ticket: Ticket
    wish: Wish
    entry: int
    writer: Participant
    at: datetime
    mute: bool = False

    @property
    def is_open(self) -> bool:
        return self.ticket.state in OPEN


def may_be_done(ticket: Ticket, wish: Wish) -> bool:
    """Whether the wish means something in this state of the ticket; else it is simply an answer."""
    alive = OPEN | {IS_SOLVED}
    states = {
        RATE: {IS_SOLVED, CLOSED},
        REOPEN: {IS_SOLVED},
        **dict.fromkeys((SOLVED, CANCEL, STATUS, HELP), alive | {CLOSED}),
        SUGGESTION: set(),  # it becomes a ticket of its own
    }
    return ticket.state in states.get(wish.kind, alive)


def is_shared(work: Work, ticket: Ticket) -> bool:
    """Whether others have reported the same: then nobody ends it for all of them."""
    return ticket.is_master or len(readers_of(work, ticket)) > 1


def fulfil(asked: Asked) -> None:
    """Does what is asked, in the transaction in which the mail is taken in."""
    _DOES[asked.wish.kind](asked)


# ---- one function for each word ----


def _urge(asked: Asked) -> None:
    ticket = _goes_on(_opened_again(asked), ("urged", {"entry": asked.entry}))
    _tell(asked, ticket, "urged")


def _on_site(asked: Asked) -> None:
    """Out of hours it is an order, which says itself what follows (SP-2.7); in hours the engineer is asked."""
    ticket = _goes_on(_opened_again(asked), ("on_site_wanted", {"entry": asked.entry}))
    unheard = frozenset() if _may_hear(asked) else frozenset({REQUESTER})
    try:
        order(asked.work, ticket, "", at=asked.at, unheard=unheard)
    except (OrderError, MoveRefusedError):
        _tell(asked, ticket, "on site wanted")


def _opened_again(asked: Asked) -> Asked:
    """Whoever still waits for what is called solved says that it is not."""
    if asked.ticket.state != IS_SOLVED:
        return asked
    return replace(asked, ticket=reopen(asked.work, asked.ticket, "", at=asked.at))


def _solved(asked: Asked) -> None:
    """Of what is open it is the solution; of what the engineer calls solved, the confirmation (SP-4.1).

    With points beside it, it is a rating, too.
    """
    if asked.ticket.state == CLOSED:
        _look(replace(asked, wish=Wish(STATUS)))
    elif is_shared(asked.work, asked.ticket):
        rates = asked.wish.score and not asked.is_open
        (_rate if rates else _pass_on)(replace(asked, wish=replace(asked.wish, kind=RATE)) if rates else asked)
    elif asked.ticket.state == IS_SOLVED:
        ticket = tickets.change(asked.work.db, asked.ticket.id)
        confirm(asked.work, ticket, asked.entry, asked.at)
        _told_with_points(asked, ticket, "confirmed")
    else:
        _end(asked)


def _end(asked: Asked) -> None:
    work, solved = asked.work, ("solved", {"entry": asked.entry})
    happened, changes = ending(work, asked.ticket, asked.at, by_user=True)
    ticket = move(work, asked.ticket, "solve", solved, *happened, at=asked.at, **changes)
    confirm(work, ticket, asked.entry, asked.at)
    _told_with_points(asked, ticket, "user solved")
    majors.solved(work, ticket)


def _told_with_points(asked: Asked, ticket: Ticket, event: str) -> None:
    """One mail for both; a low rating beside it is told to whoever must hear of one."""
    _tell(asked, ticket, event)
    if asked.wish.score:
        _rated(replace(asked, wish=replace(asked.wish, kind=RATE), mute=True), ticket)


def _cancel(asked: Asked) -> None:
    """What was promised is called off and in no statistic; her answer brings it back like anything solved.

    What is over already needs no calling off: that is said.
    """
    if not asked.is_open:
        rows = journal.of_ticket(asked.work.db, asked.ticket.id)
        last = next((row.kind for row in reversed(rows) if row.kind in {"withdrawn", "solved"}), "")
        again = asked.ticket.state == IS_SOLVED and last == "withdrawn"
        (_look if again else _solved)(asked if again else replace(asked, wish=Wish(SOLVED)))
        return
    if is_shared(asked.work, asked.ticket) or hardware.is_out(asked.work.db, asked.ticket.id):
        _pass_on(asked)
        return
    withdrawn = ("withdrawn", {"entry": asked.entry})
    ticket = move(asked.work, asked.ticket, "solve", withdrawn, at=asked.at, **_ends(asked))
    _tell(asked, ticket, "withdrawn")


def _reopen(asked: Asked) -> None:
    record(asked.work, asked.ticket, ("answered", {"entry": asked.entry}), at=asked.at)
    _tell(asked, reopen(asked.work, asked.ticket, "", at=asked.at), "user asked")


def _complain(asked: Asked) -> None:
    ticket = _goes_on(asked, ("complained", {"entry": asked.entry}))
    settle(asked.work, ticket)
    _tell(asked, ticket, "complained")


def _rate(asked: Asked) -> None:
    _rated(asked, tickets.change(asked.work.db, asked.ticket.id))


def _rated(asked: Asked, ticket: Ticket) -> None:
    """A low one is told to whoever calls her back; the words below a good one, to the engineer."""
    record(asked.work, ticket, ("rated", {"entry": asked.entry, "score": asked.wish.score}), at=asked.at)
    if asked.wish.score <= LOW:
        call_backs.open_one(asked.work, ticket, call_backs.LOW)
        _tell(asked, ticket, "rated low")
    elif not asked.mute or asked.wish.words:
        has_words = asked.wish.words and not is_courtesy(asked.wish.words, asked.writer.name)
        _tell(asked, ticket, "passed on" if has_words else "user asked")


def _look(asked: Asked) -> None:
    """Status and help change nothing: a wait for her answer goes on."""
    ticket = tickets.change(asked.work.db, asked.ticket.id)
    record(asked.work, ticket, ("looked", {"entry": asked.entry}), at=asked.at)
    _tell(asked, ticket, "user asked")


def _knowledge(asked: Asked) -> None:
    """There is no knowledge base yet, and that is said; the engineer gets the question."""
    ticket = _goes_on(asked, ("answered", {"entry": asked.entry}))
    _tell(asked, ticket, "knowledge wanted")


def _pass_on(asked: Asked) -> None:
    """It is not hers alone to end, or a person's to answer: the engineer reads it, and nothing changes but a wait."""
    _tell(asked, _goes_on(asked, ("answered", {"entry": asked.entry})), "passed on")


_DOES: dict[str, Callable[[Asked], None]] = {
    URGE: _urge, ON_SITE: _on_site, SOLVED: _solved, CANCEL: _cancel, REOPEN: _reopen, COMPLAIN: _complain,
    RATE: _rate, STATUS: _look, HELP: _look, KNOWLEDGE: _knowledge, QUESTION: _pass_on,
}  # fmt: skip


def _goes_on(asked: Asked, happened: tuple[str, dict[str, Any]]) -> Ticket:
    """Writes it down; like every answer of hers it ends a wait for one."""
    work, ticket = asked.work, tickets.change(asked.work.db, asked.ticket.id)
    record(work, ticket, happened, at=asked.at)
    if ticket.state == WAITING:
        ticket = move(work, ticket, "resume", ("resumed", {"entry": asked.entry}), at=asked.at)
        announce(work, ticket, "resumed")
    return ticket


def _ends(asked: Asked) -> dict[str, Any]:
    house = asked.work.house
    return {"solved_at": asked.at, "close_at": house.office.add_working_days(asked.work.now, house.reopen_days)}


# ---- who hears of it ----


def _tell(asked: Asked, ticket: Ticket, event: str) -> None:
    work = asked.work
    words = tickets.get_entry(work.db, asked.entry)
    facts = _standing(work, ticket, asked.wish.kind) | {"score": asked.wish.score}
    facts |= called_off(work, ticket) if event in {"user solved", "withdrawn"} else {}
    said = {"text": (words.text if words else "")[: about.EXCERPT], "author": asked.writer.name}
    unheard = frozenset() if _may_hear(asked) else frozenset({REQUESTER})
    readers, key = [asked.writer], str(asked.entry)
    announce(work, ticket, event, facts | said, readers=readers, key=key, unheard=unheard)


def _standing(work: Work, ticket: Ticket, wish: str) -> dict[str, Any]:
    """How the ticket stands, as the echo of a wish tells it."""
    still_out = wish == CANCEL and not is_shared(work, ticket) and hardware.is_out(work.db, ticket.id)
    return {
        **promised(work, ticket),
        "wish": wish,
        "score": 0,
        "engineer": about.name_of_person(work, in_charge(work, ticket)),
        "outage": _outage(work, ticket),
        "shared": is_shared(work, ticket) or still_out,
        "still_out": still_out,
        "reopen_days": work.house.reopen_days,
        **about.complaint_dues(work, ticket),
        "extended": promises(work, [ticket]).get(ticket.id),
        "question": _open_question(work, ticket),
    }


def _outage(work: Work, ticket: Ticket) -> str:
    """The outage that lasts and that it is part of, by its number."""
    master = tickets.get(work.db, ticket.master_id) if ticket.master_id is not None else None
    return work.house.name_of(master.number) if master and master.state in OPEN else ""


def tell_kind(work: Work, ticket: Ticket, text: str, *, key: str, unheard: frozenset[str] = frozenset()) -> None:
    """Who must hear that a ticket is a complaint or a suggestion does; she who wrote it unless she knows already."""
    event, wish = ("complained", COMPLAIN) if ticket.kind == COMPLAINT else ("suggested", SUGGESTION)
    said = {"text": text[: about.EXCERPT], "author": ticket.requester_name}
    announce(work, ticket, event, _standing(work, ticket, wish) | said, key=key, unheard=unheard)


def _may_hear(asked: Asked) -> bool:
    """Whether an echo may go to her: no machine's mail, and within the hour's budget."""
    work, address = asked.work, asked.writer.address
    sent = outbox.sent_since(work.db, address, AUTOMATIC_KINDS, work.now - timedelta(hours=1))
    return not asked.mute and sent < work.house.budgets.confirmations_known_hour


def _open_question(work: Work, ticket: Ticket) -> str:
    """What we asked her last, while we wait for the answer."""
    if ticket.state != WAITING:
        return ""
    asked = [row.facts.get("entry") for row in journal.of_ticket(work.db, ticket.id) if row.kind == "waiting"]
    entry = tickets.get_entry(work.db, asked[-1]) if asked and asked[-1] else None
    return entry.text[: about.EXCERPT] if entry else ""
