"""What every test run shares: how hard it tries (`--long`), and the real servers beside it."""

import os
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.parts.postgres import Postgres
from tests.parts.ready import Ready

for proxy in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):  # all that is asked here is on this machine
    os.environ.pop(proxy, None)
    os.environ.pop(proxy.upper(), None)

# No deadline and no complaint about slowness: a test never fails because the machine is slow.
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", settings.get_profile("ci"), derandomize=False, max_examples=5_000, print_blob=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run tests marked `long` too, and Hypothesis at full size")
    parser.addoption(
        "--place", action="append", default=[], help="tell the stories there, e.g. postgres+mailbox+telegram"
    )


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("long" if config.getoption("--long") else "ci")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells above the closing line what all of `dev.py test` took."""
    if started := os.environ.get("DEV_TEST_STARTED"):
        terminalreporter.write_line(f"{time.time() - float(started):.0f} s since dev.py was started")


@pytest.fixture(autouse=True, scope="session")
def ready(request: pytest.FixtureRequest) -> Iterator[None]:
    """Daemons begin in a process that has loaded their modules; with `--long` each is a Python that begins anew."""
    if request.config.getoption("long"):
        yield
        return
    with Ready() as Ready.here:
        yield
    Ready.here = None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of our own for the whole run, fast and not crash-safe; take `postgres.database()` for each test."""
    with Postgres() as server:
        yield server
