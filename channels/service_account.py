"""Signs what a service account of Google Workspace says instead of a secret (RFC 7523, RS256 of RFC 7518).

One RSA signature an hour with the key of a file is all that is needed, which is no reason to depend on a library for
cryptography. Each signature is checked by the public half before it is used, so that a damaged key signs nothing.
"""

from __future__ import annotations

import binascii
import hashlib
import json
import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

LIFE = timedelta(hours=1)
"""The longest that Google allows."""
LARGEST = 64 * 1024
FEWEST_BITS, MOST_BITS = 2048, 8192
KEY = re.compile(r"-----BEGIN PRIVATE KEY-----\s([A-Za-z0-9+/=\s]{1,20000})-----END PRIVATE KEY-----\s*")
RSA = bytes.fromhex("06092a864886f70d010101")
SHA_256 = bytes.fromhex("3031300d060960864801650304020105000420")
INTEGER, OCTETS = 0x02, 0x04


def assertion(key_file: Path, claims: dict[str, str], now: datetime) -> str:
    """The signed JWT with these claims and the account's name, good for an hour from `now`.

    Raises OSError where the file cannot be read, and ValueError where it holds no key; its words tell no secret.
    """
    account = _account(key_file)
    head = {"alg": "RS256", "typ": "JWT", "kid": account["private_key_id"]}
    begin = int(now.timestamp())
    said = {"iss": account["client_email"], **claims, "iat": begin, "exp": begin + int(LIFE.total_seconds())}
    text = ".".join(_encoded(json.dumps(part).encode()) for part in (head, said))
    return f"{text}.{_encoded(_signature(text.encode(), account['private_key']))}"


def check_file(key_file: Path) -> None:
    """Raises as `assertion` does."""
    _signature(b"", _account(key_file)["private_key"])


def _account(key_file: Path) -> dict[str, str]:
    with key_file.open("rb") as file:
        data = file.read(LARGEST)
    try:
        account = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("is no JSON; take the file of the service account's key as Google gave it") from None
    wanted = ("client_email", "private_key_id", "private_key")
    if not isinstance(account, dict) or not all(isinstance(account.get(name), str) for name in wanted):
        raise ValueError("is no service account's key; make one of the type JSON in the Google Cloud console")
    return account


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _signature(message: bytes, pem: str) -> bytes:
    """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 8.2.1)."""
    modulus, public, private = _key(pem)
    size = (modulus.bit_length() + 7) // 8
    digest = SHA_256 + hashlib.sha256(message).digest()
    padded = int.from_bytes(b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest)
    signed = pow(padded, private, modulus)
    if pow(signed, public, modulus) != padded:
        raise ValueError("holds a damaged key; make a new one")
    return signed.to_bytes(size)


def _key(pem: str) -> tuple[int, int, int]:
    """Modulus, public and private exponent of a PKCS #8 key (RFC 5958, RFC 8017 A.1.2)."""
    found = KEY.fullmatch(pem)
    try:
        [(_, outer)] = _elements(b64decode(found[1])) if found else []
        _version, (_, algorithm), (kind, wrapped), *_ = _elements(outer)
        [(_, inner)] = _elements(wrapped)
        numbers = [int.from_bytes(value) for tag, value in _elements(inner) if tag == INTEGER]
        _zero, modulus, public, private, *_ = numbers
    except (ValueError, binascii.Error):
        raise ValueError("holds no RSA key in PKCS #8; take the file as Google gave it") from None
    if kind != OCTETS or RSA not in algorithm or not FEWEST_BITS <= modulus.bit_length() <= MOST_BITS:
        raise ValueError(f"holds no RSA key of {FEWEST_BITS} bits or more; make a new one")
    return modulus, public, private


def _elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """(tag, contents) of each element of a DER encoding (X.690 8.1). Raises ValueError for what is none."""
    at = 0
    while at < len(der):
        tag, size, at = der[at], der[at + 1] if at + 1 < len(der) else 0, at + 2
        if size & 0x80:
            more = size & 0x7F
            size, at = int.from_bytes(der[at : at + more]), at + more
        if at + size > len(der):
            raise ValueError("cut short")
        yield tag, der[at : at + size]
        at += size
