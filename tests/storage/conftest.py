"""A fresh database for each test: SQLite always, PostgreSQL where a test asks for both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.store import Store
from tests.parts.postgres import Postgres
from tests.parts.tables import tables_at


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    yield from _opened(tables_at(tmp_path / "desk.db"))


@pytest.fixture(params=["sqlite", "postgres"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.tables()
        yield from _opened(url)
        server.drop(url)
    else:
        yield from _opened(tables_at(tmp_path / "desk.db"))


def _opened(url: str) -> Iterator[Store]:
    store = Store(url)
    yield store
    store.close()
