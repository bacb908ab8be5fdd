"""The printing child: reads one page as JSON, writes it as a document, and ends; it holds no secret.

Its answer is the document, or nothing and one of the words below on the standard error.
"""

from __future__ import annotations

import base64
import json
import resource
import signal
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

SECONDS, MEMORY = 10, 1024 * 1024 * 1024
NO_FONT, NO_PRINTER = "no font", "no printer"


def limit_process() -> None:
    """No core files, bounded memory and time; Ctrl-C in a terminal is the daemon's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for what, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_AS, MEMORY)):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def set_page(page: dict[str, Any]) -> bytes:
    """The document: a PDF, or with `format` "png" the picture of its first page.

    Raises LookupError where no font with Chinese characters is found, ImportError without typst.
    """
    import typst  # noqa: PLC0415  -- after the limits are set

    from bot.printing.fonts import chinese, printable, shower  # noqa: PLC0415  -- the same

    known = typst.Fonts()
    family = chinese(known.fonts())
    if not family:
        raise LookupError(NO_FONT)
    shows, used = shower(known.fonts(), family), {family: None}
    pictures = page.pop("pictures", [])

    def note(character: str) -> str:
        found = shows(character)
        if found:
            used.setdefault(found)
        return found

    layout = files("templates").joinpath(page.get("layout", "document.typ")).read_bytes()
    with TemporaryDirectory(prefix="faultdesk-") as folder:
        root = Path(folder)
        shown = [*_in_files(pictures, root)]
        page = _each_text({**page, "pictures": shown}, lambda text: printable(text, note))
        data = json.dumps({**page, "fonts": list(used)}, ensure_ascii=False)
        (source := root / "page.typ").write_bytes(layout)
        made = typst.compile(
            source, format=page["format"], root=root, font_paths=known, sys_inputs={"page": data}, ppi=110
        )
    return made[0] if isinstance(made, list) else made or b""


def _in_files(pictures: list[dict[str, Any]], folder: Path) -> Iterator[dict[str, Any]]:
    """The pictures with the `file` below the folder that shows each, "" for one that cannot be shown."""
    for place, one in enumerate(pictures):
        if one["data"]:
            (folder / f"{place}.jpg").write_bytes(base64.b64decode(one["data"]))
        yield {"caption": one["caption"], "unshown": one["unshown"], "file": f"/{place}.jpg" if one["data"] else ""}


def _each_text(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _each_text(inner, change) for name, inner in value.items()}
    return [_each_text(one, change) for one in value] if isinstance(value, list) else value


def main() -> None:
    limit_process()
    page = json.load(sys.stdin.buffer)
    try:
        document = set_page(page)
    except ImportError:
        sys.exit(NO_PRINTER)
    except LookupError as error:
        sys.exit(str(error.args[0]))
    sys.stdout.buffer.write(document)


if __name__ == "__main__":
    main()
