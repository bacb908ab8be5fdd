"""Makes people's pictures small for a page: they are set anew, so that neither what hides in them nor where they were
taken leaves the house.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 480, 360
MOST_PIXELS = 16_000_000
"""Of one picture: the camera of a telephone makes 12 million."""
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_LAYOUT = f"""#set page(width: {WIDTH}pt, height: {HEIGHT}pt, margin: 0pt)
#image("/picture", format: sys.inputs.format, width: 100%, height: 100%, fit: "contain")"""
_NO_SIZE = {0xC4, 0xC8, 0xCC}  # of JPEG's markers from C0 to CF
_PNG_SIZE, _JPEG_SIZE = struct.Struct(">II"), struct.Struct(">HH")


def small(pictures: list[dict[str, Any]], folder: Path, fonts: Any) -> Iterator[dict[str, Any]]:
    """The pictures of a page with the `file` (below the folder) that shows each, "" for one that cannot be shown."""
    for place, one in enumerate(pictures):
        shown = _small(base64.b64decode(one["data"]), folder, fonts)
        if shown:
            (folder / f"{place}.png").write_bytes(shown)
        yield {"caption": one["caption"], "unshown": one["unshown"], "file": f"/{place}.png" if shown else ""}


def _small(data: bytes, folder: Path, fonts: Any) -> bytes:
    import typst  # noqa: PLC0415  -- after the limits are set

    width, height = size_of(data)
    if not 0 < width * height <= MOST_PIXELS:
        return b""
    (folder / "picture").write_bytes(data)
    told = {"format": "png" if data.startswith(PNG) else "jpg"}
    try:
        made = typst.compile(_LAYOUT.encode(), format="png", root=folder, font_paths=fonts, sys_inputs=told, ppi=72.0)
    except typst.TypstError:
        return b""
    return made if isinstance(made, bytes) else b""


def size_of(data: bytes) -> tuple[int, int]:
    """How many pixels wide and high a PNG or JPEG says it is; (0, 0) for anything else, and what is cut off."""
    try:
        if data.startswith(PNG):
            return _PNG_SIZE.unpack_from(data, 16)
        return _jpeg_size(data) if data.startswith(JPEG) else (0, 0)
    except (struct.error, IndexError):
        return 0, 0


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Of the frame's header, behind other segments (ITU-T T.81, B.2.2); the largest where there are more."""
    place, found = 2, (0, 0)
    while data[place] == 0xFF and data[place + 1] != 0xDA:  # noqa: PLR2004  -- there the pixels begin
        marker = data[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in _NO_SIZE:  # noqa: PLR2004  -- a frame
            height, width = _JPEG_SIZE.unpack_from(data, place + 5)
            found = max(found, (width, height), key=lambda one: one[0] * one[1])
        place += 2 + struct.unpack_from(">H", data, place + 2)[0]
    return found
