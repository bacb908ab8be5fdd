"""Spare parts and loan devices: taken on a ticket, lent to its requester, asked for when they are due (SP-5.1)."""

from collections.abc import Callable
from functools import partial

from bot.control import IMPORTS
from bot.domain.devices import read_devices
from bot.domain.directory import read_directory
from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
DEVICES = b"tag,kind,model,state,accepted\nLP-03,notebook,ThinkPad T14,stock,2025-03-01\nLP-04,notebook,,stock,\nPC-0117,PC,OptiPlex,,\n"


async def with_devices(desk: Story) -> None:
    """The desk knows some devices, and Bob."""
    devices, mistakes = read_devices(DEVICES, frozenset({"default"}))
    people, wrong = read_directory(b"address,name\nbob@customer.example,Bob Miller\n", frozenset({"default"}))
    assert not [*mistakes, *wrong]
    for kind, entries in (("people", people), ("devices", devices)):
        rows = [{name: getattr(one, name) for name in one.__slots__} for one in entries]
        asked, now = {"entries": rows, "dry_run": False}, desk.clock.now()
        await desk.app.store.write(partial(IMPORTS[kind], house=desk.app.house, now=now, request=asked))


async def test_parts_are_taken_on_a_ticket_and_what_runs_short_is_shown(story: Begin) -> None:
    async with story(start="2026-11-23 09:00") as desk:
        await desk.mail(BOB, "Printer prints grey")
        await desk.says("anna", "/take 1")
        desk.forget()
        await desk.says("anna", "/stock new toner-85a name=HP 85A min=2")
        desk.hears("group", "phrase", "You may not do this")
        await desk.says("desk", "/stock new toner-85a name=HP 85A place=shelf 3 min=2")
        desk.hears("group", "phrase", "toner-85a (HP 85A): 0 in stock, at least 2")
        await desk.says("desk", "/库存 入库 TONER-85A 3 周一到货")
        desk.hears("group", "phrase", "3 added, now 3")
        await desk.says("anna", "/issue 1 toner-85a 4")
        desk.hears("group", "phrase", "Only 3 of toner-85a are in stock")
        await desk.says("anna", "/part 1 black toner")
        desk.sees_card("waiting for a part")
        desk.forget()
        await desk.says("anna", "/issue 1 toner-85a 2")
        desk.hears("group", "phrase", "2 × toner-85a for FD-1. 1 left, to be restocked")
        assert "waits" not in desk.sees_card().words
        await desk.says("ben", "/issue 1 toner-85a")
        desk.hears("group", "phrase", "This ticket is not yours")
        await desk.says("anna", "/return 1 toner-85a 3")
        desk.hears("group", "phrase", "FD-1 has 2 of toner-85a")
        await desk.says("anna", "/还 1 toner-85a")
        desk.hears("group", "phrase", "1 × toner-85a back from FD-1. Now 2.")
        await desk.says("desk", "/stock count toner-85a 1 one is missing")
        desk.hears("group", "phrase", "1 counted, 1 fewer than the books said")
        await desk.says("anna", "/stock")
        desk.hears("group", "stock", "⚠️ toner-85a · 1 (at least 2) · HP 85A · shelf 3")
        await desk.says("anna", "/库存 TONER-85A")
        desk.hears(
            "anna",
            "stock",
            "came in +3 · Dora 朵拉 · 周一到货",
            "taken out -2 · FD-1 · Anna",
            "counted -1 · Dora 朵拉 · one is missing",
        )
        await desk.says("anna", "/issue 1 tonr")
        desk.hears("group", "phrase", "There is no part “tonr”. Choose from: toner-85a")
        await desk.says("desk", "/stock add toner-85a many")
        desk.hears("group", "phrase", "“many” is not a number")


