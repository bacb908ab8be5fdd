"""Finds the parts of a mail as places in its raw bytes: linear, at most 200 parts, 20 levels deep, nothing copied."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote_to_bytes

from bot.parsing import limits
from bot.parsing.charset import codec_of, decode, looks_chinese
from bot.parsing.fields import Fields, read_fields, split_parameters
from bot.parsing.words import CUT_WORD, decode_words

_SAMPLE, _FEW_BLANKS = 2_048, 5
_SPACE_AND_LINES = b" \t\r\n"
_FIRST_BOUNDARY = re.compile(rb"\s*+--([^\r\n]{1,200}+)\r?\n")
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_NOT_BASE64_NOR_PADDING = _NOT_BASE64.replace(b"=", b"")
_FILE_NAME = re.compile(r"[^/\\:?*<>|\"\n]{1,120}\.[A-Za-z0-9]{1,5}")
_COMMENT = re.compile(r"[\s\"';(]")
_ENTITY = re.compile(r"&#(?:[0-9]{3,7}|x[0-9A-Fa-f]{2,6});")
_PERCENT = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f]){2}")
_LOST = re.compile(r"[?\ufffd]{2}")
"""What a program leaves of characters that its charset lacks."""
_EXTENDED = re.compile(r"([\w-]{3,20})'[A-Za-z-]{0,10}'(.*%[0-9A-Fa-f]{2}.*)", re.DOTALL)
_PAIRS_OF_QUOTES = ('""', "''", "“”", "‘’", "””")
_MERE_BYTES = frozenset({"application/octet-stream", "application/x-unknown", "application/eml", "application/x-eml"})
_OF_A_MAIL = frozenset({"from", "to", "subject", "date", "received", "message-id"})
TNEF_SIGNATURE = b"\x78\x9f\x3e\x22"
_ALSO_MAILS = frozenset({"message/global", "message/news"})
"""Forwarded mails under other names (RFC 6532, RFC 5537), as is the first piece of one in pieces (RFC 2046, 5.2.2)."""
_UU_BEGIN = re.compile(rb"(?m)^begin [0-7]{3,4} ([^\r\n]*+)\r?$")


@dataclass(slots=True)
class Part:
    """One part: its number in order of appearance (the whole mail is 0), and where its body lies in the raw bytes."""

    index: int
    fields: Fields
    start: int
    end: int
    depth: int
    content_type: str = "text/plain"
    declared_type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    file_name: str = ""
    encoding: str = ""
    children: list[Part] = field(default_factory=list)

    @property
    def main_type(self) -> str:
        return self.content_type.partition("/")[0]

    @property
    def subtype(self) -> str:
        return self.content_type.partition("/")[2]

    def leaves(self) -> Iterator[Part]:
        """The parts without children, in order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


