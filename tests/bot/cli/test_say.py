"""Desk commands from the command line: through the daemon's socket, and without a daemon."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.__main__ import parser
from bot.commands.base import REGISTRY
from storage.lock import Lock
from tests.bot.cli.conftest import Faultdesk, mail_fault
from tests.parts.daemon import Daemon


def test_a_command_in_english_and_in_chinese(desk: Daemon, faultdesk: Faultdesk) -> None:
    taken = faultdesk("take", "FD-1", "--as", "anna")
    assert taken.status == 0
    assert taken.out.startswith("FD-1 is yours.")
    taken = faultdesk("接单", "2", "--as", "ben", lang="zh_CN.UTF-8")
    assert taken.status == 0
    assert taken.out.startswith("FD-2 已由您接单")
    assert faultdesk("reply", "1", "On", "my way", "--as", "anna").status == 0
    desk.drain()
    kinds = "select 1 - count(*) from outbox where kind = 'reply' and state = 'sent' and channel = 'mail'"
    assert desk.ask(kinds) == [(0,)]


def test_a_refusal_is_on_stderr_and_exits_1(faultdesk: Faultdesk) -> None:
    assert faultdesk("take", "99", "--as", "anna").status == 1
    assert "FD-99" in faultdesk("take", "99", "--as", "anna").err
    assert faultdesk("assign", "1", "ben", "--as", "anna") == (
        1, "", "You may not do this. If you need to, please ask the service desk.\n",
    )  # fmt: skip


def test_who_is_not_known_and_who_says_nothing_of_himself(faultdesk: Faultdesk) -> None:
    unknown = faultdesk("take", "1", "--as", "nobody")
    assert (unknown.status, unknown.out) == (1, "")
    assert "nobody" in unknown.err
    assert "faultdesk who" in unknown.err
    assert "--as" in faultdesk("take", "1").err


def test_a_choice_is_shown_as_commands(faultdesk: Faultdesk) -> None:
    said = faultdesk("assign", "1", "--as", "desk")
    assert "  Ben 本: faultdesk assign 1 ben --as desk\n" in said.out


def test_every_desk_command_has_its_help(
    faultdesk: Faultdesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = faultdesk("--help").out
    for name in "list mine take assign reply note wait solve reopen escalate ack junk due who whoami".split():
        assert f"    {name} " in listed
        shown = faultdesk("help", name)
        assert shown.status == 0
        assert f"example: faultdesk {name}" in shown.out
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    whole = parser()
    for one in REGISTRY.commands:
        for name in {one.name, one.names[-1]} - {"start"}:  # what a chat sends when somebody opens it
            with pytest.raises(SystemExit, match=r"^0$"):
                whole.parse_args([name, "--help"])
            own = one.name in {"help", "ticket", "sheet", "check"}  # the command line has its own of that name
            assert own or one.help["zh"] in capsys.readouterr().out, name


def test_without_a_daemon_it_is_done_here_and_now(tmp_path: Path, at: Callable[[Path], Faultdesk]) -> None:
    daemon = Daemon(tmp_path / "desk")
    alone = at(daemon.folder)
    assert "there is no database" in alone("take", "1", "--as", "anna").err
    with daemon:
        mail_fault(daemon, "Bob <bob@customer.example>", "No network", "Since this morning.")
        daemon.drain()
    assert alone("take", "1", "--as", "anna").status == 0
    assert alone("take", "1", "--as", "nobody").status == 1
    lock = Lock(daemon.folder / "faultdesk.lock")
    busy = alone("note", "1", "busy", "--as", "anna")
    lock.close()
    assert (busy.status, "try again" in busy.err) == (1, True)
    assert alone("note", "1", "free again", "--as", "anna").status == 0
    assert daemon.fsck() == []
    with daemon:
        daemon.drain()
        assert daemon.ask("select count(*) from outbox where kind = 'assigned' and state = 'sent'") == [(1,)]


def test_a_technical_event_is_reported_in_both_languages(desk: Daemon, faultdesk: Faultdesk) -> None:
    """R12."""
    said = faultdesk("escalate", "1", "technical", "The", "array fails.", "--as", "desk")
    assert (said.status, "senior engineer" in said.out) == (0, True)
    said = faultdesk("升级", "2", "技术", "阵列故障", "--as", "desk", lang="zh_CN.UTF-8")
    assert (said.status, "高级工程师" in said.out) == (0, True)
    desk.drain()
    told = (
        "select count(*) from outbox o join person p on p.id = o.person_id where p.handle = 'sam' and o.event = 'alarm'"
    )
    assert desk.ask(told) == [(2,)]


def test_absences_are_noted_listed_and_taken_back_at_the_command_line(faultdesk: Faultdesk) -> None:
    noted = faultdesk("absent", "anna", "2035-12-01..2035-12-05", "stand-in", "ben")
    assert (noted.status, "stands in and has been told" in noted.out) == (0, True)
    assert "Ben" in faultdesk("absent", "--as", "ben").out
    assert faultdesk("absent", "anna", "2035-12-01", "--as", "ben").status == 1
    taken_back = faultdesk("请假", "取消", "1", lang="zh_CN.UTF-8")
    assert (taken_back.status, "照常在岗" in taken_back.out) == (0, True)
    assert "There is no place" in faultdesk("book", "2035-12-01", "moon", "anna").err
    assert "2026-10-01..2026-10-03" in faultdesk("book", "--help").out
