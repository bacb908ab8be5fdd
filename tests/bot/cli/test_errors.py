"""What a user can get wrong, and what can be wrong with the database: one line, exit 1 to 4 (reliability 3 E 84)."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Faultdesk
from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE
from tests.parts.tables import tables_at

READERS = (["tickets"], ["ticket", "1"], ["outbox"], ["inbox", "--json"], ["fsck"], ["quarantine", "list"])
DAMAGED = (b"no database at all, but long enough to be one\n" * 9, b"SQLite format 3\0" + bytes(4096))
WRITERS = (["take", "1", "--as", "anna"], ["quarantine", "replay", "1"])


def one_line(said: tuple[int, str, str]) -> str:
    status, out, err = said
    assert (status, out) == (1, "")
    assert err.startswith("faultdesk: ")
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize("words", [*READERS, *WRITERS], ids=" ".join)
def test_without_a_database(tmp_path: Path, at: Callable[[Path], Faultdesk], words: list[str]) -> None:
    assert "there is no database at" in one_line(at(tmp_path / "var")(*words))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [*READERS, *WRITERS], ids=" ".join)
def test_a_database_of_a_newer_faultdesk_is_left_alone(
    tmp_path: Path, at: Callable[[Path], Faultdesk], words: list[str]
) -> None:
    tables_at(tmp_path / "faultdesk.db")
    with closing(sqlite3.connect(tmp_path / "faultdesk.db")) as db, db:
        db.execute("update alembic_version set version_num = '9999'")
    assert "9999" in one_line(at(tmp_path)(*words))


@pytest.mark.parametrize("words", [*READERS, *WRITERS], ids=" ".join)
@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_database(tmp_path: Path, at: Callable[[Path], Faultdesk], words: list[str], content: bytes) -> None:
    (tmp_path / "faultdesk.db").write_bytes(content)
    one_line(at(tmp_path)(*words))
    assert (tmp_path / "faultdesk.db").read_bytes() == content


def test_the_daemon_refuses_a_damaged_database(tmp_path: Path, desk: Daemon) -> None:
    (tmp_path / "faultdesk.db").write_bytes(DAMAGED[0])
    status, _, err = run(desk, "faultdesk run", FAULTDESK_DATA__FOLDER=str(tmp_path))
    assert status == 1
    assert "Traceback" not in err
    assert [line for line in err.splitlines() if line.startswith("faultdesk: the database cannot be used")]
    assert (tmp_path / "faultdesk.db").read_bytes() == DAMAGED[0]


def test_an_empty_file_is_no_database_yet(tmp_path: Path, at: Callable[[Path], Faultdesk]) -> None:
    (tmp_path / "faultdesk.db").touch()
    assert "start Faultdesk once" in one_line(at(tmp_path)("tickets"))


def test_a_wrong_call_exits_2(faultdesk: Faultdesk) -> None:
    assert faultdesk().status == 2
    assert faultdesk("tcikets").status == 2
    assert faultdesk("--config", "missing.toml", "tickets") == (
        2, "", "faultdesk: missing.toml: cannot be read: No such file or directory\n",
    )  # fmt: skip


def test_the_version(faultdesk: Faultdesk) -> None:
    assert faultdesk("--version").out.startswith("faultdesk ")


def run(desk: Daemon, shell: str, **environment: str) -> tuple[int, str, str]:
    """A line of shell in which `faultdesk` is a process of its own."""
    surroundings = {**os.environ, **desk.environment, **environment}
    script = f'faultdesk() {{ "{sys.executable}" -m bot "$@"; }}; set -o pipefail; {shell}'
    done = subprocess.run(["bash", "-c", script], env=surroundings, capture_output=True, check=False, timeout=PATIENCE)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_a_reader_that_goes_away_is_no_error(desk: Daemon) -> None:
    assert run(desk, "faultdesk outbox --json | head -1") == (0, "[\n", "")
    assert run(desk, "faultdesk --help | true") == (0, "", "")


def test_a_full_disk_below_the_output_is_one_line(desk: Daemon) -> None:
    assert run(desk, "faultdesk tickets > /dev/full") == (1, "", "faultdesk: No space left on device\n")


def test_a_terminal_that_knows_no_chinese(desk: Daemon) -> None:
    plain = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    status, out, err = run(desk, "faultdesk tickets", **plain)
    assert (status, err) == (0, "")
    assert "\\u6253\\u5370\\u673a" in out
    assert run(desk, "faultdesk note 1 打印机 --as anna", **plain)[0] == 0
    assert desk.ask("select text from entry where kind = 'note'") == [("打印机",)]
