"""What its keepers do to the running desk: people on tickets notice as little of it as possible."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.loops import Heart, keep_running
from tests.parts.patience import PATIENCE
from tests.stories.story import Heard, Story

Begin = Callable[..., Story]
on_sqlite = pytest.mark.only_at("sqlite")
"""What exists there alone: restoring with a hold, and the trigger that plays a full disk."""

BOB = "Bob Miller <bob@customer.example>"
CUSTOMER = {"key": "acme", "name": "Acme", "locale": "en", "domains": ["customer.example"]}
ANNA = {"handle": "anna", "name": "Anna", "roles": ["resident"]}
DESK = {"handle": "desk", "name": "Dora", "roles": ["desk"]}
PM = {"handle": "pm", "name": "Paul", "roles": ["manager"], "mail": "pm@example.com"}


async def test_a_changed_configuration_is_taken_up_while_a_ticket_is_open(story: Begin) -> None:
    async with story(customers=[CUSTOMER]) as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        result = await desk.reloads(
            customers=[CUSTOMER],
            people=[ANNA, DESK, PM, {"handle": "zoe", "name": "Zoe", "roles": ["resident"]}],
            desk={"hotline": "400-123", "organisation": "New Name"},
            items={"general": {"level": "standard"}},
            health={"port": 1},
        )
        assert result.changed == ["desk.organisation", "desk.hotline", "items", "people"]
        assert result.restart == ["health.port"]
        assert result.refused == []
        await desk.says("zoe", "take 1")  # she is new, and may
        desk.hears("requester", "assigned", "Zoe", "New Name service desk", "400-123")
        desk.sees_card("Zoe")
        desk.hears("engineer", "assignment")
        desk.hears("speaker", "phrase", "is yours")
        await desk.says("ben", "take 1")  # he is no longer there
        desk.nobody_hears_anything()
        await desk.mail(BOB, "Another fault")
        assert ((await desk.ticket(1)).level, (await desk.ticket(2)).level) == ("advanced", "standard")
        desk.forget()


async def test_a_text_of_ones_own_that_fails_stops_no_mail_and_health_names_it(story: Begin, tmp_path: Path) -> None:
    own = tmp_path / "texts" / "en" / "confirmation.j2"
    own.parent.mkdir(parents=True)
    own.write_text("{% block text %}{{ 'x' * 9000000000 }}{% endblock %}")
    async with story(customers=[CUSTOMER], desk={"templates": str(tmp_path / "texts")}) as desk:
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation", "Thank you, your fault report has arrived")
        assert "en/confirmation" in str(desk.app.state()["problems"])
        own.write_text("{% block text %}Hello {{ number }}{% endblock %}")
        await desk.reloads(customers=[CUSTOMER], desk={"templates": str(tmp_path / "texts")})
        await desk.mail(BOB, "Another fault")
        desk.forget()
        assert desk.app.state()["problems"] == []


async def test_a_wrong_configuration_changes_nothing_and_desk_and_manager_are_told(story: Begin) -> None:
    async with story() as desk:
        mistakes = [f"config.toml:{line}: desk.prefx: there is no such option" for line in range(1, 8)]
        result = await desk.reloads(mistakes=mistakes)
        assert (result.changed, result.restart, result.refused) == ([], [], mistakes)
        desk.hears("desk", "config_refused", "config.toml:1: desk.prefx", "and 2 more in the log")
        desk.hears("manager", "config_refused", "the old one stays in force")
        assert "config.toml:1" in desk.app.state()["problems"][0]
        assert desk.app.state()["status"] == "ok"  # it works
        await desk.reloads()
        assert desk.app.state()["problems"] == []


async def test_a_customer_that_is_taken_out_keeps_its_open_tickets(story: Begin) -> None:
    other = {"key": "other", "name": "Other", "domains": ["other.example"], "locale": "en"}
    async with story(customers=[CUSTOMER]) as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.reloads(customers=[other])
        await desk.says("anna", "take 1", where="anna")  # the group is another customer's now
        desk.hears("requester", "assigned", "FD-1")
        desk.forget()
        await desk.restarts()
        await desk.says("anna", "solve 1 Removed the paper.", where="anna")
        desk.hears("requester", "solution", "FD-1")
        desk.forget()


@on_sqlite
async def test_a_reload_that_the_database_does_not_take_changes_nothing(story: Begin) -> None:
    async with story() as desk:
        sql = "create trigger full before insert on event begin select raise(abort, 'the disk is full'); end"
        await desk.app.store.write(lambda db: db.execute(text(sql)))
        result = await desk.reloads(people=[ANNA, DESK, PM])
        assert result.refused == ["the database cannot write: nothing was changed, try again"]
        await desk.app.store.write(lambda db: db.execute(text("drop trigger full")))
        assert len(desk.app.settings.people) == 6
        names = await desk.app.store.read(
            lambda db: db.execute(text("select count(*) from person where active")).scalar_one()
        )
        assert names == 6
        desk.hears("desk", "config_refused", "the database cannot write")
        desk.hears("manager", "config_refused")


@on_sqlite
async def test_after_a_restore_nobody_hears_anything_of_a_ticket_until_the_release(story: Begin) -> None:
    """P14."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        made = await desk.makes_a_backup()
        await desk.mail(BOB, "No network")
        desk.forget()
        await desk.passes(1)
        await desk.is_restored(made)
        desk.hears("desk", "restored", "faultdesk release")
        desk.hears("manager", "restored")
        desk.nobody_hears_anything()
        await desk.passes(10)  # the dispatch clocks of both lapse meanwhile
        desk.nobody_hears_anything()
        await desk.says("anna", "list", where="anna")
        desk.hears("speaker", "ticket_list", "FD-1", "FD-3")  # FD-2 was given in the time that was lost
        await desk.restarts()
        desk.nobody_hears_anything()
        await desk.is_released()
        assert "No network" in desk.hears("requester", "confirmation", "FD-3").words
        desk.hears("manager", "alert", "FD-1", "FD-3")
        desk.forget()


