"""The set-up of a fresh machine and the one test command, tried in folders of their own with stand-ins for the tools."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

import dev as real

ROOT = Path(__file__).parent.parent


def write_script(path: Path, *lines: str) -> None:
    """Writes a stand-in for a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)


def load_dev(folder: Path) -> ModuleType:
    """dev.py as it is when it lies in a checkout of that folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "dev.py", folder)
    (folder / "requirements.lock").write_text("pinned\n")
    (folder / "pyproject.toml").write_text("wanted\n")
    spec = importlib.util.spec_from_file_location("dev_copy", folder / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """dev.py in a folder of its own, on a machine of which it finds nothing but the system's small tools and `tools`."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}:/usr/bin:/bin")
    monkeypatch.delenv("CI", raising=False)
    return load_dev(tmp_path / "checkout")


def make_current(dev: ModuleType, *python: str) -> None:
    """A finished environment whose Python is a stand-in: it writes down how it is called, then does `python`."""
    write_script(dev.PYTHON, f'echo "$@" >> {dev.ROOT}/calls', *python)
    dev.STAMP.write_text(dev.fingerprint())


def call(dev: ModuleType, *arguments: str) -> tuple[int, str, list[str]]:
    """(exit status, what it said, how it called Python) of `python3 dev.py …`."""
    command = [sys.executable, str(dev.ROOT / "dev.py"), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    calls = dev.ROOT / "calls"
    return done.returncode, done.stdout, calls.read_text().splitlines() if calls.exists() else []


# ---- which Python ----


def test_it_parses_on_an_old_python() -> None:
    ast.parse((ROOT / "dev.py").read_text(), feature_version=(3, 6))


def test_an_old_python_gets_one_clear_line() -> None:
    code = f"import sys; sys.version_info = (3, 9, 2); exec(open({str(ROOT / 'dev.py')!r}).read())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Faultdesk needs Python 3.11 or newer")
    assert done.stderr.count("\n") == 1


# ---- when the environment is made anew ----


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_another_text_makes_it_stale(dev: ModuleType, name: str) -> None:
    make_current(dev)
    assert dev.is_current()
    (dev.ROOT / name).write_text("changed\n")
    assert not dev.is_current()


def test_a_moved_checkout_is_stale(dev: ModuleType, tmp_path: Path) -> None:
    make_current(dev)
    dev.ROOT.rename(tmp_path / "moved")
    assert not load_dev(tmp_path / "moved").is_current()


def test_it_is_stale_when_its_python_is_gone(dev: ModuleType) -> None:
    make_current(dev)
    dev.PYTHON.unlink()
    dev.PYTHON.symlink_to("/nowhere/python3")
    assert not dev.is_current()


def test_a_current_one_is_left_alone_even_where_nothing_can_be_written(dev: ModuleType) -> None:
    make_current(dev)
    (dev.ROOT / ".venv.lock").mkdir()
    dev.prepare()


# ---- how it is made ----


