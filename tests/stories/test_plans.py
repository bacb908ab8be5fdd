"""No statement of a working day looks through a table that grows: with 100,000 tickets a mail costs what it cost before."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from storage import inbox, sql
from tests.stories.story import MONDAY, Story, instant

LI = "Li Wei <li@customer.example>"
GROWING = "inbox raw_mail ticket event entry attachment clock alarm outbox attempt payload card action".split()
ALLOWED = "ORDER BY event.id DESC"
"""The end of the journal is one step backwards through its key."""


def scans(db: Any, statement: str, values: Any) -> list[str]:
    """The growing tables that SQLite would read whole for the statement."""
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    return [line for line in plan if re.match(rf"SCAN ({'|'.join(GROWING)})\b(?!.*USING (COVERING )?INDEX ix_)", line)]


@pytest.mark.only_at("sqlite")
async def test_a_day_of_work_never_reads_a_growing_table_whole(
    story: Callable[..., Story], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}

    def note(_db: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: Any) -> None:
        seen.setdefault(statement, values[0] if many else values)

    def ask(db: Any, statement: str, values: Any) -> Any:
        seen.setdefault(statement, values)
        return straight(db, statement, values)

    straight = sql.ask
    monkeypatch.setattr(sql, "ask", ask)
    async with story() as desk:
        for engine in (desk.app.store.writing, desk.app.store.reading):
            event.listen(engine, "before_cursor_execute", note)
        await desk.mail(LI, "Printer jam", "It jams.")
        confirmation = desk.hears("requester", "confirmation")
        await desk.says("anna", "/take 1")
        await desk.passes(minutes=60)
        await desk.mail(LI, "Re: Printer jam", "And it smells.", answers=confirmation)
        for words in ("/mine", "/due all", "/list", "/board", "/stock", "/callback"):
            await desk.says("desk", words)
        await desk.says("anna", "/solve 1 Paper removed.")
        desk.forget()
        now = desk.clock.now()
        assert await desk.app.store.read(lambda db: inbox.mails_in(db, [(now, now)])) == (instant(MONDAY), [0])
        with desk.app.store.reading.connect() as db:
            driver = db.connection.driver_connection
            found = {one: scans(driver, one, values) for one, values in seen.items() if one[:6] in {"SELECT", "UPDATE"}}
    assert len(found) > 30
    assert {one: lines for one, lines in found.items() if lines and ALLOWED not in one} == {}
