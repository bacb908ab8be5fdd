"""A delay: the requester knows at once, the desk has ten minutes to talk to her and to send somebody else (R11, SP-3.5)."""

from collections.abc import Callable

from tests.stories.story import TELEGRAM, Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"


async def taken(desk: Story) -> None:
    await desk.mail(BOB, "Printer jam")
    await desk.says("anna", "/take 1")
    await desk.says("anna", "/reply 1 I come at ten.")
    desk.forget()


@TELEGRAM
async def test_a_delay_is_told_at_once_and_over_when_both_is_done(story: Begin) -> None:
    async with story() as desk:
        await taken(desk)
        await desk.at("09:20")
        await desk.says("anna", "/late 1 The train stands still.")
        desk.hears(
            "requester",
            "late",
            "Anna",
            "is delayed",
            "contact you by Mon 23 Nov, 09:30",
            "solve it by Mon 23 Nov, 14:00",
        )
        told = desk.hears("desk", "engineer_late", "Anna", "The train stands still.", "By Mon 23 Nov, 09:30")
        assert not told.row.silent
        desk.sees_card()
        desk.hears("group", "phrase", "told of the delay")
        await desk.says("desk", "/reply 1 Ben comes instead.")
        assert (await desk.clocks())["delay"] == "running"
        desk.forget()
        await desk.says("desk", "/assign 1 ben")
        desk.hears(
            "requester", "reassigned", "Ben", "could not come in time", "We will solve it by:    Mon 23 Nov, 14:00"
        )
        found = await desk.clocks()
        assert (found["delay"], found["confirm2"]) == ("met", "running")
        desk.forget()
        await desk.at("09:29")
        desk.nobody_hears_anything()


async def test_half_of_it_is_not_enough_and_the_project_manager_hears_in_time(story: Begin) -> None:
    """R7: ten minutes: half to engineer and desk, 80 % to the project manager, the breach to him and the senior."""
    async with story() as desk:
        await taken(desk)
        await desk.says("desk", "延迟 1 无法到场：车坏了")
        desk.hears("requester", "late", "cannot come")
        desk.forget()
        await desk.says("desk", "/assign 1 ben")
        desk.hears("requester", "reassigned", "the engineer could not come")
        desk.forget()
        await desk.passes(5)
        for who in ("ben", "desk"):
            alert = desk.hears(who, "alert", "delay handled")
            assert alert.chat
            assert "Reply…" in [one.label for line in alert.chat.buttons for one in line]
        await desk.passes(3)
        desk.hears("pm", "alert")
        await desk.passes(2)
        for who in ("pm", "sam"):
            desk.hears(who, "alert")
        desk.nobody_hears_anything()  # a promise among ourselves: the requester knows what concerns her
        await desk.says("ben", "/reply 1 I am on my way.")
        assert (await desk.clocks())["delay"] == "met"  # in its last instant (R4)
        desk.forget()


async def test_a_delay_noticed_twice_gives_no_second_ten_minutes(story: Begin) -> None:
    async with story() as desk:
        await taken(desk)
        await desk.says("anna", "/late 1 Train.")
        await desk.passes(4)
        desk.forget()
        await desk.says("anna", "/late 1 Still the train.")
        desk.hears("group", "phrase", "reported already")
        desk.nobody_hears_anything()
        await desk.says("anna", "/late 1 09:40 There is a taxi.")
        desk.hears("requester", "late", "Expected with you by: Mon 23 Nov, 09:40", "contact you by Mon 23 Nov, 09:10")
        desk.forget()
        await desk.says("anna", "/way 1 09:40")
        desk.sees_card("on the way")
        desk.forget()
        await desk.passes(7)
        desk.forget()
        await desk.says("anna", "/late 1 cannot The taxi broke down.")  # it is worse than they know
        desk.hears("requester", "late", "cannot come", "will contact you shortly")
        told = desk.hears("desk", "engineer_late", "cannot come", "The taxi broke down.")
        assert "the user must be contacted" not in told.words  # those ten minutes are over
        desk.hears("group", "phrase", "told that you cannot come")
        assert "on the way" not in desk.sees_card("in progress").words
        desk.forget()
        await desk.says("anna", "/late 1 cannot It burns.")
        desk.hears("group", "phrase", "reported already")
        await desk.says("desk", "/assign 1 ben")
        desk.forget()
        await desk.says("ben", "/late 1 cannot I am ill.")  # the next one neither
        desk.hears("desk", "engineer_late", "本 cannot come", "I am ill.")
        desk.forget()
        await desk.says("desk", "/assign 1 anna")
        assert (await desk.clocks()).keys() & {"delay", "delay2"} == {"delay"}
        await desk.says("anna", "/solve 1 By telephone.")
        assert (await desk.clocks())["delay"] == "late"
        desk.forget()


async def test_nobody_is_late_where_nobody_was_sent(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.says("desk", "/late 1 Where is she?")
        desk.hears("group", "phrase", "“new”")
        await desk.says("desk", "/late 1 cannot")
        desk.hears("group", "phrase", "/late <ticket> [cannot, or when")
