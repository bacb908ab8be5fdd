"""The evening's books: the demo succeeds only if they are right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.cli.printing import table
from bot.demo.desk import DemoFailedError, Desk
from bot.demo.timeline import ZONE, Timeline

CLIMB = [
    ("dispatch", "W50", "desk"),
    ("dispatch", "W80", "pm"),
    ("dispatch", "BREACH", "pm"),
    ("dispatch", "BREACH", "sam"),
    ("confirm", "W50", "desk"),
    ("confirm", "W50", "mo"),
    ("response", "W50", "mo"),
    ("confirm", "W80", "pm"),
    ("confirm", "BREACH", "pm"),
    ("confirm", "BREACH", "sam"),
    ("response", "W75", "desk"),
    ("response", "W75", "mo"),
    ("response", "W90", "pm"),
    ("response", "BREACH", "pm"),
    ("response", "BREACH", "sam"),
]
"""Who is warned of the neglected fault, in turn: each once, though the process died in between (R7, R8)."""
ON_TIME = timedelta(seconds=2)


def close_the_books(desk: Desk, timeline: Timeline) -> None:
    """Shows what has become of the day. Raises DemoFailedError where a promise has not held."""
    timeline.title(timeline.say("晚上：对账", "Evening: the books"))
    _show_tickets(desk, timeline)
    fsck = desk.fsck()
    mails = desk.rows("select outcome from inbox where kind = 'mail' order by id")
    kept = desk.rows("select message_id, copies from inbox where kind = 'mail' order by id")
    confirmations = "select count(*) from outbox where kind = 'confirmation' and state = 'sent' group by ticket_id"
    promises = [
        (timeline.say("6 封邮件被接收：4 张工单、2 条回复；一封不少，一封不多",
                      "6 mails were accepted: 4 tickets and 2 answers; none is lost, none is there twice"),
         kept == [(one, 0) for one in desk.accepted]
         and [one for (one,) in mails] == ["ticket", "ticket", "comment", "ticket", "ticket", "comment"]),
        (timeline.say("每张工单只确认一次", "each ticket is confirmed once"), desk.rows(confirmations) == [(1,)] * 4),
        (timeline.say(f"没人理的工单：{len(CLIMB)} 次提醒，准时、按顺序、各一次",
                      f"{len(CLIMB)} warnings of the neglected fault, on time, in turn, each once"),
         _climb(desk) == CLIMB),
        (timeline.say("四张工单都已解决，没有消息滞留", "all four are solved, and no message is left behind"),
         desk.rows("select state, count(*) from ticket group by state") == [("solved", 4)]
         and desk.rows("select count(*) from outbox where state not in ('sent', 'dropped', 'carried')") == [(0,)]),
        (f"faultdesk {fsck}", fsck == "fsck: clean"),
    ]  # fmt: skip
    for text, held in promises:
        timeline.verdict(text, held=held)
    broken = [text for text, held in promises if not held]
    if broken:
        raise DemoFailedError("; ".join(broken))
    timeline.line("\n" + timeline.say("自己试试：faultdesk run", "Try it yourself: faultdesk run"))


def _show_tickets(desk: Desk, timeline: Timeline) -> None:
    zh, en = "工单 报障人 主题 状态 工程师 报障 解决", "ticket requester subject state engineer opened solved"
    names = timeline.say(zh, en).split()
    found = desk.rows(
        "select t.number, t.requester_name, t.subject, t.state, p.name, t.opened_at, t.solved_at "
        "from ticket t left join person p on p.id = t.assignee_id order by t.number"
    )
    rows = [dict(zip(names, (f"FD-{row[0]}", *row[1:5], _clock(row[5]), _clock(row[6])), strict=True)) for row in found]
    table(rows, names, str(ZONE), indent="  ")
    timeline.line("")


def _clock(stored: str | None) -> str:
    return f"{_instant(stored).astimezone(ZONE):%H:%M}" if stored else ""


def _instant(stored: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


def _climb(desk: Desk) -> list[tuple[Any, ...]]:
    """The warnings that were sent about the neglected fault, in their order; late ones are left out."""
    rows = desk.rows(
        "select c.target, a.rung, p.handle, a.due_at, a.decided_at from alarm a join clock c on c.id = a.clock_id "
        "join person p on p.id = a.person_id join outbox o on o.id = a.outbox_id and o.state in ('sent', 'carried') "
        "join ticket t on t.id = c.ticket_id where t.number = 3 order by a.due_at, c.target, p.handle"
    )
    return [row[:3] for row in rows if _instant(row[4]) - _instant(row[3]) < ON_TIME]
