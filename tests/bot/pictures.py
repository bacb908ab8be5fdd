"""Pictures for tests: a small photograph with an owner in its data, and what claims to be one and is none."""

from __future__ import annotations

import base64
import random
import struct
import zlib
from collections.abc import Iterable
from itertools import repeat

PHOTO = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/4QA6RXhpZgAATU0AKgAAAAgAAgEPAAIAAAAMAAAAJgESAAMAAAABAAYAAAAAAABTRUNSRVRNQUtFUgD/"
    "2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4r"
    "K06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAQABgDASIAAhEBAxEB/8QAFQAB"
    "AQAAAAAAAAAAAAAAAAAAAAT/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFgEBAQEAAAAAAAAAAAAAAAAAAAQF/8QAFBEBAAAAAAAAAAAAAAAA"
    "AAAAAP/aAAwDAQACEQMRAD8AhATtgAB//9k="
)
"""A red JPEG of 24 × 16, to be turned by a quarter; its data name SECRETMAKER as the camera."""


def png(width: int, height: int) -> bytes:
    """A grey picture of that size, one bit a point: a small file, whatever the size."""
    return _png(width, height, 1, repeat(bytes(1 + (width + 7) // 8), height))


def noise(width: int, height: int) -> bytes:
    """A grey picture without pattern, which no compression makes small."""
    points = random.Random(1)
    return _png(width, height, 8, (b"\0" + points.randbytes(width) for _ in range(height)))


def _png(width: int, height: int, bits: int, lines: Iterable[bytes]) -> bytes:
    rows = zlib.compressobj()
    packed = b"".join([*map(rows.compress, lines), rows.flush()])
    head = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
