"""Being informed is logged, and whoever was told what and when can be asked (R12)."""

from collections.abc import Callable

from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"


async def test_a_telephone_call_to_the_project_manager_ends_the_abnormal_clock(story: Begin) -> None:
    """R12: satisfied when being informed is logged; the notice at once, and nothing of the ladder after that."""
    async with story() as desk:
        await desk.mail(BOB, "Smoke in the server room")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/reply 1 I am here.")
        desk.forget()
        await desk.says("anna", "/escalate 1 It smokes.")
        desk.hears("pm", "alert", "FD-1")
        desk.forget()
        await desk.passes(5)
        await desk.says("anna", "/informed 1 I called Paul, he comes")
        desk.hears("group", "phrase", "the project manager knows")
        assert (await desk.clocks())["abnormal"] == "met"
        await desk.at("09:30")
        desk.nobody_hears_anything()
        await desk.says("anna", "已告知 1 再次")
        desk.hears("group", "phrase", "No abnormal event was waiting")


async def test_who_was_told_what_and_when_and_who_has_seen_it(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.at("09:08")
        await desk.says("pm", "/ack 1")
        await desk.at("09:10")
        desk.forget()
        await desk.says("desk", "/told 1")
        words = desk.hears("desk", "told").words
        told = [line.partition("  ")[2] for line in words.splitlines()[1:]]
        assert told[:3] == [
            "Bob Miller: confirmation",
            "Dora 朵拉: dispatch, half of the time is gone · seen Mon 23 Nov, 09:08",
            "Paul 保罗: dispatch, due soon · seen Mon 23 Nov, 09:08",
        ]
        assert {line.split(":")[0] for line in told[3:] if "missed" in line} == {"Paul 保罗", "Sam 山姆"}
        await desk.says("desk", "/why 1 dispatch")
        desk.hears("group", "why", "50% Mon 23 Nov, 09:05 (told Dora 朵拉)", "80% Mon 23 Nov, 09:08 (told Paul 保罗)")
        await desk.says("anna", "/take 1")
        desk.forget()
