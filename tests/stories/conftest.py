"""A fresh story for each test, and each of them on SQLite and on PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import bot.app
from storage.engine import settle, writing_engine
from storage.migrate import bring_up
from tests.parts.dovecot import Dovecot
from tests.parts.kept import KeptPool
from tests.parts.postgres import Postgres
from tests.stories.places import ChatStory, MailboxStory
from tests.stories.story import Story


@pytest.fixture(scope="session")
def template(postgres: Postgres) -> str:
    """The address of a database that has the tables and nothing in them."""
    url = postgres.database()
    engine = writing_engine(url)
    bring_up(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def file_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a file of SQLite."""
    path = tmp_path_factory.mktemp("template") / "faultdesk.db"
    engine = writing_engine(f"sqlite:///{path}")
    bring_up(engine)
    settle(engine)
    engine.dispose()
    return path


@pytest.fixture(autouse=True)
def kept_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mails are read by children that the story before has started."""
    monkeypatch.setattr(bot.app, "ParserPool", KeptPool)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, file_template: Path) -> str:
    """Which database this test's stories play on. `@pytest.mark.parametrize("database", ["sqlite"], indirect=True)`
    keeps to one.
    """
    monkeypatch.setattr(Story, "template", file_template)
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        template: str = request.getfixturevalue("template")
        monkeypatch.setattr(Story, "database", lambda: server.database(template))
    return str(request.param)


@pytest.fixture
def inlet(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How mail comes in: smtp, unless a story is told `OUTSIDE`."""
    way = str(getattr(request, "param", "smtp"))
    if way == "imap":
        monkeypatch.setattr(MailboxStory, "server", request.getfixturevalue("dovecot"), raising=False)
    return way


@pytest.fixture
def chat(request: pytest.FixtureRequest) -> str:
    """Where engineers talk: at the terminal, unless a story is told `OUTSIDE`."""
    return str(getattr(request, "param", "terminal"))


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """One mail server for all stories; each has a folder of its own there."""
    with Dovecot() as server:
        yield server


@pytest.fixture
def story(tmp_path: Path, database: str, inlet: str, chat: str) -> Callable[..., Story]:
    """Begins a story on the test's database: `async with story() as desk`. Takes a start instant and sections of the configuration."""
    place = {("imap", "terminal"): MailboxStory, ("smtp", "telegram"): ChatStory}.get((inlet, chat), Story)

    def begin(**how: Any) -> Story:
        return place(tmp_path / "desk", **how)

    return begin
