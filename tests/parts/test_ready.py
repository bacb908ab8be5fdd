"""What comes out of the process that has loaded the modules is what a Python that begins anew would be."""

import os
import re
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from tests.parts.ready import Ready

HERE = os.environ | {"LANG": "C.UTF-8"}


def test_it_has_its_own_words_environment_folder_and_exit_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text("[health]\nprot = 3\n")
    monkeypatch.chdir(tmp_path)
    with Ready() as ready, (tmp_path / "said").open("wb") as said:
        environment = HERE | {"FAULTDESK_DATA__FOLDER": str(tmp_path / "here")}
        well = ready.start("bot", "--version", environment=environment, out=said.fileno())
        wrong = ready.start("bot", "run", environment=environment, out=said.fileno())
        assert (well.wait(60), well.poll(), wrong.wait(60)) == (0, 0, 2)
        (tmp_path / "config.toml").unlink()
        empty = ready.run("bot", "mine", environment=environment)
    text = (tmp_path / "said").read_text()
    assert re.search(r"^faultdesk [0-9]", text, re.MULTILINE)
    assert "config.toml:2: health.prot" in text
    assert (empty.returncode, empty.stdout) == (1, "")
    assert f"there is no database at {tmp_path / 'here'}" in empty.stderr


def test_it_lives_until_it_is_killed(tmp_path: Path) -> None:
    with Ready() as ready, (tmp_path / "said").open("wb") as said:
        server = ready.start("http.server", "0", environment=HERE, out=said.fileno())
        with pytest.raises(subprocess.TimeoutExpired):
            server.wait(0.01)
        assert server.poll() is None
        assert os.getsid(server.pid) == server.pid
        killer = threading.Timer(0.01, server.kill)
        killer.start()
        assert server.wait(60) == -signal.SIGKILL
        killer.join()
        server.kill()
        assert server.poll() == -signal.SIGKILL


def test_what_a_python_reads_when_it_begins_is_left_to_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = Ready()
    assert ready.fits(HERE | {"FAULTDESK_FAILPOINT": "migrate.done:kill", "PYTEST_CURRENT_TEST": "this"})
    assert not ready.fits(HERE | {"LD_PRELOAD": "faketime.so"})
    assert not ready.fits(HERE | {"LANG": "zh_CN.UTF-8"})
    monkeypatch.chdir(tmp_path)
    assert ready.fits(HERE)
    (tmp_path / "bot").mkdir()
    assert not ready.fits(HERE)  # another version
