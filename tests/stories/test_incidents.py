"""Security incidents: reported in private, known to the insiders alone, never to whom they are about (SP-10.4)."""

from collections.abc import Callable
from typing import Any

from tests.stories.story import Heard, Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
CUSTOMER: list[dict[str, Any]] = [
    {"key": "acme", "locale": "en", "domains": ["customer.example"], "it_department": ["it@customer.example"]}
]
STAFF: list[dict[str, Any]] = [
    {"handle": "anna", "name": "Anna", "roles": ["resident"]},
    {"handle": "ben", "name": "Ben", "roles": ["resident", "deputy"]},
    {"handle": "desk", "name": "Dora", "roles": ["desk"]},
    {"handle": "pm", "name": "Paul", "roles": ["manager"]},
    {"handle": "vera", "name": "Vera", "roles": ["security"]},
]
ASKED = (
    "ticket 1", "trace 1", "why 1", "told 1", "note 1 x", "take 1", "solve 1 x", "list", "list all", "due all", "board",
    "mine", "forecast all", "forecast 1", "security", "child 1 of 2", "merge 2 into 1", "calls 1", "sheet 1",
)  # fmt: skip


async def asks(desk: Story, who: str, words: str) -> Heard:
    await desk.says(who, words, where=who)
    return desk._unheard.pop()


async def test_an_incident_is_hidden_from_everybody_but_the_insiders(story: Begin) -> None:
    async with story(customers=CUSTOMER, people=STAFF) as desk:
        await desk.says("desk", "security leak about anna: 2 lists of users were on the net", where="desk")
        desk.hears("desk", "phrase", "FD-1: only the project manager and the security officer see your report")
        for insider in ("pm", "vera"):
            desk.hears(insider, "security", "FD-1: security incident, leak, about Anna", "by Dora", "2 lists of users")
        notice = desk.hears("it@customer.example", "security_notice", "leak, Mon 23 Nov, 09:00", "[FD-1]")
        assert "Anna" not in notice.words
        assert "lists" not in notice.words
        desk.nobody_hears_anything()

        await desk.mail(BOB, "Printer jam")
        desk.forget()
        for who in ("anna", "ben", "desk"):
            for words in ASKED:
                said = await asks(desk, who, words)
                assert "leak" not in said.words
                assert "2 lists" not in said.words
                number = said.words.replace("There is no FD-1.", "")
                assert "FD-1" not in number, f"{who}: {words}\n{said}"
        desk.forget()
        assert "FD-1" in (await asks(desk, "vera", "security")).words
        assert "Anna" in (await asks(desk, "pm", "ticket 1")).words
        await desk.says("pm", "ticket 1")
        assert "FD-1 leak" not in desk.hears("group", "phrase").words
        await desk.says("pm", "merge 2 into 1", where="pm")
        desk.hears("pm", "phrase", "cannot be merged")

        await desk.passes(70)
        assert {one.to for one in desk._unheard if "FD-1" in one.words} == {"pm", "vera"}
        desk.forget()
        await desk.passes(60)
        assert {one.to for one in desk._unheard if "FD-1" in one.words} <= {"pm", "vera"}
        desk.forget()
        await desk.says("vera", "solve 1 The lists are off the net.", where="vera")
        desk.hears("it@customer.example", "major_notice", "is over. You will get our report on it by Thu 26 Nov")
        desk.hears("pm", "major", "is over")
        desk.hears("vera", "major", "is over")
        desk.hears("vera", "phrase", "FD-1 is solved")
        desk.nobody_hears_anything()


async def test_a_user_reports_one_by_mail_and_a_ticket_becomes_one(story: Begin) -> None:
    async with story(customers=CUSTOMER, people=STAFF) as desk:
        await desk.mail(BOB, "Security incident: the manager copies our data", "Paul took the list home.")
        mail = desk.hears(
            "requester",
            "confirmation",
            "your security report has arrived",
            "only the project manager and the security officer read it",
        )
        desk.hears("pm", "security")
        desk.hears("vera", "security", "Paul took the list home")
        desk.hears("it@customer.example", "security_notice")
        desk.nobody_hears_anything()
        await desk.says("vera", "security 1 stolen about pm", where="vera")
        desk.hears("vera", "phrase", "security incident now")
        desk.hears("vera", "security", "stolen user data, about Paul")
        desk.hears("it@customer.example", "security_notice", "stolen user data")
        desk.nobody_hears_anything()
        await desk.says("vera", "security 1 stolen about pm", where="vera")
        desk.hears("vera", "phrase", "security incident now")
        desk.hears("vera", "security")
        desk.nobody_hears_anything()  # the IT department would read the same once more
        await desk.mail(BOB, "Re: [FD-1]", "And the disk, too.", answers=mail)
        desk.hears("vera", "answer", "And the disk, too.")
        desk.nobody_hears_anything()
        for words in ("take 1", "wait 1 Which disk?"):
            await desk.says("vera", words, where="vera")
        desk.forget()
        await desk.at("2026-11-25 09:00")
        desk.hears("requester", "question_again", "Which disk?")
        desk.forget()
        assert "FD-1" not in (await asks(desk, "pm", "security")).words
        said = await asks(desk, "pm", "ticket 1")
        assert "stolen" not in said.words

        await desk.mail(BOB, "Odd mails from our server")
        desk.sees_card("FD-2")
        desk.forget()
        await desk.says("desk", "security 2 changed", where="desk")
        desk.hears("pm", "security", "FD-2", "unauthorised change of data")
        desk.hears("vera", "security")
        desk.forget()
        said = await asks(desk, "desk", "ticket 2")
        assert "Odd mails" not in said.words
        await desk.says("anna", "security the badge of room 3 is copied")
        desk.hears(
            "anna",
            "phrase",
            "FD-3: only the project manager and the security officer see your report",
            "next time please use our private chat",
        )
        desk.forget()