def test_uv_makes_it_where_there_is_one(dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_script(
        tmp_path / "tools/uv", f"mkdir -p {dev.VENV}/bin && touch {dev.PYTHON}", f'echo "$@" >> {tmp_path}/said'
    )
    monkeypatch.setattr(dev, "make_by_pip", lambda: pytest.fail("pip was used"))
    dev.prepare()
    assert dev.is_current()
    said = (tmp_path / "said").read_text().splitlines()
    assert [line.split()[0] for line in said] == ["venv", "pip", "pip"]
    assert "--require-hashes" in said[1]


def test_when_uv_fails_pip_starts_from_nothing(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_script(tmp_path / "tools/uv", f"mkdir -p {dev.VENV}/half-made", "echo 'UnknownIssuer' >&2", "exit 2")
    monkeypatch.setattr(dev, "make_by_pip", lambda: make_current(dev))
    dev.prepare()
    assert dev.is_current()
    assert not (dev.VENV / "half-made").exists()
    assert "pip does it (UnknownIssuer)" in capsys.readouterr().out


def test_pip_installs_by_hash_then_the_project_without_fetching(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(dev, "step", commands.append)
    dev.make_by_pip()
    assert commands[0] == [dev.base_python(), "-I", "-m", "venv", str(dev.VENV)]
    assert {"--require-hashes", str(dev.LOCK)} <= set(commands[1])
    assert {"--no-deps", "--no-build-isolation", str(dev.ROOT)} <= set(commands[2])


def test_what_was_cut_short_is_made_anew(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "base_python", lambda: "false")
    with pytest.raises(SystemExit, match="the set-up stopped at"):
        dev.prepare()
    assert not dev.is_current()
    (dev.VENV / "left-over").mkdir(parents=True)
    monkeypatch.setattr(dev, "make_by_pip", lambda: make_current(dev))
    dev.prepare()
    assert not (dev.VENV / "left-over").exists()
    assert dev.is_current()


def test_an_unwritable_checkout_gets_one_clear_line(dev: ModuleType) -> None:
    (dev.ROOT / ".venv.lock").mkdir()
    status, said, _ = call(dev, "run")
    assert status == 1
    assert said.count("\n") == 1
    assert str(dev.ROOT / ".venv.lock") in said


def test_a_python_without_ensurepip_is_told_what_to_install(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="python3-venv"):
        dev.make_by_pip()


# ---- Debian packages ----


@pytest.fixture
def asked(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What Debian packages dev.py would install; one that no machine has is added to those it needs."""
    names: list[list[str]] = []
    monkeypatch.setattr(dev, "DEBIAN", {"there": "bin/sh", "missing": "nowhere/*/missing"})
    monkeypatch.setattr(dev, "apt_install", names.append)
    return names


def test_missing_packages_are_installed_only_when_allowed(
    dev: ModuleType, asked: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    dev.install_debian_packages(allowed=False)
    assert asked == []
    assert "tests that need missing will skip" in capsys.readouterr().out
    dev.install_debian_packages(allowed=True)
    assert asked == [["missing"]]


def test_apt_waits_for_another_apt(dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "apt"
    write_script(tmp_path / "tools/apt-get", f'echo "$@" >> {log}', f"test $(grep -c install {log}) != 1")
    pauses: list[int] = []
    monkeypatch.setattr(dev, "time", SimpleNamespace(sleep=pauses.append))
    monkeypatch.setattr(dev.os, "geteuid", lambda: 0)
    dev.apt_install(["postgresql-15"])
    actions = [line.split()[3] for line in log.read_text().splitlines()]
    assert actions == ["update", "install", "update", "install"]
    assert pauses == [5]


def test_they_come_while_the_checks_run_and_without_them_no_test_begins(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = threading.Event()

    def install(*, allowed: bool) -> None:
        assert checked.wait(60)
        sys.exit(f"apt is broken, {allowed}")

    monkeypatch.setenv("DEV_TEST_STARTED", "")
    monkeypatch.setattr(dev, "install_debian_packages", install)
    monkeypatch.setattr(dev, "check", lambda _: checked.set())
    monkeypatch.setattr(dev, "become", lambda _: pytest.fail("pytest was started"))
    with pytest.raises(SystemExit, match="apt is broken, True"):
        dev.test(["--install", "-k", "clock"])


# ---- the commands ----


def test_without_a_command_it_tells_them_all(dev: ModuleType) -> None:
    status, said, _ = call(dev)
    assert status == 2
    assert all(f"dev.py {command}" in said for command in dev.COMMANDS)


def test_run_becomes_the_daemon(dev: ModuleType) -> None:
    make_current(dev)
    write_script(dev.VENV / "bin/faultdesk", 'echo "faultdesk $@"', "exit 7")
    assert call(dev, "run", "--config", "a b.toml") == (7, "faultdesk run --config a b.toml\n", [])


def test_setup_makes_the_environment_and_starts_nothing(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "made_by_uv", lambda: dev.VENV.mkdir() is None)
    monkeypatch.setattr(dev, "become", lambda _: pytest.fail("something was started"))
    dev.main(["setup"])
    assert dev.STAMP.read_text() == dev.fingerprint()
    with pytest.raises(SystemExit, match="setup takes no arguments"):
        dev.main(["setup", "now"])


def test_test_checks_then_runs_pytest_whose_words_are_last(dev: ModuleType) -> None:
    make_current(dev, 'test "$2" != pytest || { echo 3 passed; exit 0; }')
    status, said, calls = call(dev, "test", "-k", "clock")
    assert (status, calls) == (0, ["-m ruff check", "-m ruff format --check", "-m mypy", "-m pytest -k clock"])
    assert said.endswith("3 passed\n")


def test_what_it_starts_keeps_the_modules_it_has_compiled(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    make_current(dev, 'echo "without: ${PYTHONDONTWRITEBYTECODE-that}"')
    assert call(dev, "test", "-k", "clock")[1].endswith("without: that\n")


def test_a_failed_check_fails_the_run_before_any_test(dev: ModuleType) -> None:
    make_current(dev, 'test "$2" != ruff')
    status, said, calls = call(dev, "test")
    assert (status, calls) == (1, ["-m ruff check", "-m ruff format --check", "-m mypy"])
    assert said.endswith("dev.py: failed: ruff check, ruff format\n")


def test_failing_tests_fail_the_run(dev: ModuleType) -> None:
    write_script(dev.ROOT / "tests" / "test_top.py")
    make_current(dev, 'test "$2" != pytest')
    assert call(dev, "test")[0] == 1


def test_slices_run_at_a_time_and_each_says_its_words_whole_when_it_has_ended(dev: ModuleType) -> None:
    for name in ("test_top.py", "domain/test_a.py", "promises/test_b.py", "chaos/test_c.py"):
        write_script(dev.ROOT / "tests" / name)
    words = 'case "$*" in *chaos*) echo C; sleep 1; echo C $DEV_LANE;; *promises*) echo P $DEV_LANE; exit 1;; esac'
    make_current(dev, words)
    status, said, calls = call(dev, "test")
    tests = dev.ROOT / "tests"
    assert sorted(calls[3:]) == [f"-m pytest {tests / name}" for name in ("chaos", "domain", "promises", "test_top.py")]
    assert status == 1
    assert re.search(r"slice: promises, after \d+ s\nP 1\n", said)
    assert re.search(r"slice: chaos, after \d+ s\nC\nC 0\n$", said)


def test_long_runs_slice_by_slice_to_the_end(dev: ModuleType) -> None:
    for name in ("test_top.py", "domain/test_a.py", "stories/deep/test_b.py", "parts/helper.py"):
        write_script(dev.ROOT / "tests" / name)
    make_current(dev, 'case "$*" in *domain*) exit 1;; *stories*) exit 5;; esac')  # 5: no test there
    status, said, calls = call(dev, "test", "--long")
    tests = dev.ROOT / "tests"
    assert calls[3:] == [f"-m pytest --long {tests / name}" for name in ("test_top.py", "domain", "stories")]
    assert status == 1
    assert said.endswith("dev.py: failed: domain\n")


def test_every_test_file_is_in_one_slice() -> None:
    given = [Path(path) for paths in real.slices() for path in paths]
    for path in (ROOT / "tests").rglob("test_*.py"):
        assert len([place for place in given if path.is_relative_to(place)]) == 1, path


def test_lock_needs_uv_and_says_so(dev: ModuleType) -> None:
    status, said, _ = call(dev, "lock")
    assert (status, said) == (1, "dev.py: lock needs uv; to get it: python3 -m pip install uv\n")


@pytest.mark.long
def test_two_started_at_once_on_a_fresh_checkout_both_work(tmp_path: Path) -> None:
    """With the real pip and nothing but PATH and HOME set."""
    for name in ("dev.py", "requirements.lock", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("bot", "channels", "storage", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    command = [real.base_python(), "-c", "import dev; dev.prepare()"]
    variables = {"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"]}
    both = [subprocess.Popen(command, cwd=tmp_path, env=variables, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(process.communicate()[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert "another dev.py is setting up" in said[0]
    assert "ready in" in said[1]
    question = "import bot, sqlalchemy; print(bot.__path__[0])"
    done = subprocess.run(
        [tmp_path / ".venv/bin/python", "-c", question], cwd="/", capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()) == tmp_path / "bot"
