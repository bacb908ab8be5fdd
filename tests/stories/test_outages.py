"""A known outage: one master ticket alerts for all that are linked to it, and their requesters hear of it (R16)."""

from collections.abc import Callable

from tests.stories.story import OUTSIDE, Heard, Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
LI = "李雷 <li@customer.example>"
CY = "Cy <cy@customer.example>"
PLACES = {"hq": {"words": ["HQ"]}, "yard": {"words": ["yard"]}}


async def outage(desk: Story, subject: str = "No network") -> None:
    """FD-1 of 09:00, Anna's, answered, and the master of an outage; who heard of it is not the matter here."""
    await desk.mail(BOB, subject)
    await desk.says("anna", "/take 1")
    await desk.says("anna", "/reply 1 We look at the switch.")
    await desk.says("desk", "/master 1")
    desk.forget()


async def linked(desk: Story, sender: str, subject: str = "No network") -> Heard:
    """One more report that is linked to FD-1; gives its confirmation."""
    await desk.mail(sender, subject)
    confirmation = desk.hears("requester", "confirmation")
    number = int(confirmation.words.split("[FD-")[1].split("]")[0])
    await desk.says("desk", f"/child {number} of 1")
    desk.forget()
    return confirmation


@OUTSIDE
async def test_a_fault_about_the_same_is_proposed_with_one_button_and_its_user_hears_that_it_is_known(
    story: Begin,
) -> None:
    async with story() as desk:
        await desk.mail(BOB, "No network")
        await desk.says("anna", "/take 1")
        desk.forget()
        await desk.says("desk", "/master 1")
        desk.hears("group", "phrase", "FD-1 is a master ticket now")
        desk.sees_card("FD-1", "outage, 0 linked")
        await desk.passes(5)
        await desk.mail(LI, "三楼没有网络")
        desk.hears("li@customer.example", "confirmation")
        card = desk.sees_card("FD-2", "part of FD-1?")
        assert card.chat
        assert card.chat.silent, "one more of many: the group knows already"
        await desk.presses("desk", card, "Part of the outage")
        desk.hears("li@customer.example", "known", "[FD-2]", "已知故障（FD-1），另有 1 位用户", "Anna", "14:00")
        desk.hears("speaker", "phrase", "FD-2 is part of FD-1 now")
        cards = (desk.sees_card("FD-1"), desk.sees_card("FD-1"))  # in any order
        child, master = sorted(cards, key=lambda one: "1 linked" in one.words)
        assert "→ part of the outage FD-1" in child.words
        assert child.chat is not None
        assert [one.label for line in child.chat.buttons for one in line] == ["Not part of it", "Details"]
        assert "FD-2" not in master.words


async def test_what_a_known_outage_brings_is_linked_at_once_by_a_press_or_a_word(story: Begin) -> None:
    async with story() as desk:
        for sender in (BOB, LI, CY):
            await desk.mail(sender, "No network")
        desk.forget()
        await desk.says("desk", "/master 1")
        offer = desk.hears("speaker", "phrase", "These may be part of it")
        await desk.presses("desk", offer, "All of these")
        desk.hears("speaker", "phrase", "2 more are part of it now", "FD-1 alerts for all")
        for who in ("li@customer.example", "cy@customer.example"):
            desk.hears(who, "known")
        desk.forget()
        await desk.mail(LI, "No network, either")
        desk.forget()
        await desk.says("desk", "主单 1 全部")
        desk.hears("speaker", "phrase", "1 more is part of it now")
        desk.forget()
        await desk.says("desk", "/master 1 all")
        desk.hears("speaker", "phrase", "nothing else looks like part of it")
        await desk.says("desk", "/solve 1 New switch.")
        assert [(await desk.ticket(number)).state for number in (1, 2, 3, 4)] == ["solved"] * 4
        desk.forget()


