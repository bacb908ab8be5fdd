"""Who repairs hears and answers by mail: order, questions, reminders; and progress that is drafted (SP-5.4 to SP-5.7)."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from bot.config import Customer
from bot.config_vendors import Vendor
from storage.service_models import document
from tests.stories.story import Heard, Story
from tests.stories.test_repairs import BOB, IT, labels, ready

Begin = Callable[..., Story]
DELL, COLLEAGUE = "Dell Service <service@dell.example>", "Joe <joe@dell.example>"
SETTINGS: dict[str, Any] = {
    "customers": [Customer(key="c", name="C", locale="en", domains=["customer.example"], it_department=[IT])],
    "vendors": [Vendor(key="dell", name="Dell", kind="maker", mail="service@dell.example")],
}


def hears_of_letter(desk: Story, *containing: str) -> None:
    """Engineer and desk hear of the vendor's words, and nobody else does."""
    for who in ("anna", "desk"):
        desk.hears(who, "vendor_wrote", *containing)
    desk.nobody_hears_anything()


def said_to_vendor(desk: Story, *containing: str) -> Heard:
    return desk.hears("service@dell.example", "vendor", *containing)


async def test_orders_go_out_and_answers_land_on_the_case(story: Begin) -> None:
    """SP-5.5, SP-5.7: the order carries the sheet and asks for a day; answers are notes; questions keep the thread."""
    async with story(start="2026-11-23 09:00", **SETTINGS) as desk:
        await ready(desk)
        await desk.says("anna", "/repair 1 PC-0117 maker")
        order = said_to_vendor(desk, "Please repair PC-0117", "tell us by when", "sheet is attached")
        assert [one.get_filename() for one in order.mail.iter_attachments()] == ["FD-1-repair.pdf"]
        assert "Bob" not in order.words
        desk.forget()
        await desk.mail(DELL, "Re: PC", "solved! We wait for a board.", answers=order, message_id="<42@dell.example>")
        hears_of_letter(desk, "Dell Service (Dell) wrote about PC-0117", "We wait for a board.", "user has not seen it")
        await desk.mail(COLLEAGUE, "Re: PC", "On Friday.", answers=order)
        hears_of_letter(desk, "Joe (Dell)", "On Friday.")
        await desk.mail(DELL, "Your PC-0117", "Board is here.", message_id="<43@dell.example>")
        hears_of_letter(desk, "not verified")
        await desk.says("anna", "/repair 1 ask Is it free?")
        asked = said_to_vendor(desk, "Is it free?", "Anna")
        assert asked.mail["In-Reply-To"] == "<43@dell.example>"
        assert asked.mail["References"].split() == [order.mail["Message-ID"], "<43@dell.example>"]
        desk.hears("group", "phrase", "FD-1: mailed to Dell")
        await desk.says("anna", "/ticket 1")
        desk.hears("anna", "details", "Board is here.")
        await desk.mail(DELL, "Our christmas offers", "Buy more.")  # names no case
        desk.forget()
        await desk.mail(BOB, "PC-0117 again", "Where is it?")  # no vendor: his own new fault
        desk.hears("requester", "confirmation", "FD-3")
        desk.forget()
        assert (await desk.ticket()).state == "accepted"
        await desk.says("anna", "/repair 1 undo")
        taken_back = said_to_vendor(desk, "the order is taken back")
        assert taken_back.mail["In-Reply-To"] == asked.mail["Message-ID"]
        desk.forget()
        await desk.says("anna", "/repair 1 PC-0118 maker")  # which has no warranty any more
        assert "warranty" not in said_to_vendor(desk, "Please repair PC-0118", "what it costs").words
        desk.hears("group", "phrase", "Its warranty ended on 2022-02-28")
        desk.forget()


async def test_an_answer_finds_the_ticket_that_goes_on_after_a_merge(story: Begin) -> None:
    """What is out keeps its ticket; what is back may be merged, and a late answer is a note where somebody looks."""
    async with story(start="2026-11-23 09:00", **SETTINGS) as desk:
        await ready(desk)
        await desk.mail(BOB, "PC is still dead")
        await desk.says("anna", "/take 2")
        await desk.says("anna", "/issue 1 LP-03")
        desk.forget()
        await desk.says("desk", "/merge 1 into 2")
        desk.hears("group", "phrase", "a loan or a repair, which would be lost. Please merge the other one into it")
        await desk.says("anna", "/return LP-03")
        await desk.says("anna", "/repair 1 PC-0117 maker")
        order = said_to_vendor(desk, "Please repair PC-0117")
        await desk.says("anna", "/repair 1 returned A new board.")
        await desk.says("desk", "/merge 1 into 2")
        assert (await desk.ticket(1)).state == "merged"
        desk.forget()
        await desk.mail(DELL, "Re: your PC", "solved. Please send the box back.", answers=order)
        hears_of_letter(desk, "FD-2: Dell Service (Dell) wrote about PC-0117", "send the box back")
        await desk.mail(DELL, "[FD-1] box", "Where is the box?")
        hears_of_letter(desk, "FD-2", "not verified")
        await desk.says("anna", "/ticket 2")
        desk.hears("anna", "details", "Please send the box back.", "Where is the box?")
        assert (await desk.ticket(2)).state == "accepted"


