"""Turns bytes of an uncertain charset into text: declared, UTF-8, GB 18030, a guess, and then with gaps."""

from __future__ import annotations

import re

from bot.parsing.everyday import codec_by_everyday_characters, western_codec

# Only these are ever handed to a codec (reliability 3 A 10, 11): by label, the codec that real mail means with it.
_CODECS = {
    label: codec
    for codec, labels in {
        "ascii": "us-ascii ascii ansi-x3.4-1968 646 us 7bit 8bit",
        "utf-8": "utf-8 utf8 utf-8-sig unicode-1-1-utf-8 cp65001 utf-8mb4 utf8mb4",
        "gb18030": "gb2312 gbk gb18030 gb-2312 gb2312-80 gb-2312-80 x-gbk cp936 936 windows-936 ms936 euc-cn chinese "
        "x-euc-cn csgb2312 gb18030-2000 gb-18030 gb",
        "hz": "hz hz-gb-2312",
        "big5hkscs": "big5 big-5 big5-hkscs big5hkscs cn-big5 x-x-big5 csbig5 big5-eten x-big5",
        "cp950": "cp950 950 windows-950 ms950",
        "cp932": "shift-jis shiftjis sjis x-sjis ms-kanji windows-31j cp932 csshiftjis",
        "euc_jp": "euc-jp eucjp x-euc-jp",
        "iso2022_jp_2": "iso-2022-jp csiso2022jp iso-2022-jp-1 iso-2022-jp-2",
        "iso2022_jp_3": "iso-2022-jp-3",
        "iso2022_jp_ext": "iso-2022-jp-ext iso-2022-jp-ms cp50220 cp50221",
        "cp949": "euc-kr euckr ks-c-5601-1987 ksc5601 ks-c-5601 cp949 windows-949 uhc korean",
        "iso2022_kr": "iso-2022-kr",
        "koi8_r": "koi8-r koi8 cskoi8r",
        "koi8_u": "koi8-u koi8-ru",
        "cp1252": "iso-8859-1 iso8859-1 iso-8859-1-windows latin1 latin-1 l1 cp1252 windows-1252 cp-1252 x-ansi ansi "
        "iso-8859-1:1987",
        "cp1250": "cp1250 windows-1250",
        "cp1251": "cp1251 windows-1251",
        "cp1253": "cp1253 windows-1253",
        "cp1254": "cp1254 windows-1254 iso-8859-9 latin5",
        "cp1255": "cp1255 windows-1255",
        "cp1256": "cp1256 windows-1256",
        "cp1257": "cp1257 windows-1257",
        "cp1258": "cp1258 windows-1258",
        "cp874": "tis-620 tis620 cp874 windows-874 iso-8859-11",
        "cp437": "cp437 ibm437",
        "cp850": "cp850 ibm850",
        "cp852": "cp852 ibm852",
        "cp866": "cp866 ibm866",
        "mac_roman": "macintosh mac x-mac-roman macroman",
        "utf-16": "utf-16 utf16 unicode ucs-2",
        "utf-16-le": "utf-16le",
        "utf-16-be": "utf-16be",
        "utf-32": "utf-32 utf32",
        "utf-7": "utf-7 unicode-1-1-utf-7",
        **{f"iso8859_{n}": f"iso-8859-{n} iso8859-{n} latin-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
        "iso8859_6": "iso-8859-6 iso-8859-6-i",
        "iso8859_8": "iso-8859-8 iso-8859-8-i",
    }.items()
    for label in labels.split()
}
# ASCII bytes mean something else in these, so they are decoded even where all bytes are below 128.
_SHIFTING = frozenset({"hz", "iso2022_jp_2", "iso2022_jp_3", "iso2022_jp_ext", "iso2022_kr", "utf-7", "utf-16",
                       "utf-16-le", "utf-16-be", "utf-32"})  # fmt: skip
# Every byte string decodes in these, so that success proves nothing: UTF-8 and Chinese are looked for first.
_ANYTHING_GOES = frozenset({"ascii", "cp1252", "mac_roman", "cp437", "cp850", "iso8859_15", "iso8859_14"})
_CHINESE, _BIG5 = "gb18030", "big5hkscs"
_DOUBTED_FROM = 8
_UTF7_LIMIT = 8 * 1024  # its codec is quadratic
_GUESS_FROM, _GUESS_TO = 64, 16 * 1024
_WIDE, _WIDE_FROM = re.compile(rb"[\xe3-\xed][\x80-\xbf]{2}"), 3
_HALVES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_JIS = re.compile(rb"\x1b\$[@B]((?:[\x21-\x7e]{2})*)(?:\x1b\([BJ])?")
_ISO_2022 = re.compile(rb"\x1b[$(][@BIJ]")


def codec_of(label: str) -> str:
    """The codec for a charset's label, or "" where the label is unknown or not one of those we decode."""
    return _CODECS.get(label.strip(" \t\r\n\"'").lower().replace("_", "-"), "")


def decode(data: bytes, declared: str = "", hint: str = "") -> str:
    """The text of these bytes; never raises.

    Args:
        data: the bytes as they came.
        declared: the charset's label that the sender gave, or "".
        hint: another label worth trying after UTF-8 (a raw header is tried with the body's charset).
    """
    codec = codec_of(declared)
    if data.isascii() and codec not in _SHIFTING:
        found = _ISO_2022.search(data) and (_strict(data, "iso2022_jp_2") or _with_extensions_of_japan(data))
        return found or data.decode("ascii")
    if codec == "utf-7" and len(data) > _UTF7_LIMIT:
        codec = ""
    if codec.startswith("iso2022_jp") and _strict(data, codec) is None and (text := _with_extensions_of_japan(data)):
        return text
    first = [] if codec in _ANYTHING_GOES else [codec]
    for candidate in (*first, "utf-8"):
        text = _strict(data, candidate)
        if text is not None:
            return (_big5_declared_as_gb(data, candidate) or text).removeprefix("\ufeff")
    return _with_halves(data) or _doubtful(data, codec, codec_of(hint))


def _with_extensions_of_japan(data: bytes) -> str | None:
    """ISO-2022-JP with the vendors' characters (row 13: circled numbers, "No.", "kk"), which no codec of Python takes.

    The two bytes of JIS X 0208 become those of Shift JIS, whose Windows codec has them.
    """
    pieces = _JIS.split(data)
    return _strict(b"".join(_shifted(piece) if at % 2 else piece for at, piece in enumerate(pieces)), "cp932")


def _shifted(jis: bytes) -> bytes:
    """Shift JIS for pairs of JIS X 0208 (JIS X 0208 annex 1)."""
    found = bytearray()
    for row, cell in zip(jis[::2], jis[1::2], strict=False):
        lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)  # noqa: PLR2004  -- the rows on either side of the katakana
        trail = cell + (0x1F + (cell > 0x5F) if row % 2 else 0x7E)  # noqa: PLR2004  -- 0x7F is no trail byte
        found += bytes([lead, trail])
    return bytes(found)


