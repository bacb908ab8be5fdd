"""The board: whether all is well, what is open, who is on duty, what lapses, has lapsed or waits; safe for a group."""

from collections.abc import Callable

from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"


async def test_the_board_of_a_day(story: Begin) -> None:
    async with story() as desk:
        await desk.says("pm", "/board")
        quiet = desk.hears("group", "board", "🟢 All is well\n📋 0 open\n☎️ service desk: Dora", "engineer: Anna").words
        assert "Next" not in quiet
        assert "Waiting" not in quiet
        await desk.mail(BOB, "Printer jam")
        await desk.mail(BOB, "Mouse is dead")
        await desk.says("anna", "/take 1")
        desk.forget()
        await desk.says("anna", "/wait 1 Which room?")
        await desk.at("09:05")
        desk.forget()
        await desk.says("desk", "看板")
        board = desk.hears(
            "group", "board", "🟡 1 deadline due within the hour", "📋 2 open: 1 new, 1 waiting for the user"
        )
        assert "⏰ FD-2 dispatch Mon 23 Nov, 09:10 · nobody yet" in board.words
        assert "⏸ FD-1 for the user since Mon 23 Nov, 09:00, until Thu 26 Nov, 09:00 · Anna" in board.words
        assert "official holidays of 2027 are not known yet" in board.words
        assert not [word for word in ("Bob", "Printer", "bob@") if word in board.words]
        await desk.says("anna", "/solve 1 Done.")
        await desk.at("14:00")
        desk.forget()
        await desk.says("anna", "/board")
        desk.hears(
            "group",
            "board",
            "🔴 3 deadlines missed",
            "1 open: 1 new · 1 solved, not closed yet\n",
            "🔴 FD-2 dispatch Mon 23 Nov, 09:10",
            "🔴 FD-2 solution",
        )


async def test_ones_own_day_goes_by_place_and_what_lapses_first(story: Begin) -> None:
    places = {"hq": {"words": ["HQ"], "address": "1 Main St"}, "yard": {"words": ["yard"]}}
    async with story(places=places) as desk:
        for minute, subject in enumerate(("HQ: no light", "yard: no power", "HQ: no sound", "Somewhere: no heat")):
            await desk.mail(f"u{minute}@customer.example", subject)
            await desk.says("anna", f"take {minute + 1}")
            await desk.says("anna", f"reply {minute + 1} I come.")
            await desk.passes(1)
        await desk.says("anna", "wait 4 Where is that?")
        desk.forget()
        await desk.says("anna", "mine", where="anna")
        words = desk.hears("anna", "ticket_list", "(4)", "📍 hq · 1 Main St\n").words
        lines = [line.split(" · ")[0] for line in words.splitlines() if line.startswith("📍") or "FD-" in line]
        assert [line.split()[-1] if "📍" in line else line.split()[1] for line in lines[:7]] == [
            "hq", "FD-1", "FD-3", "yard", "FD-2", "known", "FD-4"
        ]  # fmt: skip
        desk.forget()
