"""Devices, spare parts, loans and repairs: what lies where, and who has it. Movements are only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select, text, update

from bot.domain.repair import QUOTED
from storage.hardware_models import asset, loan, movement, part, repair
from storage.models import outbox, ticket
from storage.sql import change_row, insert_and_give, run

_parts = select(part).order_by(part.c.code)
_loans = (
    select(loan, asset.c.tag, asset.c.kind, asset.c.model, ticket.c.number)
    .join(asset, asset.c.id == loan.c.asset_id)
    .join(ticket, ticket.c.id == loan.c.ticket_id)
    .order_by(loan.c.due_at, loan.c.id)
)
_loans_due = _loans.where(loan.c.back_at.is_(None), loan.c.remind_at <= bindparam("now"))
_repairs = (
    select(repair, asset.c.tag, asset.c.kind.label("device"), asset.c.model, ticket.c.number)
    .join(asset, asset.c.id == repair.c.asset_id)
    .join(ticket, ticket.c.id == repair.c.ticket_id)
    .order_by(repair.c.id)
)
_quoted = select(repair.c.ticket_id).where(repair.c.ended_at.is_(None), repair.c.state == QUOTED)
_repairs_due = _repairs.where(
    repair.c.ended_at.is_(None), or_(repair.c.remind_at <= bindparam("now"), repair.c.draft_at <= bindparam("now"))
)


def parts(db: Connection) -> list[Any]:
    """All kinds of spare parts, by code."""
    return list(db.execute(_parts))


def part_by_code(db: Connection, code: str) -> Any:
    """The part with a code, in any case; None if there is none."""
    return db.execute(_parts.where(func.lower(part.c.code) == code.lower())).first()


def add_part(db: Connection, row: dict[str, Any]) -> int:
    """Enters a kind of part; gives its id. Its first quantity comes with a movement."""
    return int(run(db, insert_and_give(part, "id"), row).scalar_one())


def change_part(db: Connection, part_id: int, **values: Any) -> None:
    """Renews what is known of a part; its quantity changes only with a movement."""
    change_row(db, part, part_id, values)


def move_part(db: Connection, part_id: int, amount: int, row: dict[str, Any]) -> int:
    """So many come (or go, if negative): writes the movement down and gives how many there are now.

    The database refuses to hold fewer than none.
    """
    db.execute(update(part).where(part.c.id == part_id).values(quantity=part.c.quantity + amount))
    note(db, {**row, "part_id": part_id, "amount": amount})
    return int(db.execute(select(part.c.quantity).where(part.c.id == part_id)).scalar_one())


def note(db: Connection, *rows: dict[str, Any]) -> None:
    """Adds movements."""
    if rows:
        db.execute(movement.insert(), list(rows))


def movements(
    db: Connection, *, asset_id: int | None = None, ticket_id: int | None = None, part_id: int | None = None
) -> list[Any]:
    """What happened to a device, to a part, or on a ticket, the oldest first; with the code or tag of what moved."""
    known = (part.c.code, part.c.name, asset.c.tag, asset.c.kind.label("device"), asset.c.model, ticket.c.number)
    rows = select(movement, *known)
    rows = rows.select_from(movement).outerjoin(part, part.c.id == movement.c.part_id)
    rows = rows.outerjoin(asset, asset.c.id == movement.c.asset_id)
    rows = rows.outerjoin(ticket, ticket.c.id == movement.c.ticket_id)
    wanted = ((movement.c.asset_id, asset_id), (movement.c.ticket_id, ticket_id), (movement.c.part_id, part_id))
    for column, value in wanted:
        rows = rows if value is None else rows.where(column == value)
    return list(db.execute(rows.order_by(movement.c.id)))


def issued_on(db: Connection, ticket_id: int) -> dict[int, int]:
    """Part → how many were issued on a ticket and not given back."""
    total = func.sum(movement.c.amount)
    rows = select(movement.c.part_id, total).where(movement.c.ticket_id == ticket_id, movement.c.part_id.is_not(None))
    return {row[0]: -int(row[1]) for row in db.execute(rows.group_by(movement.c.part_id)) if row[1]}


# ---- devices ----


def assets(db: Connection, *states: str) -> list[Any]:
    """The devices, by tag: all, or those in one of the states."""
    rows = select(asset).order_by(asset.c.tag)
    return list(db.execute(rows.where(asset.c.state.in_(states)) if states else rows))


def asset_by_tag(db: Connection, tag: str) -> Any:
    """The device with a tag, in any case; None if there is none."""
    return db.execute(select(asset).where(func.lower(asset.c.tag) == tag.lower())).first()


def assets_by_tags(db: Connection, customer_id: int, tags: Sequence[str]) -> list[Any]:
    """A customer's devices with one of the tags, which are in lower case."""
    return list(db.execute(select(asset).where(asset.c.customer_id == customer_id, func.lower(asset.c.tag).in_(tags))))


