"""Devices that are repaired: sent, followed, back at their users, with the limits that run beside (SP-5.2 to SP-5.7)."""

from collections.abc import Callable

from bot.config import Customer
from bot.config_vendors import Vendor
from bot.control import IMPORTS
from bot.domain.devices import read_devices
from storage import clocks
from tests.stories.story import Heard, Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
IT = "it@customer.example"
DEVICES = b"tag,kind,model,state,accepted\nLP-03,notebook,T14,stock,\nPC-0117,PC,OptiPlex,,\nPC-0118,PC,OptiPlex,,2020-03-01\n"
SETTINGS = {
    "customers": [Customer(key="c", name="C", locale="en", domains=["customer.example"], it_department=[IT])],
    "vendors": [
        Vendor(key="dell", name="Dell", kind="maker", days=6),
        Vendor(key="fixit", name="Fix It", kind="shop"),
        Vendor(key="other", kind="shop"),
    ],
}


WITH_MAIL = {"vendors": [Vendor(key="fixit", name="Fix It", kind="shop", mail="fixit@shop.example", language="en")]}


async def ready(desk: Story) -> None:
    """A device is broken, and anna is there."""
    entries, mistakes = read_devices(DEVICES, frozenset({"c"}))
    assert not mistakes
    asked = {"entries": [{name: getattr(one, name) for name in one.__slots__} for one in entries], "dry_run": False}
    now = desk.clock.now()
    await desk.app.store.write(lambda db: IMPORTS["devices"](db, desk.app.house, now, asked))
    await desk.mail(BOB, "PC is dead")
    await desk.says("anna", "/take 1")
    await desk.says("anna", "/reply 1 I come.")
    desk.forget()


def labels(heard: Heard) -> list[str]:
    """The buttons below a message."""
    assert heard.chat
    return [one.label for row in heard.chat.buttons for one in row]


async def states(desk: Story) -> dict[str, str]:
    rows = await desk.app.store.read(lambda db: clocks.of_ticket(db, 1))
    return {row.target: row.state for row in rows if row.target.startswith("vendor") or row.target == "progress"}


async def test_a_third_party_is_held_to_its_limits_until_the_loan_is_back(story: Begin) -> None:
    """SP-5.2, SP-5.3, SP-5.5: both limits start; one is met at the user's site, the other when the loan is back, too."""
    async with story(start="2026-11-23 09:00", **SETTINGS) as desk:
        await ready(desk)
        await desk.says("anna", "/repair 1 PC-0117 shop")
        desk.hears("group", "phrase", "Please name one of these: fixit, other")
        await desk.says("anna", "/repair 1 pc-0117 maker")
        desk.hears("group", "phrase", "with its maker (Dell)")
        await desk.says("anna", "/repair 1 undo")
        desk.hears("group", "phrase", "The repair of PC-0117 on FD-1 is taken back")
        assert await states(desk) == {
            "vendor-maker": "cancelled",
            "vendor-weekend": "cancelled",
            "progress": "cancelled",
        }
        await desk.says("anna", "/repair 1 PC-0117 house")
        desk.hears("group", "phrase", "PC-0117 on FD-1: in house")
        desk.forget()
        await desk.says("anna", "/送修 1 PC-0117 第三方 Fixit")
        sent = desk.hears("group", "phrase", "at a repair shop (Fix It)", "due Fri 4 Dec, 18:00", "Mon 14 Dec, 18:00")
        await desk.says("anna", "/sheet 1 issue")
        desk.hears("group", "phrase", "Nothing was taken out of stock for FD-1")
        await desk.presses("anna", sent, "Send-out sheet")
        paper = desk.hears("anna", "paper", "Send-out sheet of FD-1")
        assert paper.chat
        assert [one.name for one in paper.chat.files] == ["FD-1-repair.pdf"]
        assert paper.row.facts["sheet"]["vendor"] == "Fix It"
        assert [one["moved"] for one in paper.row.facts["sheet"]["steps"]] == ["kept_in_house", "sent_to_shop"]
        await desk.says("anna", "/repair 1 transport")
        desk.hears("group", "phrase", "words")
        await desk.says("anna", "/送修 1 运输 Ben, by van, Tuesday at ten.")
        desk.hears("group", "phrase", "the transport is noted", "/sheet FD-1 repair")
        await desk.says("anna", "/repair 1")
        desk.hears("anna", "phrase", "at a repair shop (Fix It)", "Transport: Ben, by van, Tuesday at ten.")
        await desk.says("anna", "/sheet 1 repair")
        steps = desk.hears("anna", "paper").row.facts["sheet"]["steps"]
        assert [(one["moved"], one["words"]) for one in steps[2:]] == [("transport", "Ben, by van, Tuesday at ten.")]
        await desk.says("anna", "/sheet 1")
        assert desk.hears("anna", "sheet").row.facts["sheet"]["kind"] == "third"
        await desk.says("anna", "/repair 1 PC-0118 house")
        desk.hears("group", "phrase", "On FD-1 PC-0117 is in repair: one device a ticket")
        await desk.says("anna", "/issue 1 LP-03")
        await desk.says("anna", "/solve 1 She works with LP-03.")
        desk.forget()
        await desk.says("anna", "/repair 1 quoted 300 for a main board")
        desk.hears(
            "group",
            "phrase",
            "quoted, waits for approval, noted. Told to who decides (project manager, deputy of the project manager)",
        )
        await desk.says("anna", "/repair 1 returned")
        desk.hears("group", "phrase", "words")
        await desk.says("anna", "/repair 1 returned It is here.")
        desk.hears("group", "phrase", "The quote waits for its answer")
        await desk.says("pm", "/送修 1 同意 好")
        await desk.says("desk", "/asset PC-0117")
        desk.hears(
            "desk",
            "asset",
            "sent to a repair shop · FD-1 · Anna 安娜 · Fix It",
            "PC-0117 · in repair",
            "🔧 at a repair shop (Fix It) on FD-1 · quote approved",
        )
        await desk.says("anna", "/stock PC")
        desk.hears("group", "stock", "🔧 PC-0117 · at a repair shop (Fix It) on FD-1", "due Fri 4 Dec, 18:00")
        desk.forget()
        await desk.says("anna", "/repair 1 returned It runs.")
        desk.hears("group", "phrase", "PC-0117 is back at the user's site. Still lent: LP-03", "/return LP-03")
        await desk.says("anna", "/sheet 1 repair")
        assert desk.hears("anna", "paper").row.facts["sheet"]["result"] == "It runs."
        assert await states(desk) | {"progress": ""} == {
            "vendor-maker": "cancelled", "progress": "", "vendor-weekend": "met", "vendor-15": "running",
        }  # fmt: skip
        await desk.says("anna", "/return LP-03")
        assert (await states(desk))["vendor-15"] == "met"
        desk.hears("group", "phrase", "LP-03 is back from FD-1")
        await desk.says("anna", "/repair 1")
        desk.hears("group", "phrase", "Nothing is in repair on FD-1")


