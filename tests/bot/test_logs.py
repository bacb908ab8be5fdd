"""bot.logs: JSON lines with the ticket's number, and nothing personal or secret in them."""

import json
import logging
from pathlib import Path

import channels.smtp_session as _  # noqa: F401  -- it quietens the mail server's own log
from bot import logs


def line_of(record: logging.LogRecord) -> dict[str, object]:
    parsed: dict[str, object] = json.loads(logs.JsonLines().format(record))
    return parsed


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("faultdesk.x", logging.WARNING, __file__, 1, message, (), None)
    made.__dict__.update(extra)
    return made


def test_a_line_names_the_ticket_and_what_happened() -> None:
    line = line_of(record("not sent: 451", ticket="FD-7", kind="confirmation", unknown="secret"))
    assert (line["ticket"], line["event"], line["kind"], line["level"]) == (
        "FD-7",
        "not sent: 451",
        "confirmation",
        "warning",
    )
    assert "unknown" not in line


def test_addresses_and_tokens_are_blotted_out() -> None:
    text = "to 李伟@example.com and <a.b+c@d.example>, bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw at /x"
    assert logs.redact(text) == "to […] and <[…]>, […] at /x"


def test_an_error_is_told_without_its_words() -> None:
    try:
        raise ValueError("Li Wei 13800138000")
    except ValueError:
        made = record("failed")
        import sys

        made.exc_info = sys.exc_info()
    assert "Li Wei" not in logs.JsonLines().format(made)
    assert line_of(made)["error"] == "ValueError"


def test_the_file_is_written_whether_there_is_a_terminal_or_not(tmp_path: Path) -> None:
    logs.set_up(tmp_path / "log", terminal=True)
    logging.getLogger("faultdesk.x").info("started")
    logging.getLogger("mail.log").warning("('192.0.2.1', 25) unrecognised: LIWEI")  # what a stranger said (P17)
    assert json.loads((tmp_path / "log" / "faultdesk.log").read_text())["event"] == "started"
