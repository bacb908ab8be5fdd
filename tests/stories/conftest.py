"""A fresh story for each test, and each of them on SQLite and on PostgreSQL."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storage.engine import writing_engine
from storage.migrate import bring_up
from tests.parts.postgres import Postgres
from tests.stories.story import Story


@pytest.fixture(scope="session")
def template(postgres: Postgres) -> str:
    """The address of a database that has the tables and nothing in them."""
    url = postgres.database()
    engine = writing_engine(url)
    bring_up(engine)
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which database this test's stories play on. `@pytest.mark.parametrize("database", ["sqlite"], indirect=True)`
    keeps to one.
    """
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        template: str = request.getfixturevalue("template")
        monkeypatch.setattr(Story, "database", lambda: server.database(template))
    return str(request.param)


@pytest.fixture
def story(tmp_path: Path, database: str) -> Callable[..., Story]:
    """Begins a story on the test's database: `async with story() as desk`. Takes a start instant and sections of the configuration."""

    def begin(**how: Any) -> Story:
        return Story(tmp_path / "desk", **how)

    return begin
