"""What the user reads while her device is repaired: where it is, till when, what she has meanwhile, what comes next."""

from collections.abc import Callable

from bot.config import Customer
from tests.stories.story import Story
from tests.stories.test_repairs import BOB, SETTINGS, ready

Begin = Callable[..., Story]
CHINESE = {"customers": [Customer(key="c", name="C", locale="zh", domains=["customer.example"])]}


async def test_a_device_that_goes_to_a_shop_and_what_comes_of_it(story: Begin) -> None:
    """SP-5.1, SP-5.2: one mail a step: it goes, at that price it does not, it cannot, another one stands there."""
    async with story(start="2026-11-23 09:00", **SETTINGS) as desk:
        await ready(desk)
        await desk.says("anna", "/repair 1 PC-0117 maker dell")
        await desk.says("anna", "/repair 1 undo")
        desk.forget()
        await desk.passes(minutes=10)
        desk.nobody_hears_anything()  # it was a mistake, and she never knew
        await desk.says("anna", "/repair 1 PC-0117 shop fixit")
        await desk.passes(minutes=2)
        await desk.says("anna", "/issue 1 LP-03 until 2026-12-14")
        desk.hears("requester", "loan")
        desk.forget()
        await desk.passes(minutes=5)
        away = desk.hears("requester", "repair", "PC-0117 is going in for repair", "so it goes to a repair shop")
        for words in (
            "Where: at a repair shop (Fix It)", "To be back by: Fri 4 Dec, 18:00",
            "On loan to you: LP-03 (notebook T14), until Mon 14 Dec, 18:00",
            "We will bring it back to you, and tell you when.", "keep using the device on loan",
        ):  # fmt: skip
            assert words in away.words, away.words
        desk.nobody_hears_anything()
        await desk.mail(BOB, "Re: PC", "Please hurry.", answers=away)
        desk.forget()
        await desk.says("anna", "/repair 1 quoted 300 for a main board")
        await desk.says("pm", "/repair 1 refused A new one costs less.")
        desk.forget()
        await desk.passes(minutes=5)
        dear = desk.hears("requester", "repair", "the price of the repair is not approved", "will make another offer")
        assert "300" not in dear.words  # what it costs, and why it is not paid, is not hers
        assert "A new one" not in dear.words
        await desk.says("anna", "/repair 1 quoted 100 for all of it")
        await desk.says("pm", "/repair 1 approved")
        desk.forget()
        await desk.passes(minutes=5)
        desk.hears("requester", "repair", "PC-0117 will be repaired after all", "To be back by: Fri 4 Dec, 18:00")
        await desk.says("anna", "/repair 1 irreparable The case is broken.")
        desk.forget()
        await desk.passes(minutes=5)
        desk.hears(
            "requester", "repair", "PC-0117 cannot be repaired", "You will get another one", "To be settled by: Fri 4"
        )
        await desk.says("anna", "/issue 1 LP-03 for good")
        desk.hears("requester", "given", "you keep it")
        await desk.says("anna", "/repair 1 returned LP-03 stays there.")
        desk.forget()
        await desk.passes(minutes=10)
        desk.nobody_hears_anything()  # that it replaces hers she has read


async def test_it_is_back_and_so_is_the_loan(story: Begin) -> None:
    """SP-5.2: she reads what she has to give back; both at one visit are one mail, and who has read of a mistake hears so."""
    async with story(start="2026-11-23 09:00", **SETTINGS) as desk:
        await ready(desk)
        await desk.says("anna", "/issue 1 LP-03")
        await desk.says("anna", "/repair 1 PC-0117 maker dell")
        desk.forget()
        await desk.passes(minutes=5)
        desk.hears(
            "requester", "repair", "so it goes to its maker", "We will tell you how it stands by Thu 26 Nov, 18:00"
        )
        await desk.says("anna", "/repair 1 undo")
        desk.forget()
        await desk.passes(minutes=5)
        desk.hears("requester", "repair", "PC-0117 is not going in for repair", "that was our mistake")
        await desk.says("anna", "/repair 1 PC-0117 maker dell")
        await desk.passes(minutes=5)
        await desk.says("anna", "/repair 1 returned It runs.")
        desk.forget()
        await desk.passes(minutes=5)
        desk.hears("requester", "repair", "PC-0117 is back", "On loan to you: LP-03", "save what you keep on it first")
        await desk.says("anna", "/return LP-03")
        desk.forget()
        await desk.passes(minutes=5)
        desk.hears(
            "requester", "repair", "PC-0117 is back", "We have LP-03 back. Thank you.", "Please try it", "the solution"
        )
        await desk.says("anna", "/issue 1 LP-03")
        await desk.says("anna", "/repair 1 PC-0117 shop fixit")
        await desk.passes(minutes=5)
        desk.forget()
        await desk.says("anna", "/repair 1 returned It runs again.")
        await desk.says("anna", "/return LP-03")
        desk.forget()
        await desk.passes(minutes=5)
        desk.hears("requester", "repair", "PC-0117 is back", "We have LP-03 back.")
        await desk.says("anna", "/issue 1 LP-03")
        await desk.says("anna", "/repair 1 PC-0117 shop fixit")
        await desk.passes(minutes=5)
        await desk.says("anna", "/repair 1 returned It runs for good.")
        await desk.says("anna", "/return LP-03")
        await desk.says("anna", "/solve 1 PC-0117 has another main board.")
        desk.forget()
        await desk.passes(minutes=5)
        desk.nobody_hears_anything()  # the solution told it


