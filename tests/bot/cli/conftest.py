"""A desk with two tickets that stays up for a file's tests, and the command line called in this process."""

import smtplib
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.__main__ import main
from tests.parts.daemon import Daemon

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


class Said(NamedTuple):
    """What a call of the command line ended with."""

    status: int
    out: str
    err: str


Faultdesk = Callable[..., Said]


def mail_fault(daemon: Daemon, sender: str, subject: str, text: str, **files: bytes) -> bytes:
    """Mails a fault; gives the raw mail."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "fault@localhost", subject
    mail.set_content(text)
    for name, data in files.items():
        mail.add_attachment(data, maintype="image", subtype="png", filename=name)
    with smtplib.SMTP("127.0.0.1", daemon.smtp) as line:
        line.send_message(mail)
    return mail.as_bytes()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with Daemon(tmp_path_factory.mktemp("cli") / "desk") as daemon:
        mail_fault(daemon, "李伟 <li@customer.example>", "打印机卡纸", "三楼打印机卡纸。", **{"../照片.png": PICTURE})
        daemon.drain()
        mail_fault(daemon, "Bob <bob@customer.example>", "No network", "Since this morning.\n\x1b[31mred")
        daemon.drain()
        yield daemon


@pytest.fixture
def at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[[Path], Faultdesk]:
    """`at(folder)` gives the command line of the desk in that folder."""

    def place(folder: Path) -> Faultdesk:
        def call(*words: str, lang: str = "C.UTF-8") -> Said:
            monkeypatch.setenv("FAULTDESK_DATA__FOLDER", str(folder))
            monkeypatch.setenv("LC_ALL", lang)
            monkeypatch.chdir(tmp_path)
            with pytest.raises(SystemExit) as left:
                main(words)
            return Said(int(left.value.code or 0), *capsys.readouterr())

        return call

    return place


@pytest.fixture
def faultdesk(desk: Daemon, at: Callable[[Path], Faultdesk]) -> Faultdesk:
    """The command line of the desk that is up."""
    return at(desk.folder)
