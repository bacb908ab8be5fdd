"""The sample mails of tests/mails, each as a client writes it, against what a person reads in them."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.domain.mail import verdict
from bot.parsing.parse import extract, parse

MAILS = Path(__file__).parents[2] / "mails"
EXPECTED: dict[str, dict[str, Any]] = json.loads((MAILS / "expected.json").read_text("utf-8"))


@pytest.mark.parametrize("name", EXPECTED)
def test_what_a_mail_says(name: str) -> None:
    raw = (MAILS / f"{name}.eml").read_bytes()
    mail = parse(raw)
    found: dict[str, Any] = {
        "subject": mail.subject,
        "sender": mail.sender,
        "name": mail.sender_name,
        "language": mail.language,
        "kind": verdict(mail).kind,
        "new_text": mail.new_text,
        "attachments": [[file.name, file.media_type] for file in mail.attachments],
        "references": list(mail.references),
        "headers": {name: value for name, value in mail.headers.items() if name.startswith("report:")},
    }
    expected = EXPECTED[name]
    assert {key: found[key] for key in expected} == expected
    assert [len(extract(raw, file.part)) for file in mail.attachments] == [file.size for file in mail.attachments]


def test_every_sample_has_its_expectation() -> None:
    assert {path.stem for path in MAILS.glob("*.eml")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_line_ends_make_no_difference(name: str) -> None:
    unix = (MAILS / f"{name}.eml").read_bytes()
    mail, crlf = parse(unix), parse(unix.replace(b"\n", b"\r\n"))
    plain = [file for file in mail.attachments if not file.media_type.startswith(("text/", "message/"))]
    assert (crlf.digest, crlf.text, crlf.new_text, crlf.subject) == (
        mail.digest,
        mail.text,
        mail.new_text,
        mail.subject,
    )
    assert [file.sha256 for file in plain] == [
        file.sha256 for file in crlf.attachments if file.name in {p.name for p in plain}
    ]
