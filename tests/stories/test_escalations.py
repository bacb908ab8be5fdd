"""What the project manager gets with a warning and can do about it: what was tried, steps, a new promise, whom to call."""

from collections.abc import Callable

from bot.commands.base import number_and_rest
from bot.config import Person
from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
PEOPLE = [
    Person(handle="anna", name="Anna", roles=["resident"], phone="13900000001"),
    Person(handle="ben", name="Ben", roles=["resident"], mail="ben@staff.example"),
    Person(handle="dora", name="Dora", roles=["desk"], phone="13900000003"),
    Person(handle="pm", name="Paul", roles=["manager"], mail="pm@staff.example"),
    Person(handle="dep", name="Dep", roles=["deputy"], phone="13900000005"),
]


async def test_a_warning_says_what_was_tried_and_a_new_promise_moves_no_clock(story: Begin) -> None:
    async with story(people=PEOPLE) as desk:
        await desk.mail(BOB, "Printer jam", "My secret words")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/reply 1 On my way.", where="anna")
        await desk.says("anna", "/note 1 The roller is worn out.", where="anna")
        await desk.at("13:35")
        desk.forget()
        await desk.at("13:36")
        alert = desk.hears("pm", "alert", "FD-1 solution: about to be missed, 24 min left")
        assert "Anna: note: The roller is worn out." in alert.words
        assert "Anna: taken" in alert.words
        assert alert.words.count("On my way.") == 1
        assert "secret" not in alert.words
        assert alert.chat
        labels = [one.label for line in alert.chat.buttons for one in line]
        assert labels == ["Seen", "Assign", "Reply…", "New promise", "Call", "Details"]
        await desk.presses("pm", alert, "New promise", where="pm")
        desk.hears("pm", "phrase", "FD-1: until when, and why? Please write it here")
        await desk.says("pm", "2026-11-24 15:00 The roller comes on Tuesday.", where="pm")
        desk.hears("pm", "phrase", "new promise is Tue 24 Nov, 15:00", "Deadlines and verdicts do not change")
        mail = desk.hears("requester", "extended", "Tue 24 Nov, 15:00", "The roller comes on Tuesday.", "Paul writes")
        assert "Auto-Submitted" not in mail.mail
        desk.hears("anna", "extension", "Tue 24 Nov, 15:00")
        desk.sees_card("Solution due Mon 23 Nov, 14:00 · New promise: Tue 24 Nov, 15:00")
        await desk.says("dora", "/why 1")
        desk.hears("group", "why", "🤝 New promise since Mon 23 Nov, 13:36: Tue 24 Nov, 15:00", "Mon 23 Nov, 14:00")
        await desk.at("14:00")
        desk.hears("pm", "alert", "missed", "New promise to the user: Tue 24 Nov, 15:00")
        desk.forget()
        assert (await desk.clocks())["resolve"] == "running"
        await desk.says("dora", "/ticket 1", where="dora")
        desk.hears("dora", "details", "🤝 New promise: Tue 24 Nov, 15:00", "new time promised: The roller comes")


async def test_only_the_project_manager_grants_and_wrong_words_are_explained(story: Begin) -> None:
    async with story(people=PEOPLE) as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.says("dora", "/extend 1 18:00 because", where="dora")
        desk.hears("dora", "phrase", "You may not do this")
        for words, answer in (
            ("soon, I hope", "I do not understand “soon, I hope” as a future time"),
            ("2026-11-20 15:00 over", "I do not understand “2026-11-20 15:00”"),
            ("18:00", "Please add the words"),
        ):
            await desk.says("pm", f"/extend 1 {words}", where="pm")
            desk.hears("pm", "phrase", answer)
        desk.nobody_hears_anything()
        await desk.says("pm", "延期 1 １８：００ 等配件", where="pm")
        desk.hears("pm", "phrase", "Mon 23 Nov, 18:00")
        desk.hears("requester", "extended", "等配件")
        desk.hears("dora", "extension", "18:00")
        desk.sees_card("New promise: Mon 23 Nov, 18:00")
        await desk.says("dora", "/solve 1 Done.")
        desk.forget()
        await desk.says("pm", "/extend 1 18:00 more", where="pm")
        desk.hears("pm", "phrase", "not possible now")


def test_a_date_or_a_time_is_no_ticket_number() -> None:
    """An answer to a warning needs no number: `extend 2026-12-01 15:00 why`."""
    assert number_and_rest("2026-12-01 15:00 The part comes.") is None
    assert number_and_rest("18:00 The part comes.") is None
    assert number_and_rest("１８：００ 等配件") is None
    assert number_and_rest("FD-17 2026-12-01 15:00 why") == (17, "2026-12-01 15:00 why")
    assert number_and_rest("17: it is hot") == (17, ": it is hot")


async def test_telephone_numbers_are_shown_in_private_only(story: Begin) -> None:
    async with story(people=PEOPLE) as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        desk.forget()
        await desk.says("pm", "/calls 1")
        shown = desk.hears("pm", "calls", "user: Bob Miller, no number known", "engineer: Anna, 13900000001")
        assert "deputy of the project manager: Dep, 13900000005" in shown.words
        assert shown.words.count("Anna") == 1


async def test_several_warnings_are_ranked_by_what_can_be_saved_and_seen_one_by_one(story: Begin) -> None:
    async with story(people=PEOPLE) as desk:
        await desk.mail(BOB, "The first")
        await desk.passes(2)
        await desk.mail(BOB, "The second")
        await desk.at("09:07")
        desk.forget()
        await desk.restarts(after_minutes=4)
        both = desk.hears("pm", "alert", "2 deadlines need you, most urgent: FD-2", "Nobody has done anything yet")
        desk.forget()
        await desk.presses("pm", both, "✓ FD-2", where="pm")
        desk.hears("pm", "phrase", "FD-2 (dispatch) is noted as seen")
        desk.nobody_hears_anything()


async def test_a_warning_that_goes_by_mail_says_the_same(story: Begin) -> None:
    people = [*PEOPLE[:3], PEOPLE[3].model_copy(update={"prefers": "mail"}), *PEOPLE[4:]]
    async with story(people=people) as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/note 1 The roller is worn out.", where="anna")
        desk.forget()
        await desk.at("09:30")
        mine = desk.hears("anna", "alert", "response: half of the time is gone")
        assert mine.chat
        labels = [one.label for line in mine.chat.buttons for one in line]
        assert labels == ["Seen", "Reply…", "Phoned…", "Details"], "what keeps the promise is one press away"
        await desk.presses("anna", mine, "Phoned…", where="anna")
        desk.hears("anna", "phrase", "what was said on the telephone?")
        await desk.says("anna", "/cancel", where="anna")
        await desk.at("09:53")
        desk.forget()
        await desk.at("09:54")
        desk.hears("pm@staff.example", "alert", "response", "Anna: note: The roller is worn out.", "/ack FD-1")
        await desk.at("10:08")
        desk.forget()
        await desk.at("10:09")
        again = desk.hears("pm", "alert", "response: missed, 9 min over", "Nobody acknowledged the first alert")
        assert "about to be" not in again.words
        assert "Also told: Dep" in again.words
        hers = desk.hears("dep", "alert", "response: missed, 9 min over", "Nobody acknowledged the first alert")
        assert "Also told: Paul\n" in hers.words
        desk.nobody_hears_anything()
        await desk.says("pm", "/ack 1", where="pm")
        desk.hears("pm", "phrase", "noted as seen")
        await desk.at("10:59")
        assert not [one for one in desk._unheard if "response" in one.words], "the breach is acknowledged in time"
        desk.forget()