async def test_what_is_linked_gives_no_alerts_and_the_master_says_how_many_there_are(story: Begin) -> None:
    """R16: its clocks go on, and what lapses is late."""
    async with story() as desk:
        await outage(desk)
        await desk.passes(5)
        await linked(desk, LI)
        await desk.passes(1)
        await linked(desk, CY)
        await desk.at("10:59")
        desk.nobody_hears_anything()
        await desk.at("11:00")
        desk.hears("anna", "alert", "FD-1 solution", "and 2 linked")
        await desk.says("anna", "/due all")
        due = desk.hears("group", "ticket_list", "FD-1", "(and 2 linked)").words
        assert "FD-2" not in due
        await desk.says("anna", "/list")
        desk.hears("group", "ticket_list", "FD-2", "→ FD-1")
        await desk.says("anna", "/why 2")
        desk.hears("group", "why", "Part of FD-1: it gives no alerts of its own")
        await desk.says("anna", "/ticket 1", where="anna")
        desk.hears("anna", "details", "Outage: 2 open tickets are linked")
        await desk.restarts()
        await desk.at("13:59")
        assert {"anna", "desk", "pm"} <= {one.to for one in desk._unheard}
        assert not [one for one in desk._unheard if "FD-2" in one.words or "FD-3" in one.words]
        desk.forget()
        await desk.at("14:00")
        desk.hears("pm", "alert", "FD-1", "missed", "and 2 linked")
        desk.hears("sam", "alert", "FD-1")
        desk.hears("bob@customer.example", "breach", "FD-1")
        desk.hears("li@customer.example", "breach", "FD-2")
        desk.hears("cy@customer.example", "breach", "FD-3")
        desk.sees_card("FD-1")
        desk.nobody_hears_anything()
        await desk.says("anna", "/solve 1 A new switch.")
        assert (await desk.clocks(2))["response"] == "late"
        desk.forget()


@OUTSIDE
async def test_solving_the_master_solves_what_is_linked_and_a_reply_reopens_her_own_alone(story: Begin) -> None:
    async with story() as desk:
        await outage(desk)
        await linked(desk, LI, "三楼没有网络")
        await linked(desk, CY)
        await desk.says("anna", "/solve 1 A new switch.")
        desk.hears("group", "phrase", "FD-1 is solved, and 2 linked with it")
        desk.hears("bob@customer.example", "solution", "[FD-1]", "A new switch.")
        desk.hears("cy@customer.example", "solution", "[FD-3]", "A new switch.")
        solution = desk.hears("li@customer.example", "solution", "[FD-2] 已解决", "A new switch.")
        for number in ("FD-1", "FD-2", "FD-3"):
            desk.sees_card(number, "solved")
        await desk.mail(LI, "Re: 已解决", "三楼还是没有网络", answers=solution)
        desk.hears("desk", "reopened", "FD-2")
        desk.hears("desk", "answer", "FD-2: 李雷 wrote")
        desk.hears("group", "answer_group", "FD-2")
        desk.sees_card("FD-2", "new")
        assert [(await desk.ticket(number)).state for number in (1, 2, 3)] == ["solved", "new", "solved"]
        assert (await desk.clocks(2))["dispatch"] == "met"  # it was in hand with the master when it was solved
        assert (await desk.ticket(2)).master_id is None
        await desk.passes(121)
        assert [one for one in desk._unheard if "FD-2" in one.words], "it alerts for itself again"
        desk.forget()


async def test_a_master_that_is_not_solved_after_all_takes_what_was_solved_with_it_along(story: Begin) -> None:
    """By a colleague's word at once; by its own user's, who may speak of her desk alone, on a second word (R15, R16)."""
    async with story() as desk:
        await outage(desk)
        await linked(desk, LI, "三楼没有网络")
        await linked(desk, CY)
        await desk.says("ben", "/take 3")
        assert (await desk.clocks(2))["dispatch"] == "met"
        await desk.at("10:00")
        await desk.says("ben", "/solve 3 A cable of her own.")
        desk.forget()
        await desk.at("10:01")
        await desk.says("anna", "/solve 1 A new switch.")
        solution = desk.hears("bob@customer.example", "solution")
        desk.forget()
        await desk.at("10:30")
        await desk.says("desk", "/reopen 1 The switch is down again")
        desk.hears("group", "phrase", "FD-1 is open again, and 1 linked with it")
        desk.hears("li@customer.example", "known", "[FD-2] 故障尚未完全恢复", "此前告知您 FD-2 已解决", "Anna", "14:29")
        desk.sees_card("FD-1", "1 linked")
        desk.sees_card("FD-2", "→ part of the outage FD-1")
        assert "stay" not in desk.hears("anna", "reopened", "FD-1").words
        assert [(await desk.ticket(number)).state for number in (1, 2, 3)] == ["accepted", "new", "solved"]
        await desk.at("14:15")
        assert not [one for one in desk._unheard if "FD-2" in one.words], "the master speaks for it"
        await desk.says("anna", "/solve 1 Another new switch.")
        desk.forget()
        await desk.mail(BOB, "Re: solved", "Still nothing at my desk", answers=solution)
        desk.hears("anna", "reopened", "1 linked with it stays solved. To reopen it, too: /reopen FD-1")
        desk.forget()
        await desk.says("anna", "/reopen 1")
        desk.hears("group", "phrase", "FD-1 is open again, and 1 linked with it")
        desk.hears("li@customer.example", "known")
        desk.sees_card("FD-2")
        await desk.says("anna", "/reopen 1")
        desk.hears("group", "phrase", "not possible now")
        for number in (1, 2):
            await desk.says("anna", f"/reopen {number} undo")
            desk.hears("group", "phrase", f"FD-{number} and its linked tickets were reopened together")
        assert (await desk.clocks(2))["resolve3"] == "running"


