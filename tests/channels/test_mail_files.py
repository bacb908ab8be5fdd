"""Outgoing mail kept as files: names, bytes, repeats."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import OutgoingChat, OutgoingMail
from channels.base import ChannelError
from channels.mail_files import MailFiles, file_name, read_subject

RAW = b"Subject: [FD-1] =?utf-8?b?5omT5Y2w5py6?= broken\r\n\r\n" + "打印机坏了\r\n".encode()


def mail(key: str = "1", recipient: str = "anna@example.com", raw: bytes = RAW) -> OutgoingMail:
    return OutgoingMail(key, recipient, "fault@localhost", raw)


def file_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_mail_becomes_one_readable_file_and_is_announced(tmp_path: Path) -> None:
    told: list[tuple[str, str, str]] = []
    outlet = MailFiles(tmp_path / "var" / "mail", lambda path, *rest: told.append((path.name, *rest)))
    receipt = await outlet.send(mail())
    (path,) = (tmp_path / "var" / "mail").iterdir()
    assert path.read_bytes() == RAW
    assert path.name == "0001-to-anna@example.com-FD-1-打印机-broken.eml" == receipt.external_id
    assert told == [(path.name, "anna@example.com", "[FD-1] 打印机 broken")]


async def test_a_repeat_overwrites_itself_and_others_do_not(tmp_path: Path) -> None:
    outlet = MailFiles(tmp_path)
    for message in (mail(), mail(), mail("2"), mail("10001"), mail("FD-1:confirmation"), mail("FD-1/confirmation")):
        await outlet.send(message)
    await MailFiles(tmp_path).send(mail())
    names = file_names(tmp_path)
    assert len(names) == 5
    assert names[:3] == [f"{key}-to-anna@example.com-FD-1-打印机-broken.eml" for key in ("0001", "0002", "10001")]


@given(st.text(), st.text(), st.text())
def test_names_are_safe_everywhere(key: str, recipient: str, subject: str) -> None:
    name = file_name(mail(key, recipient), subject)
    assert name.endswith(".eml")
    assert not name.startswith(".")
    assert not set(name) & set('/\\:*?"<>|\0\n\r\t ')
    assert len(name.encode()) <= 255


@given(st.lists(st.text(max_size=60), min_size=2, max_size=2, unique=True))
def test_two_keys_never_share_a_name(keys: list[str]) -> None:
    first, second = (file_name(mail(key), "x") for key in keys)
    assert first != second


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        (b"", ""),
        (b"Subject: =?no-such-charset?q?x?=\r\n", "=?no-such-charset?q?x?="),
        (b"Subject: =?utf-8?b?broken?=\r\n", "=?utf-8?b?broken?="),
        (b"Subject: a\r\n b\r\n", "a b"),
        (b"Subject: =?utf-8?q?a=0D=0ABcc:_evil?=\r\n", "a Bcc: evil"),
    ],
)
def test_a_bad_subject_does_no_harm(header: bytes, subject: str) -> None:
    assert read_subject(header + b"\r\nhello\r\n") == subject


async def test_an_unwritable_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ChannelError) as caught:
        await MailFiles(tmp_path / "file" / "mail").send(mail())
    assert (caught.value.broken, caught.value.unsent, caught.value.permanent) == (True, True, False)


async def test_a_chat_message_is_no_mail(tmp_path: Path) -> None:
    outlet = MailFiles(tmp_path)
    with pytest.raises(ChannelError, match="not a mail"):
        await outlet.send(OutgoingChat("1", "anna", "hello"))
    await outlet.close()