class Structure:
    """The tree of a mail's parts. `raw` is what all places refer to; `notes` says what was left out."""

    def __init__(self, raw: bytes) -> None:
        self.raw = normalised(raw)
        self.notes: list[str] = []
        self._count = 0
        self._omitted = 0
        self.root = self._part(0, len(self.raw), 0, "text/plain")
        if self._omitted:
            self.notes.append(f"parts-omitted:{self._omitted}")

    def part(self, index: int) -> Part | None:
        """The leaf of this number."""
        return next((part for part in self.root.leaves() if part.index == index), None)

    def content(self, part: Part, limit: int | None = None) -> bytes:
        """The decoded bytes of a part, at most `limit` of them; what is broken in its encoding is left out."""
        end = part.end if limit is None else min(part.end, part.start + 3 * limit)
        data = self.raw[part.start : end]
        return data[:limit] if _is_no_base64(part, data) else decode_transfer(data, part.encoding)[:limit]

    def holds(self, part: Part, words: bytes) -> bool:
        """Whether these bytes stand in the part as it came; what is encoded may hold anything."""
        encoded = part.encoding in {"base64", "quoted-printable"}
        return encoded or self.raw.find(words, part.start, part.end) >= 0

    def _part(self, start: int, end: int, depth: int, default: str) -> Part:
        fields = read_fields(self.raw, start, end)
        part = Part(self._count, fields, min(fields.body, end), end, depth, default)
        self._count += 1
        _describe(part)
        self._see_through(part)
        if depth == 0:
            self.notes.extend(fields.notes)
        if fields.is_longer("content-type", limits.PARAMETERS):
            self.notes.append("header-cut:content-type")
        if part.main_type == "multipart":
            self._split(part)
        return part

    def _see_through(self, part: Part) -> None:
        """What is said to be mere bytes is what its name and first bytes show: a mail, a signed one, a winmail.dat."""
        if part.content_type not in _MERE_BYTES:
            return
        name, head = part.file_name.lower(), self.content(part, _SAMPLE)
        if name.endswith((".p7m", ".p7z")):  # RFC 8551 3.2.1
            part.content_type = "application/pkcs7-mime"
        elif name.endswith(".eml") and len(_OF_A_MAIL & read_fields(head, 0, len(head)).values.keys()) > 1:
            part.content_type = "message/rfc822"
        elif head.startswith(TNEF_SIGNATURE):
            part.content_type = "application/ms-tnef"

    def is_cut(self, part: Part) -> bool:
        """Whether the mail broke off inside of this part: no boundary follows, and its base64 ends within a group."""
        if part.encoding != "base64" or part.end < len(self.raw) or "no-closing-boundary" not in self.notes:
            return False
        return len(self.raw[part.start : part.end].translate(None, _NOT_BASE64_NOR_PADDING)) % 4 > 0

    def _split(self, part: Part) -> None:
        if part.depth >= limits.DEPTH:
            self.notes.append("depth-cut")
            part.content_type = "application/octet-stream"
        else:
            self._divide(part, self._declared_boundary(part))
            if not part.children:
                self._divide(part, self._first_boundary(part))
        if not part.children and part.main_type == "multipart":
            self.notes.append("no-parts")
            part.content_type = "text/plain"

    def _divide(self, part: Part, boundary: bytes) -> None:
        default = "message/rfc822" if part.subtype == "digest" else "text/plain"
        for start, end in self._ranges(part, boundary) if boundary else ():
            part.children.append(self._part(start, end, part.depth + 1, default))

    @staticmethod
    def _declared_boundary(part: Part) -> bytes:
        declared = part.parameters.get("boundary", "").rstrip()
        return b"--" + declared.encode("utf-8", "surrogatepass") if declared else b""

    def _first_boundary(self, part: Part) -> bytes:
        """The boundary that the body begins with, where none is declared or the declared one is not in it."""
        found = _FIRST_BOUNDARY.match(self.raw, part.start, part.end)
        return b"--" + found[1].rstrip() if found else b""

    def _ranges(self, part: Part, boundary: bytes) -> Iterator[tuple[int, int]]:
        """Where the parts between the boundary lines lie; the last one may lack its closing line.

        Parts may follow a closing line: that of an inner multipart which some programs give the boundary of the outer.
        """
        begin = -1
        for at, after, closes in self._boundary_lines(part, boundary):
            if begin >= 0:
                if self._count >= limits.PARTS:
                    self._omitted += 1 + self._begun_from(at - 1, part, boundary)
                    return
                yield begin, max(begin, at - (2 if self.raw.startswith(b"\r\n", at - 2) else 1))
            begin = -1 if closes else after
        if begin >= 0:
            self.notes.append("no-closing-boundary")
            if begin < part.end and self._count < limits.PARTS:
                yield begin, part.end

    def _begun_from(self, at: int, part: Part, boundary: bytes) -> int:
        """How many parts begin here and below: the lines with the boundary, less the closing one."""
        line = b"\n" + boundary
        return self.raw.count(line, at, part.end) - (self.raw.find(line + b"--", at, part.end) >= 0)

    def _boundary_lines(self, part: Part, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
        """(begin, place after it, whether it is the closing one) of each line that is this boundary."""
        line = re.compile(rb"\n" + re.escape(boundary) + rb"(--)?+[ \t\r]*+(?=\n|\Z)")
        for found in line.finditer(self.raw, max(0, part.start - 1), part.end):
            yield found.start() + 1, min(found.end() + 1, part.end), found[1] is not None


def normalised(raw: bytes) -> bytes:
    """The raw mail with the ends of line, and without the mark and blank lines before its headers, that we rely on."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if raw.startswith((b"\r", b"\n")):
        raw = raw.lstrip(b"\r\n")
    if b"\n" not in raw:
        return raw.replace(b"\r", b"\n")
    return raw


def _describe(part: Part) -> None:
    """Fills in what the part's own headers say of it; a header over its limit counts as absent."""
    fields = part.fields
    if not fields.is_longer("content-type", limits.PARAMETERS):
        found, part.parameters = split_parameters(fields.first("content-type", limits.PARAMETERS))
        part.content_type = found if found.count("/") == 1 and " " not in found else part.content_type
    part.declared_type = part.content_type
    first_piece = part.content_type == "message/partial" and part.parameters.get("number") == "1"
    if first_piece or part.content_type in _ALSO_MAILS:
        part.content_type = "message/rfc822"
    disposition: dict[str, str] = {}
    if not fields.is_longer("content-disposition", 2 * limits.PARAMETERS):
        part.disposition, disposition = split_parameters(fields.first("content-disposition", 2 * limits.PARAMETERS))
    named = (disposition.get("filename"), part.parameters.get("name"), disposition.get("name"),
             part.parameters.get("filename"), *_names_beside(part))  # fmt: skip
    names = [*filter(None, named)]
    part.file_name = _as_written(next((name for name in names if not _LOST.search(name)), *names[:1] or [""]))
    encoding = fields.first("content-transfer-encoding").decode("ascii", "replace").lower()
    part.encoding = _COMMENT.split(encoding.strip(" \"';"), maxsplit=1)[0]


def _names_beside(part: Part) -> list[str]:
    """What other headers call a file that its own do not name."""
    if part.main_type in {"text", "multipart", "message"}:
        return []
    values = (decode(part.fields.first(name)) for name in ("content-location", "content-description"))
    return [value for value in values if _FILE_NAME.fullmatch(value)]


def _as_written(name: str) -> str:
    """The name without quotation marks that do not belong there, and with what is encoded in it decoded.

    That is percent signs (as in a URL, or below a charset where RFC 2231 has none), the numbers of HTML, and an encoded
    word whose end its sender has cut off.
    """
    if len(name) > 2 and (name[0] + name[-1]) in _PAIRS_OF_QUOTES:  # noqa: PLR2004  -- there is something between them
        name = name[1:-1]
    name = decode_words(name.rstrip("?") + "?=" if CUT_WORD.search(name) else name)
    name = _ENTITY.sub(lambda found: unescape(found[0]), name)
    if (extended := _EXTENDED.fullmatch(name)) and codec_of(extended[1]):
        return decode(unquote_to_bytes(extended[2]), extended[1])
    if not _PERCENT.search(name):
        return name
    data = unquote_to_bytes(name)
    found = data.decode("utf-8", "replace")
    if "\ufffd" in found and name.isascii() and looks_chinese(data):
        found = data.decode("gb18030", "replace")
    return name if "\ufffd" in found else found


def _is_no_base64(part: Part, data: bytes) -> bool:
    """Whether a text that is said to be base64 is plain words: blanks stand between the words of its first lines."""
    if part.encoding != "base64" or part.main_type != "text":
        return False
    head = data[:_SAMPLE].strip()
    return head.count(b" ") > max(_FEW_BLANKS, len(head) // 30)


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """The bytes behind a transfer encoding, as far as they can be read; unknown encodings are taken as none."""
    if encoding == "base64":
        return decode_base64(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    if encoding in {"x-uuencode", "uuencode", "x-uue", "uue"}:
        return decode_uu(data)
    return data


def decode_base64(data: bytes) -> bytes:
    """Base64 with line ends, strange bytes and a lost or cut end."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        clean = data.translate(None, _NOT_BASE64)
        clean = clean[:-1] if len(clean) % 4 == 1 else clean
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def decode_uu(data: bytes) -> bytes:
    """A uuencoded body, between `begin` and `end`; lines that are none are passed over."""
    found = _UU_BEGIN.search(data)
    lines = []
    for line in data[found.end() if found else 0 :].lstrip(_SPACE_AND_LINES).splitlines():
        if line.strip() == b"end":
            break
        try:
            lines.append(binascii.a2b_uu(line))
        except binascii.Error:
            size = (((line[0] - 32) & 63) * 4 + 5) // 3  # what some encoders pad, as the uu module cuts it
            lines.append(_uu_or_nothing(line[:size]))
    return b"".join(lines)


def _uu_or_nothing(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        return b""
