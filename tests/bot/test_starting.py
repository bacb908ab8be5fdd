"""bot.starting: what the daemon arranges for itself before it runs."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

KEPT = """
from bot.parsing.worker import resident
from bot.starting import give_memory_back

def grown():
    before, behind = resident(), []
    for _ in range(5):
        bytes(30 * 2**20)
        mail = b"x" * (25 * 2**20)
        behind.extend(bytes(100_000) for _ in range(10))
        del mail
    return (resident() - before) // 2**20

first = grown()
give_memory_back()
print(first, grown())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that keeps it")
def test_memory_of_large_mails_is_given_back() -> None:
    """What lies behind a mail in memory keeps it no more."""
    said = subprocess.run([sys.executable, "-c", KEPT], capture_output=True, text=True, check=True).stdout
    kept, given_back = map(int, said.split())
    assert kept >= 20
    assert given_back < 20