async def test_progress_is_drafted_and_the_vendor_reminded(story: Begin) -> None:
    """SP-5.4, SP-5.7: one press of the desk sends the draft; who repairs is reminded before the day, and after it."""
    async with story(start="2026-11-23 09:00", **SETTINGS) as desk:
        await ready(desk)
        await desk.says("anna", "/repair 1 PC-0117 maker")
        order = said_to_vendor(desk, "below, under the maker's warranty.")
        await desk.says("anna", "/works 1")
        await desk.mail(DELL, "Re: PC", "The fan is out of stock.", answers=order)
        desk.forget()
        await desk.at("2026-11-25 09:00")
        draft = desk.hears("desk", "progress_draft", "with its maker (Dell) since Mon 23 Nov, 09:00", "looked at")
        assert "Dell wrote on Mon 23 Nov, 09:00, which the draft does not say:\n│ The fan is out" in draft.words
        desk.forget()
        await desk.presses("desk", draft, "Send", where="desk")
        for who in ("bob@customer.example", IT):
            desk.hears(who, "progress", "PC-0117 (PC OptiPlex) has been with its maker", "what is broken is not known")
        desk.hears("desk", "phrase", "Next by Mon 30 Nov, 18:00")
        await desk.presses("desk", draft, "Send", where="desk")
        desk.hears("desk", "phrase", "today's progress has gone out already")
        desk.nobody_hears_anything()
        await desk.says("anna", "/repair 1 ask Is it free?")
        said_to_vendor(desk, "Is it free?")
        await desk.says("anna", "/solve 1 She has another one.")
        await desk.at("2026-12-03 08:59")
        desk.hears("desk", "progress_draft")
        assert not [one for one in desk._unheard if one.row.kind == "vendor"]  # the day is far, whatever was asked
        told = {one.to for one in desk._unheard if one.row.kind == "alert" and "written progress" in one.words}
        assert {"anna", "desk", "pm"} <= told  # nobody has pressed
        desk.forget()
        await desk.at("2026-12-03 09:00")
        said_to_vendor(desk, "is to be back soon", "To be back by: Fri 4 Dec, 18:00")
        await desk.at("2026-12-07 09:00")
        late = said_to_vendor(desk, "should be back by now")
        assert late.mail["Auto-Submitted"] == "auto-generated"
        desk.forget()
        await desk.says("anna", "/repair 1 repaired They fetch it.")
        await desk.at("2026-12-09 18:00")
        assert not [one for one in desk._unheard if one.row.kind == "vendor"]
        desk.forget()


async def test_who_repairs_reads_his_own_language(story: Begin) -> None:
    """SP-5.5: order and sheet are in the vendor's language, whatever customer and desk speak; without one, the desk's."""
    his = Vendor(key="lenovo", name="联想", kind="maker", mail="service@lenovo.example", language="zh")
    other = Vendor(key="fixit", name="Fix It", kind="shop", mail="fixit@shop.example")
    customer = SETTINGS["customers"][0].model_copy(update={"locale": "zh"})
    decides: dict[str, Any] = {"quote_roles": ["desk"]}
    async with story(start="2026-11-23 09:00", customers=[customer], vendors=[his, other], desk=decides) as desk:
        await ready(desk)
        await desk.says("anna", "/repair 1 PC-0117 maker")
        desk.hears("service@lenovo.example", "vendor", "设备送修：PC-0117", "送修单见附件")
        await desk.says("anna", "/repair 1 undo")
        desk.hears("service@lenovo.example", "vendor", "撤销送修")
        await desk.says("anna", "/repair 1 PC-0117 shop")
        desk.hears("fixit@shop.example", "vendor", "Please repair PC-0117")
        desk.forget()
        printed = await desk.app.store.read(lambda db: list(db.execute(select(document).order_by(document.c.id))))
        assert [(one.kind, one.locale) for one in printed] == [("repair", "zh"), ("repair", "en")]
        await desk.says("anna", "/repair 1 quoted 80 for a fan")
        assert labels(desk.hears("pm", "quote", "80 for a fan")) == ["详情"]  # here the desk decides
        await desk.presses("desk", desk.hears("desk", "quote"), "同意", where="desk")
        desk.hears("fixit@shop.example", "vendor", "your quote is accepted", "│ 80 for a fan")
        desk.forget()


async def test_what_a_vendor_writes_beside_our_letters(story: Begin) -> None:
    """SP-5.7: his machine's answer is a note that disturbs nobody, a wrong mark is set right by the device he names, and
    nothing tells him that his fault has arrived."""
    async with story(start="2026-11-23 09:00", **SETTINGS) as desk:
        await ready(desk)
        await desk.mail("Li <li@customer.example>", "Mouse", "It is broken.")
        await desk.says("anna", "/repair 1 PC-0117 maker")
        order = said_to_vendor(desk)
        desk.forget()
        machine = {"Auto-Submitted": "auto-replied"}
        await desk.mail(DELL, "Automatic reply", "Your number with us is SR-123.", answers=order, headers=machine)
        desk.nobody_hears_anything()
        await desk.says("anna", "/ticket 1")
        desk.hears("anna", "details", "Your number with us is SR-123.")
        desk.forget()
        await desk.mail(DELL, "Re: [FD-2] repair", "The board of PC-0117 is here.")
        hears_of_letter(desk, "wrote about PC-0117", "the sender is not verified")
        await desk.mail(DELL, "Invoice", "Please pay.")
        desk.sees_card("FD-3")
        desk.nobody_hears_anything()
        await desk.at("10:01")
        assert not [one for one in desk._unheard if one.to == "service@dell.example"]
        desk.forget()