def _big5_declared_as_gb(data: bytes, declared: str) -> str | None:
    """Some mail from Taiwan says GB 2312 and is Big5: nearly all of it decodes, to characters that nobody writes."""
    if declared != _CHINESE or len(data) < _DOUBTED_FROM:
        return None
    return _strict(data, _BIG5) if codec_by_everyday_characters(data, declared) == _BIG5 else None


def _doubtful(data: bytes, codec: str, hint: str) -> str:
    """The rest of the ladder: neither the declared charset nor UTF-8 fits without a fault."""
    if _is_utf8_with_a_gap(data):
        return data.decode("utf-8", "replace")
    if hint not in _ANYTHING_GOES and hint not in _SHIFTING:
        text = _strict(data, hint)
        if text is not None:
            return text
    not_utf8 = codec == "utf-8" and data.decode("utf-8", "ignore").isascii()
    if codec and codec not in _ANYTHING_GOES and not not_utf8:
        text = data.decode(codec, "replace")
        if text.count("\ufffd") <= 2 + len(text) // 50:  # a byte lost on the way, or a cut at our limit
            return text.removeprefix("\ufeff").removesuffix("\ufffd")
    text = _strict(data, codec_by_everyday_characters(data, _CHINESE))
    if text is not None:
        return text
    if looks_chinese(data):
        return data.decode("gb18030", "replace")
    guessed = codec if codec in _ANYTHING_GOES - {"ascii"} else western_codec(data) or _guess(data)
    return _strict(data, guessed) or data.decode("cp1252", "replace").replace("\ufffd", "")


def _with_halves(data: bytes) -> str | None:
    """UTF-8 in which the halves of a surrogate pair are encoded apart, as old Android programs write emoji (CESU-8)."""
    if not _HALVES.search(data):
        return None
    try:
        return data.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeError:
        return None


def _is_utf8_with_a_gap(data: bytes) -> bool:
    """Whether all is UTF-8 but for one character that was cut in two, and so many are whole that it is no chance."""
    gaps = data.decode("utf-8", "replace").count("\ufffd")
    return gaps == 1 and len(_WIDE.findall(data)) >= _WIDE_FROM


def _strict(data: bytes, codec: str) -> str | None:
    """The text, or None where the codec is "" or does not take every byte."""
    if not codec:
        return None
    try:
        return data.decode(codec)
    except UnicodeError:
        return None


def looks_chinese(data: bytes) -> bool:
    """Whether the bytes read well as GB 18030: two characters or more, mostly the everyday ones of GB 2312.

    Latin text fails, since its high bytes stand alone; Cyrillic, since its pairs are rare characters.
    """
    text = data[:4096].decode("gb18030", "replace")
    foreign = [character for character in text if character > "\x7f"]
    everyday = 0
    for character in foreign:
        pair = character.encode("gb18030", "replace")
        everyday += len(pair) == 2 and pair[1] >= 0xA1 and 0xA1 <= pair[0] <= 0xD7  # noqa: PLR2004  -- rows of the charset
    return everyday >= 2 and everyday >= 0.7 * len(foreign)  # noqa: PLR2004  -- two characters, seven tenths


def _guess(data: bytes) -> str:
    """The codec that a statistical guess names; "" for short data, where such a guess is wrong as often as right."""
    if len(data) < _GUESS_FROM:
        return ""
    from charset_normalizer import from_bytes  # noqa: PLC0415  -- 50 ms, and hardly a mail ever needs it

    best = from_bytes(data[:_GUESS_TO]).best()
    return codec_of(best.encoding) if best else ""
