"""Measures what reading a mail costs: `python tests/benchmarks/parse_speed.py [FOLDER…] [--json]`.

With a folder of raw mails: the seconds that each takes through the parsing children, one after the other, and how many
could not be read. Without:

CPU milliseconds a mail for usual mails, and for the worst inputs of reliability 3 A; then the pool's throughput, with
the CPU of both sides, which holds start-up and sending the mail to the child and its words back.
"""

import asyncio
import base64
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.cli.parse import FIRST
from bot.domain.digest import mail_digest
from bot.parsing.parse import parse
from bot.parsing.pool import ParseFailed, ParserPool
from bot.parsing.wire import from_json, to_json

HEAD = (
    "Received: from mail.example.cn (mail.example.cn [203.0.113.5])\n\tby mx.example.com with ESMTPS;\n"
    "\tMon, 2 Nov 2026 09:00:00 +0800\nFrom: =?gb2312?B?zfXQocP3?= <wang@example.cn>\nTo: fault@desk.example\n"
    "Subject: =?utf-8?B?5LiJ5qW85omT5Y2w5py65Y2h57q4?=\nDate: Mon, 2 Nov 2026 09:00:00 +0800\n"
    "Message-ID: <SG2PR01@example.cn>\nMIME-Version: 1.0\nX-Mailer: Microsoft Outlook 16.0\n"
)
WORDS = "您好：三楼东侧的打印机卡纸，请派人来修。The printer on floor 3 is jammed again.\n"
HTML = "<div style='font-family:Arial'><p class=MsoNormal>{}<b>bold</b><br></p></div>\n"


def encoded(text: str) -> str:
    return base64.encodebytes(text.encode()).decode()


def alternative(plain: str, html: str) -> str:
    return (
        "Content-Type: multipart/alternative; boundary=a\n\n"
        f"--a\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{encoded(plain)}"
        f"--a\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{encoded(html)}--a--\n"
    )


def with_attachment(size: int) -> str:
    data = base64.encodebytes(b"%PDF-1.7\n" + bytes(range(256)) * (size // 256)).decode()
    return (
        f"Content-Type: multipart/mixed; boundary=m\n\n--m\n{alternative(WORDS * 5, HTML.format(WORDS))}"
        '--m\nContent-Type: application/pdf; name="scan.pdf"\nContent-Transfer-Encoding: base64\n'
        f'Content-Disposition: attachment; filename="scan.pdf"\n\n{data}--m--\n'
    )


REPLY = (
    f"Content-Type: text/plain; charset=utf-8\nIn-Reply-To: <1@x>\n\n{WORDS * 6}\nOn Mon, 2 Nov 2026 at 9:00, Desk <d@x> wrote:\n\n"
    + ("> " + WORDS) * 10
)
USUAL = {
    "2 KB text": f"Content-Type: text/plain; charset=utf-8\n\n{WORDS * 16}",
    "2 KB reply with quote": REPLY,
    "3 KB text and HTML": alternative(WORDS * 8, HTML.format(WORDS) * 4),
    "50 KB attachment": with_attachment(50_000),
    "3 KB HTML only": f"Content-Type: text/html; charset=utf-8\n\n{HTML.format(WORDS) * 16}",
    "50 KB HTML only": f"Content-Type: text/html; charset=utf-8\n\n{HTML.format(WORDS) * 260}",
    "10 MB attachment": with_attachment(10_000_000),
}
MIXED = "Content-Type: multipart/mixed; boundary=b\n\n"
WORST = {
    "20,000 encoded words": "Subject:" + " =?utf-8?q?x=41?=" * 20_000 + "\n\nx",
    "64 KiB of ; in Content-Type": "Content-Type: text/plain" + ";" * 65_536 + "\n\nx",
    "2,000 nested multiparts": "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2_000)
    ),
    "100,000 parts": MIXED + "--b\n\nx\n" * 100_000,
    "100,000 headers": "X: y\n" * 100_000 + "\nx",
    "From of 10,000 (": "From: " + "(" * 10_000 + "\n\nx",
    "25 MB in one line": "\n" + "x" * 25_000_000,
    "25 MB of empty lines": "\n" + "\n" * 25_000_000,
    "25 MB of near boundaries": MIXED + "\n--bx" * 5_000_000,
    "50,000 nested div": "Content-Type: text/html\n\n" + "<div>" * 50_000,
    "200,000 quoted lines": "Subject: Re: x\n\n" + ">\n" * 200_000,
    "500,000 combining marks": "Content-Type: text/plain; charset=utf-8\n\na" + "\u0301\u0323" * 250_000,
}


def cpu_ms(work: Callable[[], object], repeats: int) -> float:
    started = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - started) / repeats * 1000


