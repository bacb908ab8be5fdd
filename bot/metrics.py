"""Figures for Prometheus (`/metrics`): states, queues, ages, heartbeats; numbers only, nothing of any person."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from storage.models import clock, inbox, outbox, ticket

ENDED = ("closed", "junk", "merged")
WAITING = ("waiting", "working")


Values = dict[tuple[tuple[str, str], ...], float]


class Metric(NamedTuple):
    """One figure in all its shades: labels → value."""

    name: str
    kind: str
    help: str
    values: Values


def from_database(db: Connection, now: datetime) -> list[Metric]:
    """What lies in the tables; every question is answered by a small index."""
    tickets = select(ticket.c.state, func.count()).where(ticket.c.state.not_in(ENDED)).group_by(ticket.c.state)
    taken = select(func.count(), func.min(inbox.c.received_at)).where(inbox.c.state.in_(WAITING))
    leaving = select(outbox.c.channel, func.count(), func.min(outbox.c.created_at)).group_by(outbox.c.channel)
    pending = db.execute(leaving.where(outbox.c.state == "pending")).all()
    overdue = select(clock.c.target, func.count()).where(clock.c.due_at < now).group_by(clock.c.target)
    late = select(func.min(clock.c.next_alarm_at)).where(clock.c.next_alarm_at <= now)
    (waiting, oldest), due = db.execute(taken).one(), db.execute(late).scalar_one()
    return [
        Metric("tickets_open", "gauge", "Tickets by state", _by("state", db.execute(tickets))),
        Metric("inbox_waiting", "gauge", "Mails and chat messages not yet worked on", {(): waiting}),
        Metric("inbox_oldest_seconds", "gauge", "Age of the oldest of them", {(): _age(oldest, now)}),
        Metric("outbox_waiting", "gauge", "Messages not yet sent", _by("channel", [row[:2] for row in pending])),
        Metric(
            "outbox_oldest_seconds",
            "gauge",
            "Age of the oldest of them",
            _by("channel", [(row[0], _age(row[2], now)) for row in pending]),
        ),
        Metric(
            "clocks_overdue",
            "gauge",
            "Running clocks whose promised time has passed",
            _by("target", db.execute(overdue.where(clock.c.state == "running"))),
        ),
        Metric("alarm_late_seconds", "gauge", "How long the next alarm is overdue", {(): _age(due, now)}),
    ]


def from_process(
    beats: Mapping[str, float], ended: Mapping[str, Mapping[str, int]], state: Mapping[str, Any]
) -> list[Metric]:
    """What only the running process knows. `ended`: by channel, how messages ended; `state` is what /healthz says."""
    now = time.monotonic()
    tried: Values = {
        (("channel", channel), ("how", how)): count
        for channel, counts in ended.items()
        for how, count in counts.items()
    }
    return [
        Metric("up", "gauge", "1 while all loops are well, else 0", {(): float(state["status"] == "ok")}),
        Metric("problems", "gauge", "What is not well though it works (see /healthz)", {(): len(state["problems"])}),
        Metric("loop_beat_seconds", "gauge", "Since a loop has last completed a cycle", _by("loop", [
            (name, now - beat) for name, beat in sorted(beats.items())])),
        Metric("messages_total", "counter", "Messages tried since the start, by how that ended", tried),
    ]  # fmt: skip


def backup_age(folder: Path, now: datetime) -> list[Metric]:
    """How old the newest backup is; nothing where there is none."""
    newest = max((path.stat().st_mtime for path in folder.glob("*.db")), default=None)
    values: Values = {} if newest is None else {(): now.timestamp() - newest}
    return [Metric("backup_age_seconds", "gauge", "Age of the newest backup", values)]


def _by(label: str, rows: Any) -> Values:
    return {((label, str(name)),): float(value) for name, value in rows}


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def exposition(metrics: list[Metric]) -> str:
    """The text that Prometheus reads (its format 0.0.4)."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP faultdesk_{metric.name} {metric.help}"
    yield f"# TYPE faultdesk_{metric.name} {metric.kind}"
    for labels, value in metric.values.items():
        said = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
        yield f"faultdesk_{metric.name}{f'{{{said}}}' if said else ''} {value:g}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
