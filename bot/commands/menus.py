"""The menus of commands: for everybody, for groups, and for each account by its person's roles and language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.commands.base import REGISTRY, STAFF, Command
from bot.commands.lists import DESKS_DAY, ENGINEERS_DAY, PRIVATE_MATTERS, brief, everyday
from bot.desk.authorizations import authorizers
from bot.desk.work import Work
from bot.domain.messages import EVERYBODY, GROUPS, Menu
from storage import people
from storage.people import Person

LANGUAGES = ("en", "zh")
ALWAYS = ("help", "whoami")
"""What stands at the end of each menu; of whom we do not know it is the whole."""


def menus(work: Work, channel: str) -> Iterator[Menu]:
    """What a channel shall offer now. A command is in a person's menu if one of her roles may use it."""
    locale = work.house.customers[0].locale
    yield from _in_languages(EVERYBODY, ALWAYS, locale, LANGUAGES)
    named = [name for name in dict.fromkeys((*ENGINEERS_DAY, *DESKS_DAY)) if name not in PRIVATE_MATTERS]
    yield from _in_languages(GROUPS, (*named, *ALWAYS), locale, LANGUAGES)
    known = [*(one for one in people.staff(work.db) if set(one.roles) & STAFF), *authorizers(work)]
    contacts = people.contacts(work.db, [one.id for one in known])
    for one in known:
        for account in (value for name, value in contacts.get(one.id, ()) if name == channel):
            yield from _in_languages(
                account, _of_person(one), one.language or locale, () if one.language else LANGUAGES
            )


def _of_person(one: Person) -> tuple[str, ...]:
    roles = set(one.roles)
    mine: list[Command] = [each for each in REGISTRY.commands if roles & each.may]
    days = [each.name for each in everyday(mine, roles, private=True)]
    return (*days, *ALWAYS)


def _in_languages(place: str, names: Sequence[str], locale: str, languages: Iterable[str]) -> Iterator[Menu]:
    """In one language for whoever reads no other, and in each other one for its readers."""
    shown = [REGISTRY.by_name[name] for name in dict.fromkeys(names)]
    for language, texts in {"": locale, **{one: one for one in languages if one != locale}}.items():
        yield Menu(place, language, tuple((one.name, brief(one.help[texts])) for one in shown))
