"""Decodes the encoded words of RFC 2047 and raw 8-bit header values, as senders really write them."""

from __future__ import annotations

import binascii
import re

from bot.parsing.charset import codec_of, decode

_WORD = re.compile(r"=\?([^?\s\"]{1,60}+)\?([bBqQ])\?(.*?)\?=")
_QUOTED_PAIR = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
CUT_WORD = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s]*+\??\Z")


def decode_header(value: bytes, hint: str = "", *, was_cut: bool = False) -> str:
    """The text of an unstructured header value; `hint` is the body's charset, for raw 8-bit bytes.

    `was_cut` drops a last encoded word that our own limit cut in two; one whose end its sender has cut off is read as
    far as it goes. What some gateway has encoded once more is decoded twice.
    """
    text = decode(value, hint=hint)
    if CUT_WORD.search(text):
        text = CUT_WORD.sub("", text) if was_cut else text.rstrip("?") + "?="
        return decode_words(text, hint).rstrip("\ufffd")
    words = decode_words(text, hint)
    return decode_words(words, hint) if words.startswith("=?") and words.endswith("?=") else words


def decode_words(text: str, hint: str = "") -> str:
    """The text with its encoded words decoded. Neighbours of one charset are joined first, as bytes: some clients
    split a character between two words.
    """
    if "=?" not in text:
        return text
    parts: list[str] = []
    run: list[tuple[str, str, str]] = []
    at = 0
    for match in _WORD.finditer(text):
        between = text[at : match.start()]
        if between.strip() or not run:
            parts += [_decode_run(run, hint), between]
            run = []
        elif run[-1][0] != match[1].lower():
            parts.append(_decode_run(run, hint))
            run = []
        run.append((match[1].lower(), match[2].lower(), match[3]))
        at = match.end()
    return "".join([*parts, _decode_run(run, hint), text[at:]])


def _decode_run(run: list[tuple[str, str, str]], hint: str) -> str:
    """The text of neighbouring words of one charset."""
    if not run:
        return ""
    charset = run[0][0].partition("*")[0]  # RFC 2231 allows =?utf-8*zh?…
    if len(run) > 1 and all(way == "b" for _, way, _ in run):
        data = _base64_run([text for _, _, text in run])
    else:
        data = b"".join(_base64(text) if way == "b" else _quoted(text) for _, way, text in run)
    return decode(data, charset, hint if not codec_of(charset) else "")


def _base64_run(texts: list[str]) -> bytes:
    """Some clients cut the base64 text itself between words: then only the joined text decodes."""
    if any(len(text) % 4 and not text.endswith("=") for text in texts[:-1]):
        return _base64("".join(texts))
    return b"".join(map(_base64, texts))


def _base64(text: str) -> bytes:
    clean = _NOT_BASE64.sub("", text)
    clean = clean[:-1] if len(clean) % 4 == 1 else clean
    return binascii.a2b_base64(clean + "=" * (-len(clean) % 4))


def _quoted(text: str) -> bytes:
    data = text.replace("_", " ").encode("utf-8", "surrogatepass")
    return _QUOTED_PAIR.sub(lambda match: bytes.fromhex(match[1].decode("ascii")), data)
