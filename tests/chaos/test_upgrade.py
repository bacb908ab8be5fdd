"""P15: an upgrade that fails or is killed leaves the old version runnable, and a finished one can be taken back.

The next version is this one with two migrations more, in a folder of its own; both run as real daemons on one database.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from alembic import command

from storage.migrate import alembic_config, known_versions
from storage.migrations import HEAD
from storage.restore import examine
from storage.store import Store
from tests.bot.cli.conftest import mail_fault
from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE

ROOT = Path(__file__).parents[2]
CODE = ("bot", "channels", "storage", "templates")
MIGRATION = '''"""{revision}"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "{revision}", "{before}"


def upgrade():
    {work}
'''
STEPS = {
    "9001": 'with op.batch_alter_table("ticket") as table:\n        table.add_column(sa.Column("colour", sa.Text))',
    "9002": 'op.create_table("colour", sa.Column("name", sa.Text, primary_key=True))',
}
DEATHS = {
    "backup.copied:kill@1": HEAD,
    "migrate.step:kill@1": HEAD,
    "store.before_commit:kill@1": "9002",
    "migrate.step:kill@2": "9001",
    "migrate.done:kill@1": "9002",
}
"""Where the upgrade dies, and the schema that it leaves."""


def next_version(folder: Path) -> Path:
    """The code of the next version."""
    for name in CODE:
        shutil.copytree(ROOT / name, folder / name)  # what is compiled already, too
    before = HEAD
    for revision, work in STEPS.items():
        path = folder / "storage" / "migrations" / "versions" / f"{revision}_next.py"
        path.write_text(MIGRATION.format(revision=revision, before=before, work=work))
        before = revision
    head = folder / "storage" / "migrations" / "__init__.py"
    head.write_text(re.sub(r'^HEAD = ".*"$', f'HEAD = "{before}"', head.read_text(), flags=re.MULTILINE))
    return folder


def schema(daemon: Daemon) -> str:
    return str(daemon.ask("select version_num from alembic_version")[0][0])


def mails(daemon: Daemon) -> set[str]:
    return {row[0] for row in daemon.ask("select subject from ticket")}


def back_to_the_old(daemon: Daemon) -> None:
    """The old version is in place again: it runs at once, or after the backup from before the upgrade is restored."""
    if schema(daemon) != HEAD:
        daemon.start()
        assert daemon.process.wait(PATIENCE) == 1
        assert "use the newer version" in daemon.errors().splitlines()[-1]
        backup = max((daemon.folder / "backups").glob(f"*-before-{HEAD}.db"))
        said = daemon.run("restore", str(backup))
        assert said.returncode == 0, said.stderr
        daemon.start()
        daemon.wait_until("select count(*) from meta where key = 'fed_from'")
        assert daemon.run("release").returncode == 0
    else:
        daemon.start()
    assert daemon.is_well()
    daemon.drain()


@pytest.mark.parametrize(
    "places",
    [
        pytest.param(("backup.copied:kill@1", "migrate.step:kill@2"), id="two deaths"),
        pytest.param(tuple(DEATHS), id="all deaths", marks=pytest.mark.long),
    ],
)
def test_an_upgrade_dies_is_finished_and_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: tuple[str, ...]
) -> None:
    new, daemon = next_version(tmp_path / "next"), Daemon(tmp_path / "desk")
    daemon.start()
    with daemon.ended():
        mail_fault(daemon, "Bob <bob@customer.example>", "before", "Since this morning.")
        daemon.drain()
        assert daemon.stop() == 0
        for place in places:
            monkeypatch.chdir(new)
            daemon.start(FAULTDESK_FAILPOINT=place)
            assert daemon.process.wait(PATIENCE) == -9, place
            assert schema(daemon) == DEATHS[place], place
            monkeypatch.chdir(ROOT)
            back_to_the_old(daemon)
            mail_fault(daemon, "Bob <bob@customer.example>", f"after {place}", "Since this morning.")
            daemon.drain()
            assert daemon.stop() == 0
            assert daemon.fsck() == []
        expected = {"before", *(f"after {place}" for place in places)}
        assert mails(daemon) == expected

        monkeypatch.chdir(new)
        daemon.start()
        assert daemon.is_well()
        assert schema(daemon) == "9002"
        mail_fault(daemon, "Eve <eve@customer.example>", "in the new version", "It is gone.")
        daemon.drain()
        assert daemon.run("fsck").stdout == "fsck: clean\n"
        daemon.kill()

        monkeypatch.chdir(ROOT)
        back_to_the_old(daemon)
        assert mails(daemon) == {*expected, "in the new version"}
        assert daemon.stop() == 0
        assert daemon.fsck() == []


@pytest.mark.parametrize("version", known_versions()[:-1])
def test_a_database_of_each_older_schema_is_backed_up_and_renewed(tmp_path: Path, version: str) -> None:
    daemon = Daemon(tmp_path / "desk")
    daemon.folder.mkdir()
    store, config = Store(f"sqlite:///{daemon.folder / 'faultdesk.db'}"), alembic_config()
    with store.writing.connect() as db:
        config.attributes["connection"] = db
        command.upgrade(config, version)
        db.commit()
    store.close()
    with contextlib.closing(sqlite3.connect(daemon.folder / "faultdesk.db")) as raw, raw:
        raw.execute("insert into customer (key, name) values ('acme', 'Acme')")
    daemon.start()
    with daemon.ended():
        assert daemon.is_well(), daemon.errors()
        assert schema(daemon) == HEAD
        assert ("acme",) in daemon.ask("select key from customer")
        assert daemon.stop() == 0
    assert daemon.fsck() == []
    [backup] = (daemon.folder / "backups").glob(f"*-before-{version}.db")
    assert examine(backup, tmp_path / "copy") == version
