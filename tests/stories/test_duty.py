"""Who is on duty now and next, swapped duty, hand-over at the beginning of a shift, and being back early."""

from collections.abc import Callable

from bot.config import Person, Shift
from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
PEOPLE = [
    Person(handle="anna", name="Anna", roles=["resident"], phone="13900000001"),
    Person(handle="li", name="Li", roles=["resident"]),
    Person(handle="dora", name="Dora", roles=["desk"]),
    Person(handle="eve", name="Eve", roles=["desk"]),
    Person(handle="pm", name="Paul", roles=["manager"]),
]
SHIFTS = [
    Shift(role="resident", person="anna", days=["mon", "tue"], hours="08:00-16:00"),
    Shift(role="resident", person="li", days=["mon", "tue"], hours="16:00-23:00"),
    Shift(role="desk", person="dora", hours="08:00-12:00"),
    Shift(role="desk", person="eve", hours="12:00-20:00"),
]


async def test_the_rota_is_shown_with_telephones_in_private_only(story: Begin) -> None:
    async with story(people=PEOPLE, shifts=SHIFTS, desk={"reachability": "off"}) as desk:
        await desk.says("dora", "/oncall")
        shown = desk.hears("group", "oncall", "resident engineer: Anna (until Mon 23 Nov, 16:00)", "then Li")
        assert "13900000001" not in shown.words
        assert "project manager: Paul\n" in f"{shown.words}\n", "a role without shifts is always held"
        await desk.says("li", "/值班 2026-11-24", where="li")
        desk.hears("li", "oncall", "Anna 13900000001 (Tue 24 Nov, 08:00 – Tue 24 Nov, 16:00)", "nobody")
        await desk.says("li", "/oncall soon", where="li")
        desk.hears("li", "phrase", "I cannot read the date")


async def test_two_engineers_swap_and_alerts_go_to_who_has_the_duty_then(story: Begin) -> None:
    async with story(people=PEOPLE, shifts=SHIFTS, desk={"reachability": "off"}) as desk:
        await desk.says("anna", "/swap li 2026-11-24", where="anna")
        desk.hears("anna", "phrase", "Li is asked", "number 1")
        asked = desk.hears("li", "swap", "Anna asks to swap duty: you take 2026-11-24")
        await desk.says("eve", "/swap yes 1", where="eve")
        desk.hears("eve", "phrase", "No swap 1 is waiting for you")
        await desk.presses("li", asked, "Agree", where="li")
        desk.hears("li", "phrase", "Swapped: Li has Anna's duty of 2026-11-24")
        for each in ("anna", "dora"):
            desk.hears(each, "swap", "Swapped (by Li)", "Li has Anna's duty of 2026-11-24")
        await desk.says("dora", "/oncall 2026-11-24")
        desk.hears("group", "oncall", "Li (Tue 24 Nov, 08:00", "Anna (Tue 24 Nov, 16:00")
        await desk.says("dora", "/swap")
        desk.hears("group", "swaps", "1 · Anna 2026-11-24 ↔ Li 2026-11-24: agreed")
        await desk.presses("li", asked, "I cannot", where="li")
        desk.hears("li", "phrase", "No swap 1 is waiting for you")
        await desk.says("dora", "/swap cancel 1")
        desk.hears("speaker", "phrase", "cancelled")
        for each in ("anna", "li"):
            desk.hears(each, "swap", "was cancelled (by Dora)")
        await desk.says("pm", "/swap anna li 2026-11-24 2026-11-30", where="pm")
        desk.hears("pm", "phrase", "Swapped: Li has Anna's duty of 2026-11-24, Anna has Li's of 2026-11-30")
        for each in ("anna", "li", "dora"):
            desk.hears(each, "swap", "Swapped (by Paul)")
        await desk.says("dora", "/oncall 2026-11-24")
        desk.hears("group", "oncall", "Li (Tue 24 Nov, 08:00 – Tue 24 Nov, 23:00)")


