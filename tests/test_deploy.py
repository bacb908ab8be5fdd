"""The files of deploy/ say what is true: paths, options, ports and sub-commands are the project's."""

import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from bot.__main__ import parser
from bot.config import Settings
from bot.config_reasons import field_of

ROOT = Path(__file__).parents[1]
UNIT = (ROOT / "deploy" / "faultdesk.service").read_text()
IMAGE = (ROOT / "deploy" / "Containerfile").read_text()


def unit() -> dict[str, str]:
    """The unit's [Service]; of what stands there several times, the last."""
    reader = RawConfigParser(strict=False, interpolation=None)
    reader.optionxform = str  # type: ignore[assignment,method-assign]
    reader.read_string(UNIT)
    return dict(reader["Service"])


@pytest.mark.parametrize("name", ["ExecStart", "ExecReload"])
def test_what_the_unit_runs_is_a_command(name: str) -> None:
    program, *words = unit()[name].split()
    assert program.endswith("/.venv/bin/faultdesk")
    assert parser().parse_args(words).do.__name__ == {"ExecStart": "run", "ExecReload": "reload"}[name]


def test_the_unit_listens_to_what_the_daemon_tells() -> None:
    service = unit()
    assert (service["Type"], service["NotifyAccess"]) == ("notify", "main")
    assert int(service["WatchdogSec"]) > 10
    assert service["RestartPreventExitStatus"] == "2 74"
    assert int(service["TimeoutStopSec"]) > 10


def test_every_variable_is_an_option() -> None:
    for name in re.findall(r"FAULTDESK_\w+", UNIT + IMAGE):
        assert field_of(tuple(name.removeprefix("FAULTDESK_").lower().split("__"))), name


def test_the_image_exposes_the_ports_and_copies_what_there_is() -> None:
    settings = Settings()
    assert settings.mail.smtp_in
    assert f"EXPOSE {settings.mail.smtp_in.port} {settings.health.port}" in IMAGE
    assert (ROOT / "requirements.lock").exists()
    assert ".venv" in (ROOT / ".containerignore").read_text().split("\n")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed here")
def test_systemd_understands_the_unit_and_finds_it_hardened(tmp_path: Path) -> None:
    place = tmp_path / "faultdesk.service"
    place.write_text(UNIT.replace("/opt/faultdesk/.venv/bin/faultdesk", "/bin/true"))
    said = subprocess.run(["systemd-analyze", "verify", place], capture_output=True, text=True, check=False)
    assert [line for line in said.stderr.splitlines() if "faultdesk.service" in line] == []
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(place)]  # 20 means 2.0 of 10
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout[-300:]


def test_the_image_runs_as_a_user_of_its_own_with_a_volume_and_an_orderly_stop() -> None:
    steps = [line.split(" ", 1) for line in IMAGE.splitlines() if re.match(r"[A-Z]+ ", line)]
    last = dict(steps)
    assert last["USER"] == "faultdesk"
    assert last["STOPSIGNAL"] == "SIGTERM"
    assert last["VOLUME"] in re.findall(r"FAULTDESK_DATA__FOLDER=(\S+)", IMAGE)
    assert f":{Settings().health.port}/healthz" in IMAGE
    assert [name for name, _ in steps].index("USER") > max(n for n, (name, _) in enumerate(steps) if name == "RUN")