def count_of_user(db: Connection, person_id: int) -> int:
    """How many devices are somebody's, by the inventory, and in use."""
    hers = (asset.c.user_id == person_id) & asset.c.state.in_(("in use", "loaned"))
    return db.execute(select(func.count()).select_from(asset).where(hers)).scalar_one()


def keep_asset(db: Connection, known: int | None, tag: str, facts: dict[str, Any]) -> int:
    """Renews the known device, or enters a new one with this tag; gives its id."""
    if known:
        change_row(db, asset, known, facts)
        return known
    return int(run(db, insert_and_give(asset, "id"), {"tag": tag, **facts}).scalar_one())


def change_asset(db: Connection, asset_id: int, **values: Any) -> None:
    """Renews a device."""
    change_row(db, asset, asset_id, values)


# ---- loans ----


def lend(db: Connection, row: dict[str, Any]) -> int:
    """Enters a loan; gives its id. The database refuses a second open one of the same device."""
    return int(run(db, insert_and_give(loan, "id"), row).scalar_one())


def open_loans(
    db: Connection, *, ticket_id: int | None = None, asset_id: int | None = None, ended: bool = False
) -> list[Any]:
    """The loans that are not back, the earliest due first: all, a ticket's, or a device's; with `ended`, others too."""
    rows = _loans if ended else _loans.where(loan.c.back_at.is_(None))
    for column, value in ((loan.c.ticket_id, ticket_id), (loan.c.asset_id, asset_id)):
        rows = rows if value is None else rows.where(column == value)
    return list(db.execute(rows))


def end_loan(db: Connection, loan_id: int, now: datetime) -> None:
    """The device is back."""
    db.execute(update(loan).where(loan.c.id == loan_id).values(back_at=now, remind_at=None))


def due_loans(db: Connection, now: datetime) -> Sequence[Any]:
    """The open loans whose return is to be asked for."""
    return list(db.execute(_loans_due, {"now": now}))


def change_loan(db: Connection, loan_id: int, **values: Any) -> None:
    """Renews a loan: until when it is, or when it is asked for next."""
    change_row(db, loan, loan_id, values)


# ---- repairs ----


def send_to_repair(db: Connection, row: dict[str, Any]) -> int:
    """Opens a case; gives its id. The database refuses a second open one of the same device, or on the same ticket."""
    return int(run(db, insert_and_give(repair, "id"), row).scalar_one())


def repairs(
    db: Connection, *, ticket_id: int | None = None, asset_id: int | None = None, ended: bool = False
) -> list[Any]:
    """The open cases, the oldest first: all, a ticket's, or a device's; with `ended`, those that are over, too."""
    rows = _repairs if ended else _repairs.where(repair.c.ended_at.is_(None))
    for column, value in ((repair.c.ticket_id, ticket_id), (repair.c.asset_id, asset_id)):
        rows = rows if value is None else rows.where(column == value)
    return list(db.execute(rows))


def quoted(db: Connection) -> set[int]:
    """The tickets of the open cases on whose price nobody has decided."""
    return set(db.execute(_quoted).scalars())


def change_repair(db: Connection, repair_id: int, **values: Any) -> None:
    """Renews a case."""
    change_row(db, repair, repair_id, values)


def due_repairs(db: Connection, now: datetime) -> list[Any]:
    """The open cases on which something is to be written by now."""
    return list(db.execute(_repairs_due, {"now": now}))


def mails_that_wait(db: Connection, ticket_id: int, kind: str, now: datetime) -> list[Any]:
    """The messages of a kind on a ticket that nobody has tried to send, and shall not before a later instant."""
    rows = select(outbox).where(outbox.c.ticket_id == ticket_id, outbox.c.kind == kind, outbox.c.attempts == 0)
    return list(db.execute(rows.where(text("state = 'pending'"), outbox.c.next_try_at > now).order_by(outbox.c.id)))


def is_out(db: Connection, ticket_id: int) -> bool:
    """Whether a loan or a repair of a ticket goes on."""
    return bool(open_loans(db, ticket_id=ticket_id) or repairs(db, ticket_id=ticket_id))
