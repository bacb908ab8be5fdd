"""A requester without a portal answers with one plain word: it is done, echoed, and told to whoever must act."""

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import text

from tests.stories.story import Heard, Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
LI = "李伟 <li@customer.example>"


async def asked(desk: Story, statement: str) -> list[tuple[Any, ...]]:
    return await desk.app.store.read(lambda db: [tuple(row) for row in db.execute(text(statement))])


async def taken(desk: Story, *, sender: str = BOB, subject: str = "Printer jam") -> Heard:
    """A ticket that ben has taken; what has been said until now is forgotten. Gives the mail to answer."""
    await desk.mail(sender, subject, "三楼打印机卡纸。" if sender == LI else "It jams.")
    await desk.says("ben", "take 1")
    mail = desk.hears("requester", "assigned")
    desk.forget()
    return mail


async def test_who_asks_how_it_stands_is_told_and_nobody_else(story: Begin) -> None:
    async with story() as desk:
        mail = await taken(desk)
        await desk.mail(BOB, "Re: [FD-1] Printer jam", "Status?", answers=mail)
        desk.hears("requester", "wish_answer", "This is how FD-1 stands", "in progress", "Ben", "We will solve it by")
        desk.nobody_hears_anything()


async def test_who_urges_reaches_the_engineer(story: Begin) -> None:
    async with story() as desk:
        mail = await taken(desk, sender=LI)
        await desk.mail(LI, "回复: [FD-1] 打印机", "催办，谢谢！", answers=mail)
        desk.hears("requester", "wish_answer", "已转告", "FD-1")
        desk.hears("engineer", "wish", "the user is waiting", "催办")
        desk.nobody_hears_anything()


