"""People, how they are reached, and the groups they talk in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, literal, select, update

from storage.chat_models import link_code
from storage.links import EXPOSED
from storage.models import chat_group, contact, customer, meta, person
from storage.sql import change_row, fetch, fetch_value, insert_and_give, insert_or_update, run


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody known to the desk: a requester of the directory, or staff (then with roles and a handle).

    `by_command`: staff that was added by a command, and that the configuration does not name.
    """

    id: int
    customer_id: int | None
    handle: str | None
    name: str
    phone: str
    place: str
    language: str
    vip: bool
    roles: tuple[str, ...]
    active: bool
    by_command: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A chat group of a customer."""

    id: int
    customer_id: int
    channel: str
    value: str
    locale: str
    trusted: bool
    exposed: str = ""
    """Why strangers can read it, or "". Then nothing is said there, and it is not trusted."""


CONFIGURED = ("console", "mail")
"""The channels whose addresses of staff come from the configuration; on others people link accounts themselves."""

_person = select(person)
_by_contact = select(contact.c.person_id).where(
    contact.c.channel == bindparam("channel_name"), contact.c.value == bindparam("address")
)
_by_id = _person.where(person.c.id == bindparam("wanted"))
_by_handle = _person.where(person.c.handle == bindparam("wanted"))
_ever_staff = _person.where(person.c.handle.is_not(None))
_staff = _person.where(person.c.handle.is_not(None), person.c.active).order_by(person.c.handle)
_all_groups = (
    select(chat_group, meta.c.value.label("exposed"))
    .outerjoin(meta, meta.c.key == literal(EXPOSED) + chat_group.c.channel + ":" + chat_group.c.value)
    .order_by(chat_group.c.id)
)
_groups = _all_groups.where(chat_group.c.customer_id == bindparam("customer"))
_group_at = _all_groups.where(
    chat_group.c.channel == bindparam("channel_name"), chat_group.c.value == bindparam("address")
)
_with_topics = select(chat_group.c.value).where(chat_group.c.channel == bindparam("channel_name"), chat_group.c.topics)
_add_contact = insert(contact)
_contacts = select(contact).where(contact.c.person_id.in_(bindparam("people", expanding=True))).order_by(contact.c.id)


def _as_person(row: Any) -> Person:
    values = {name: getattr(row, name) for name in Person.__dataclass_fields__}
    return Person(**{**values, "roles": tuple(values["roles"])})


def by_contact(db: Connection, channel: str, value: str) -> Person | None:
    """Whose address this is."""
    return by_id(db, fetch_value(db, _by_contact, {"channel_name": channel, "address": value}))


def by_id(db: Connection, person_id: int | None) -> Person | None:
    """The person with this id."""
    if person_id is None:
        return None
    return next(map(_as_person, fetch(db, _by_id, {"wanted": person_id})), None)


def by_handle(db: Connection, handle: str) -> Person | None:
    """The active person with this handle."""
    found = ever_called(db, handle)
    return found if found and found.active else None


def ever_called(db: Connection, handle: str) -> Person | None:
    """The person with this handle, also one who is staff no more."""
    return next(map(_as_person, fetch(db, _by_handle, {"wanted": handle})), None)


def staff(db: Connection) -> list[Person]:
    """Everybody active who has a role, by handle."""
    return [_as_person(row) for row in fetch(db, _staff)]


def ever_staff(db: Connection) -> list[Person]:
    """Everybody who is or was staff, since histories name them."""
    return [_as_person(row) for row in fetch(db, _ever_staff)]


def with_role(db: Connection, *roles: str) -> list[Person]:
    """The active staff who hold one of the roles."""
    return [one for one in staff(db) if set(roles) & set(one.roles)]


def contacts(db: Connection, person_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """(channel, value) of each person, in the order in which they were entered."""
    rows = fetch(db, _contacts, {"people": list(person_ids)})
    found: dict[int, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append((row.channel, row.value))
    return found


def mailable(db: Connection, *, customer_id: int | None = None, place: str | None = None) -> list[tuple[Person, str]]:
    """The directory's people of a customer or at a place who can be mailed, each with the first of her addresses."""
    rows = select(person, contact.c.value).join(contact).where(contact.c.channel == "mail", person.c.active)
    rows = rows.where(person.c.customer_id.is_not(None), person.c.handle.is_(None))
    for column, value in ((person.c.customer_id, customer_id), (person.c.place, place)):
        rows = rows if value is None else rows.where(column == value)
    found: dict[int, tuple[Person, str]] = {}
    for row in db.execute(rows.order_by(contact.c.id)):
        found.setdefault(row.id, (_as_person(row), row.value))
    return list(found.values())


def groups(db: Connection, customer_id: int) -> list[Group]:
    """The groups of a customer."""
    return [_as_group(row) for row in fetch(db, _groups, {"customer": customer_id})]


def group_at(db: Connection, channel: str, value: str) -> Group | None:
    """The group that is this chat."""
    row = db.execute(_group_at, {"channel_name": channel, "address": value}).first()
    return _as_group(row) if row else None


