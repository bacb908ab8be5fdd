"""An engineer answers from her own mail program, the mailbox in Cc: one press makes it her response."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from tests.stories.story import Story

Begin = Callable[..., Story]
BEN = "Ben <ben@staff.example>"
STAFF = [
    {"handle": "ben", "name": "Ben", "roles": ["resident"], "mail": "ben@staff.example", "language": "en"},
    {"handle": "mo", "name": "Mo", "roles": ["mobile"], "language": "en"},
    {"handle": "desk", "name": "Dora", "roles": ["desk"], "language": "en"},
    {"handle": "pm", "name": "Paul", "roles": ["manager"], "language": "en"},
]
BOB = "Bob Miller <bob@customer.example>"


async def asked(desk: Story, statement: str) -> list[tuple[Any, ...]]:
    return await desk.app.store.read(lambda db: [tuple(row) for row in db.execute(text(statement))])


async def test_a_copy_of_her_own_mail_counts_once_she_says_so(story: Begin) -> None:
    async with story(people=STAFF) as desk:
        await desk.mail(BOB, "Printer jam", "It jams.", message_id="<first@customer.example>")
        await desk.says("ben", "take 1")
        desk.forget()
        await desk.passes(20)
        headers = {"In-Reply-To": "<first@customer.example>", "Cc": BOB}
        await desk.mail(BEN, "Re: Printer jam", "I come at eleven.", headers=headers)
        question = desk.hears("engineer", "held_own", "I come at eleven.", "/counts FD-1")
        desk.nobody_hears_anything()
        assert await asked(desk, "select state from clock where target = 'response'") == [("running",)]
        await desk.passes(5)
        await desk.presses("ben", question, "Count as my response", where="ben")
        desk.hears("ben", "phrase", "counts as your response")
        desk.nobody_hears_anything()
        [[state, ended, entered]] = await asked(
            desk, "select c.state, c.ended_at, e.created_at from clock c, entry e "
                  "where c.target = 'response' and e.kind = 'reply'"
        )  # fmt: skip
        assert state == "met"
        assert ended == entered, "it counts from when it came"


async def test_somebody_elses_press_and_a_second_one_do_nothing(story: Begin) -> None:
    async with story(people=STAFF) as desk:
        await desk.mail(BOB, "Printer jam", "It jams.", message_id="<first@customer.example>")
        await desk.says("ben", "take 1")
        headers = {"References": "<first@customer.example>", "Cc": BOB}
        await desk.mail(BEN, "Re: Printer jam", "I come at eleven.", headers=headers)
        desk.forget()
        await desk.says("mo", "counts 1", where="mo")
        desk.hears("mo", "phrase", "FD-1")
        assert await asked(desk, "select state from clock where target = 'response'") == [("running",)]
        await desk.says("ben", "计为响应 1", where="ben")
        await desk.says("ben", "counts 1", where="ben")
        desk.forget()
        assert await asked(desk, "select count(*) from event where kind = 'contacted'") == [(1,)]
