"""What must always hold in the database, as questions that find where it does not (for `faultdesk fsck`)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

QUESTIONS: dict[str, str] = {
    "an item of the inbox is done and has no outcome": "select id from inbox where state = 'done' and outcome = ''",
    "an item of the inbox is still waiting after too many attempts": (
        "select id from inbox where state in ('waiting', 'working') and attempts > 5"
    ),
    "a mail lost its original": (
        "select i.id from inbox i left join raw_mail r on r.inbox_id = i.id "
        "where i.kind = 'mail' and r.inbox_id is null"
    ),
    "a mail that became a ticket or comment has no ticket": (
        "select id from inbox where outcome in ('ticket', 'comment', 'held', 'duplicate') and kind = 'mail' "
        "and ticket_id is null"
    ),
    "a mail that became a ticket or comment has no entry, or more than one": (
        "select i.id from inbox i left join entry e on e.inbox_id = i.id "
        "where i.kind = 'mail' and i.outcome in ('ticket', 'comment', 'held') group by i.id having count(e.id) <> 1"
    ),
    "a ticket was opened by no event, or by more than one": (
        "select t.id from ticket t left join event e on e.ticket_id = t.id and e.kind = 'opened' "
        "group by t.id having count(e.id) <> 1"
    ),
    "a message is sent and no attempt says so": (
        "select o.id from outbox o where o.state = 'sent' and not exists "
        "(select 1 from attempt a where a.outbox_id = o.id and a.outcome = 'sent')"
    ),
    "a message travels in another one that is not there": (
        "select o.id from outbox o where o.state = 'carried' and o.carried_by_id is null"
    ),
    "an alarm has no message": "select id from alarm where outbox_id is null",
    "an alarm's message is not an alert": (
        "select a.id from alarm a join outbox o on o.id = a.outbox_id where o.kind <> 'alert'"
    ),
    "a clock rings though it does not run": (
        "select id from clock where next_alarm_at is not null and state <> 'running'"
    ),
    "a running clock has no deadline": "select id from clock where state = 'running' and due_at is null",
}
"""What is wrong → which rows show it."""


def findings(db: Connection) -> Iterator[str]:
    """One line for each thing that is wrong; none when all is well."""
    for what, question in QUESTIONS.items():
        rows = [str(row[0]) for row in db.execute(text(question))]
        if rows:
            yield f"{what}: {', '.join(rows[:10])}{' …' if len(rows) > 10 else ''}"  # noqa: PLR2004  -- enough to look at
    if db.dialect.name == "sqlite":
        yield from _whole(db)


def _whole(db: Connection) -> Iterator[str]:
    answers = [row[0] for row in db.execute(text("PRAGMA integrity_check"))]
    if answers != ["ok"]:
        yield f"the database file is damaged: {answers[0]}"
    for row in db.execute(text("PRAGMA foreign_key_check")):
        yield f"table {row[0]} row {row[1]} names a row of {row[2]} that is not there"
