"""What happens to chats: people leave them, groups get other ids, we are put out or muted."""

from __future__ import annotations

from collections.abc import Collection

from bot.desk import accounts, cards
from bot.desk.journal import record
from bot.desk.notices import notify
from bot.desk.work import Actor, Work
from bot.domain.messages import IncomingChat
from storage import links, people, tickets, waiting


def happened(work: Work, chat: IncomingChat) -> str:
    """Does what an event in a chat asks for; gives the outcome for the inbox."""
    work = work.by(Actor("system", chat.channel))
    if chat.event == "moved":
        moved(work, chat.channel, chat.chat, chat.about)
        return "moved"
    if chat.event == "left":
        return left(work, chat)
    if chat.event == "exposed":
        return exposed(work, chat)
    if chat.event == "back":
        return back(work, chat)
    if chat.event == "trouble":
        trouble(work, (chat.channel, chat.chat), chat.about)
        return "trouble"
    return "ignored"


def left(work: Work, chat: IncomingChat) -> str:
    """An account that is, or may be, in none of our groups any more loses its rights."""
    person = people.by_contact(work.db, chat.channel, chat.sender)
    if person is None or person.handle is None or people.group_at(work.db, chat.channel, chat.chat) is None:
        return "ignored"
    if chat.about == "elsewhere":
        return "still in another group"
    return "unlinked" if accounts.end(work, person, chat.channel, why=chat.about) else "ignored"


def exposed(work: Work, chat: IncomingChat) -> str:
    """Strangers can read a group of ours, or no longer: nothing is said there meanwhile, and the desk hears of it."""
    place = (chat.channel, chat.chat)
    group = people.group_at(work.db, *place)
    if group is None or not links.expose(work.db, place, chat.about):
        return "ignored"
    record(work, None, ("chat exposed", {"channel": chat.channel, "chat": chat.chat, "reason": chat.about}))
    facts = {"what": chat.about or "private", "chat": chat.chat, "reason": ""}
    notify(work, "chat trouble", facts, key=f"exposed:{chat.chat}:{work.now.isoformat()}")
    if not chat.about:
        _hang_again(work, group)
    return "exposed" if chat.about else "closed again"


def _hang_again(work: Work, group: people.Group, ids: Collection[int] | None = None) -> None:
    """What has changed while nothing was said in the group; or what has of these tickets."""
    place = cards.Place(group.channel, group.value, group.locale, private=False)
    for ticket in tickets.find(work.db, customer_id=group.customer_id):
        if ids is not None and ticket.id not in ids:
            continue
        cards.show_again(work, ticket, place, key=f"again:{group.id}:{ticket.id}:{work.now.isoformat()}")


def back(work: Work, chat: IncomingChat) -> str:
    """We may speak in a group again: the cards that it did not take meanwhile are hung there."""
    group = people.group_at(work.db, chat.channel, chat.chat)
    if group is None:
        return "ignored"
    _hang_again(work, group, waiting.not_taken(work.db, (chat.channel, chat.chat)))
    return "back"


def moved(work: Work, channel: str, old: str, new: str) -> bool:
    """A group has got another id: everything that names it follows, in this transaction. False if it is not ours."""
    if people.group_at(work.db, channel, old) and links.move_chat(work.db, channel, old, new):
        record(work, None, ("chat moved", {"channel": channel, "from": old, "to": new}))
    return links.moved(work.db, channel, old) != old


def trouble(work: Work, place: tuple[str, str], what: str, reason: str = "") -> None:
    """We cannot work in a chat as we should: the desk hears of it, once a day, by another way if need be."""
    group = people.group_at(work.db, *place)
    if group is None and place[1]:
        return
    record(work, None, ("chat trouble", {"channel": place[0], "chat": place[1], "what": what}))
    facts = {"what": what, "chat": place[1], "reason": reason}
    when = reason if what == "topics" else f"{work.now:%Y-%m-%d}"  # without topics all is seen: said once
    notify(work, "chat trouble", facts, key=f"{place[0]}:{place[1]}:{what}:{when}")
