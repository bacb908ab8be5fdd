"""What commands say of duty: support that is booked ahead, and who is away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from storage.duty_models import absence, booking
from storage.sql import fetch, insert_and_give, run

_bookings = select(booking).where(booking.c.cancelled_at.is_(None)).order_by(booking.c.starts_at, booking.c.id)
_bookings_since = _bookings.where(booking.c.ends_at > bindparam("since"))
_to_remind = _bookings.where(booking.c.remind_at <= bindparam("now"))
_absences = select(absence).where(absence.c.cancelled_at.is_(None)).order_by(absence.c.since_at, absence.c.id)
_absences_since = _absences.where(absence.c.until_at > bindparam("since"))


def bookings(db: Connection, since: datetime, place: str | None = None) -> list[Any]:
    """The bookings that are not over at an instant, the earliest first: all, or those of a place."""
    found = fetch(db, _bookings_since, {"since": since})
    return found if place is None else [row for row in found if row.place == place]


def get_booking(db: Connection, booking_id: int) -> Any:
    """The booking; None if there is none, or it was cancelled."""
    return db.execute(_bookings.where(booking.c.id == booking_id)).first()


def book(db: Connection, row: dict[str, Any]) -> int:
    """Enters a booking; gives its number."""
    return int(run(db, insert_and_give(booking, "id"), row).scalar_one())


def cancel_booking(db: Connection, booking_id: int, now: datetime) -> None:
    """It counts no more."""
    db.execute(update(booking).where(booking.c.id == booking_id).values(cancelled_at=now, remind_at=None))


def to_remind(db: Connection, now: datetime) -> list[Any]:
    """The bookings of which their engineers are to be reminded."""
    return fetch(db, _to_remind, {"now": now})


def reminded(db: Connection, booking_id: int, following: datetime | None) -> None:
    """The reminder is given; the next one comes then, if any."""
    db.execute(update(booking).where(booking.c.id == booking_id).values(remind_at=following))


def absences(db: Connection, since: datetime) -> list[Any]:
    """The absences by command that are not over at an instant, the earliest first."""
    return fetch(db, _absences_since, {"since": since})


def get_absence(db: Connection, absence_id: int) -> Any:
    """The absence; None if there is none, or it was cancelled."""
    return db.execute(_absences.where(absence.c.id == absence_id)).first()


def leave(db: Connection, row: dict[str, Any]) -> int:
    """Enters an absence; gives its number."""
    return int(run(db, insert_and_give(absence, "id"), row).scalar_one())


def cancel_absence(db: Connection, absence_id: int, now: datetime) -> None:
    """She is there after all."""
    db.execute(update(absence).where(absence.c.id == absence_id).values(cancelled_at=now))
