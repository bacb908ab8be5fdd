"""Prints how long a service sheet takes from its facts to the PDF, child process and all; a full one and a hostile one.

Usage: python tests/benchmarks/sheet_speed.py [TIMES]
"""

from __future__ import annotations

import asyncio
import base64
import resource
import statistics
import sys
import time
from typing import Any

from bot.printing.pages import page
from bot.printing.press import press
from bot.render import Renderer
from bot.samples import WORDS
from bot.samples_sheet import sample_sheet
from tests.bot.pictures import noise


def photograph(place: int, now: str) -> dict[str, Any]:
    """A picture of 1.2 million points without pattern, which no compression makes small."""
    return {"id": place, "at": now, "words": "", "data": base64.b64encode(noise(1280, 960)).decode()}


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    renderer = Renderer("示例公司", "400-555-0199", "fault@example.com", "Asia/Shanghai")
    full = sample_sheet(WORDS["zh"]) | {"pictures": []}
    hostile = full | {"fault": "长" * 10_000 + " 😀 *b* " + "A" * 10_000}
    pictured = full | {"pictures": [photograph(place, full["now"]) for place in range(6)]}
    for name, facts in (("full", full), ("with 6 pictures", pictured), ("hostile", hostile)):
        took, size = [], 0
        for _ in range(times):
            start = time.perf_counter()
            size = len(asyncio.run(press(page(renderer, "zh", facts))))
            took.append(time.perf_counter() - start)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(
            f"{name}: median {statistics.median(took):.2f} s, longest {max(took):.2f} s, {size} bytes; children so far "
            f"{used.ru_utime + used.ru_stime:.2f} s of CPU, at most {used.ru_maxrss // 1024} MiB"
        )


if __name__ == "__main__":
    main()
