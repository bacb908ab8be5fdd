"""The duty rota as it is: what the configuration plans, and what commands have said of it since."""

from __future__ import annotations

from dataclasses import replace

from bot.desk.work import Work
from bot.domain.rota import DAY, Absence, Booking, Rota, Swap
from storage import duty, people, swaps


def rota(work: Work) -> Rota:
    """The rota of the configuration with what commands have said of it since."""
    handles = {one.id: str(one.handle) for one in people.staff(work.db)}
    away = [
        Absence(handles[row.person_id], row.since_at, row.until_at, handles.get(row.stand_in_id, ""))
        for row in duty.absences(work.db, work.now)
        if row.person_id in handles
    ]
    booked = [
        Booking(handles[row.person_id], row.starts_at, row.ends_at, row.place)
        for row in duty.bookings(work.db, work.now)
        if row.person_id in handles
    ]
    planned = work.house.rota
    return replace(planned, absences=(*planned.absences, *away), bookings=tuple(booked), swaps=_swaps(work))


def _swaps(work: Work) -> tuple[Swap, ...]:
    """The agreed swaps that are not over; they hold in the roles that both have."""
    staff = {one.id: one for one in people.staff(work.db)}
    yesterday = work.now.astimezone(work.house.rota.zone).date() - DAY  # a night shift of yesterday may last
    rows = [row for row in swaps.since(work.db, yesterday) if row.state == swaps.AGREED]
    return tuple(
        Swap(str(one.handle), str(other.handle), row.day, row.other_day, frozenset(one.roles) & frozenset(other.roles))
        for row in rows
        if (one := staff.get(row.person_id)) and (other := staff.get(row.other_id))
    )
