"""`faultdesk db copy`: a SQLite desk goes on on PostgreSQL; whatever is in its way is one line, and nothing is copied."""

import smtplib
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert, text

from storage import copying
from storage.copying import copy_all
from storage.engine import reading_engine, writing_engine
from storage.migrate import bring_up
from storage.models import outbox
from storage.store import Store
from tests.bot.cli.conftest import Faultdesk, mail_fault
from tests.parts.daemon import Daemon
from tests.parts.postgres import Postgres

TABLES = [table.name for table in outbox.metadata.sorted_tables]

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a SQLite desk that has ended: a solved ticket, one with a file, and a message that is not sent."""
    folder = tmp_path_factory.mktemp("copy") / "desk"
    with Daemon(folder) as daemon:
        mail_fault(
            daemon,
            "李伟 <li@customer.example>",
            "打印机卡纸",
            "三楼打印机卡纸。",
            **{"照片.png": b"\x89PNG\r\n\x1a\n\0"},
        )
        daemon.drain()
        mail_fault(daemon, "Bob <bob@customer.example>", "No network", "Since this morning.")
        daemon.drain()
        for words in ("take 1", "solve 1 Paper removed.", "take 2"):
            assert daemon.say("anna", words)["ok"]
        daemon.drain()
    return folder


def counts(daemon: Daemon) -> dict[str, int]:
    return {name: daemon.ask(f'select count(*) from "{name}"')[0][0] for name in TABLES}


def test_the_desk_goes_on_on_postgresql(old: Path, at: Callable[[Path], Faultdesk], postgres: Postgres) -> None:
    target = postgres.database()
    before = counts(Daemon(old))
    said = at(old)("db", "copy", target)
    assert said.status == 0, said.err
    assert said.out.startswith("copied and compared: 2 tickets, ")
    assert f"{'event':12} {before['event']} of {before['event']}" in said.err
    daemon = Daemon(old, database=target)
    assert counts(daemon) == before
    assert daemon.ask("select count(*) from inbox where kind = 'mail' and chat is not null") == [(0,)]
    assert daemon.fsck() == []
    confirmation = next(mail for mail in (old / "mail").glob("*.eml") if b"FD-2]" in mail.read_bytes())
    with daemon:
        mail_fault(daemon, "Eve <eve@customer.example>", "Third fault", "The third one.")
        reply = EmailMessage()
        reply["From"], reply["To"], reply["Subject"] = "bob@customer.example", "fault@localhost", "still down"
        reply["In-Reply-To"] = message_from_bytes(confirmation.read_bytes())["Message-ID"]
        reply.set_content("Still no network.")
        with smtplib.SMTP("127.0.0.1", daemon.smtp) as line:
            line.send_message(reply)
        daemon.drain()
        assert daemon.say("anna", "reopen 1")["ok"]
        daemon.drain()
    assert daemon.ask("select number from ticket order by number") == [(1,), (2,), (3,)]
    assert daemon.ask("select ticket_id from entry where text like '%Still no network%'") == [(2,)]
    assert daemon.fsck() == []


def one_line(said: tuple[int, str, str], status: int = 1) -> str:
    assert said[:2] == (status, "")
    assert said[2].startswith("faultdesk: ")
    assert said[2].count("\n") == 1
    assert "hunter2" not in said[2]
    return said[2]


def test_a_target_that_is_not_empty_is_left_alone(
    old: Path, at: Callable[[Path], Faultdesk], postgres: Postgres
) -> None:
    target = postgres.database()
    assert at(old)("db", "copy", target).status == 0
    assert "is not empty" in one_line(at(old)("db", "copy", target))
    strange = postgres.database()
    with psycopg.connect(strange.replace("+psycopg", "")) as db:
        db.execute("create table wages (who text)")
    assert "is not empty (table wages)" in one_line(at(old)("db", "copy", strange))
    with psycopg.connect(strange.replace("+psycopg", "")) as db:
        assert db.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (1,)


def test_a_running_daemon_is_in_the_way(desk: Daemon, faultdesk: Faultdesk, postgres: Postgres) -> None:
    said = one_line(faultdesk("db", "copy", postgres.database()))
    assert f"(process {desk.process.pid}) runs: stop it first" in said


def test_what_can_be_wrong_with_the_call(old: Path, at: Callable[[Path], Faultdesk], tmp_path: Path) -> None:
    faultdesk = at(old)
    assert "where to?" in one_line(faultdesk("db", "copy"), 2)
    assert "where to?" in one_line(faultdesk("db", "copy", "sqlite:////tmp/x.db"), 2)
    secret = "postgresql+psycopg://u:hunter2@127.0.0.1:1/x"
    assert "PGPASSWORD" in one_line(faultdesk("db", "copy", secret), 2)
    assert "PGPASSWORD" in one_line(faultdesk("db", "copy", "postgresql+psycopg://u@h/x?password=hunter2"), 2)
    assert "is no address" in one_line(faultdesk("db", "copy", "postgresql+psycopg://u:hunter2@h:port/x"), 2)
    nobody = "postgresql+psycopg://u@127.0.0.1:1/x"
    assert "does not answer" in one_line(faultdesk("db", "copy", nobody))
    assert "there is no database at" in one_line(
        faultdesk("db", "copy", nobody, "--from", f"sqlite:///{tmp_path}/no.db")
    )
    (tmp_path / "broken.db").write_bytes(b"no database at all, but long enough to be one\n" * 9)
    said = one_line(faultdesk("db", "copy", nobody, "--from", f"sqlite:///{tmp_path}/broken.db"))
    assert "cannot be read" in said
    assert "takes an SQLite database" in one_line(faultdesk("db", "copy", nobody, "--from", nobody), 2)


@pytest.mark.parametrize("broken", ["count", "chain"])
def test_a_copy_that_is_not_the_same_is_undone(
    old: Path, at: Callable[[Path], Faultdesk], postgres: Postgres, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    target = postgres.database()
    statement = {"count": "delete from card", "chain": "update event set kind = 'else' where id = 2"}[broken]
    compare = copying._compare

    def tampered(source: object, db: object, whole: object) -> None:
        db.execute(text(statement))  # type: ignore[attr-defined]
        compare(source, db, whole)  # type: ignore[arg-type]

    monkeypatch.setattr(copying, "_compare", tampered)
    assert "nothing was copied" in one_line_at_the_end(at(old)("db", "copy", target))
    monkeypatch.undo()
    assert at(old)("db", "copy", target).status == 0, "the target is empty again"


def one_line_at_the_end(said: tuple[int, str, str]) -> str:
    assert said[:2] == (1, "")
    return said[2].splitlines()[-1]


def test_rows_that_name_a_later_row_of_their_own_table(postgres: Postgres, tmp_path: Path) -> None:
    """An alert may travel in a message that was decided after it."""
    store = Store(f"sqlite:///{tmp_path / 'desk.db'}")
    bring_up(store.writing)
    row = {"event": "alarm", "kind": "alert", "audience": "desk", "channel": "console", "address": "x", "locale": "en",
           "facts": {}, "state": "sent", "created_at": NOW}  # fmt: skip
    store.write_now(
        lambda db: db.execute(insert(outbox), [{**row, "id": one, "dedup_key": str(one)} for one in (1, 2)])
    )
    store.write_now(lambda db: db.execute(text("update outbox set carried_by_id = 2 where id = 1")))
    store.close()
    reading, writing = reading_engine(store.url), writing_engine(postgres.database())
    bring_up(writing)
    with reading.connect() as old, writing.begin() as new:
        assert copy_all(old, new, lambda *_: None)["outbox"] == 2
        assert list(new.execute(text("select carried_by_id from outbox order by id")).scalars()) == [2, None]
    writing.dispose()
    reading.dispose()