async def test_what_she_does_not_miss_is_not_told(story: Begin) -> None:
    """What we repair in house is none of her mails; a loan that comes back meanwhile is."""
    async with story(start="2026-11-23 09:00", **SETTINGS | CHINESE) as desk:
        await ready(desk)
        await desk.mail("Li <li@customer.example>", "电脑坏了", "开不了机，请尽快处理")
        await desk.says("desk", "/take 2")
        await desk.says("anna", "/repair 1 PC-0117 house")
        await desk.says("anna", "/repair 1 returned It runs.")
        desk.forget()
        await desk.passes(minutes=10)
        assert not [one for one in desk._unheard if one.row.kind == "repair"]
        await desk.says("desk", "/送修 2 PC-0118 第三方 fixit")
        await desk.says("desk", "/领用 2 LP-03 至 2026-12-04")
        await desk.passes(minutes=5)
        desk.forget()
        await desk.says("desk", "/归还 LP-03")
        desk.forget()
        await desk.passes(minutes=5)
        desk.hears(
            "requester", "repair", "LP-03 已归还", "设备：PC-0118（PC OptiPlex）", "修好后由我们送回", "如需备机"
        )
        await desk.says("desk", "/送修 2 报价 三百元")
        await desk.says("pm", "/送修 2 拒绝 太贵")
        await desk.says("desk", "/送修 2 送回 原样送回")
        desk.forget()
        await desk.passes(minutes=5)
        desk.hears("requester", "repair", "PC-0118 已送回", "已原样送回您处", "下一步安排会邮件告知您")
        desk.nobody_hears_anything()


async def test_what_is_not_back_in_time_is_said_at_once(story: Begin) -> None:
    """SP-3.9, SP-5.7: his own time and the second weekend lapse at one instant: one mail, with what we do about it."""
    async with story(start="2026-11-26 10:00", **SETTINGS) as desk:
        await ready(desk)
        await desk.says("anna", "/issue 1 LP-03")
        await desk.says("anna", "/works 1 She has LP-03.")
        await desk.says("anna", "/repair 1 PC-0117 maker dell")
        await desk.at("2026-12-04 17:59")
        assert not [one for one in desk._unheard if one.row.event == "device late"]
        desk.forget()
        await desk.at("2026-12-04 18:00")  # both: his own time, and the second weekend
        late = [one for one in desk._unheard if one.row.event == "device late"]
        assert len(late) == 1, late
        assert "We are pressing the repairer" in late[0].words
        assert "On loan to you: LP-03" in late[0].words
        desk.forget()
        await desk.says("anna", "/repair 1 returned It runs.")
        desk.forget()
        await desk.at("2026-12-04 18:30")
        assert [one.row.event for one in desk._unheard if one.row.kind == "repair"] == ["device back"]
        desk.forget()


async def test_a_ticket_whose_device_is_out_does_not_just_end(story: Begin) -> None:
    """Neither as spam nor by her word, while its device is with us or ours with her: the limits of the repair run on."""
    async with story(start="2026-11-23 09:00", **SETTINGS) as desk:
        await ready(desk)
        await desk.says("anna", "/issue 1 LP-03")
        loan = desk.hears("requester", "loan")
        await desk.says("anna", "/repair 1 PC-0117 shop fixit")
        desk.forget()
        await desk.says("desk", "/junk 1")
        desk.hears("group", "phrase", "A device is on loan or in repair for FD-1", "/return DEVICE")
        await desk.mail(BOB, "Re: loan", "cancel", answers=loan)
        desk.hears("requester", "wish_answer", "you no longer need it", "FD-1 ends when that is over")
        desk.hears("anna", "wish", "the ticket stays open until that is over")
        assert (await desk.clocks())["vendor-weekend"] == "running"
        assert (await desk.ticket()).state == "accepted"
        await desk.says("anna", "/repair 1 returned It runs.")
        await desk.says("anna", "/return LP-03")
        desk.forget()
        await desk.mail(BOB, "Re: loan", "cancel", answers=loan)
        desk.hears("requester", "wish_answer", "FD-1 is withdrawn")
        desk.forget()
