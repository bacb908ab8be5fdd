"""Whose chat account is whose: linked by a one-time code, both ways told, ended at once (reliability 4 "Linking")."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta

from bot.desk.authorizations import recognised
from bot.desk.journal import record
from bot.desk.notices import notify, tell_account
from bot.desk.work import Work
from storage import links, people
from storage.people import Person

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is taken for a digit."""
LENGTH = 13  # characters of 5 bits: 65 bits
HOLDS = timedelta(minutes=10)
MOST_WRONG, LOCKED = 5, timedelta(minutes=15)
_LOOKALIKES = str.maketrans("OIL", "011", "- ")
_BARE = re.compile(r"\s*[0-9A-Z]{5}-[0-9A-Z]{4}-[0-9A-Z]{4}\s*", re.IGNORECASE)
_OFFER = re.compile(r"\s*/?(?:link|start|绑定)\s+(\S[\S ]{0,80})\s*", re.IGNORECASE)


def invite(work: Work, person: Person) -> str:
    """A fresh code for this person; only its digest is kept."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    links.keep_code(work.db, person.id, digest_of(code), work.now + HOLDS)
    record(work, None, ("invited", {"person": person.id}))
    return f"{code[:5]}-{code[5:9]}-{code[9:]}"


def offered_code(text: str) -> str:
    """What somebody offers as a code with /link CODE or /start CODE; "" for other words."""
    found = _OFFER.fullmatch(text)
    return found[1] if found else ""


def is_bare_code(text: str) -> bool:
    """Whether these words are nothing but a code as we write one."""
    return _BARE.fullmatch(text) is not None


def digest_of(code: str) -> str:
    """The digest of a code as people type it: capitals, dashes and look-alikes do not matter."""
    return hashlib.sha256(code.upper().translate(_LOOKALIKES).encode()).hexdigest()


def redeem(work: Work, account: tuple[str, str], code: str) -> Person | None:
    """Links the account to the person whose code it is; None for a code that is wrong, old, used or another's.

    After five wrong ones the account is locked: then no code is looked at.
    """
    if links.is_locked(work.db, *account, work.now):
        return None
    person = people.by_id(work.db, links.take_code(work.db, digest_of(code), work.now))
    holder = people.by_contact(work.db, *account)
    taken = holder is not None and holder.active and holder != person
    if person is None or not person.active or taken:
        links.count_wrong(work.db, account, work.now, MOST_WRONG, LOCKED)
        return None
    person = recognised(work, person)
    links.forget_wrong(work.db, *account)
    if holder and holder.id != person.id:  # who is staff no more keeps no account
        links.unlink(work.db, holder.id, account[0])
    former = links.unlink(work.db, person.id, account[0])
    links.link(work.db, person.id, *account)
    record(work, None, ("linked", {"person": person.id, "channel": account[0]}))
    who = {"name": person.name or person.handle, "handle": person.handle or person.name}
    notify(work, "linked", who, key=f"{person.id}:{work.now.isoformat()}")
    if former and former != account[1]:
        _tell_former(work, person, (account[0], former))
    return person


def burn(work: Work, code: str) -> bool:
    """Voids a code that others have seen; gives whether it was good until now."""
    return links.take_code(work.db, digest_of(code), work.now) is not None


def end(work: Work, person: Person, channel: str, *, why: str = "") -> bool:
    """The person has no account there any more, at once; gives whether she had linked one.

    `why`: "doubt" where she has left a group and nobody could say whether she is still in another; "nowhere" where a
    look into all groups did not find her.
    """
    former = "" if channel in people.CONFIGURED else links.unlink(work.db, person.id, channel)
    if not former:
        return False
    record(work, None, ("unlinked", {"person": person.id, "channel": channel}))
    who = {"name": person.name or person.handle, "handle": person.handle or person.name, "why": why}
    notify(work, "unlinked", who, key=f"{person.id}:{work.now.isoformat()}")
    if (work.actor.id, work.actor.channel) != (person.id, channel):  # else the answer to her own command tells her
        _tell_former(work, person, (channel, former))
    return True


def _tell_former(work: Work, person: Person, account: tuple[str, str]) -> None:
    key = f"unlinked:{person.id}:{work.now.isoformat()}:{account[0]}:{account[1]}"
    locale = person.language or work.house.customers[0].locale
    tell_account(work, account, key, locale, {"phrase": "unlinked_you", "name": person.name or person.handle})