async def test_an_urge_before_anybody_has_it_reaches_the_desk(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam", "It jams.")
        confirmation = desk.hears("requester", "confirmation")
        desk.forget()
        await desk.mail(BOB, "Re: Printer jam", "On site please", answers=confirmation)
        desk.hears("requester", "wish_answer", "The service desk has been told", "on site")
        desk.hears("engineer", "wish", "somebody on site")
        desk.nobody_hears_anything()


async def test_out_of_hours_the_same_word_is_an_order(story: Begin) -> None:
    """As the confirmation of that evening says: the work runs round the clock from then on."""
    async with story(start="2026-11-27 20:00") as desk:
        await desk.mail(BOB, "Printer jam", "It jams.")
        confirmation = desk.hears("requester", "confirmation")
        desk.forget()
        await desk.mail(BOB, "Re: Printer jam", "On site please", answers=confirmation)
        desk.hears("requester", "onsite", "Sat 28 Nov, 00:00")
        assert not list(await asked(desk, "select kind from outbox where kind = 'wish_answer'"))
        desk.forget()


async def test_the_user_may_say_that_it_is_solved_and_that_it_is_not(story: Begin) -> None:
    async with story() as desk:
        mail = await taken(desk)
        await desk.mail(BOB, "Re: [FD-1] Printer jam", "已解决", answers=mail)
        echo = desk.hears("requester", "wish_answer", "noted as solved")
        desk.hears("engineer", "wish", "says that it is solved")
        desk.sees_card()
        desk.nobody_hears_anything()
        assert ("resolve", "met") in await asked(desk, "select target, state from clock")
        await desk.mail(BOB, "Re: [FD-1]", "Thanks!", answers=echo)
        desk.forget()
        assert await asked(desk, "select state from ticket") == [("solved",)]
        await desk.mail(BOB, "Re: [FD-1]", "Still broken", answers=echo)
        desk.hears("requester", "wish_answer", "open again")
        desk.hears("engineer", "reopened")
        desk.sees_card()
        desk.nobody_hears_anything()


async def test_what_is_withdrawn_is_in_no_statistic_and_may_come_back(story: Begin) -> None:
    async with story() as desk:
        mail = await taken(desk)
        await desk.mail(BOB, "Re: [FD-1] Printer jam", "Cancel, please.\n\nBob Miller\nFinance", answers=mail)
        echo = desk.hears("requester", "wish_answer", "is withdrawn")
        desk.hears("engineer", "wish", "no longer needs it")
        desk.sees_card()
        desk.nobody_hears_anything()
        states = dict(await asked(desk, "select target, state from clock"))
        assert (states["response"], states["resolve"], states["dispatch"]) == ("cancelled", "cancelled", "met")
        await desk.mail(BOB, "Re: [FD-1]", "I need it after all, it jams again.", answers=echo)
        desk.forget()
        assert ("resolve", 2, "running") in await asked(desk, "select target, arming, state from clock")


async def test_a_complaint_reaches_the_project_manager_and_its_clocks_run(story: Begin) -> None:
    async with story() as desk:
        mail = await taken(desk)
        await desk.mail(BOB, "Re: [FD-1] Printer jam", "Complaint: nobody has come for hours.", answers=mail)
        desk.hears("requester", "wish_answer", "the project manager has been told", "by Tue 24 Nov")
        assert "nobody has come for hours" in desk.hears("desk", "wish").words
        desk.hears("manager", "wish", "A person must answer by Tue 24 Nov")
        desk.sees_card()
        desk.forget()
        await desk.says("ben", "reply 1 We are sorry, I am on my way.")
        desk.forget()
        states = dict(await asked(desk, "select target, state from clock where target like 'complaint%'"))
        assert states == {"complaint-answer": "met", "complaint-settle": "running"}


async def test_a_first_mail_that_complains_is_a_complaint(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(LI, "投诉：三天没人来", "打印机坏了三天。")
        desk.hears("requester", "confirmation", "已将您的投诉通知项目经理")
        desk.hears("manager", "wish", "the user complains", "打印机坏了三天")
        desk.hears("desk", "wish")
        desk.forget()
        assert await asked(desk, "select kind from ticket") == [("complaint",)]
        assert ("complaint-answer", "running") in await asked(desk, "select target, state from clock")


@pytest.mark.parametrize(("words", "score", "low"), [("5", 5, False), ("2\nIt took too long.", 2, True)])
async def test_a_rating_is_kept_and_a_bad_one_told(story: Begin, words: str, score: int, low: bool) -> None:
    async with story() as desk:
        await taken(desk)
        await desk.says("ben", "solve 1 New roller.")
        solution = desk.hears("requester", "solution")
        desk.forget()
        await desk.mail(BOB, "Re: [FD-1] Solved", words, answers=solution)
        desk.hears("requester", "wish_answer", f"{score} of 5")
        if low:
            for who in ("desk", "manager"):
                desk.hears(who, "wish", "rates it 2 of 5", "It took too long.")
        desk.nobody_hears_anything()
        assert await asked(desk, "select state from ticket") == [("solved",)]
        facts = await asked(desk, "select facts from event where kind = 'rated'")
        assert f"'score': {score}" in str(facts[0][0]).replace('"', "'")


async def test_a_press_on_a_link_rates_without_a_portal(story: Begin) -> None:
    """SP-4.2: The link starts a new mail, which has no In-Reply-To: the proof stands in its words."""
    async with story() as desk:
        await taken(desk)
        await desk.says("ben", "solve 1 New roller.")
        page = desk.hears("requester", "solution").mail.get_body(("html",))
        assert page is not None
        links = [urlsplit(html.unescape(one)) for one in re.findall(r'href="(mailto:[^"]*)"', page.get_content())]
        assert [one.path for one in links] == ["fault@desk.example"] * 6
        assert page.get_content().count("href=") == len(links)  # nothing that a scanner could follow
        asked_for = [dict(parse_qsl(one.query)) for one in links]
        desk.forget()
        robot = {"Auto-Submitted": "auto-generated"}
        await desk.mail(BOB, asked_for[4]["subject"], asked_for[4]["body"], headers=robot)
        desk.nobody_hears_anything()
        await desk.mail(BOB, asked_for[1]["subject"], asked_for[1]["body"])
        desk.hears("requester", "wish_answer", "4 of 5")
        desk.nobody_hears_anything()
        assert len(await asked(desk, "select id from event where kind = 'rated'")) == 1
        await desk.mail(BOB, asked_for[5]["subject"], asked_for[5]["body"])
        desk.hears("requester", "wish_answer", "open again")
        desk.forget()
        await desk.mail("Eve <eve@elsewhere.example>", asked_for[5]["subject"], asked_for[5]["body"])
        desk.hears("desk", "held")
        assert await asked(desk, "select count(*) from ticket") == [(1,)]


async def test_a_rating_of_a_closed_ticket_opens_no_new_one(story: Begin) -> None:
    async with story() as desk:
        await taken(desk)
        await desk.says("ben", "solve 1 New roller.")
        solution = desk.hears("requester", "solution")
        await desk.says("desk", "check 1 ok")
        await desk.at("2026-12-02 09:00")
        desk.forget()
        assert await asked(desk, "select state from ticket") == [("closed",)]
        await desk.mail(BOB, "Re: [FD-1] Solved", "4", answers=solution)
        desk.hears("requester", "wish_answer", "4 of 5")
        assert await asked(desk, "select count(*) from ticket") == [(1,)]


async def test_words_to_reply_with_are_named_and_a_wait_goes_on(story: Begin) -> None:
    async with story() as desk:
        await taken(desk)
        await desk.says("ben", "wait 1 Which printer is it?")
        question = desk.hears("requester", "question")
        desk.forget()
        await desk.mail(BOB, "Re: [FD-1]", "help", answers=question)
        desk.hears("requester", "wish_answer", "on site", "1 to 5", "Which printer is it?")
        desk.nobody_hears_anything()
        assert await asked(desk, "select state from ticket") == [("waiting",)]


async def test_a_knowledge_base_that_is_not_there_is_not_pretended(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(LI, "知识库 蓝屏", "怎么办？")
        confirmation = desk.hears("requester", "confirmation", "知识库尚未建成")
        desk.forget()
        assert await asked(desk, "select kind from ticket") == [("question",)]
        await desk.mail(LI, "回复: 知识库", "知识库 打印机", answers=confirmation)
        desk.hears("requester", "wish_answer", "知识库尚未建成")
        desk.hears("engineer", "wish", "知识库 打印机")


async def test_words_without_proof_change_nothing(story: Begin) -> None:
    """Anybody can write a From and a number into a subject: it is kept as an answer, and that is all."""
    async with story() as desk:
        await taken(desk)
        await desk.mail(BOB, "Re: [FD-1] Printer jam", "cancel")
        desk.hears("engineer", "answer")
        desk.hears("group", "answer_group")
        desk.nobody_hears_anything()
        assert await asked(desk, "select state from ticket") == [("accepted",)]


async def test_a_solved_mails_own_subject_is_no_word(story: Begin) -> None:
    """The subject of an answer is ours: "[FD-1] Solved" in it says nothing about the answer."""
    async with story() as desk:
        await taken(desk)
        await desk.says("ben", "solve 1 New roller.")
        solution = desk.hears("requester", "solution")
        desk.forget()
        await desk.mail(BOB, "Re: [FD-1] Solved", "It jams again, the same as yesterday.", answers=solution)
        desk.hears("engineer", "answer")
        desk.hears("engineer", "reopened")
        desk.hears("group", "answer_group")
        desk.sees_card()
        desk.nobody_hears_anything()


async def test_a_machine_that_answers_gets_no_echo(story: Begin) -> None:
    async with story() as desk:
        mail = await taken(desk)
        headers = {"Precedence": "bulk"}
        await desk.mail(BOB, "Re: [FD-1] Printer jam", "status", answers=mail, headers=headers)
        desk.nobody_hears_anything()


async def test_what_is_missing_is_asked_once_in_the_confirmation(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam", "It jams in room 312.\n\nBob Miller\nPhone 4711")
        said = desk.hears("requester", "confirmation", "please reply with what you know of", "device's label").words
        assert "telephone number" not in said
        assert "building" not in said
        await desk.mail(BOB, "Printer jam", "Room 312, asset tag A-4711, phone 4711")
        assert "please reply with" not in desk.hears("requester", "confirmation").words
        desk.forget()