def groups_on(db: Connection, channel: str) -> list[Group]:
    """All groups on a channel."""
    return [_as_group(row) for row in db.execute(_all_groups.where(chat_group.c.channel == channel))]


def with_topics(db: Connection, channel: str) -> set[str]:
    """The ids of the groups on a channel in which each ticket has a topic of its own."""
    return {row.value for row in fetch(db, _with_topics, {"channel_name": channel})}


def exposed_groups(db: Connection) -> list[Group]:
    """The groups that strangers can read."""
    return [_as_group(row) for row in db.execute(_all_groups.where(meta.c.value.is_not(None)))]


def _as_group(row: Any) -> Group:
    trusted = row.trusted and not row.exposed
    return Group(row.id, row.customer_id, row.channel, row.value, row.locale, trusted, row.exposed or "")


def requesters(db: Connection) -> list[dict[str, Any]]:
    """The directory: everybody who is not staff, by address, with the customer's key."""
    names = ("name", "phone", "place", "vip", "language")
    rows = select(contact.c.value.label("address"), customer.c.key.label("customer"), *(person.c[one] for one in names))
    rows = rows.join(person, person.c.id == contact.c.person_id).outerjoin(
        customer, customer.c.id == person.c.customer_id
    )
    mine = rows.where(contact.c.channel == "mail", person.c.handle.is_(None), person.c.active)
    return [dict(row) for row in db.execute(mine.order_by(contact.c.value)).mappings()]


def addresses(db: Connection) -> list[dict[str, Any]]:
    """The id and mail address of everybody in the directory."""
    rows = select(contact.c.person_id.label("id"), contact.c.value.label("address")).where(contact.c.channel == "mail")
    return [dict(row) for row in db.execute(rows).mappings()]


def keep_requester(db: Connection, address: str, facts: dict[str, Any]) -> int:
    """Enters or renews a requester by her address; gives the id."""
    known = by_contact(db, "mail", address)
    if known:
        change_row(db, person, known.id, {**facts, "active": True})
        return known.id
    person_id = int(run(db, insert_and_give(person, "id"), {**facts, "active": True}).scalar_one())
    run(db, _add_contact, {"person_id": person_id, "channel": "mail", "value": address})
    return person_id


# ---- what the configuration or a command says becomes rows ----


def customers(db: Connection) -> list[Any]:
    """All customers that there ever were, in the order in which they were entered."""
    return list(db.execute(select(customer).order_by(customer.c.id)))


def keep_customer(db: Connection, key: str, name: str, locale: str) -> int:
    """Enters or renews a customer; gives the id."""
    statement = insert_or_update(db, customer, ("key",), ("name", "locale"))
    row = {"key": key, "name": name, "locale": locale}
    return int(db.execute(statement.returning(customer.c.id), row).scalar_one())


def keep_group(db: Connection, customer_id: int, channel: str, value: str, **facts: Any) -> None:
    """Enters or renews a group."""
    row = {"customer_id": customer_id, "channel": channel, "value": value, **facts}
    db.execute(insert_or_update(db, chat_group, ("channel", "value"), ("customer_id", *facts)), row)


def keep_staff(
    db: Connection, handle: str, facts: dict[str, Any], ways: Sequence[tuple[str, str]], *, by_command: bool = False
) -> int:
    """Enters or renews a member of staff and how she is reached (`ways`); gives the id. Linked accounts stay hers."""
    row = {"handle": handle, "active": True, "by_command": by_command, **facts}
    statement = insert_or_update(db, person, ("handle",), tuple(name for name in row if name != "handle"))
    person_id = int(db.execute(statement.returning(person.c.id), row).scalar_one())
    db.execute(contact.delete().where(contact.c.person_id == person_id, contact.c.channel.in_(CONFIGURED)))
    for channel, value in ways:
        db.execute(contact.delete().where(contact.c.channel == channel, contact.c.value == value))
        db.execute(insert(contact), {"person_id": person_id, "channel": channel, "value": value})
    return person_id


def retire_groups(db: Connection, channel: str, still_there: Sequence[str]) -> None:
    """Forgets the groups of a channel that the configuration no longer names."""
    gone = chat_group.c.value.not_in(still_there)
    db.execute(chat_group.delete().where(chat_group.c.channel == channel, gone))


def retire_staff(db: Connection, still_there: Sequence[str]) -> None:
    """Ends the rights of staff whom the configuration no longer names; who was added by command stays."""
    gone = update(person).where(person.c.handle.is_not(None), person.c.handle.not_in(still_there))
    db.execute(gone.where(person.c.by_command.is_(False)).values(active=False))


def end_staff(db: Connection, person_id: int) -> None:
    """Ends a person's rights, and that she is reached at all: addresses, linked accounts, a code that still holds."""
    change_row(db, person, person_id, {"active": False})
    forget_ways(db, person_id)


def forget_ways(db: Connection, person_id: int) -> None:
    """Forgets how a person is reached, and the code with which she could link an account."""
    db.execute(contact.delete().where(contact.c.person_id == person_id))
    db.execute(link_code.delete().where(link_code.c.person_id == person_id))
