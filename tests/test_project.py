"""The repository speaks only of itself: no machine's paths, no index's address, and a lock that fits its project."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = (ROOT / "requirements.lock").read_text()
PINS = {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", LOCK, re.MULTILINE)}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

MACHINE_PATH = re.compile(r"(?<![\w.-])/(?:work|root|home/\w+)/")
INDEX_HOST = re.compile(r"\b(?:pypi|pythonhosted|npmjs)\.(?:org|com)\b")


def texts() -> dict[str, str]:
    """Each file that git keeps or would keep → its text, as far as it is one."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    paths = [ROOT / name for name in sorted(set(names)) if name]
    return {str(path.relative_to(ROOT)): path.read_text(errors="replace") for path in paths if path.is_file()}


@pytest.mark.parametrize("needle", [MACHINE_PATH, INDEX_HOST])
def test_no_file_names_a_machine_or_an_index(needle: re.Pattern[str]) -> None:
    found = [f"{name}: {match[0]}" for name, text in texts().items() for match in needle.finditer(text)]
    assert found == []


@pytest.mark.parametrize("folder", ["work", "root", "home/anna"])
def test_a_machine_path_is_seen(folder: str) -> None:
    assert MACHINE_PATH.search(f"cd /{folder}/faultdesk")
    assert not MACHINE_PATH.search(f"https://example.com/{folder}/faultdesk")


def test_the_lock_names_packages_and_hashes_and_nothing_else() -> None:
    requirement = r"[a-z0-9.-]+==[\w.]+( ; [^\\@:]+)? \\\n"
    hashes = r"(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+"
    assert re.fullmatch(f"({requirement}{hashes})+", LOCK)


def test_the_lock_fits_the_project() -> None:
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    unfit = [text for text in wanted if not fits(Requirement(text))]
    assert unfit == [], "make it anew: python3 dev.py lock"


def fits(requirement: Requirement) -> bool:
    version = PINS.get(canonicalize_name(requirement.name))
    return version is not None and requirement.specifier.contains(version)


def test_the_back_end_is_locked_too() -> None:
    """The editable install runs without build isolation, so what builds must be pinned as well."""
    assert all(fits(Requirement(text)) for text in PROJECT["build-system"]["requires"])


def test_ci_runs_the_one_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert script.endswith("\nexec python3 dev.py test\n")
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
