"""Stored mails: each file is one, an mbox many."""

from pathlib import Path

import pytest

from bot.cli.mailbox_files import holds_more, stored_mails

FIRST = b"From a@b.example Mon Nov  2 09:00:00 2026\nSubject: one\n\n>From here on\nFrom now on\n\n"
SECOND = b"From - Mon Nov  2 09:05:00 2026\r\nSubject: two\r\n\r\nDisk 1\r\n\r\n"
LONG = b"From c@b.example Mon Nov  2 09:06:00 2026\nSubject: three\n\n" + b"x" * 50 + b"\n" + b"x" * 900 + b"\n"


def test_an_mbox_is_many_mails(tmp_path: Path) -> None:
    box = tmp_path / "old.mbox"
    box.write_bytes(FIRST + SECOND + LONG + b"\n" + FIRST)
    (tmp_path / "one.eml").write_bytes(FIRST + SECOND)
    found = {Path(one.name).name: one.read() for one in stored_mails([tmp_path], 100)}
    assert list(found) == ["old.mbox:1", "old.mbox:2", "old.mbox:3", "old.mbox:4", "one.eml"]
    assert found["old.mbox:1"] == b"Subject: one\n\nFrom here on\nFrom now on\n\n"
    assert found["old.mbox:2"] == b"Subject: two\r\n\r\nDisk 1\r\n\r\n"
    assert 100 < len(found["old.mbox:3"]) < 200
    assert found["old.mbox:4"] == found["old.mbox:1"]
    assert found["one.eml"] == FIRST + SECOND


def test_an_mbox_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "mbox"
    gone.symlink_to(tmp_path / "none")
    (found,) = stored_mails([tmp_path], 100)
    assert found.name == str(gone)
    with pytest.raises(FileNotFoundError):
        found.read()


def test_a_file_that_holds_more_than_one_mail_is_noticed() -> None:
    assert holds_more(FIRST + SECOND)
    assert not holds_more(FIRST)
    assert not holds_more(SECOND + b"From the desk at 09:00 we saw this\n")
    assert not holds_more(b"Subject: x\n\n" + FIRST + SECOND)
