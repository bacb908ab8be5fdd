"""The spool of mails taken by SMTP: order, torn ends, damaged records, a full disk."""

from __future__ import annotations

import os
import struct
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import IO

import pytest

from bot.domain.messages import IncomingMail
from channels import spool as module
from channels.spool import BIG, Spool, files, read

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def mail(number: int, when: datetime = NOW, size: int = 0) -> IncomingMail:
    raw = b"Subject: %d\r\n\r\nFDS1\0\0\0\1\0\0\0\1........\r\n" % number + b"x" * size
    return IncomingMail("smtp", raw, when, "li@example.com" if number % 2 else "", ("fault@localhost", "b@c.de"))


async def test_mails_come_back_as_they_were_by_utc_day(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    early = datetime(2026, 11, 23, 7, 30, tzinfo=timezone(timedelta(hours=8)))  # still the 22nd in UTC
    mails = [mail(1), mail(2, early), mail(3, size=BIG), mail(4, NOW + timedelta(days=1))]
    for one in mails:
        await spool.keep(one)
    spool.close()
    assert [path.name for path in files(tmp_path / "spool")] == ["2026-11-22.spool", "2026-11-23.spool"]
    assert [one for path in files(tmp_path / "spool") for one in read(path)] == mails
    assert (tmp_path / "spool" / "2026-11-22.spool").stat().st_mode & 0o777 == 0o600
    assert spool.problem == ""


async def test_a_whole_file_is_continued(tmp_path: Path) -> None:
    for number in (1, 2):
        spool = Spool(tmp_path)
        await spool.keep(mail(number))
        spool.close()
    (path,) = files(tmp_path)
    assert list(read(path)) == [mail(1), mail(2)]


async def test_a_torn_end_loses_nothing_else_wherever_it_is_torn(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    await spool.keep(mail(1))
    first = (tmp_path / "2026-11-22.spool").stat().st_size
    await spool.keep(mail(2))
    spool.close()
    whole = (tmp_path / "2026-11-22.spool").read_bytes()
    for end in range(first + 1, len(whole)):
        (tmp_path / "2026-11-22.spool").write_bytes(whole[:end])
        spool = Spool(tmp_path)
        await spool.keep(mail(3))
        spool.close()
        assert (tmp_path / "2026-11-22.spool").read_bytes() == whole[:end]  # nothing written is ever changed
        assert [one for path in files(tmp_path) for one in read(path)] == [mail(1), mail(3)]
        (tmp_path / "2026-11-22-2.spool").unlink()


async def test_a_damaged_record_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spool = Spool(tmp_path)
    for number in (1, 2, 3):
        await spool.keep(mail(number))
    spool.close()
    (path,) = files(tmp_path)
    data = bytearray(path.read_bytes())
    data[data.index(b"Subject: 2")] ^= 1
    path.write_bytes(data)
    assert list(read(path)) == [mail(1), mail(3)]
    assert "damaged" in caplog.text


async def test_garbage_and_zeros_end_the_reading(tmp_path: Path) -> None:
    bad = struct.pack(">4sII32s", b"FDS1", 1, 0, bytes(32)) + b"{"
    endless = b"FDS1" + b"\xff" * 50
    for number, garbage in enumerate((b"\0" * 500, b"FDS1", endless, bad)):
        folder = tmp_path / str(number)
        spool = Spool(folder)
        await spool.keep(mail(1))
        spool.close()
        with (folder / "2026-11-22.spool").open("ab") as file:
            file.write(garbage)
        assert list(read(folder / "2026-11-22.spool")) == [mail(1)]


async def test_a_full_disk_is_told_and_leaves_no_half_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path)
    await spool.keep(mail(1))
    real = module.write_all

    def half(file: IO[bytes], data: bytes) -> None:
        real(file, data[: len(data) // 2])
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(module, "write_all", half)
    await spool.keep(mail(2))
    assert spool.problem == "mail spool not written: No space left on device"
    monkeypatch.undo()
    await spool.keep(mail(3))
    assert spool.problem == ""
    spool.close()
    (path,) = files(tmp_path)
    assert list(read(path)) == [mail(1), mail(3)]


async def test_prune_deletes_older_days_only(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for days in (3, 2, 1, 0):
        await spool.keep(mail(days, NOW - timedelta(days=days)))
    (tmp_path / "2026-11-19-2.spool").write_bytes(b"")
    (tmp_path / "notes.txt").touch()
    gone = spool.prune(date(2026, 11, 21))
    spool.close()
    assert [path.name for path in gone] == ["2026-11-19.spool", "2026-11-19-2.spool", "2026-11-20.spool"]
    assert [path.name for path in files(tmp_path)] == ["2026-11-21.spool", "2026-11-22.spool"]
