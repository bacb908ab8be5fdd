"""The commands about chat accounts, and the answer to who offers a code."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.commands import levels, lists, tickets  # noqa: F401  -- /help lists their commands before these
from bot.commands.base import DESK, KNOWN, Answer, Call, RefusedError, command, named, say
from bot.desk import accounts, authorizations
from bot.desk.notices import tell_account
from bot.desk.work import Actor, Work
from bot.domain.messages import IncomingChat
from storage import outbox, people
from storage.people import Person

MOST_ANSWERS_AN_HOUR = 20
"""To an account that we do not know."""
_TICKETS = re.compile(r"(?:[A-Z]{1,10}-|#)?\d{1,7}\s+(?:of |into |to |到 ?)?(?:[A-Z]{1,10}-|#)?\d{1,7}", re.IGNORECASE)
"""Two tickets to be linked: no code looks like that."""


@command(
    "invite link 邀请 绑定",
    ("<who>", "<工程师>"),
    (
        "A one-time code with which she links her chat account; for your eyes only",
        "一次性绑定码，供其绑定聊天账号；只发给您",
    ),
    may=DESK,
)
def invite(call: Call) -> Answer:
    if _TICKETS.fullmatch(call.words.strip()):
        raise RefusedError("link_tickets")
    person = _named(call, call.words)
    code = accounts.invite(call.work, person)
    facts = {"name": person.name or person.handle, "code": code, "bot": call.work.house.bot}
    return Answer("phrase", {"phrase": "invitation", **facts}, private=True)


@command(
    "unlink 解绑",
    ("[who]", "[工程师]"),
    (
        "Your chat account loses its rights at once; the desk may name somebody else",
        "立即解除聊天账号绑定；服务台可指定人员",
    ),
    may=KNOWN,
)
def unlink(call: Call) -> Answer:
    person = _named(call, call.words) if call.words else call.speaker()
    own = call.person is not None and person.id == call.person.id
    if not own and call.person is not None and not set(call.person.roles) & DESK:
        raise RefusedError("refused", command="unlink")
    done = accounts.end(call.work, person, call.work.house.ways[0])
    return say("unlinked" if done else "not_linked", name=person.name or person.handle)


def _named(call: Call, words: str) -> Person:
    """Staff by handle or name; who authorises a customer's work, by her mail address."""
    return authorizations.with_address(call.work, words) or named(people.staff(call.work.db), words)


def offered(work: Work, row_id: int, chat: IncomingChat) -> str:
    """Answers words of somebody who offers a code, or whom we do not know, in her private chat. Gives the outcome."""
    code = accounts.offered_code(chat.text) or (chat.text.strip() if accounts.is_bare_code(chat.text) else "")
    account = (chat.channel, chat.sender)
    if not code and not chat.text.casefold().startswith(("/start", "/link", "/help")):
        return "ignored"
    actor = Actor("stranger", chat.channel)
    person = accounts.redeem(work.by(actor), account, code) if code else None
    locale = (person.language if person else "") or work.house.customers[0].locale
    if person:
        facts = {"phrase": "linked_you", "name": person.name or person.handle, "roles": list(person.roles)}
    else:
        facts = {"phrase": "code_refused" if code else "stranger"}
    since = work.now - timedelta(hours=1)
    if person or outbox.sent_since(work.db, chat.sender, ["phrase"], since) < MOST_ANSWERS_AN_HOUR:
        tell_account(work, account, f"command:{row_id}", locale, facts)
    return "linked" if person else "refused"


def shown_to_others(work: Work, chat: IncomingChat) -> bool:
    """Whether a code was said in a group: it is void from then on."""
    code = accounts.offered_code(chat.text)
    if code:
        accounts.burn(work, code)
    return bool(code) and not _is_handle(work, code) and not _TICKETS.fullmatch(code)


def shown_by_a_stranger(work: Work, row_id: int, chat: IncomingChat, locale: str) -> None:
    """Who wrote her code into the group, where it is void at once, hears so in private; the group hears nothing."""
    code = accounts.offered_code(chat.text)
    if code and accounts.burn(work, code):
        tell_account(work, (chat.channel, chat.sender), f"command:{row_id}", locale, {"phrase": "code_in_group"})


def _is_handle(work: Work, words: str) -> bool:
    return people.by_handle(work.db, words.strip().removeprefix("@").casefold()) is not None


def is_offer(work: Work, chat: IncomingChat) -> bool:
    """Whether words in a private chat are a code, and not the desk's /link anna."""
    code = accounts.offered_code(chat.text)
    return bool(code) and not (_is_handle(work, code) and people.by_contact(work.db, chat.channel, chat.sender))
