"""Has a page set, and its pictures redrawn, by child processes with a time limit: that neither holds up nor harms the
daemon.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import bot
from bot.printing.worker import NO_FONT, NO_PRINTER

SECONDS = 20.0
NEVER = frozenset({NO_FONT, NO_PRINTER})
"""Why no document can be made here, however often it is tried."""
_PASSED_ON = ("PATH", "HOME", "LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "TYPST_FONT_PATHS")
TRIAL: dict[str, Any] = {"format": "pdf", "language": "zh", "title": "服务单", "number": "", "organisation": "",
                         "footer": "", "sections": [], "signatures": []}  # fmt: skip


ADVICE = {
    NO_FONT: "; install a font with Chinese characters (Debian: fonts-wqy-microhei)",
    NO_PRINTER: "; install the package typst into the environment of Faultdesk",
}


def advice(reason: str) -> str:
    """What to do about it, to be said behind the reason; "" where nothing is known."""
    return ADVICE.get(reason, "")


class PressError(Exception):
    """The page could not be printed; `reason` is a short word of ours."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def press(page: dict[str, Any]) -> bytes:
    """The page as a document (`format`: pdf, or png for a picture of its first side). Raises PressError."""
    return await _made("bot.printing.worker", page)


async def redrawn(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of a sheet, the `data` of its pictures (base64) made small; "" for each that cannot be shown."""
    pictures = facts.get("pictures")
    if not pictures:
        return facts
    try:
        made = json.loads(await _made("bot.printing.pictures", [one["data"] for one in pictures]))
    except PressError:
        made = [""] * len(pictures)  # the sheet is worth more than what is shown on it
    return {**facts, "pictures": [{**one, "data": data} for one, data in zip(pictures, made, strict=True)]}


async def _made(module: str, what: Any) -> bytes:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment["PYTHONPATH"] = str(Path(bot.__file__).parent.parent)
    command = (sys.executable, "-P", "-s", "-m", module)
    pipe = asyncio.subprocess.PIPE
    try:
        child = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, start_new_session=True
        )
    except OSError as error:
        raise PressError("no process") from error
    try:
        async with asyncio.timeout(SECONDS):
            document, said = await child.communicate(json.dumps(what).encode())
    except TimeoutError as error:
        raise PressError(f"took longer than {SECONDS:g} s") from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode or not document:
        word = said.decode("utf-8", "replace").strip()
        raise PressError(word if word in NEVER else "the printing child failed")
    return document
