"""Prints the CPU milliseconds that one confirmation takes: rendering all its blocks, and composing its bytes.

Usage: python tests/benchmarks/render_speed.py [TIMES]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from bot.compose import MailFacts, compose
from bot.domain.messages import Mailbox
from bot.render import Renderer
from bot.samples import samples


def milliseconds(work: Callable[[], object], times: int) -> float:
    work()
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times * 1000


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    renderer = Renderer("Example Ltd", "400-555-0199", "fault@example.com", "Asia/Shanghai")
    for locale in ("zh", "en"):
        facts = samples(locale)["confirmation"]
        texts = renderer.render(locale, "confirmation", facts)
        envelope = MailFacts(
            Mailbox("Example Ltd 服务台", "fault@example.com"),
            Mailbox("王丽", "anna@example.com"),
            "<1.a0b1c2@example.com>",
            datetime(2026, 11, 23, 1, 2, tzinfo=UTC),
            in_reply_to="<first@example.com>",
            references=("<first@example.com>",),
            auto_submitted="auto-replied",
            locale=locale,
        )
        rendered = milliseconds(lambda: renderer.render(locale, "confirmation", facts), times)  # noqa: B023
        composed = milliseconds(lambda: compose(texts, envelope), times)  # noqa: B023
        print(
            f"{locale}: rendered {rendered:.3f} ms, composed {composed:.3f} ms, {len(compose(texts, envelope))} bytes"
        )


if __name__ == "__main__":
    main()