async def test_what_is_parted_again_tells_what_has_come_meanwhile_the_highest_alone_and_late(story: Begin) -> None:
    """R14: linked at 09:00 and parted at 10:05: dispatch and response of 10:00 have lapsed."""
    async with story() as desk:
        await outage(desk)
        await linked(desk, LI)
        await desk.at("10:05")
        desk.nobody_hears_anything()
        await desk.says("desk", "/child 2 undo")
        desk.hears("group", "phrase", "FD-2 is separate again, no longer part of FD-1")
        desk.sees_card("FD-2", "new")
        desk.sees_card("FD-1", "0 linked")
        await desk.passes(0.1)
        alert = desk.hears(
            "pm", "alert", "2 deadlines need you", "FD-2 dispatch: missed", "FD-2 response: missed"
        ).words
        assert alert.count("This alert is late") == 2
        desk.forget()


async def test_an_abnormal_event_on_what_is_linked_is_not_kept_quiet(story: Begin) -> None:
    """R12: somebody has reported it, so the project manager hears of it at once."""
    async with story() as desk:
        await outage(desk)
        await linked(desk, LI)
        await desk.says("ben", "/escalate 2 Smoke.")
        desk.hears("pm", "alert", "FD-2", "Smoke.")
        desk.forget()
        await desk.passes(11)
        desk.hears("pm", "alert", "FD-2")
        desk.forget()


async def test_a_complaint_on_what_is_linked_is_not_kept_quiet(story: Begin) -> None:
    """SP-4.4: it is no matter of the outage."""
    async with story() as desk:
        await outage(desk)
        confirmation = await linked(desk, LI)
        await desk.mail(LI, "Re: yours", "投诉：一直没有人来", answers=confirmation)
        desk.hears("pm", "wish", "FD-2")
        await desk.at("2026-11-24 08:59")
        desk.forget()
        await desk.at("2026-11-24 09:00")
        desk.hears("pm", "alert", "FD-2 complaint answered")
        desk.forget()


async def test_a_user_ends_no_outage(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "No network")
        confirmation = desk.hears("requester", "confirmation")
        await desk.says("anna", "/take 1")
        await desk.says("desk", "/master 1")
        desk.forget()
        await desk.mail(BOB, "Re: yours", "Solved", answers=confirmation)
        desk.hears("anna", "wish", "Solved", "the ticket stays open")
        desk.hears("requester", "wish_answer", "FD-1 ends when it works for all")
        assert (await desk.ticket(1)).state == "accepted"


async def test_what_is_elsewhere_or_already_taken_is_not_proposed(story: Begin) -> None:
    """The rule: the same place; where one names none, the same service item; and nobody has taken it yet."""
    async with story(places=PLACES) as desk:
        await outage(desk, "No network in HQ")
        for subject, proposed in (("HQ, too", True), ("Not in the yard", False), ("Mine as well", True)):
            await desk.mail(LI, subject)
            assert ("part of FD-1?" in desk.sees_card().words) == proposed, subject
            desk.forget()
        await desk.says("ben", "/take 2")
        assert "part of" not in desk.sees_card("FD-2").words
        desk.forget()
        await desk.says("anna", "/solve 1 A new switch.")
        desk.forget()
        await desk.mail(CY, "HQ, too")
        assert "part of" not in desk.sees_card("FD-5").words
        desk.forget()