@on_sqlite
async def test_what_is_held_can_be_ended_instead(story: Begin) -> None:
    async with story() as desk:
        made = await desk.makes_a_backup()
        await desk.mail(BOB, "No network")
        desk.forget()
        await desk.is_restored(made)
        desk.hears("desk", "restored")
        desk.hears("manager", "restored")
        await desk.is_released(drop=True)
        desk.nobody_hears_anything()
        await desk.says("anna", "take 2")
        desk.hears("requester", "assigned", "FD-2")
        desk.forget()


async def test_buttons_of_what_has_ended_go_in_the_night_and_those_of_an_open_ticket_stay(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Cheap watches")
        ended = desk.sees_card()
        await desk.says("desk", "/junk 1")
        await desk.mail(BOB, "Printer jam")
        desk.sees_card("FD-1 junk")
        still_open = desk.sees_card("FD-2")
        desk.forget()
        await desk.restarts(after_minutes=31 * 24 * 60)
        desk.forget()
        await desk.app.duties.daily()
        await desk.presses("anna", ended, "Details")
        desk.hears("speaker", "phrase", "no longer works")
        await desk.presses("anna", still_open, "Details")
        desk.hears("anna", "details", "Printer jam")


@pytest.mark.long
@on_sqlite
async def test_whichever_loop_hangs_is_named_and_health_is_no_longer_well(
    story: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P11. It takes the ten seconds after which a beat is missed."""
    hangs, since, red = asyncio.Event(), dict[str, float](), dict[str, float]()

    def may_hang(name: str, cycle: Callable[[], Awaitable[None]], heart: Heart) -> Coroutine[None, None, None]:
        async def once() -> None:
            if hangs.is_set():
                since[name] = time.monotonic()
                await asyncio.Event().wait()
            await cycle()

        return keep_running(name, once, heart)

    monkeypatch.setattr("bot.app.keep_running", may_hang)
    async with story(health={"canary_minutes": 5}, mail=CANARY["mail"]) as desk:
        loops = set(desk.app.state()["loops"])
        assert loops >= {"mails", "chat", "alarms", "duties", "reload", "canary", "send mail", "send console"}
        assert (desk.app.state()["status"], desk.app.state()["stale"]) == ("ok", [])
        hangs.set()
        async with asyncio.timeout(PATIENCE):
            while set(red) != loops:
                red |= {one: time.monotonic() for one in desk.app.state()["stale"] if one not in red}
                await asyncio.sleep(0.05)
        assert desk.app.state()["status"] == "stale"
        print(f"health was red {max(red[one] - since[one] for one in loops):.1f} s after a loop hung, at most")
        desk.forget()


CANARY = {
    "mail": {"relay": {"host": "127.0.0.1", "security": "none"}},
    "health": {"canary_minutes": 30, "canary_within": 10},
}


async def test_a_canary_that_comes_back_is_filed_and_nobody_hears_of_it(story: Begin) -> None:
    """P11."""
    async with story(**CANARY) as desk:
        canary = await eventually(desk, "ourselves", "canary")
        assert canary.mail["From"].endswith("<fault@desk.example>")
        await desk.raw_mail(canary.raw, "fault@desk.example")
        outcomes = await desk.app.store.read(lambda db: list(db.execute(text("select outcome, ticket_id from inbox"))))
        assert outcomes == [("canary", None)]
        await desk.passes(29)
        desk.nobody_hears_anything()
        await desk.passes(2)
        await eventually(desk, "ourselves", "canary")


async def test_a_canary_that_is_lost_is_told_by_every_way_and_again_until_one_is_back(story: Begin) -> None:
    """P11: once, then every four hours, then that it is over."""
    async with story(**CANARY) as desk:
        await eventually(desk, "ourselves", "canary")
        await desk.passes(11)
        await eventually(desk, "desk", "canary_lost", "fault@desk.example", "10 min")
        desk.hears("pm", "canary_lost")  # in the chat
        desk.hears("pm@example.com", "canary_lost")  # and by mail
        assert "has not come back" in desk.app.state()["problems"][0]
        await desk.passes(20)
        await eventually(desk, "ourselves", "canary")
        await desk.passes(11)
        desk.nobody_hears_anything()  # they know
        assert "has not come back" in desk.app.state()["problems"][0], "that a new one is under way changes nothing"
        await desk.passes(219)
        last = await eventually(desk, "ourselves", "canary")
        await eventually(desk, "desk", "canary_lost", "has not come back")
        desk.hears("pm", "canary_lost")
        desk.hears("pm@example.com", "canary_lost")
        await desk.raw_mail(last.raw, "fault@desk.example")
        await holds(lambda: desk.app.state()["problems"] == [])
        await eventually(desk, "desk", "canary_lost", "Mail arrives again")
        desk.hears("pm", "canary_lost", "Mail arrives again")


async def test_the_time_that_the_daemon_was_stopped_does_not_count(story: Begin) -> None:
    async with story(**CANARY) as desk:
        await eventually(desk, "ourselves", "canary")
        await desk.restarts(after_minutes=20)
        await desk.passes(5)
        desk.nobody_hears_anything()


async def test_a_forged_canary_is_an_ordinary_mail(story: Begin) -> None:
    async with story(**CANARY) as desk:
        await eventually(desk, "ourselves", "canary")
        await desk.mail(BOB, "Printer jam", message_id=f"<canary.1.{'a' * 32}@desk.example>")
        desk.hears("requester", "confirmation")
        desk.sees_card()


async def eventually(desk: Story, who: str, kind: str, *containing: str) -> Heard:
    """The canary's loop looks by itself, every few seconds; in a story a push makes it look now."""
    desk.app.canary.look()
    found: list[Heard] = []

    def heard() -> bool:
        try:
            found.append(desk.hears(who, kind, *containing))
        except AssertionError:
            return False
        return True

    until = time.monotonic() + PATIENCE
    while not heard():
        assert time.monotonic() < until, f"no {kind} to {who}"
        await asyncio.sleep(0.05)
        await desk.settles()
    return found[0]


async def holds(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