async def test_what_cannot_be_swapped_is_said_and_a_question_is_declined_or_taken_back(story: Begin) -> None:
    async with story(people=PEOPLE, shifts=SHIFTS, desk={"reachability": "off"}) as desk:
        for words, answer in (
            ("anna 2026-11-24", "two different people"),
            ("li 2026-11-20", "That date is in the past"),
            ("dora 2026-11-24", "Neither Anna nor Dora has a duty then"),
            ("li soon", "Write it like this"),
            ("li dora 2026-11-24", "You may not do this"),
        ):
            await desk.says("anna", f"/swap {words}", where="anna")
            desk.hears("anna", "phrase", answer)
        await desk.says("anna", "换班 li 2026-11-24 2026-11-30", where="anna")
        desk.hears("anna", "phrase")
        asked = desk.hears("li", "swap", "takes yours of 2026-11-30")
        await desk.presses("li", asked, "I cannot", where="li")
        desk.hears("li", "phrase", "Anna has been told")
        desk.hears("anna", "swap", "Li cannot swap")
        await desk.says("anna", "/swap li 2026-11-24", where="anna")
        desk.forget()
        await desk.says("anna", "/swap cancel 2", where="anna")
        desk.hears("anna", "phrase", "cancelled")
        desk.hears("li", "swap", "cancelled")


async def test_a_shift_is_handed_over_with_what_is_open(story: Begin) -> None:
    """Instead of the question whether she can be reached; who does not take over is told to desk and manager."""
    deputy = Person(handle="vera", name="Vera", roles=["deputy"])
    async with story(people=[*PEOPLE, deputy], shifts=SHIFTS, desk={"handover": True}) as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.mail(BOB, "Slow network")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/reply 1 On my way.", where="anna")
        await desk.says("anna", "/wait 1 Which printer?", where="anna")
        await desk.at("11:59")
        desk.forget()
        await desk.at("12:00")
        asked = desk.hears("eve", "hand_over", "You are on duty now as service desk, after Dora", "2 open")
        assert "1 without an engineer, 1 overdue, 1 waiting for the user" in asked.words
        assert "🆕 FD-2" in asked.words
        desk.hears("eve", "alert", "FD-2")
        desk.nobody_hears_anything()
        await desk.at("12:05")
        desk.forget()
        await desk.presses("eve", asked, "I take over", where="eve")
        desk.hears("eve", "phrase", "you have taken over")
        await desk.at("15:59")
        desk.forget()
        await desk.at("16:00")
        desk.hears("li", "hand_over", "resident engineer, after Anna")
        desk.forget()
        await desk.at("16:15")
        desk.hears("eve", "unreachable", "Li, on duty as resident engineer, has not taken over")
        desk.hears("pm", "unreachable", "has not taken over")
        desk.hears("vera", "unreachable", "has not taken over")
        desk.forget()


async def test_a_shift_that_nobody_keeps_is_an_alarm_and_who_is_back_early_keeps_it(story: Begin) -> None:
    async with story(people=PEOPLE, shifts=SHIFTS, desk={"handover": True}) as desk:
        await desk.says("li", "/absent li 2026-11-23..2026-11-24", where="li")
        desk.forget()
        await desk.at("16:00")
        for who in ("eve", "pm"):
            desk.hears(who, "duty_empty", "Nobody is on duty as resident engineer until Tue 24 Nov, 08:00")
        desk.forget()
        await desk.says("anna", "/back li", where="anna")
        desk.hears("anna", "phrase", "You may not do this")
        await desk.says("li", "/back", where="li")
        desk.hears("li", "phrase", "Welcome back, Li", "Wed 25 Nov, 00:00")
        desk.hears("pm", "absence", "not away after all")
        await desk.says("li", "销假", where="li")
        desk.hears("li", "phrase", "Li has no absence noted by command")
        await desk.says("li", "/accept", where="li")
        desk.hears("li", "phrase", "Nobody had asked")
        await desk.says("dora", "/oncall")
        desk.hears("group", "oncall", "resident engineer: Li (until Mon 23 Nov, 23:00)")
