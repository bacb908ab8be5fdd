#!/usr/bin/env python3
"""Sets up Faultdesk's own environment and runs or tests it; needs nothing but Python 3.11 or newer.

python3 dev.py run [...]     start the daemon; what follows goes to `faultdesk run`
python3 dev.py setup         only make the environment: to install or upgrade what a service manager starts
python3 dev.py test [...]    what CI runs: the checks, then the tests; what follows goes to pytest
      --long                     everything at full size, slice by slice
      --install                  first install the Debian packages that some tests need
python3 dev.py check         ruff and mypy alone
python3 dev.py lock [...]    make requirements.lock anew, with uv (--upgrade: from the newest versions)
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  -- for whoever has an older one; so this file must parse there too
    sys.exit(f"Faultdesk needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try: python3.11 {sys.argv[0]}")

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from subprocess import PIPE, STDOUT

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / ".stamp"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
INSTALLS = (
    ("the pinned packages", ["install", "-q", "--require-hashes", "-r", str(LOCK)]),
    ("Faultdesk itself", ["install", "-q", "--no-deps", "--no-build-isolation", "-e", str(ROOT)]),
)
CHECKS = (
    ("ruff check", ["ruff", "check"]),
    ("ruff format", ["ruff", "format", "--check"]),
    ("mypy", ["mypy"]),
)
DEBIAN = {
    "dovecot-imapd": "usr/lib/dovecot/imap",
    "dovecot-lmtpd": "usr/lib/dovecot/lmtp",
    "dovecot-sieve": "usr/lib/dovecot/modules/lib90_sieve_plugin.so",
    "fonts-wqy-microhei": "usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "libfaketime": "usr/lib/*/faketime/libfaketimeMT.so.1",
    "postfix": "usr/lib/postfix/sbin/master",
    "postgresql-15": "usr/lib/postgresql/*/bin/postgres",
}
"""Debian package that tests need → what shows, below /, that it or a newer one is there."""

NOT_OURS = {"PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE"}
NO_TESTS = 5  # pytest's exit status
PRINTING = threading.Lock()
FIRST = ("stories", "chaos", "bot", "promises", "channels")
"""The folders of tests that take longest, longest first."""
LANES = 4
"""How many slices run at a time without further words: many tests wait for processes of their own."""


def say(text: str) -> None:
    print(f"dev.py: {text}", flush=True)


# ---- the environment ----


def fingerprint() -> str:
    """What the environment depends on: the Python, this folder (its scripts name it), the packages."""
    parts = [sys.implementation.cache_tag.encode(), bytes(ROOT), LOCK.read_bytes(), PROJECT.read_bytes()]
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def is_current() -> bool:
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text() == fingerprint()


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Lets one set-up at a time go on; the others wait."""
    with (ROOT / ".venv.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another dev.py is setting up; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def prepare() -> None:
    """Makes .venv anew unless it is current. The stamp is written last: what was cut short is made anew as well."""
    if is_current():
        return
    with only_one():
        if is_current():
            return
        started = time.monotonic()
        say(f"making the environment .venv with Python {sys.version.split()[0]}")
        clear()
        if not made_by_uv():
            make_by_pip()
        STAMP.write_text(fingerprint())
        say(f"ready in {time.monotonic() - started:.0f} s")


def clear() -> None:
    STAMP.unlink(missing_ok=True)
    if VENV.exists():
        shutil.rmtree(VENV)


def clean_environment() -> dict[str, str]:
    """The variables for what runs inside .venv: nothing of another Python's, no question asked.

    Nor does each of the many processes of the tests compile all modules anew: half of what a start costs.
    """
    kept = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    return kept | {"VIRTUAL_ENV": str(VENV), "PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def base_python() -> str:
    """The Python that an environment is made from, also when .venv's own started this file."""
    return str(getattr(sys, "_base_executable", sys.executable))


def made_by_uv() -> bool:
    """Whether uv made the environment. It only saves time: without it, or when it fails, pip does the same."""
    uv = shutil.which("uv")
    if uv is None:
        return False
    commands = [
        [uv, "venv", "-q", "--python", base_python(), str(VENV)],
        *([uv, "pip", *words] for _, words in INSTALLS),
    ]
    say("installing the pinned packages and Faultdesk itself with uv")
    for command in commands:
        try:
            subprocess.run(command, check=True, cwd=ROOT, env=clean_environment(), capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            said = str(getattr(error, "stderr", "")).strip().splitlines() or [str(error)]
            say(f"uv did not manage, so pip does it ({said[-1].strip()})")
            clear()
            return False
    return True


def make_by_pip() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        need_ensurepip()
    say("making it empty")
    step([base_python(), "-I", "-m", "venv", str(VENV)])
    for name, words in INSTALLS:
        say(f"installing {name} with pip")
        step([str(PYTHON), "-I", "-m", "pip", *words])


def need_ensurepip() -> None:
    """Debian keeps a part of Python, ensurepip, in a package of its own."""
    if os.environ.get("CI") == "true":
        apt_install(["python3-venv"])
    else:
        sys.exit(
            "dev.py: this Python cannot make environments. On Debian and Ubuntu: sudo apt-get install python3-venv"
        )


def step(command: list[str]) -> None:
    """Runs one command of the set-up, silently unless it fails."""
    done = subprocess.run(
        command, check=False, cwd=ROOT, env=clean_environment(), stdout=PIPE, stderr=STDOUT, text=True
    )
    if done.returncode:
        print(done.stdout)
        sys.exit(f"dev.py: the set-up stopped at: {' '.join(command)}\ndev.py: mend what it says above, then try again")


# ---- Debian packages, for tests only ----


def install_debian_packages(*, allowed: bool) -> None:
    """Installs what some tests need, or tells how; they skip without it."""
    missing = [name for name, proof in DEBIAN.items() if not any(Path("/").glob(proof))]
    if missing and allowed:
        apt_install(missing)
    elif missing:
        say(f"tests that need {', '.join(missing)} will skip; to run them too: python3 dev.py test --install")


def apt_install(names: list[str]) -> None:
    """Installs Debian packages, with patience for another apt or dpkg that holds the lock."""
    say(f"installing Debian packages: {', '.join(names)}")
    prefix = [] if os.geteuid() == 0 else ["sudo"]
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    for pause in (5, 15, 30, 0):
        subprocess.run([*apt, "update"], check=False)  # old lists may do
        if subprocess.run([*apt, "install", "--no-install-recommends", "-y", *names], check=False).returncode == 0:
            return
        time.sleep(pause)
    sys.exit(f"dev.py: could not install {' '.join(names)}")


# ---- the commands ----


def setup(arguments: list[str]) -> None:
    """Makes the environment current and starts nothing."""
    if arguments:
        sys.exit("dev.py: setup takes no arguments")
    prepare()
    say("the environment is current")


def run(arguments: list[str]) -> None:
    prepare()
    become([str(VENV / "bin" / "faultdesk"), "run", *arguments])


def become(command: list[str]) -> None:
    """Puts the command in this process's place, so that signals, exit status and last words are its own."""
    os.execve(command[0], command, clean_environment())


def check(arguments: list[str]) -> None:
    """Runs every checker, also after one has failed."""
    if arguments:
        sys.exit("dev.py: check takes no arguments")
    prepare()
    failed = [name for name, words in CHECKS if not passes(name, words)]
    if failed:
        sys.exit(f"dev.py: failed: {', '.join(failed)}")


def passes(name: str, words: list[str]) -> bool:
    started = time.monotonic()
    say(name)
    status = subprocess.run([str(PYTHON), "-m", *words], check=False, cwd=ROOT, env=clean_environment()).returncode
    say(f"{name}: {'failed' if status else 'fine'} after {time.monotonic() - started:.1f} s")
    return status == 0


def test(arguments: list[str]) -> None:
    os.environ["DEV_TEST_STARTED"] = str(time.time())  # tests/conftest.py tells the time all of this took
    install = "--install" in arguments
    arguments = [argument for argument in arguments if argument != "--install"]
    with ThreadPoolExecutor(1) as beside:
        packages = beside.submit(install_debian_packages, allowed=install or os.environ.get("CI") == "true")
        check([])
        packages.result()
    os.chdir(ROOT)
    if arguments == ["--long"]:
        test_in_slices()
    say("pytest")
    if not arguments:
        sys.exit(test_in_lanes())
    become([str(PYTHON), "-m", "pytest", *arguments])


def slices() -> list[list[str]]:
    """What one pytest each runs in a long run: the tests beside conftest.py, then each folder of tests."""
    tests = ROOT / "tests"
    folders = sorted(path for path in tests.iterdir() if any(path.rglob("test_*.py")))
    return [sorted(map(str, tests.glob("test_*.py"))), *([str(folder)] for folder in folders)]


def slice_name(paths: list[str]) -> str:
    return "the structure" if len(paths) > 1 else Path(paths[0]).name


def test_in_lanes() -> int:
    """Runs all tests, some slices at a time, the longest first; each one says its words when it has ended."""
    waiting = sorted(slices(), key=lambda paths: (*FIRST, Path(paths[0]).name).index(Path(paths[0]).name))
    with ThreadPoolExecutor(LANES) as lanes:
        ended = [lanes.submit(test_slice, number, paths) for number, paths in enumerate(waiting)]
        return max(one.result() for one in as_completed(ended))


def test_slice(number: int, paths: list[str]) -> int:
    """Runs one slice, with ports of its own (DEV_LANE), and gives its exit status."""
    started, environment = time.monotonic(), clean_environment() | {"DEV_LANE": str(number)}
    command = [str(PYTHON), "-m", "pytest", *paths]
    done = subprocess.run(command, check=False, stdout=PIPE, stderr=STDOUT, env=environment)
    with PRINTING:
        say(f"pytest, slice: {slice_name(paths)}, after {time.monotonic() - started:.0f} s")
        sys.stdout.buffer.write(done.stdout)
        sys.stdout.flush()
    return 0 if done.returncode == NO_TESTS else done.returncode


def test_in_slices() -> None:
    """Runs everything at full size, each slice in a process of its own, so that none starts with another's memory."""
    failed, started = [], time.monotonic()
    for paths in slices():
        name = slice_name(paths)
        say(f"pytest --long, slice: {name}")
        command = [str(PYTHON), "-m", "pytest", "--long", *paths]
        if subprocess.run(command, check=False, env=clean_environment()).returncode not in {0, NO_TESTS}:
            failed.append(name)
    say(f"{len(slices()) - len(failed)} of {len(slices())} slices passed in {time.monotonic() - started:.0f} s")
    sys.exit(f"dev.py: failed: {', '.join(failed)}" if failed else 0)


def lock(arguments: list[str]) -> None:
    """Pins every package with its hashes, for every Python we support; a pin stays unless it must or may change."""
    uv = shutil.which("uv")
    if uv is None:
        sys.exit("dev.py: lock needs uv; to get it: python3 -m pip install uv")
    how = [
        "--universal",
        "--python-version=3.11",
        "--generate-hashes",
        "--no-annotate",
        "--no-header",
        "--no-emit-index-url",
    ]
    become([uv, "pip", "compile", "-q", *how, "--group=dev", str(PROJECT), "-o", str(LOCK), *arguments])


COMMANDS: dict[str, Callable[[list[str]], None]] = {
    "run": run,
    "setup": setup,
    "test": test,
    "check": check,
    "lock": lock,
}


def main(arguments: list[str]) -> None:
    if not arguments or arguments[0] not in COMMANDS:
        print(__doc__)
        sys.exit(0 if arguments[:1] in (["-h"], ["--help"]) else 2)
    try:
        COMMANDS[arguments[0]](arguments[1:])
    except OSError as error:
        sys.exit(f"dev.py: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main(sys.argv[1:])
