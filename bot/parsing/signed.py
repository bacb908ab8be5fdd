"""Opens what is only signed: the content of an S/MIME signature, and the text of an OpenPGP one. It proves nothing."""

from __future__ import annotations

_MOST_PIECES = 10_000
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_DATA = bytes.fromhex("06092a864886f70d010701")
_OCTETS, _OCTETS_IN_PIECES = 0x04, 0x24
_BEGIN, _SIGNATURE = "-----BEGIN PGP SIGNED MESSAGE-----", "-----BEGIN PGP SIGNATURE-----"
_END = "-----END PGP SIGNATURE-----"
PGP_MESSAGE = "-----BEGIN PGP MESSAGE-----"


def signed_content(der: bytes) -> bytes | None:
    """The MIME part inside an opaque S/MIME signature (RFC 5652, SignedData); None where there is none to be found."""
    if der[:1] != b"\x30" or _SIGNED_DATA not in der[:40]:
        return None
    at = der.find(_DATA, 0, 4096)
    if at < 0:
        return None
    tag, start, _ = _header(der, at + len(_DATA))
    if tag != 0xA0:  # noqa: PLR2004  -- [0] EXPLICIT
        return None
    tag, start, end = _header(der, start)
    if tag == _OCTETS:
        return der[start:end]
    return b"".join(_pieces(der, start, end)) if tag == _OCTETS_IN_PIECES else None


def _header(der: bytes, at: int) -> tuple[int, int, int]:
    """(tag, where the value begins, where it ends) of the element here; a length that is not given runs to the end."""
    if at + 2 > len(der):
        return 0, len(der), len(der)
    tag, size, start = der[at], der[at + 1], at + 2
    if size == 0x80:  # noqa: PLR2004  -- indefinite
        return tag, start, len(der)
    if size > 0x80:  # noqa: PLR2004  -- long form
        count = size & 0x7F
        size, start = int.from_bytes(der[start : start + min(count, 8)], "big"), start + count
    return tag, start, min(start + size, len(der))


def _pieces(der: bytes, at: int, end: int) -> list[bytes]:
    found: list[bytes] = []
    while at < end and len(found) < _MOST_PIECES:
        tag, start, stop = _header(der, at)
        if tag != _OCTETS or stop <= at:
            break
        found.append(der[start:stop])
        at = stop
    return found


def without_armour(text: str) -> str:
    """The text without the lines that an OpenPGP signature adds above and below it (RFC 9580, 7)."""
    if _BEGIN not in text or _END not in text:
        return text
    kept: list[str] = []
    inside = ""
    for line in text.split("\n"):
        mark = line.rstrip()
        if mark in {_BEGIN, _SIGNATURE}:
            inside = mark
        elif mark == _END:
            inside = ""
        elif not inside:
            kept.append(line.removeprefix("- ") if line.startswith("- -") else line)
        elif inside == _BEGIN and not mark:
            inside = ""  # the blank line below "Hash: …"
    return "\n".join(kept)
