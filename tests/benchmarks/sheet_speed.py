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
from io import BytesIO
from random import Random
from typing import Any

from PIL import Image

from bot.printing.pages import page
from bot.printing.press import press, redrawn
from bot.render import Renderer
from bot.samples import WORDS
from bot.samples_sheet import sample_sheet


def photograph(now: str) -> dict[str, Any]:
    """A photograph of 12 million points, as large as six of them may be (2 MB)."""
    drawn, made = Image.frombytes("L", (1000, 750), Random(1).randbytes(750_000)), BytesIO()
    drawn.resize((4000, 3000)).convert("RGB").save(made, "JPEG", quality=60)
    return {"id": 1, "at": now, "words": "", "data": base64.b64encode(made.getvalue()).decode()}


async def printed(renderer: Renderer, facts: dict[str, Any]) -> bytes:
    """As the printer does it: the pictures are redrawn in one child, the page is set in another."""
    return await press(page(renderer, "zh", await redrawn(facts)))


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    renderer = Renderer("示例公司", "400-555-0199", "fault@example.com", "Asia/Shanghai")
    full = sample_sheet(WORDS["zh"]) | {"pictures": []}
    hostile = full | {"fault": "长" * 10_000 + " 😀 *b* " + "A" * 10_000}
    pictured = full | {"pictures": [photograph(full["now"])] * 6}
    for name, facts in (("full", full), ("with 6 pictures", pictured), ("hostile", hostile)):
        took, size = [], 0
        for _ in range(times):
            start = time.perf_counter()
            size = len(asyncio.run(printed(renderer, facts)))
            took.append(time.perf_counter() - start)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(
            f"{name}: median {statistics.median(took):.2f} s, longest {max(took):.2f} s, {size} bytes; children so far "
            f"{used.ru_utime + used.ru_stime:.2f} s of CPU, at most {used.ru_maxrss // 1024} MiB"
        )


if __name__ == "__main__":
    main()
