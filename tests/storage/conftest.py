"""A fresh database for each test: SQLite always, PostgreSQL where a test asks for both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.migrate import bring_up
from storage.store import Store
from tests.parts.postgres import Postgres


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    yield from _opened(f"sqlite:///{tmp_path / 'desk.db'}")


@pytest.fixture(params=["sqlite", "postgres"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.database()
    yield from _opened(url)


def _opened(url: str) -> Iterator[Store]:
    store = Store(url)
    bring_up(store.writing)
    yield store
    store.close()
