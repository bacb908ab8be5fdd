"""The canary on the real daemon, whose relay brings the mail to its own door; and the ids that it knows it by."""

import json
from pathlib import Path

from bot.domain.mail import canary_id, is_canary_id, thread_id
from tests.parts.daemon import Daemon

SECRET = b"k" * 32


def test_it_goes_out_by_the_relay_comes_in_by_smtp_and_is_filed(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path / "desk", FAULTDESK_HEALTH__CANARY_MINUTES="1")
    relay = {"host": "127.0.0.1", "port": daemon.smtp, "security": "none"}
    daemon.environment["FAULTDESK_MAIL__RELAY"] = json.dumps(relay)
    with daemon:
        daemon.wait_until("select 1 > count(*) from inbox where outcome = 'canary'")
        assert daemon.ask("select count(*) from ticket") == [(0,)]
        assert daemon.state()["problems"] == []
        assert "canary" in daemon.state()["loops"]
    assert daemon.fsck() == []


def test_only_our_own_ids_are_known() -> None:
    known = canary_id(SECRET, 1790000000, "desk.example")
    assert is_canary_id(SECRET, known)
    assert is_canary_id(SECRET, f" {known.upper()} ")
    assert not is_canary_id(b"x" * 32, known)
    assert not is_canary_id(SECRET, known.replace("1790000000", "1790000001"))
    assert not is_canary_id(SECRET, thread_id(SECRET, 1, 1790000000, "desk.example"))
    assert not is_canary_id(SECRET, "<canary.1.x@desk.example>")
