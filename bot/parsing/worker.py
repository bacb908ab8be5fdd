"""The parsing child: reads raw mails on its standard input and answers each with JSON, until the input ends.

A request is four bytes of length and the raw mail; with EXTRACT in the length, four bytes in front of the mail say
which of its files is wanted, and the payload is that file. An answer is one byte of status, four of length and the
payload: JSON for OK, a reason for FAILED. It begins with one READY byte. It holds no secret, and opens no file but
modules.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import struct
import sys
from types import TracebackType
from typing import BinaryIO

READY, OK, FAILED, RETIRING = 0x52, 0x00, 0x01, 0x02
"""RETIRING is set beside OK or FAILED in the last answer of a child that has grown too large."""

HEAD = struct.Struct(">BI")
LENGTH, PART = struct.Struct(">I"), struct.Struct(">i")
EXTRACT = 1 << 31
MAX_REQUEST = 128 * 1024 * 1024

_MEMORY = 512 * 1024 * 1024
_CPU_SECONDS = 2
_RETIRE = 192 * 1024 * 1024
_STATM = "/proc/self/statm"


def limit_process() -> None:
    """No core files, few open files, bounded memory; Ctrl-C in a terminal is the daemon's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    soft = _MEMORY if most == resource.RLIM_INFINITY else min(_MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (soft, soft))


def limit_cpu() -> None:
    """Lets the next mail have two more seconds of CPU (one more where the count is rounded); then the kernel kills."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used.ru_utime + used.ru_stime) + 1 + _CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (soft if most == resource.RLIM_INFINITY else min(soft, most), most))


def resident() -> int:
    """Bytes of memory in use now, or 0 where the system does not say.

    `ru_maxrss` would tell the daemon's own: it outlives exec.
    """
    try:
        with open(_STATM, "rb") as counts:  # noqa: PTH123  -- pathlib costs start-up time
            return int(counts.read().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def answer(status: int, payload: bytes) -> None:
    data = memoryview(HEAD.pack(status, len(payload)) + payload)
    while data:
        data = data[os.write(1, data) :]


def report_crash(kind: type[BaseException], _error: BaseException, trace: TracebackType | None) -> None:
    """Says where the parser broke, and nothing of the mail that broke it; the process ends."""
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" in {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else ""  # noqa: PTH119  -- pathlib costs start-up time
    answer(FAILED | RETIRING, f"{kind.__name__}{where}".encode())


def serve(source: BinaryIO) -> None:
    """Answers until the input ends or this process has grown too large."""
    from bot.parsing.parse import extract, parse  # noqa: PLC0415  -- after the limits and the hook are set
    from bot.parsing.wire import to_json  # noqa: PLC0415

    gc.freeze()
    os.write(1, bytes([READY]))
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        limit_cpu()
        wanted = LENGTH.unpack(head)[0]
        raw = source.read(wanted & ~EXTRACT)
        payload = extract(raw[PART.size :], *PART.unpack(raw[: PART.size])) if wanted & EXTRACT else to_json(parse(raw))
        large = resident() > _RETIRE
        answer(OK | (RETIRING if large else 0), payload)
        if large:
            return


def main() -> None:
    sys.excepthook = report_crash
    limit_process()
    serve(sys.stdin.buffer)


if __name__ == "__main__":
    main()