async def test_the_maker_repairs_and_user_and_department_hear_how_it_goes(story: Begin) -> None:
    """SP-5.4, SP-5.7: his own time; written progress is due every 3 working days, and one mail each tells it."""
    async with story(start="2026-11-23 09:00", **SETTINGS) as desk:
        await ready(desk)
        await desk.says("anna", "/progress 1 It goes well.")
        desk.hears("group", "phrase", "Nothing is in repair on FD-1")
        await desk.says("anna", "/repair 1 PC-0117 maker Dell")
        desk.hears(
            "group",
            "phrase",
            "with its maker (Dell)",
            "due Tue 1 Dec, 18:00",
            "Written progress: due Thu 26 Nov, 18:00",
        )
        desk.forget()
        await desk.says("anna", "/solve 1 She works elsewhere.")
        await desk.at("2026-11-25 18:00")
        desk.hears("anna", "alert", "written progress", "Write to the user and the IT department how it stands")
        desk.forget()
        await desk.says("anna", "/progress 1 The main board comes on Friday.")
        told = [
            desk.hears(who, "progress", "The main board comes on Friday.", "PC-0117 (PC OptiPlex)", "Tue 1 Dec, 18:00")
            for who in ("bob@customer.example", IT)
        ]
        desk.hears("group", "phrase", "mailed to the user and the IT department. Next by Mon 30 Nov, 18:00")
        desk.nobody_hears_anything()
        await desk.mail(BOB, "Re: repair", "Not before Friday?", answers=told[0])  # nothing is broken again by that
        desk.hears("anna", "answer", "Not before Friday?", "stays solved", "/reopen FD-1", "/reply FD-1")
        desk.hears("group", "answer_group")
        await desk.mail(IT, "Re: repair", "Please hurry.", answers=told[1])
        desk.hears("anna", "answer", IT, "Please hurry.", "IT department", f"write to {IT}")
        desk.hears("group", "answer_group")
        assert (await desk.ticket()).state == "solved"
        await desk.mail("Eve <eve@elsewhere.example>", "Re: repair", "Me, too.", answers=told[1])
        desk.hears("desk", "held")
        await desk.says("anna", "/repair 1 irreparable The case is broken.")
        desk.hears("group", "phrase", "The user is due a replacement: /issue FD-1 DEVICE for good")
        await desk.says("anna", "/issue 1 LP-03")
        desk.forget()
        await desk.says("anna", "/领用 1 LP-03 更换")
        kept = desk.hears("group", "phrase", "LP-03 is the user's now")
        desk.hears("requester", "given", "you keep it", "Device: LP-03 (notebook T14)")
        desk.forget()
        await desk.says("anna", "/return LP-03")
        desk.hears("group", "phrase", "LP-03 is back from FD-1")
        await desk.says("anna", "/issue 1 LP-03 for good")
        await desk.presses("anna", kept, "Requisition sheet")
        taken = desk.hears("anna", "paper").row.facts["sheet"]["items"]
        assert [one["moved"] for one in taken] == ["loaned", "given", "back", "given"]
        assert {one["thing"] for one in taken} == {"LP-03 notebook T14"}
        desk.forget()
        await desk.says("anna", "/return PC-0118")
        desk.hears("group", "phrase", "PC-0118 is not lent: in use")
        await desk.says("anna", "/repair 1 returned A new one stands there.")
        desk.hears("group", "phrase", "FD-1: what replaces PC-0117 stands at the user's site")
        assert set((await states(desk)).values()) <= {"met", "cancelled"}
        await desk.says("anna", "/asset PC-0117")
        desk.hears("anna", "asset", "PC-0117 · retired", "irreparable")
        await desk.says("anna", "/asset LP-03")
        desk.hears("anna", "asset", "LP-03 · in use", "handed over for good · FD-1 · Anna")