async def test_a_loan_device_goes_out_is_asked_for_and_comes_back(story: Begin) -> None:
    """SP-5.1: recorded at its user; resolve is met when she can work with it; its return is asked for."""
    async with story(start="2026-11-23 09:00") as desk:
        await with_devices(desk)
        for subject in ("Notebook is dead", "Another one"):
            await desk.mail(BOB, subject)
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/reply 1 I come.")
        desk.forget()
        await desk.says("anna", "/issue 1 lp-03 until 2026-11-25")
        lent = desk.hears("group", "phrase", "LP-03 is lent on FD-1 until Wed 25 Nov, 18:00")
        await desk.presses("anna", lent, "Requisition sheet")
        paper = desk.hears("anna", "paper", "Requisition of spare parts of FD-1").row.facts["sheet"]
        assert [(one["thing"], one["moved"], one["due"][:10]) for one in paper["items"]] == [
            ("LP-03 notebook ThinkPad T14", "loaned", "2026-11-25")
        ]
        desk.hears("requester", "loan", "LP-03 (notebook ThinkPad T14)", "Wed 25 Nov, 18:00")
        await desk.presses("anna", lent, "The user can work")
        works = desk.hears("speaker", "phrase", "FD-1: the user can work, the solution's deadline is met")
        assert "response" not in works.words
        desk.sees_card("FD-1")
        assert (await desk.clocks())["resolve"] == "met"
        await desk.says("anna", "/asset LP-03")
        desk.hears("anna", "asset", "LP-03 · lent", "User: Bob Miller")
        await desk.says("anna", "/能用 1 已用 LP-03 办公")
        desk.hears("group", "phrase", "the user can work already")
        await desk.passes(minutes=10)
        await desk.says("anna", "/works 1 not: it does not start")
        desk.hears("group", "phrase", "runs on with the time that was left, due Mon 23 Nov, 14:10")
        assert await desk.clocks() | {"resolve": "met", "resolve2": "running"} == await desk.clocks()
        await desk.says("anna", "/works 1 It starts now.")
        desk.forget()
        assert (await desk.clocks())["resolve2"] == "met"
        await desk.says("desk", "/works 2")
        desk.hears("group", "phrase", "Nothing was issued on FD-2")
        await desk.says("desk", "/issue 2 LP-04 for good")
        desk.hears("group", "phrase", "LP-04 is the user's now, on FD-2")
        desk.hears("requester", "given", "you keep it", "you get the solution of FD-2 by mail")
        await desk.says("desk", "/works 2")
        desk.hears("group", "phrase", "FD-2: the user can work", "spoken to (response due", "/called FD-2")
        desk.sees_card("FD-2")
        await desk.says("desk", "/return LP-04")
        desk.hears("group", "phrase", "LP-04 is back from FD-2")
        await desk.says("desk", "/works 2 not")
        desk.forget()
        await desk.says("desk", "/works 2")
        desk.hears("group", "phrase", "Nothing was issued on FD-2")
        await desk.says("desk", "/issue 2 LP-03")
        desk.hears("group", "phrase", "LP-03 is not in stock: lent on FD-1 until Wed 25 Nov, 18:00")
        await desk.says("desk", "/issue 2 PC-0117")
        desk.hears("group", "phrase", "PC-0117 is not in stock: in use")
        await desk.says("anna", "/solve 1 She works with LP-03.")
        desk.hears("requester", "solution")
        desk.sees_card("FD-1")
        await desk.says("anna", "/issue 1 LP-03 until 2026-11-24")
        desk.hears("requester", "loan", "comes back on another day", "Tue 24 Nov, 18:00")
        desk.hears("group", "phrase", "FD-1 is solved")
        desk.hears("group", "phrase", "LP-03 is lent on FD-1 until Tue 24 Nov, 18:00; the user gets a mail. Longer:")
        await desk.says("desk", "/issue 1 LP-03 until 2026-11-20")
        desk.hears("group", "phrase", "That day is over")
        await desk.says("desk", "/领用 1 LP-03 至 2026-11-25")
        desk.hears("requester", "loan", "Wed 25 Nov, 18:00")
        await desk.says("desk", "/check 1 return What was it?")  # no other clock runs
        await desk.says("desk", "/junk 2")
        desk.forget()
        await desk.at("2026-11-25 09:00")
        desk.hears("requester", "loan", "is to come back today")
        desk.hears("anna", "loan_due", "FD-1: LP-03", "Bob Miller")
        await desk.at("2026-11-26 09:00")
        for who in ("anna", "desk"):
            desk.hears(who, "loan_due", "should have come back")
        await desk.says("anna", "/asset lp-03")
        desk.hears("anna", "asset", "LP-03 · lent", "ThinkPad T14", "Warranty: until 2027-02-28", "FD-1")
        await desk.says("anna", "/return LP-03")
        desk.hears("group", "phrase", "LP-03 is back from FD-1")
        await desk.says("anna", "/归还 LP-03")
        desk.hears("group", "phrase", "LP-03 is not lent: in stock")
        await desk.at("2026-11-27 12:00")
        desk.hears("requester", "repair", "We have LP-03 back. Thank you.", "nothing more for you to do")
        desk.nobody_hears_anything()
        await desk.says("anna", "/asset LP-99")
        desk.hears("group", "phrase", "There is no device “LP-99”")
        await desk.says("anna", "/stock")
        desk.hears("group", "stock", "LP-03 · to lend")


async def test_an_answer_about_a_loan_of_a_closed_ticket_opens_no_new_one(story: Begin) -> None:
    """It reaches the engineer, who moves the day of return; a fault in it, and the desk makes a ticket of it."""
    async with story() as desk:
        await with_devices(desk)
        await desk.mail(BOB, "Notebook dead")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/issue 1 LP-03 until 2026-12-04")
        await desk.says("anna", "/solve 1 She works with LP-03.")
        await desk.says("desk", "/check 1 ok")
        await desk.at("2026-12-04 09:00")
        assert (await desk.ticket()).state == "closed"
        loan = desk.hears("requester", "loan")
        while "come back today" not in loan.words:
            loan = desk.hears("requester", "loan")
        desk.forget()
        await desk.mail(BOB, "Re: loan", "May I keep it until Friday?", answers=loan)
        desk.hears("anna", "answer", "May I keep it until Friday?", "The ticket is closed", "/split FD-1")
        desk.hears("group", "answer_group")
        desk.nobody_hears_anything()
        await desk.says("desk", "/split 1 2", where="desk")
        desk.hears("requester", "confirmation", "FD-2")
        desk.forget()


async def test_which_device_is_meant_is_not_asked_where_the_inventory_says_so(story: Begin) -> None:
    """Her words name one of the customer's, or she has just one."""
    async with story() as desk:
        await with_devices(desk)
        for words, asked in (("It is dead.", True), ("pc-0117 is dead.", False)):
            await desk.mail(BOB, "Dead", f"{words} Room 312, phone 4711")
            said = desk.hears("requester", "confirmation").words
            assert ("device's label" in said) == asked
        await desk.says("desk", "/issue 1 LP-03 until 2026-12-04", where="desk")
        desk.forget()
        await desk.mail(BOB, "It is slow", "Room 312, phone 4711")
        assert "please reply with what you know" not in desk.hears("requester", "confirmation").words
        desk.forget()
