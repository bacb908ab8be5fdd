"""TLS to PostgreSQL, as `sslmode` in the address asks for it: what it proves, and what is said when it does not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from storage.engine import explain, writing_engine
from storage.migrate import backup, bring_up
from tests.channels.smtp_door import make_certificate
from tests.parts.daemon import free_ports
from tests.parts.postgres import Postgres
from tests.storage.test_postgres import NOW

ENCRYPTED = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"


@pytest.fixture(scope="module")
def port() -> int:
    return free_ports(1)[0]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def server(port: int, certificate: tuple[Path, Path]) -> Iterator[Postgres]:
    """A server with a certificate for localhost; the address "127.0.0.2" reaches it by another name."""
    with Postgres() as server:
        server.stop()
        for name, file in zip(("server.crt", "server.key"), certificate, strict=True):
            server.takes(file, f"data/{name}")
        server.settings += (f"port={port}", "listen_addresses=127.0.0.1,127.0.0.2", "ssl=on")
        server.port = port
        server.start()
        yield server


def address(port: int, host: str, **options: object) -> str:
    words = "&".join(f"{name}={value}" for name, value in options.items())
    return f"postgresql+psycopg://postgres@{host}:{port}/postgres?{words}"


def test_a_server_that_proves_who_it_is_is_spoken_to_and_backed_up(
    server: Postgres, port: int, certificate: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = address(port, "localhost", sslmode="verify-full", sslrootcert=certificate[0])
    engine = writing_engine(url)
    with engine.connect() as db:
        assert db.exec_driver_sql(ENCRYPTED).scalar_one() is True
    bring_up(engine)
    engine.dispose()
    monkeypatch.setenv("PATH", f"{server.programs}:/usr/bin:/bin")
    assert backup(url, tmp_path, NOW, "manual")


@pytest.mark.parametrize("case", ["another name", "another authority", "no authority", "no such file"])
def test_a_server_that_does_not_is_named_in_one_line(
    server: Postgres,
    port: int,
    certificate: tuple[Path, Path],
    case: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # where libpq looks for an authority
    other, _ = make_certificate(tmp_path)
    host = "127.0.0.2" if case == "another name" else "localhost"
    authority = {"another name": certificate[0], "another authority": other, "no such file": tmp_path / "none.pem"}
    options = {"sslrootcert": authority[case]} if case in authority else {}
    url = address(port, host, sslmode="verify-full", **options)
    with pytest.raises(OperationalError) as told:
        writing_engine(url).connect()
    said = explain(told.value, url)
    assert f'"postgres" at {host}:{port} is not proved by its certificate: name its authority' in said, told.value
    assert "\n" not in said
    assert server.answers()


def test_a_server_without_encryption_is_not_spoken_to(port: int) -> None:
    [free] = free_ports(1)
    with Postgres() as plain:
        plain.stop()
        plain.settings += (f"port={free}", "listen_addresses=127.0.0.1")
        plain.port = free
        plain.start()
        url = address(free, "127.0.0.1", sslmode="require")
        with pytest.raises(OperationalError) as told:
            writing_engine(url).connect()
        assert "does not encrypt: switch ssl on there" in explain(told.value, url)
    assert free != port
