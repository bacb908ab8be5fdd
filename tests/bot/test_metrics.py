"""bot.metrics: what Prometheus reads of the real daemon, and that it names nobody."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from bot.metrics import Metric, exposition
from tests.bot.cli.conftest import mail_fault
from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE

LINE = re.compile(r'faultdesk_[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+-]+')


def figures(daemon: Daemon) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{daemon.health}/metrics", timeout=PATIENCE) as answer:
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        text = answer.read().decode()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert "customer.example" not in text
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_what_the_daemon_counts(tmp_path: Path) -> None:
    with Daemon(tmp_path / "desk") as daemon:
        mail_fault(daemon, "Bob <bob@customer.example>", "No network", "Since this morning.")
        daemon.drain()
        daemon.say("anna", "take 1")
        daemon.drain()
        daemon.run("backup")
        found = figures(daemon)
    assert found["faultdesk_up"] == 1
    assert found['faultdesk_tickets_open{state="accepted"}'] == 1
    assert found["faultdesk_inbox_waiting"] == 0
    assert found['faultdesk_messages_total{channel="mail",how="sent"}'] == 2
    assert found["faultdesk_alarm_late_seconds"] < 60
    assert found["faultdesk_backup_age_seconds"] < 60
    assert {f'faultdesk_loop_beat_seconds{{loop="{name}"}}' for name in ("alarms", "mails", "send mail")} <= set(found)


def test_labels_are_escaped() -> None:
    assert exposition([Metric("x", "gauge", "X", {(("a", 'b"\\\n'),): 2.5})]) == (
        '# HELP faultdesk_x X\n# TYPE faultdesk_x gauge\nfaultdesk_x{a="b\\"\\\\\\n"} 2.5\n'
    )


async def test_a_database_that_cannot_be_asked_is_said() -> None:
    import asyncio

    from channels.health import HealthServer

    async def broken() -> str:
        raise OSError("the database cannot be read")

    server = HealthServer("127.0.0.1", 0, dict, broken)
    server.open()
    task = asyncio.create_task(server.run())
    with pytest.raises(urllib.error.HTTPError) as caught:
        await asyncio.to_thread(urllib.request.urlopen, f"http://127.0.0.1:{server.port}/metrics", timeout=PATIENCE)
    assert caught.value.code == 503
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
