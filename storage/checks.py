"""What must always hold in the database, as questions that find where it does not (for `faultdesk fsck`)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DatabaseError

from bot.domain.digest import mail_digest
from storage.models import inbox, raw_mail

SHOWN = 10
ONE_LINE = 200

QUESTIONS: dict[str, str] = {
    # I1: whatever came in has an end, or waits for it
    "an item of the inbox is done and has no outcome": (
        "select id from inbox where state in ('done', 'quarantined') and (outcome = '' or done_at is null)"
    ),
    "an item of the inbox is still waiting after too many attempts": (
        "select id from inbox where state in ('waiting', 'working') and attempts > 5"
    ),
    "a mail lost its original": (
        "select i.id from inbox i left join raw_mail r on r.inbox_id = i.id "
        "where i.kind = 'mail' and r.inbox_id is null and i.id > coalesce("
        "(select cast(value as integer) from meta where key = 'thinned_to'), 0)"
    ),
    # I2: one ticket or one comment a mail
    "a mail that became a ticket or comment has no ticket": (
        "select id from inbox where outcome in ('ticket', 'comment', 'held', 'duplicate') and kind = 'mail' "
        "and ticket_id is null"
    ),
    "a mail that became a ticket or comment has no entry on it, or more than one": (
        "select i.id from inbox i left join entry e on e.inbox_id = i.id and e.ticket_id = i.ticket_id "
        "where i.kind = 'mail' and i.outcome in ('ticket', 'comment', 'held') group by i.id having count(e.id) <> 1"
    ),
    "a mail that became nothing has an entry": (
        "select i.id from inbox i join entry e on e.inbox_id = i.id "
        "where i.state <> 'done' or i.outcome not in ('ticket', 'comment', 'held')"
    ),
    "two mails opened the same ticket": (
        "select ticket_id from inbox where outcome = 'ticket' and kind = 'mail' group by ticket_id having count(*) > 1"
    ),
    "a ticket was opened by no event, or by more than one": (
        "select t.id from ticket t left join event e on e.ticket_id = t.id and e.kind = 'opened' "
        "group by t.id having count(e.id) <> 1"
    ),
    "the next ticket number is taken already": (
        "select number from ticket where number > coalesce((select value from counter where name = 'ticket'), 0)"
    ),
    "a part's quantity is not the sum of its movements": (
        "select p.id from part p where p.quantity <> coalesce("
        "(select sum(m.amount) from movement m where m.part_id = p.id), 0)"
    ),
    "a device is lent and has no open loan, or the other way round": (
        "select a.id from asset a where (a.state = 'loaned') <> exists "
        "(select 1 from loan l where l.asset_id = a.id and l.back_at is null)"
    ),
    "an open repair has no device in repair": (
        "select r.id from repair r join asset a on a.id = r.asset_id where r.ended_at is null and a.state <> 'repair'"
    ),
    # I3: what was decided has its message
    "a ticket is neither confirmed to its requester nor says why not": (
        "select t.id from ticket t where not t.quiet and t.requester_address <> '' and not exists "
        "(select 1 from outbox o where o.ticket_id = t.id and o.kind = 'confirmation') and not exists "
        "(select 1 from event e where e.ticket_id = t.id and e.kind = 'unconfirmed')"
    ),
    "a ticket is confirmed more than once": (
        "select ticket_id from outbox where kind = 'confirmation' and event like 'opened%' "
        "group by ticket_id having count(*) > 1"
    ),
    "a command by mail has no answer": (
        "select id from inbox where kind = 'mail' and outcome in ('command', 'refused') "
        "and message_id not in (select in_reply_to from outbox where event = 'command')"
    ),
    # I4: what is said to be sent was tried, once with success
    "a message is sent and no attempt says so, or more than one": (
        "select o.id from outbox o left join attempt a on a.outbox_id = o.id and a.outcome = 'sent' "
        "where o.state = 'sent' group by o.id having count(a.id) <> 1"
    ),
    "an attempt succeeded and its message is not sent": (
        "select o.id from outbox o join attempt a on a.outbox_id = o.id and a.outcome = 'sent' where o.state <> 'sent'"
    ),
    "a message has more attempts on record than were counted": (
        "select o.id from outbox o join attempt a on a.outbox_id = o.id group by o.id, o.attempts "
        "having count(*) > o.attempts"
    ),
    "a message has ended at no time, or waits for none": (
        "select id from outbox where (state in ('sent', 'dropped', 'dead', 'unknown', 'carried') and ended_at is null) "
        "or (state in ('pending', 'sending') and next_try_at is null)"
    ),
    "a message travels in another one that does not travel": (
        "select o.id from outbox o left join outbox c on c.id = o.carried_by_id "
        "where o.state = 'carried' and (c.id is null or c.state in ('carried', 'dropped'))"
    ),
    # I5: an alarm was given exactly where there is a message of it
    "an alarm has no message": "select id from alarm where outbox_id is null",
    "an alarm's message is not an alert of its clock": (
        "select a.id from alarm a join outbox o on o.id = a.outbox_id where o.kind <> 'alert' "
        "or o.clock_id is null or o.clock_id <> a.clock_id"
    ),
    "an alert is sent and no alarm was given": (
        "select o.id from outbox o where o.event = 'alarm' and o.dedup_key not like '%>%' "
        "and not exists (select 1 from alarm a where a.outbox_id = o.id)"
    ),
    "an alarm was given for a rung that its clock has not passed": (
        "select a.id from alarm a join clock c on c.id = a.clock_id "
        "where cast(c.passed as text) not like '%\"' || a.rung || '\"%'"
    ),
    "a clock rings though it does not run": (
        "select id from clock where next_alarm_at is not null and state <> 'running'"
    ),
    "a running clock has no deadline": "select id from clock where state = 'running' and due_at is null",
    # tickets
    "a ticket that somebody works on has no engineer": (
        "select id from ticket where state in ('dispatched', 'accepted') and assignee_id is null"
    ),
    "a ticket that is not solved closes itself": (
        "select id from ticket where state <> 'solved' and close_at is not null"
    ),
    "a solved ticket neither closes itself nor has a sheet to be checked": (
        "select t.id from ticket t where t.state = 'solved' and t.close_at is null "
        "and not exists (select 1 from event e where e.ticket_id = t.id and e.kind = 'sheet_finished')"
    ),
    "a merged ticket does not say where it went, or one that is not merged does": (
        "select id from ticket where (state = 'merged') <> (merged_into_id is not null)"
    ),
    "a ticket is merged into itself or into another customer's": (
        "select t.id from ticket t join ticket o on o.id = t.merged_into_id "
        "where o.id = t.id or o.customer_id <> t.customer_id"
    ),
    "a merged ticket still promises something": (
        "select t.id from ticket t join clock c on c.ticket_id = t.id "
        "where t.state = 'merged' and c.state in ('running', 'paused')"
    ),
    "a ticket is linked to itself, to no master, to another customer's, or is itself a master": (
        "select t.id from ticket t join ticket m on m.id = t.master_id "
        "where m.id = t.id or not m.is_master or t.is_master or m.customer_id <> t.customer_id"
    ),
    "somebody takes part through a ticket that was not merged": (
        "select p.ticket_id from participant p join ticket t on t.id = p.from_id "
        "where t.id <> p.ticket_id and (t.merged_into_id is null or t.merged_into_id <> p.ticket_id)"
    ),
}
"""What is wrong → which rows show it. The names of reliability 2.3 stand beside them."""


def damage(db: Connection) -> Iterator[str]:
    """Where the database file itself is not whole (I9)."""
    if db.dialect.name != "sqlite":
        return
    try:
        answers = [str(row[0]) for row in db.execute(text("PRAGMA integrity_check(10)"))]
    except DatabaseError as error:  # so damaged that it cannot even be looked through
        answers = [str(error.orig)]
    if answers != ["ok"]:
        yield f"the database file is damaged: {'; '.join(answers)[:ONE_LINE]}"


def findings(db: Connection) -> Iterator[str]:
    """One line for each thing that is wrong; none when all is well."""
    for what, question in QUESTIONS.items():
        rows = [str(row[0]) for row in db.execute(text(question))]
        if rows:
            yield f"{what}: {', '.join(rows[:SHOWN])}{' …' if len(rows) > SHOWN else ''}"
    if db.dialect.name == "sqlite":
        for row in db.execute(text("PRAGMA foreign_key_check")):
            yield f"table {row[0]} row {row[1]} names a row of {row[2]} that is not there"
    yield from changed_originals(db)


def changed_originals(db: Connection) -> Iterator[str]:
    """I7: mails whose bytes are not those that came in."""
    rows = select(inbox.c.id, inbox.c.digest, raw_mail.c.raw).join(raw_mail)
    for row in db.execute(rows, execution_options={"yield_per": 50}):
        if row.digest and (not isinstance(row.raw, bytes) or mail_digest(row.raw) != row.digest):
            yield f"the original of mail {row.id} is not what came in"
