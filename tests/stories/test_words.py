"""Plain words where people really write them: among thanks, in a subject, on what is solved, closed or others' too."""

from collections.abc import Callable

from tests.stories.story import Heard, Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
LI = "李伟 <li@customer.example>"


async def taken(desk: Story) -> Heard:
    """FD-1 of Bob's, Ben's; gives the mail to answer."""
    await desk.mail(BOB, "Printer jam", "It jams in room 312.")
    await desk.says("ben", "take 1")
    mail = desk.hears("requester", "assigned")
    desk.forget()
    return mail


async def solved(desk: Story) -> Heard:
    await taken(desk)
    await desk.says("ben", "solve 1 New roller.")
    solution = desk.hears("requester", "solution")
    desk.forget()
    return solution


async def closed(desk: Story) -> Heard:
    solution = await solved(desk)
    await desk.says("desk", "check 1 ok", where="desk")
    await desk.at("2026-12-01 10:00")
    assert (await desk.ticket()).state == "closed"
    desk.forget()
    return solution


async def states(desk: Story, count: int) -> list[str]:
    assert await desk.ticket(count + 1) is None
    return [(await desk.ticket(number)).state for number in range(1, count + 1)]


PRAISE = {
    "5分，服务很好！": "5 of 5",
    "★★★★☆": "4 of 5",
    "满意，谢谢师傅": "5 of 5",
    "已解决，5分。谢谢！": "noted as solved, with your rating: 5 of 5",
    "Thanks, Ben! It's working now.": "noted as solved. If",
    "Never mind, thanks": "noted as solved",
}


async def test_praise_and_thanks_around_a_word_reopen_nothing(story: Begin) -> None:
    async with story() as desk:
        solution = await solved(desk)
        for words, said in PRAISE.items():
            await desk.mail(BOB, "Re: [FD-1] Solved", words, answers=solution)
            desk.hears("requester", "wish_answer", said)
            desk.nobody_hears_anything()
        assert await states(desk, 1) == ["solved"]


async def test_thanks_in_her_own_words_reopen_nothing_and_what_says_more_does(story: Begin) -> None:
    async with story() as desk:
        solution = await solved(desk)
        for words in (
            "Thanks for the quick fix, Ben!\n\nBest regards\nBob Miller\nRoom 312",
            "谢谢李工，辛苦了！",
            "👍",
        ):
            await desk.mail(BOB, "Re: [FD-1] Solved", words, answers=solution)
            desk.hears("ben", "answer")
            desk.hears("group", "answer_group")
            desk.nobody_hears_anything()
        await desk.mail(BOB, "Re: [FD-1] Solved", "Solved.\nBut the other printer jams, too.", answers=solution)
        desk.hears("ben", "reopened")
        desk.forget()
        assert await states(desk, 1) == ["accepted"]


async def test_a_low_rating_beside_solved_is_told_and_words_below_a_good_one_reach_the_engineer(story: Begin) -> None:
    async with story() as desk:
        solution = await solved(desk)
        await desk.mail(BOB, "Re: [FD-1] Solved", "Solved, 2 stars", answers=solution)
        desk.hears("requester", "wish_answer", "rating: 2 of 5. We are sorry")
        desk.hears("desk", "wish", "rates it 2 of 5")
        desk.hears("pm", "wish")
        await desk.mail(BOB, "Re: [FD-1] Solved", "5\nPlease look at the tray some day.", answers=solution)
        desk.hears("requester", "wish_answer", "5 of 5")
        assert "what was wrong" not in desk.hears("ben", "wish", "rates it 5 of 5", "the tray some day").words
        desk.nobody_hears_anything()


async def test_what_is_cancelled_twice_stays_so_and_who_urges_on_what_is_solved_has_it_open_again(story: Begin) -> None:
    async with story() as desk:
        mail = await taken(desk)
        for _ in range(2):
            await desk.mail(BOB, "Re: [FD-1]", "撤销", answers=mail)
            desk.hears("requester", "wish_answer", "FD-1 is withdrawn")
        desk.forget()
        await desk.mail(BOB, "Re: [FD-1]", "knowledge base: jams", answers=mail)
        desk.hears("requester", "wish_answer", "no knowledge base")
        desk.hears("ben", "wish", "knowledge base: jams")
        desk.nobody_hears_anything()
        assert await states(desk, 1) == ["solved"]
        await desk.mail(BOB, "Re: [FD-1]", "催办", answers=mail)
        desk.hears("requester", "wish_answer", "Ben 本 has been told that you are waiting", "in progress")
        desk.hears("ben", "reopened")
        desk.hears("ben", "wish")
        desk.sees_card("in progress")
        desk.nobody_hears_anything()


async def test_a_word_may_stand_in_the_subject_of_an_answer_with_nothing_below_it(story: Begin) -> None:
    async with story() as desk:
        mail = await taken(desk)
        quoted = "--- 请在此行以上回复 / reply above this line ---\n\nBen 本 now takes care of FD-1."
        for text in (" ", quoted):
            await desk.mail(BOB, "回复：催办", text, answers=mail)
            desk.hears("requester", "wish_answer", "FD-1")
            assert "is taking care" not in desk.hears("ben", "wish", "│ 催办").words
        await desk.mail(BOB, "Now it smokes", " ", answers=mail)
        desk.hears("ben", "answer", "│ Now it smokes")
        desk.hears("group", "answer_group")
        await desk.mail(BOB, "[FD-1] Smoke again", "See above.")
        desk.hears("ben", "answer", "│ Smoke again", "│ See above.", "not verified")
        desk.hears("group", "answer_group")
        desk.nobody_hears_anything()