async def test_a_quote_is_decided_by_who_may_spend_the_money(story: Begin) -> None:
    """SP-5.2: the manager gets it with buttons, is asked again each working day, and decides on the newest one."""
    async with story(start="2026-11-27 16:00", **SETTINGS | WITH_MAIL) as desk:
        await ready(desk)
        await desk.says("anna", "/repair 1 PC-0117 shop fixit")
        desk.forget()
        await desk.says("anna", "/repair 1 quoted 300 for a main board")
        desk.sees_card("💰 quote to be decided")
        first = desk.hears("pm", "quote", "│ 300 for a main board", "PC-0117 (PC OptiPlex) · at a repair shop (Fix It)")
        assert "Approve" in labels(first)
        told = desk.hears("desk", "quote", "300 for a main board")
        assert labels(told) == ["Details"]
        assert "/repair FD-1 approved" not in told.words
        desk.hears("group", "phrase", "Told to who decides (project manager, deputy of the project manager)")
        for who, words in (("anna", "approved yes"), ("desk", "refused no"), ("anna", "同意")):
            await desk.says(who, f"/repair 1 {words}")
            desk.hears("group", "phrase", "what a repair costs is decided by project manager, deputy of")
        await desk.says("pm", "/board")
        desk.hears("group", "board", "💰 Quotes waiting for a decision: FD-1")
        await desk.says("anna", "/repair 1")
        desk.hears("anna", "phrase", "Quote: 300 for a main board.")  # in private: it is what somebody wrote
        desk.nobody_hears_anything()
        await desk.at("2026-11-30 08:59")
        assert not [one for one in desk._unheard if one.row.kind == "quote"]  # not at the weekend
        desk.forget()
        await desk.at("2026-11-30 09:00")
        desk.hears("pm", "quote", "still waits for a decision")
        await desk.says("anna", "/repair 1 quoted 500, the disk too")
        second = desk.hears("pm", "quote", "500, the disk too")
        desk.forget()
        await desk.presses("pm", first, "Approve", where="pm")
        desk.hears("pm", "phrase", "another quote has come since: 500, the disk too")
        await desk.presses("pm", second, "Refuse…", where="pm")
        desk.hears("pm", "phrase", "why is the quote refused?")
        await desk.says("pm", "A new one costs less.", where="pm")
        desk.sees_card()
        desk.hears("anna", "quote_decided", "has refused the quote for PC-0117", "A new one costs less.")
        no = desk.hears("fixit@shop.example", "vendor", "your quote is not accepted", "│ 500, the disk too")
        assert "A new one" not in no.words
        desk.hears("pm", "phrase", "quote refused, noted. Who repairs is told by mail.")
        await desk.says("anna", "/repair 1 repaired It runs.")
        desk.hears("group", "phrase", "“repaired” does not follow “quote refused”")
        await desk.says("anna", "/repair 1 quoted 200 for all of it")
        third = desk.hears("pm", "quote", "200 for all of it")
        desk.forget()
        await desk.presses("pm", third, "Approve", where="pm")
        desk.hears("fixit@shop.example", "vendor", "your quote is accepted", "│ 200 for all of it")
        desk.hears("anna", "quote_decided", "has approved the quote")
        desk.forget()
        await desk.presses("pm", third, "Approve", where="pm")
        desk.hears("pm", "phrase", "does not follow")
        await desk.at("2026-12-01 09:00")
        assert not [one for one in desk._unheard if one.row.kind == "quote"]
        desk.forget()
        await desk.says("anna", "/sheet 1 repair")
        steps = desk.hears("anna", "paper").row.facts["sheet"]["steps"]
        decided = {one["moved"]: (one["who"], one["words"]) for one in steps}
        assert decided["repair_refused"] == decided["repair_approved"] == ("Paul 保罗", "")
