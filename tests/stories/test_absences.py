"""Who is away, by command; and staff by command on the rota (R22)."""

from collections.abc import Callable

from bot.config import Absence, Person, Shift
from tests.stories.story import AT_TERMINAL, Story, instant

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
PEOPLE = [
    Person(handle="anna", name="Anna", roles=["resident"]),
    Person(handle="ben", name="Ben", roles=["resident"]),
    Person(handle="dora", name="Dora", roles=["desk"]),
    Person(handle="pm", name="Paul", roles=["manager"]),
]
QUIET = {"reachability": "off"}


async def test_a_stand_in_hears_what_the_absent_engineer_would(story: Begin) -> None:
    async with story(people=PEOPLE) as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        desk.forget()
        await desk.says("dora", "/absent anna 2026-11-23..2026-11-24 stand-in ben")
        desk.hears("group", "phrase", "Anna is away from Mon 23 Nov, 00:00 to Wed 25 Nov, 00:00", "Ben stands in")
        desk.hears("ben", "absence", "Anna is away", "You stand in", "by Dora")
        desk.hears("pm", "absence", "Ben stands in")
        await desk.at("09:30")
        desk.hears("ben", "alert", "FD-1", "response")
        await desk.says("anna", "/请假", where="anna")
        desk.hears("anna", "absences", "1 · Anna", "Ben stands in")
        await desk.says("anna", "/absent cancel 1", where="anna")
        desk.hears("anna", "phrase", "Anna is not away after all")
        desk.hears("ben", "absence", "no longer stand in")
        desk.hears("pm", "absence", "not away after all")
        await desk.at("09:45")
        desk.hears("anna", "alert", "FD-1")
        desk.hears("dora", "alert", "FD-1")
        desk.nobody_hears_anything()


async def test_who_is_named_after_nobody_was_stands_in_and_hears_of_it_once(story: Begin) -> None:
    deputy = Person(handle="vera", name="Vera", roles=["deputy"])
    async with story(people=[*PEOPLE, deputy]) as desk:
        await desk.says("pm", "/absent 2026-11-23..2026-11-25", where="pm")
        desk.hears("pm", "phrase", "nobody stands in")
        desk.hears("vera", "absence", "Nobody stands in")
        await desk.says("pm", "/absent 2026-11-23..2026-11-25 stand-in vera", where="pm")
        desk.hears("pm", "phrase", "Vera stands in")
        desk.hears("vera", "absence", "You stand in")
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.at("09:08")
        desk.hears("dora", "alert", "dispatch")
        alert = desk.hears("vera", "alert", "FD-1 dispatch: due soon")
        assert "Nobody is on duty" not in alert.words, "she stands in, and knows it"
        await desk.says("pm", "/absent", where="pm")
        desk.hears("pm", "absences", "1 · Paul", "2 · Paul", "Vera stands in")
        desk.nobody_hears_anything()


async def test_an_engineer_notes_her_own_absence_and_nobody_elses(story: Begin) -> None:
    async with story(people=PEOPLE) as desk:
        await desk.says("ben", "请假 2026-12-01 13:00-18:00", where="ben")
        desk.hears("ben", "phrase", "Tue 1 Dec, 13:00 to Tue 1 Dec, 18:00", "nobody stands in")
        desk.hears("pm", "absence", "Nobody stands in")
        await desk.says("ben", "/absent anna 2026-12-01", where="ben")
        desk.hears("ben", "phrase", "You may not do this")
        await desk.says("anna", "/absent cancel 1", where="anna")
        desk.hears("anna", "phrase", "no absence 1 noted by command")


async def test_what_cannot_be_is_refused_and_what_follows_is_said(story: Begin) -> None:
    """A hole in the rota and a booking that she cannot keep are in the answer."""
    away = [Absence(person="ben", since=instant("2026-12-01 00:00"), until=instant("2026-12-02 00:00"))]
    shifts = [Shift(role="resident", person="anna", hours="09:00-18:00")]
    async with story(people=PEOPLE, absences=away, shifts=shifts, places={"hq": {}}) as desk:
        await desk.says("dora", "/book 2026-12-05 hq anna")
        desk.forget()
        for words, answer in (
            ("anna 2026-12-01 stand-in ben", "Ben is away too, from Tue 1 Dec"),
            ("anna 2026-12-01 stand-in anna", "People cannot stand in for themselves"),
            ("anna 2026-11-20", "is in the past"),
            ("anna soon", "I cannot read the date"),
            ("zoe 2026-12-01", "anna, ben, dora, pm"),
            ("anna 2026-12-01 stand-in zoe", "anna, ben, dora, pm"),
        ):
            await desk.says("dora", f"/absent {words}")
            desk.hears("group", "phrase", answer)
        await desk.says("dora", "/absent anna 2026-12-04..2026-12-06")
        desk.hears(
            "group", "phrase", "Nobody is on duty as resident engineer from Fri 4 Dec, 09:00", "Booked in that time: 1"
        )
        desk.hears("pm", "absence")
        await desk.says("dora", "/book 2026-12-06 hq anna")
        desk.hears("group", "phrase", "Anna is away from Fri 4 Dec")
        await desk.says("dora", "/absent")
        desk.hears("group", "absences", "Ben", "(configuration)", "1 · Anna")
        await desk.at("2026-12-05 09:00")
        for _ in range(2):  # her reminders reach the desk, since nobody stands in
            desk.hears("dora", "booking", "Reminder")


@AT_TERMINAL
async def test_staff_by_command_stands_on_the_rota(story: Begin) -> None:
    """A shift names her (`by_command`); she is told, stands in, and falls out of the rota when she ends."""
    shifts = [Shift(role="desk", person="nora", by_command=True, hours="08:00-18:00")]
    async with story(people=PEOPLE, shifts=shifts, desk=QUIET) as desk:
        await desk.says("pm", "/staff add nora name=Nora role=desk mail=nora@desk.example")
        desk.forget()
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.at("09:05")
        desk.hears("nora", "alert", "FD-1")
        desk.nobody_hears_anything()
        await desk.says("dora", "/absent nora 2026-11-23 stand-in dora")
        desk.forget()
        await desk.at("09:30")
        assert desk.hears("dora", "alert", "response")
        desk.forget()
        await desk.says("pm", "/staff end nora")
        await desk.at("09:44")
        desk.forget()
        await desk.at("09:45")
        desk.hears("pm", "alert", "Nobody is on duty as service desk")
        desk.forget()
