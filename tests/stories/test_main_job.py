"""The main job: a fault mailed by a stranger becomes a ticket, is confirmed, reaches an engineer, and is solved."""

from collections.abc import Callable

from bot.domain.mail import verify_thread_id
from tests.stories.story import OUTSIDE, Story

Begin = Callable[..., Story]
LI = "李伟 <li.wei@customer.example>"
BOB = "Bob Miller <bob@customer.example>"


@OUTSIDE
async def test_a_chinese_fault_from_the_mail_to_the_solution(story: Begin) -> None:
    """SP-3.1, SP-3.3, SP-3.4: confirmed at once in the mail's language, dispatched, solved; one mail a step."""
    async with story() as desk:
        await desk.mail(LI, "打印机卡纸", "三楼打印机卡纸，急用。")
        confirmation = desk.hears(
            "requester", "confirmation", "FD-1", "打印机卡纸", "11月23日 周一 10:00", "11月23日 周一 14:00"
        )
        card = desk.sees_card("FD-1")
        assert "李伟" not in card.words
        assert "卡纸" not in card.words
        await desk.presses("anna", card, "Take")
        desk.hears("requester", "assigned", "Anna 安娜")
        desk.gets_it("anna", "李伟", "打印机卡纸", "三楼打印机卡纸")
        desk.sees_card("Anna")
        await desk.says("anna", "回复 1 马上到")
        desk.hears("requester", "reply", "马上到", "Anna 安娜")
        desk.hears("group", "phrase")
        await desk.says("anna", "/solve 1 已取出卡纸。")
        desk.hears("requester", "solution", "已取出卡纸")
        desk.sees_card("FD-1")
        desk.hears("group", "phrase")
        assert (await desk.ticket()).state == "solved"
        mail = confirmation.mail
        assert mail["Auto-Submitted"] == "auto-replied"
        assert mail["In-Reply-To"] == mail["References"]
        assert verify_thread_id(desk.app.house.secret, mail["Message-ID"]) is not None


async def test_an_english_fault_is_confirmed_in_english(story: Begin) -> None:
    """SP-3.1."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam", "The printer on floor 3 is jammed.")
        desk.hears("requester", "confirmation", "[FD-1] Received: Printer jam", "Mon 23 Nov", "10:00", "14:00")
        desk.sees_card()


async def test_out_of_hours_the_confirmation_says_when_the_clock_starts(story: Begin) -> None:
    """SP-2.7: accepted at once, the start of the clock and the hotline are told, the card makes no sound."""
    async with story(start="2026-11-21 20:00") as desk:
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation", "Mon 23 Nov, 09:00", "400-800-1234", "Mon 23 Nov, 10:00")
        assert desk.sees_card().row.silent


@OUTSIDE
async def test_the_desk_assigns_and_the_engineer_confirms(story: Begin) -> None:
    """SP-3.3, SP-3.4: the assigned engineer is pinged with what is due when; her [Take] confirms."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation")
        card = desk.sees_card()
        await desk.presses("desk", card, "Assign")
        choice = desk.hears("speaker", "proposals")
        await desk.presses("desk", choice, "Ben 本")
        desk.hears("ben", "assignment", "10:00", "14:00")
        desk.hears("requester", "assigned", "Ben")
        card = desk.sees_card("Ben")
        desk.hears("speaker", "phrase", "Ben")
        await desk.says("ben", "/accept 1")
        desk.hears("group", "phrase", "To confirm that FD-1 is yours: /take FD-1")
        assert (await desk.clocks())["confirm"] == "running"
        await desk.presses("ben", card, "Take")
        desk.hears("speaker", "phrase")
        desk.sees_card()
        assert (await desk.clocks())["confirm"] == "met"
        await desk.says("desk", "派单 1 mo")
        desk.hears("requester", "reassigned", "Mo")
        desk.hears("mo", "assignment")
        desk.hears("ben", "handed_over", "FD-1")
        desk.sees_card("Mo")
        desk.hears("group", "phrase")
        assert (await desk.clocks())["confirm2"] == "running"
        await desk.says("desk", "/wait 1 Which printer is it?")
        await desk.says("mo", "/take 1")
        assert (await desk.clocks())["confirm2"] == "met"
        assert (await desk.ticket()).state == "waiting"
        await desk.says("desk", "/assign 1 ben")
        await desk.says("ben", "/wait 1 Does it smell?")  # who asks the user is on it
        desk.forget()
        assert (await desk.clocks())["confirm3"] == "met"
        await desk.says("ben", "/take 1")
        desk.hears("group", "phrase", "FD-1")


@OUTSIDE
async def test_two_press_take_and_one_gets_it(story: Begin) -> None:
    """P10, reliability 3 D 74."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation")
        card = desk.sees_card()
        await desk.presses("anna", card, "Take")
        desk.hears("requester", "assigned")
        desk.gets_it("anna")
        desk.sees_card("Anna")
        await desk.presses("ben", card, "Take")
        desk.hears("speaker", "phrase", "Anna")
        desk.sees_card("Anna")  # afresh, for who came too late


@OUTSIDE
async def test_details_go_to_the_private_chat_only(story: Begin) -> None:
    """P17."""
    async with story() as desk:
        await desk.mail(LI, "打印机卡纸", "分机 8123，王芳")
        desk.hears("requester", "confirmation")
        await desk.presses("anna", desk.sees_card(), "Details")
        desk.hears("anna", "details", "王芳", "li.wei@customer.example", "打印机卡纸")


@OUTSIDE
async def test_junk_calls_the_clocks_off_and_undo_brings_them_back(story: Begin) -> None:
    """R21."""
    async with story() as desk:
        await desk.mail(BOB, "Cheap watches")
        desk.hears("requester", "confirmation")
        await desk.presses("desk", desk.sees_card(), "Junk")
        desk.hears("speaker", "phrase", "undo")
        card = desk.sees_card()
        assert set((await desk.clocks()).values()) == {"cancelled"}
        await desk.passes(60)
        await desk.presses("desk", card, "Undo")
        desk.hears("speaker", "phrase")
        desk.sees_card()
        assert (await desk.clocks())["resolve"] == "running"
        desk.forget()


async def test_a_note_never_leaves_the_house(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation")
        desk.sees_card()
        await desk.says("anna", "/note 1 She is always in a hurry.")
        desk.hears("group", "phrase")


async def test_wrong_words_get_one_line_with_the_right_use(story: Begin) -> None:
    async with story() as desk:
        await desk.says("anna", "/tkae 17")
        desk.hears("group", "phrase", "take")
        await desk.says("anna", "/take")
        desk.hears("group", "phrase")
        await desk.says("anna", "/take 99")
        desk.hears("group", "phrase", "FD-99")
        await desk.says("anna", "/assign 1 ben")
        desk.hears("group", "phrase")
        await desk.says("stranger", "/list")
        await desk.says("anna", "/help")
        desk.hears("group", "help", "take")
        await desk.says("anna", "/who")
        desk.hears("group", "who", "Ben")
        await desk.says("anna", "/whoami")
        desk.hears("group", "whoami", "Anna")
