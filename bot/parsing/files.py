"""What a mail's files are called, and what they are: safe names, and the type that the bytes show (3 A 33-37)."""

from __future__ import annotations

import re
import unicodedata

from bot.domain.text import safe_text
from bot.parsing import limits

_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$)(?:\..*)?")
_UNSAFE = re.compile(r'[<>:"|?*\n\t]')
_GAP = re.compile("(?<=[^\\x00-\\x7f\ufffd])\ufffd+")
_SUFFIX = re.compile(r"\.[^.\s]{1,10}\Z")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_HEAD = 4096

_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"BM", "image/bmp"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"MZ", "application/x-dosexec"),
    (b"\x7fELF", "application/x-executable"),
    (b"\xca\xfe\xba\xbe", "application/x-executable"),
    (b"\xcf\xfa\xed\xfe", "application/x-executable"),
    (b"#!AMR", "audio/amr"),
    (b"#!", "text/x-script"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"MSCF", "application/vnd.ms-cab-compressed"),
    (b"{\\rtf", "application/rtf"),
    (b"%!PS", "application/postscript"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"),
)
_RIFF = {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"WEBP": "image/webp"}
_BRANDS = {b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heic", b"avif": "image/avif",
           b"qt  ": "video/quicktime", b"M4A ": "audio/mp4"}  # fmt: skip
_OFFICE_XML = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "jar": "application/java-archive",
    "apk": "application/vnd.android.package-archive",
}
_OLE = {"doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
        "msg": "application/vnd.ms-outlook", "msi": "application/x-msi"}  # fmt: skip
_MARKUP = re.compile(rb"(?i)\s*+<(?:!doctype html|html|head|body|script|svg|\?xml)")
_UNPROVEN = re.compile(r"image/(?:png|jpe?g|gif|tiff|bmp|webp|heic)|application/(?:pdf|zip)|video/.*|audio/.*")
EXTENSIONS = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "application/pdf": ".pdf",
              "text/calendar": ".ics", "text/html": ".html", "application/zip": ".zip"}  # fmt: skip


def safe_file_name(name: str) -> str:
    """The name that is safe to show and to save under; "" where nothing of it is left.

    Invisible characters go first and only then is the name looked at, so that none can hide a dot or a path
    (CVE-2026-28289). Folders go, leading dots and blanks go, device names get an underscore, at most 120 characters.
    What a character cut in two has left behind others of its kind goes, too.
    """
    if len(name) > limits.HEADER_VALUE:
        name = name[: limits.HEADER_VALUE] + name[-limits.FILE_NAME :]
    text = "".join(character for character in safe_text(name) if character in "\n\t" or _is_visible(character))
    text = _GAP.sub("", text)
    text = re.split(r"[/\\]", text.rstrip("/\\ "))[-1]
    text = " ".join(_UNSAFE.sub("_", text.replace("\n", " ").replace("\t", " ")).split()).lstrip(". ").rstrip(". ")
    if len(text) > limits.FILE_NAME:
        suffix = _SUFFIX.search(text)
        end = suffix[0] if suffix else ""
        text = text[: limits.FILE_NAME - len(end)].rstrip(". ") + end
    return f"_{text}" if _RESERVED.fullmatch(text) else text


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in _INVISIBLE


def type_of(head: bytes, declared: str, name: str) -> str:
    """The media type that the first bytes show; where they show nothing, the declared one if it cannot be disproved."""
    suffix = name.rpartition(".")[2].lower()
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _OFFICE_XML.get(suffix, "application/zip")
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _OLE.get(suffix, "application/x-ole-storage")
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], "application/octet-stream")
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    return _type_of_text(head[:_HEAD], declared)


def _type_of_text(head: bytes, declared: str) -> str:
    markup = _MARKUP.match(head)
    if markup:
        if b"<svg" in head[:_HEAD].lower():
            return "image/svg+xml"
        return "text/xml" if markup[0].lower().endswith(b"<?xml") else "text/html"
    if head.startswith(b"BEGIN:VCALENDAR"):
        return "text/calendar"
    if head.startswith(b"BEGIN:VCARD"):
        return "text/vcard"
    if not head or not _UNPROVEN.fullmatch(declared):
        return declared
    return "application/octet-stream"
