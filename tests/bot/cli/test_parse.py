"""faultdesk parse: what stored mails would be taken for, without a database."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.cli.parse import likely_sender
from bot.parsing.parse import parse as read_mail

ROOT = Path(__file__).parents[3]
MAILS = ROOT / "tests" / "mails"
KEYS = "file outcome kind subject sender text quoted attachments auto bounce language reasons seconds".split()


def parse(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs it in an empty folder, which it leaves empty."""
    place.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "bot", "parse", *words]
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert list(place.iterdir()) == []
    return done


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    done = parse(tmp_path_factory.mktemp("empty"), str(MAILS), "--jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["file"] for one in found] == sorted(str(path) for path in MAILS.iterdir())
    assert all(list(one) == KEYS and 0 <= one["seconds"] < 60 for one in found)
    return {Path(one["file"]).stem: one for one in found}


def test_each_mail_is_taken_for_what_it_is(rows: dict[str, dict[str, Any]]) -> None:
    kinds = {name: (one["outcome"], one["kind"], one["auto"], one["bounce"]) for name, one in rows.items()}
    assert kinds["big5"] == ("ticket", "human", False, False)
    assert kinds["list-mail-en"] == ("ticket", "no-answer", False, False)
    assert kinds["vacation-exchange-zh"] == ("ignored", "automatic", True, False)
    assert kinds["bounce-qmail"] == ("ignored", "bounce", True, True)
    assert rows["vacation-exchange-zh"]["reasons"][0] == "Auto-Submitted: auto-generated"


def test_new_words_and_old_ones_are_apart_and_nothing_is_lost(rows: dict[str, dict[str, Any]]) -> None:
    reply = rows["reply-outlook-en"]
    assert reply["text"]
    assert "From:" in reply["quoted"]
    assert not set(reply["text"].splitlines()) & set(reply["quoted"].splitlines()) - {""}
    first = rows["first-outlook-zh"]
    assert (first["quoted"], first["language"]) == ("", "zh")


def test_files_are_named(rows: dict[str, dict[str, Any]]) -> None:
    files = rows["attachments-zh"]["attachments"]
    assert {"name": "故障清单.xls", "type": "application/vnd.ms-excel", "size": 28} in files


def test_what_smtp_refuses_and_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "nul.eml").write_bytes(b"From: a@b.example\nSubject: printer\n\nx\0y\n")
    (tmp_path / "empty.eml").write_bytes(b"\n")
    (tmp_path / "large.eml").write_bytes(b"From: a@b.example\n\n" + b"x" * 36_700_160)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "gone.eml").symlink_to(tmp_path / "none.eml")
    files = [str(tmp_path / f"{name}.eml") for name in ("nul", "empty", "large", "none")]
    done = parse(tmp_path / "here", *files, str(tmp_path / "folder"), "--jsonl")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["outcome"], one["reasons"]) for one in told] == [
        ("rejected", ["554: a NUL byte"]),
        ("ticket", ["no certain sender: no From header"]),
        ("rejected", ["552: larger than 36700160 bytes"]),
        ("error", ["cannot be read: No such file or directory"]),
        ("error", ["cannot be read: No such file or directory"]),
    ]
    assert (told[0]["subject"], told[0]["sender"], told[0]["text"]) == ("printer", "a@b.example", "xy")
    assert done.returncode == 1


def test_people_get_a_line_each(tmp_path: Path) -> None:
    done = parse(tmp_path / "here", str(MAILS / "bounce-qmail.eml"))
    assert done.returncode == 0
    assert done.stdout.split() == (
        "bounce-qmail.eml ignored bounce mailer-daemon@mx.example.com failure notice (sent by mailer-daemon)".split()
    )


@pytest.mark.parametrize(
    ("header", "sender"),
    [
        ("Anna <anna@example.com>, Bert <bert@example.com>", "anna@example.com"),
        ("anna@example.com, bert@example.com", "anna@example.com"),
        ("anna at example.com (Anna Bell)", "anna@example.com"),
        ("anna(a)example.com", "anna@example.com"),
        ("'anna@example.com'", "anna@example.com"),
        ("anna@example.com <bert@example.net>", "bert@example.net"),
        ("Anna (bert@example.net) <anna@example.com>", "anna@example.com"),
        ("anna@example.com (bert@example.net)", "anna@example.com"),
        ("Anna <anna@example.com> <bert@example.net>", "anna@example.com"),
        ("Anna <<anna@example.com>>", "anna@example.com"),
        ("Anna <anna@example.com", "anna@example.com"),
        ("Anna [anna@example.com]", "anna@example.com"),
        ('Anna "The Boss <anna@example.com>', "anna@example.com"),
        ("Anna <mailto:anna@example.com>", "anna@example.com"),
        ("Anna <anna @ example.com>", "anna@example.com"),
        ("<@relay.example:anna@example.com>", "anna@example.com"),
        ("Anna <anna@[192.0.2.1]>", "anna@[192.0.2.1]"),
        ('Anna <"a b"@example.com>', '"a b"@example.com'),
        ("Anna <änne@example.com>", "änne@example.com"),
        ("Anna =?utf-8?q?<anna=40example.com>?=", "anna@example.com"),
        ("mailer-daemon", "mailer-daemon"),
        ("anna@example.com\nFrom: bert@example.net", "anna@example.com"),
        ("\nSender: anna@example.com", "anna@example.com"),
        ("\nReturn-Path: <anna@example.com>", "anna@example.com"),
        ("Anna at the desk", ""),
        ("Anna Bell", ""),
        ("<>", ""),
    ],
)
def test_who_a_mail_program_would_show_is_told_though_it_identifies_nobody(header: str, sender: str) -> None:
    mail = read_mail(f"From: {header}\n\nwords".encode())
    assert (mail.sender, likely_sender(mail)) == ("", sender)
