"""A fresh story for each test, on SQLite or PostgreSQL or both, through more or less of the real outside."""

import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import bot.app
from tests.parts.dovecot import Dovecot
from tests.parts.kept import KeptPool
from tests.parts.postfix import Relay
from tests.parts.postgres import Postgres
from tests.stories.places import DATABASES, EVERYWHERE, REAL, MailboxStory, Place, RelayStory
from tests.stories.story import Story

SECOND = (("mailbox",), ("relay",), (), ())
"""What is real where a story without a mark is told on PostgreSQL, spread over them by their names."""


@pytest.fixture(autouse=True)
def kept_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mails are read by children that the story before has started."""
    monkeypatch.setattr(bot.app, "ParserPool", KeptPool)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each story is told at several places; one that makes its own kind of story, on several databases."""
    if "scene" not in metafunc.fixturenames:
        return
    only, everything = metafunc.definition.get_closest_marker("only_at"), {*DATABASES, *REAL}
    allowed = set(only.args) if only else everything if "story" in metafunc.fixturenames else set(DATABASES)
    asked: list[str] = metafunc.config.getoption("place")
    usual = EVERYWHERE if metafunc.config.getoption("long") else usual_places(metafunc.definition, allowed)
    places = [one for one in asked or usual if set(one.split("+")) <= allowed]
    if not asked and usual is not EVERYWHERE and not metafunc.definition.get_closest_marker("told_at"):
        places = [places[(zlib.crc32(metafunc.definition.originalname.encode()) >> 8) % len(places)]]
    metafunc.parametrize("scene", places, indirect=True)


def usual_places(test: pytest.Function, allowed: set[str]) -> tuple[str, str]:
    """Where CI tells a story: on SQLite with little around it, and on PostgreSQL with what its mark says.

    One without a mark is told at one of the two, as its name chooses, and there through what its name chooses.
    """
    told = test.get_closest_marker("told_at")
    real = told.args if told else SECOND[zlib.crc32(test.originalname.encode()) % len(SECOND)]
    return "sqlite", "+".join(("postgres", *(one for one in real if one in allowed)))


@pytest.fixture
def scene(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Where this test's stories are told. `@only_at("sqlite")` keeps to what some databases or channels alone can do."""
    here = Place(request.param)
    if "mailbox" in here.real:
        monkeypatch.setattr(MailboxStory, "server", request.getfixturevalue("dovecot"), raising=False)
        if not request.config.getoption("long"):
            monkeypatch.setattr("channels.imap_line.Line.idle", looks_again)
    if "relay" in here.real:
        monkeypatch.setattr(RelayStory, "relay", request.getfixturevalue("relay"), raising=False)
    return here


def looks_again(_line: object, _seconds: float) -> bool:
    """In the place of IDLE where time is short: Dovecot lets half a second go by before it tells of a mail."""
    time.sleep(0.03)
    return True


@pytest.fixture
def database(request: pytest.FixtureRequest, scene: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Which database this test's stories play on. What lies on a server is gone with the test: it never gets to a disk."""
    if scene.database != "postgres":
        yield scene.database
        return
    server: Postgres = request.getfixturevalue("postgres")
    made: list[str] = []

    def another() -> str:
        made.append(server.tables())
        return made[-1]

    monkeypatch.setattr(Story, "database", another)
    yield scene.database
    for url in made:
        server.drop(url)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """One mail server for all stories; each has a folder of its own there."""
    with Dovecot() as server:
        yield server


@pytest.fixture(scope="session")
def relay() -> Iterator[Relay]:
    """One mail system for all stories."""
    with Relay() as server:
        yield server


@pytest.fixture
def story(tmp_path: Path, scene: Place, database: str) -> Callable[..., Story]:
    """Begins a story at the test's place: `async with story() as desk`. Takes a start and sections of the configuration."""
    del database  # it is set up
    kind = scene.story()
    return lambda **how: kind(tmp_path / "desk", **how)