def measured(raw: bytes, repeats: int) -> dict[str, float]:
    mail = parse(raw)
    return {
        "bytes": len(raw),
        "parse_ms": cpu_ms(lambda: parse(raw), repeats),
        "json_ms": cpu_ms(lambda: from_json(to_json(mail)), repeats),
        "digest_ms": cpu_ms(lambda: mail_digest(raw), repeats),
    }


async def through_pool(raw: bytes, count: int) -> dict[str, float]:
    pool = ParserPool()
    started = time.perf_counter()
    await pool.start()
    await pool.parse(raw)
    ready = time.perf_counter() - started
    started, cpu = time.perf_counter(), time.process_time()
    for _ in range(count // 100):
        await asyncio.gather(*(pool.parse(raw) for _ in range(100)))
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu
    await pool.close()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "ready_s": ready,
        "mails_per_s": count / wall,
        "daemon_cpu_ms": cpu / count * 1000,
        "children_cpu_ms": (used.ru_utime + used.ru_stime) / count * 1000,
        "child_peak_mib": used.ru_maxrss / 1024,
    }


async def of_files(paths: list[Path]) -> dict[str, float]:
    """The wall-clock milliseconds a mail, from handing it to a child until its words are back."""
    pool, seconds, unread = ParserPool(), [], 0
    await pool.start()
    await pool.parse(FIRST)
    for path in paths:
        raw = path.read_bytes()
        started = time.perf_counter()
        try:
            await pool.parse(raw)
        except ParseFailed as failure:
            unread += 1
            print(path, failure)
        seconds.append(time.perf_counter() - started)
    await pool.close()
    seconds.sort()
    at = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "max": 1.0}
    found = {
        f"{name}_ms": seconds[min(int(len(seconds) * place), len(seconds) - 1)] * 1000 for name, place in at.items()
    }
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"mails": len(seconds), "unread": unread, **found, "child_peak_mib": peak}


def main() -> None:
    folders = [Path(word) for word in sys.argv[1:] if not word.startswith("--")]
    if folders:
        paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
        found = asyncio.run(of_files(paths))
        print(
            json.dumps(found)
            if "--json" in sys.argv
            else ", ".join(f"{name} {value:.4g}" for name, value in found.items())
        )
        return
    results = {
        name: measured((HEAD + rest).encode(), 300 if len(rest) < 200_000 else 3) for name, rest in USUAL.items()
    }
    results |= {name: measured(("Message-ID: <1@x>\n" + rest).encode(), 1) for name, rest in WORST.items()}
    pool = asyncio.run(through_pool((HEAD + USUAL["2 KB text"]).encode(), 3_000))
    if "--json" in sys.argv:
        print(json.dumps({"mails": results, "pool": pool}, indent=1))
        return
    print(f"{'':28}{'KB':>9}{'parse ms':>10}{'JSON ms':>9}{'digest ms':>11}   (CPU)")
    for name, found in results.items():
        figures = (
            f"{found['bytes'] / 1000:9.1f}{found['parse_ms']:10.2f}{found['json_ms']:9.2f}{found['digest_ms']:11.3f}"
        )
        print(f"{name:28}{figures}")
    print("pool, 2 KB text: " + ", ".join(f"{name} {value:.3g}" for name, value in pool.items()))


if __name__ == "__main__":
    main()