async def test_a_number_without_brackets_is_understood_from_whoever_takes_part(story: Begin) -> None:
    async with story() as desk:
        await taken(desk)
        for subject in ("FD-1 催办", "status FD-1", "Re: fd-1, any news?"):
            await desk.mail(BOB, subject, "Is anybody there?")
            desk.hears("ben", "answer", "not verified")
            desk.hears("group", "answer_group")
        await desk.mail(BOB, "Another one, not as in FD-1", "The scanner is dark.")
        desk.hears("requester", "confirmation", "FD-2")
        await desk.mail("Eve <eve@elsewhere.example>", "FD-1 催办", "Mine")
        desk.hears("eve@elsewhere.example", "confirmation", "FD-3")
        desk.forget()
        assert await states(desk, 3) == ["accepted", "new", "new"]


async def test_thanks_and_words_on_a_closed_ticket_open_no_new_one_and_a_complaint_does(story: Begin) -> None:
    """SP-4.4: a complaint always reaches the project manager.

    What goes on under a new number is named after the old one: with a tag more at each turn, her third answer would
    have been taken for a loop of two ticket systems.
    """
    async with story() as desk:
        solution = await closed(desk)
        await desk.mail(BOB, "Re: [FD-1] Solved", "Thank you all!", answers=solution)
        desk.hears("ben", "answer", "Thank you all!", "The ticket is closed", "/split FD-1")
        desk.hears("group", "answer_group")
        for word, said in (("status", "State: closed"), ("solved", "closed"), ("cancel", "closed"), ("help", "urge")):
            await desk.mail(BOB, "Re: [FD-1] Solved", word, answers=solution)
            desk.hears("requester", "wish_answer", said)
        desk.nobody_hears_anything()
        assert await states(desk, 1) == ["closed"]
        await desk.mail(BOB, "Re: [FD-1] Solved", "Complaint: it took a week.", answers=solution)
        desk.hears("requester", "confirmation", "[FD-2]", "The project manager has been told", "FD-1")
        desk.hears("pm", "wish", "it took a week")
        await desk.mail(LI, "关于服务", "投诉：三天没人来")
        desk.forget()
        assert {(await desk.ticket(number)).kind for number in (2, 3)} == {"complaint"}
        await desk.mail(BOB, "Re: [FD-1] Solved", "It jams again.", answers=solution)
        mail = desk.hears("requester", "confirmation", "[FD-4] Received: Printer jam")
        await desk.mail("Eve <eve@elsewhere.example>", "Re: [FD-4] Received: [FD-1] jam", "Mine, too.")
        desk.hears("eve@elsewhere.example", "confirmation", "[FD-5] Received: Re: Received: jam")
        desk.forget()
        await desk.mail(BOB, f"Re: {mail.mail['Subject']}", "And it smokes.", answers=mail)
        desk.hears("desk", "answer", "And it smokes.")
        desk.forget()


async def test_a_suggestion_in_an_answer_stands_on_the_list_and_a_question_reaches_a_person(story: Begin) -> None:
    async with story() as desk:
        mail = await taken(desk)
        await desk.mail(BOB, "Re: [FD-1]", "Suggestion: a second printer on floor 3", answers=mail)
        desk.hears(
            "requester", "confirmation", "[FD-2] Received: Suggestion: a second printer", "project manager's list"
        )
        desk.hears("pm", "wish", "a second printer")
        desk.forget()
        assert (await desk.ticket(2)).kind == "suggestion"
        await desk.mail(BOB, "Re: [FD-1]", "Question: may I use the tray?", answers=mail)
        desk.hears("requester", "wish_answer", "has received your question about FD-1")
        desk.hears("ben", "wish", "may I use the tray?")
        await desk.says("ben", "wait 1 What do you want?", where="ben")
        question = desk.hears("requester", "question")
        desk.forget()
        await desk.mail(BOB, "Re: [FD-1]", "建议：换一台", answers=question)
        desk.hears("ben", "answer", "换一台")
        desk.forget()
        assert await states(desk, 2) == ["accepted", "new"]


async def test_who_reported_a_known_outage_hears_how_the_outage_stands_and_stays_part_of_it(story: Begin) -> None:
    """R16: only when the outage is over, and hers is not, does it stand for itself."""
    async with story() as desk:
        await taken(desk)
        await desk.says("desk", "/master 1", where="desk")
        await desk.mail(LI, "三楼没有网络")
        confirmation = desk.hears("li@customer.example", "confirmation")
        await desk.says("desk", "/child 2 of 1", where="desk")
        desk.forget()
        await desk.mail(LI, "Re: yours", "状态", answers=confirmation)
        desk.hears("li@customer.example", "wish_answer", "属于已知故障 FD-1，负责人：Ben 本")
        await desk.mail(LI, "Re: yours", "撤销", answers=confirmation)
        desk.hears("li@customer.example", "wish_answer", "已撤销")
        desk.forget()
        await desk.mail(LI, "Re: yours", "还是没有网络", answers=confirmation)
        desk.hears("ben", "answer", "还是没有网络")
        desk.hears("ben", "reopened")
        desk.hears("group", "answer_group")
        assert "→ part of the outage FD-1" in desk.sees_card("FD-2").words
        assert (await desk.ticket(2)).master_id == (await desk.ticket(1)).id
        await desk.at("13:45")
        assert not [one for one in desk._unheard if one.row.kind == "alert" and "FD-2" in one.words]
        await desk.says("ben", "solve 1 Switch.", where="ben")
        desk.hears("li@customer.example", "solution", "Switch.")
        desk.forget()
