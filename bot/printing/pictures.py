"""Makes people's pictures small, in a child process: they are drawn anew, so that neither what hides in them nor where
they were taken leaves the house. It reads a list of base64 texts as JSON and answers with as many.
"""

from __future__ import annotations

import base64
import json
import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

from bot.printing.worker import limit_process

SIZE = (480, 360)
"""What a picture fits into: 220 points an inch on paper, some 40 kB of a mail."""
MOST_PIXELS = 16_000_000
"""Of one picture: the camera of a telephone makes 12 million."""
QUALITY = 80
AT_ONCE = 2


def small(data: bytes) -> bytes:
    """A JPEG or PNG as a small JPEG, upright; nothing for one that cannot be read, and for anything else."""
    from PIL import Image, ImageOps  # noqa: PLC0415  -- after the limits are set

    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return b""
            picture.thumbnail(SIZE)  # of a JPEG it reads no more than it needs: an eighth, a quarter
            drawn = ImageOps.exif_transpose(picture).convert("RGBA")
        ground, made = Image.new("RGB", drawn.size, "white"), BytesIO()
        ground.paste(drawn, mask=drawn)
        ground.save(made, "JPEG", quality=QUALITY)
        return made.getvalue()
    except (OSError, ValueError, SyntaxError, LookupError, struct.error, Image.DecompressionBombError):
        return b""


def main() -> None:
    limit_process()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = pool.map(small, map(base64.b64decode, json.load(sys.stdin.buffer)))
        json.dump([base64.b64encode(one).decode() for one in made], sys.stdout)


if __name__ == "__main__":
    main()
