"""Access to a mail account that will end: desk and project manager hear of it in time, and not by mail."""

import json
from collections.abc import Callable, Iterator

import pytest

from tests.parts.tokens import SECRET, Tokens
from tests.stories.story import Story, instant
from tests.stories.test_operations import eventually, holds

Begin = Callable[..., Story]
ACCOUNT = "fault@desk.example"
EXPIRED = (401, json.dumps({"error": "invalid_client", "error_description": "AADSTS7000222: expired"}).encode())


@pytest.fixture
def issuer() -> Iterator[Tokens]:
    with Tokens(ACCOUNT) as server:
        yield server


async def test_a_token_that_is_not_renewed_is_told_while_the_old_one_holds(story: Begin, issuer: Tokens) -> None:
    """And an hour of the service's own trouble only once it lasts; a secret's end 30, 7 and 1 days ahead, once each."""
    oauth = {
        "provider": "microsoft",
        "tenant": "desk.example",
        "client_id": "desk",
        "client_secret": SECRET,
        "secret_expires": "2026-12-24",
        "token_url": issuer.grants,
    }
    relay = {"host": "127.0.0.1", "security": "none", "username": ACCOUNT, "oauth": oauth}
    dora = {"handle": "desk", "name": "Dora", "roles": ["desk"], "mail": "dora@example.com", "prefers": "mail"}
    paul = {"handle": "pm", "name": "Paul", "roles": ["manager"]}
    async with story(mail={"relay": relay}, people=[dora, paul]) as desk:
        await holds(lambda: len(issuer.asked) == 1)
        issuer.refusal = EXPIRED
        await desk.passes(46)
        desk.app.access.look()
        told = await eventually(desk, "desk", "token", ACCOUNT, "AADSTS7000222", "10:00", "client_secret")
        assert told.to == "desk", "she prefers mail, which will fail: so it comes by chat"
        desk.hears("manager", "token")
        assert "is not renewed and ends" in desk.app.state()["problems"][0]
        issuer.refusal = None
        await desk.passes(6)
        desk.app.access.look()
        await eventually(desk, "desk", "token", "is renewed again")
        desk.hears("manager", "token", "No mail was late")
        assert desk.app.state()["problems"] == []

        issuer.refusal = (503, b"")
        await desk.passes(46)
        desk.app.access.look()
        await holds(lambda: bool(desk.app.state()["problems"]))
        await desk.passes(2)
        desk.nobody_hears_anything()  # such a thing passes
        issuer.refusal = None

        for when, words in (
            ("2026-11-24 09:00", "in 30 days"),
            ("2026-12-18 09:00", "in 6 days"),
            ("2026-12-23 11:00", "tomorrow"),
            ("2026-12-25 09:00", "ended on 2026-12-24"),
        ):
            desk.clock.set(instant(when))
            for _ in range(2):
                await desk.app.duties.remind()
                desk.app._ring_senders()
                await desk.settles()
            desk.hears("desk", "secret_ends", ACCOUNT, words)
            desk.hears("manager", "secret_ends", words)
        desk.forget()  # of years whose holidays nobody knows
