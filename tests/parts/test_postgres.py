"""The PostgreSQL that other tests lean on: databases apart from each other, commits that survive a crash."""

from pathlib import Path

import psycopg
import pytest

from tests.parts import postgres as part
from tests.parts.postgres import Postgres


def address(url: str) -> str:
    """The same for psycopg as for SQLAlchemy."""
    return url.replace("postgresql+psycopg", "postgresql")


def test_each_database_is_a_fresh_copy_of_its_template(postgres: Postgres) -> None:
    template = postgres.database()
    with psycopg.connect(address(template)) as connection:
        connection.execute("CREATE TABLE note (text text)")
    first, second = postgres.database(template), postgres.database(template)
    with psycopg.connect(address(first)) as connection:
        connection.execute("INSERT INTO note VALUES ('mine')")
    with psycopg.connect(address(second)) as connection:
        assert connection.execute("SELECT text FROM note").fetchall() == []


def test_a_durable_server_keeps_every_commit_through_a_crash() -> None:
    with Postgres(durable=True) as server:
        url = address(server.database())
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE note (number int)")
            for number in range(50):
                connection.execute("INSERT INTO note VALUES (%s)", [number])
            server.crash()
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        server.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM note").fetchall() == [(50,)]
    assert not server.folder.exists()


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_without_postgresql_a_test_skips_but_not_where_ci_runs(
    ci: str, outcome: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part, "PLACE", tmp_path)
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match=r"python3 dev\.py test --install"):
        part.programs()