async def test_making_a_master_offers_what_came_before_it(story: Begin) -> None:
    async with story() as desk:
        for sender in (BOB, LI, CY):
            await desk.mail(sender, "No network")
        await desk.says("anna", "/take 3")
        desk.forget()
        await desk.says("desk", "/master 3")
        answer = desk.hears("group", "phrase", "These may be part of it")
        desk.forget()
        await desk.presses("desk", answer, "FD-1")
        desk.hears("bob@customer.example", "known", "FD-1", "FD-3")
        desk.forget()
        await desk.presses("desk", answer, "FD-2")
        desk.hears("li@customer.example", "known", "2 others have")
        desk.forget()
        await desk.says("desk", "/master 3 undo")
        desk.hears("group", "phrase", "FD-3 is no longer a master ticket. 2 open tickets are separate again.")
        cards = [one.words for one in desk._unheard if one.row.kind == "card"]
        assert {number for one in cards for number in ("FD-1", "FD-2", "FD-3") if number in one} == {
            "FD-1",
            "FD-2",
            "FD-3",
        }
        assert not [one for one in cards if "part of the outage" in one]
        desk.forget()
        assert [(await desk.ticket(number)).master_id for number in (1, 2)] == [None, None]


async def test_her_answer_to_what_is_linked_reaches_the_masters_engineer(story: Begin) -> None:
    async with story() as desk:
        await outage(desk)
        confirmation = await linked(desk, LI)
        await desk.mail(LI, "Re: confirmation", "The phones are dead, too.", answers=confirmation)
        desk.hears("anna", "answer", "FD-2: 李雷 wrote", "The phones are dead, too.")
        desk.hears("group", "answer_group", "FD-2")


async def test_what_does_not_fit_is_refused_with_what_to_do(story: Begin) -> None:
    customers = [{"key": key, "locale": "en", "domains": [f"{key}.example"]} for key in ("customer", "rival")]
    async with story(customers=customers) as desk:
        for sender in (BOB, LI, "Rick <rick@rival.example>", CY):
            await desk.mail(sender, "No network")
        desk.forget()
        for words, answer in (
            ("/child 2", "There is no open master ticket"),
            ("/child 2 of 1", "FD-1 is not a master ticket. To make it one: /master FD-1"),
            ("/master 1", "FD-1 is a master ticket now"),
            ("/master 1", "FD-1 is already a master ticket"),
            ("/child 1 of 1", "FD-1 cannot be part of itself"),
            ("/child 3 of 1", "FD-1 belongs to another customer"),
            ("关联 2 到 1", "FD-2 is part of FD-1 now"),
            ("/child 2 of 1", "FD-2 is already part of it"),
            ("/master 2", "FD-2 is itself part of an outage"),
            ("/master 4", "FD-4 is a master ticket now"),
            ("/child 4 of 1", "FD-4 is a master ticket itself"),
            ("/child 3 undo", "FD-3 is not part of an outage"),
            ("/master 3 undo", "FD-3 is not a master ticket"),
            ("/junk 1", "FD-1 is a master ticket. First: /master FD-1 undo"),
            ("/merge 4 into 1", "FD-4 is a master ticket. Please merge the other one into it"),
            ("/child 2", "Which outage is FD-2 part of?"),
        ):
            await desk.says("desk", words, where="desk")
            desk.hears("desk", "phrase", answer)
            desk.forget()
        await desk.says("anna", "/child 2 undo", where="anna")
        desk.hears("anna", "phrase", "You may not do this")
        desk.nobody_hears_anything()


async def test_the_digest_counts_an_outage_once(story: Begin) -> None:
    async with story(desk={"digests": True}) as desk:
        await outage(desk)
        await desk.at("17:00")
        desk.forget()
        await desk.mail(BOB, "Printer")
        await desk.says("desk", "/master 2")
        desk.forget()
        for sender in (LI, CY):
            await desk.mail(sender, "Printer")
            desk.forget()
        await desk.says("desk", "/child 3 of 2")
        await desk.says("desk", "/child 4 of 2")
        desk.forget()
        await desk.at("17:30")
        evening = desk.hears("pm", "digest", "FD-2", "and 2 linked").words
        assert "FD-3" not in evening
        desk.forget()
        await desk.at("2026-11-24 09:00")
        desk.hears("pm", "digest", "4 open, 1 without an engineer, 2 linked to an outage")
        desk.forget()
