"""More mails that are made to stop or to mislead a reader, each of one idea and small: name, with its row, → raw bytes."""

from __future__ import annotations

import base64
import struct
import zlib

HEAD = "From: Mallory <mallory@hostile.example>\nMessage-ID: <p{0}@hostile.example>\nDate: Mon, 23 Nov 2026 10:00:00 +0800\n"
ANSWER = "Subject: Re: bomb\nIn-Reply-To: <1@x>\n\nnew words\n\n"
HTML = "Subject: bomb\nContent-Type: text/html; charset=utf-8\n\n"
MIXED = "Subject: bomb\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nwords\n--b\n"
MANY, FEW = 100_000, 5_000


def headers() -> dict[str, str]:
    """What stands in a header."""
    return {
        "02 words of one character each": "Subject:" + "".join(f" =?gb18030?b?{c}?=" for c in ["1ru2"] * FEW) + "\n\nx",
        "02 encoded words in encoded words": "Subject: " + "=?utf-8?q?" * FEW + "?=" * FEW + "\n\nx",
        "02 words that never close": "Subject: " + "=?utf-8?b?" * 20_000 + "\n\nx",
        "03 a group in a group": "Subject: x\nTo: " + "g:" * 20_000 + ";" * 20_000 + "\n\nx",
        "03 quotes that never close": 'Subject: x\nTo: "' + 'a"b, ' * 10_000 + "\n\nx",
        "14 a thousand From headers": "From: a@b.example\n" * 900 + "Subject: x\n\nx",
        "14 a thousand Subjects": "Subject: x\n" * 900 + "\nx",
        "15 a route": "Subject: x\nReply-To: <" + "@a.example," * 5_000 + ":b@c.example>\n\nx",
        "15 comments in comments": "Subject: x\nSender: a@b.example " + "(a" * FEW + ")" * FEW + "\n\nx",
        "18 a thousand verdicts": "Authentication-Results: mx; dmarc=pass\n" * 900 + "Subject: x\n\nx",
        "18 a verdict of 64 KiB": "Authentication-Results: mx;" + " dkim=pass;" * 6_000 + "\nSubject: x\n\nx",
        "27 a date of 64 KiB": "Subject: x\nX-Date: " + "9" * 65_536 + "\n\nx",
        "33 a name in 999 sections": MIXED + "Content-Disposition: attachment;"
        + "".join(f"\n filename*{n}*=%2e%2f" for n in range(999)) + "\n\nx\n--b--",
        "33 a name of 64 KiB": MIXED + f"Content-Disposition: attachment; filename={'../' * 20_000}x\n\nx\n--b--",
        "33 a thousand names": MIXED + "Content-Disposition: attachment" + '; filename="a"' * 3_000 + "\n\nx\n--b--",
        "34 an invisible name": MIXED + f'Content-Disposition: attachment; filename="{chr(0x202E) * 900}exe.fdp"\n\nx\n--b--',
        "40 a thousand tags": "Subject: " + "[A-1]" * 800 + "\n\nx",
        "40 a thousand answers": "Subject: " + "Re: Fwd: " * 450 + "x\n\nx",
        "41 encoded ends of line": "Subject: =?utf-8?q?" + "=0d=0aBcc:" * 400 + "?=\n\nx",
        "43 marks of direction": "Subject: " + chr(0x202E) * 1_300 + "\n\nx",
        "44 templates": "Subject: " + "{{7*7}}{%x%}${x}" * 250 + "\n\n" + "{{" * MANY,
        "48 an address of 64 KiB": f"Subject: x\nCc: {'a' * 32_000}@{'b.' * 16_000}example\n\nx",
    }  # fmt: skip


def charsets() -> dict[str, str]:
    """What says to be in a charset."""
    said = "Subject: x\nContent-Type: text/plain; charset={0}\nContent-Transfer-Encoding: base64\n\n{1}"

    def in_charset(name: str, data: bytes) -> str:
        return said.format(name, base64.encodebytes(data).decode())

    return {
        "10 zlib": in_charset("zlib", zlib.compress(b"x" * 5_000_000)),
        "10 idna": in_charset("idna", b"xn--" * MANY),
        "10 none": in_charset("", "Grüße".encode("latin-1") * FEW),
        "10 unicode_escape": in_charset("unicode_escape", rb"\u0041" * MANY),
        "11 hz that never ends": in_charset("hz-gb-2312", b"~{" * MANY),
        "11 escapes of iso-2022-jp": in_charset("iso-2022-jp", b"\x1b$B\x1b(B" * 50_000),
        "11 escapes of iso-2022-kr": in_charset("iso-2022-kr", b"\x1b$)C\x0e\x0f" * 50_000),
        "11 utf-7 of 8 KiB": in_charset("utf-7", b"+AGE-" * 1_600),
        "12 half a utf-16": in_charset("utf-16", b"\xff\xfe" + b"\x00\xd8" * MANY),
        "13 a million =": "Subject: x\nContent-Transfer-Encoding: base64\n\n" + "=" * 1_000_000,
        "13 quoted ends of line": "Subject: x\nContent-Transfer-Encoding: quoted-printable\n\n" + "=\n" * 500_000,
        "13 quoted =": "Subject: x\nContent-Transfer-Encoding: quoted-printable\n\n" + "=" * 1_000_000,
        "13 high bytes in pairs": in_charset("us-ascii", b"\xc1\x40\xa4\x7e" * MANY),
    }


def pages() -> dict[str, str]:
    """What stands in HTML."""
    return {
        "28 styles that never close": HTML + "<style>" * 50_000 + "words",
        "28 a mark in a mark": HTML + "<svg><style><!--</style><img title='-->" * 10_000 + "words",
        "28 scripts that almost close": HTML + "<script></scrip" * 30_000 + "words",
        "29 quotes in quotes": HTML + "<blockquote>" * 40_000 + "words",
        "29 tables in tables": HTML + "<table><tr><td>" * 30_000 + "words",
        "29 lists in lists": HTML + "<ul><li>" * 50_000 + "words",
        "29 a tag of 400 KB": HTML + "<a " + "x" * 400_000 + ">words",
        "29 entities": HTML + "&amp;" * MANY,
        "29 entities that never end": HTML + "&#x" * MANY + "&lt" * MANY,
        "29 < alone": HTML + "<" * 500_000,
        "29 comments that almost close": HTML + "<!--" + "--" * 200_000 + "words",
        "29 closing tags alone": HTML + "</div></blockquote></pre>" * 20_000 + "words",
        "30 images from elsewhere": HTML + "<img src='http://a.example/x.png'>" * 15_000 + "words",
    }


def answers() -> dict[str, str]:
    """What looks like quotes, over and over."""
    return {
        "31 wrote, without end": ANSWER + "On Mon, 2 Nov 2026, Anna " * 20_000 + "wrote:",
        "31 wrote, in each line": ANSWER + "On Mon, 2 Nov 2026 at 9:00, Anna <a@b.example>\n" * FEW,
        "31 wrote, in Chinese": ANSWER + "在 2026年11月2日，张三 <a@b.example>\n" * FEW,
        "31 headers that are none": ANSWER + "发件人：\n主题：\n" * FEW,
        "31 headers and headers": ANSWER + "From: a\nTo: b\n" * FEW,
        "31 separators, almost": ANSWER + "----- original original forwarded mail mail message --\n" * FEW,
        "31 one separator of 200 KB": ANSWER + "-" * 100_000 + "original message" + "-" * 100_000,
        "31 rulers": ANSWER + ("_" * 500 + "\n") * 400,
        "31 depth": ANSWER + ">" * MANY + "\n" + "> " * MANY,
        "31 signatures": ANSWER + "-- \n" * 50_000,
        "31 devices": ANSWER + "Sent from my iPhone\n" * FEW,
        "31 disclaimers": ANSWER + "This message is confidential and intended only for its recipient.\n\n" * 2_000,
        "32 a separator on the first line": "Subject: Re: x\n\n-----Original Message-----\nall of it\n",
        "39 a bounce, almost": "Subject: Delivery failure\n\n" + "your message " * 20_000,
        "39 a reply, almost": "Subject: Out of office\n\n" + "thank you for your " * 20_000,
        "47 please verify": "Subject: Verify your e-mail\n\n" + "mail is held, prove that you are " * 10_000,
    }


def files() -> dict[str, bytes]:
    """What stands inside of files."""
    tnef = b"\x78\x9f\x3e\x22\x01\x00" + struct.pack("<BIi", 1, 0x0002900F, 0x7FFFFFFF)
    attributes = b"\x78\x9f\x3e\x22\x01\x00" + (struct.pack("<BIi", 2, 0x00069005, 0) + b"\0\0") * 20_000
    rtf = struct.pack("<IIII", 1_000, 0x7FFFFFFF, 0x75465A4C, 0) + b"\xff" * 1_000
    der = b"\x30\x80\x06\x09" + bytes.fromhex("2a864886f70d010702") + b"\xa0\x80\x24\x80" * 20_000
    kinds = {
        "36 a zip that is none": ("application/zip", b"PK\x03\x04" * MANY),
        "37 winmail.dat that says 2 GB": ("application/ms-tnef", tnef),
        "37 winmail.dat of 20,000 pieces": ("application/ms-tnef", attributes),
        "37 RTF that says 2 GB": ("application/rtf", rtf),
        "37 a signature in a signature": ("application/pkcs7-mime", der),
        "38 an invitation of 20,000 lines": ("text/calendar", b"BEGIN:VEVENT\r\nSUMMARY:a\r\n b\r\n" * 20_000),
        "38 an invitation without values": ("text/calendar", b'BEGIN:VEVENT\r\nDTSTART;TZID="' + b'"a":' * 20_000),
    }
    whole = MIXED + "Content-Type: {0}\nContent-Transfer-Encoding: base64\n\n{1}--b--\n"
    return {
        name: whole.format(kind, base64.encodebytes(data).decode()).encode() for name, (kind, data) in kinds.items()
    }


def parts() -> dict[str, str]:
    """How parts are cut."""
    odd = r"(.*)+[^]\\"
    return {
        "07 a boundary of signs": f'Subject: x\nContent-Type: multipart/mixed; boundary="{odd}"\n\n' + f"--{odd}x\n" * FEW,
        "07 a boundary of blanks": 'Subject: x\nContent-Type: multipart/mixed; boundary="   "\n\n' + "--   \n" * FEW,
        "07 no boundary": "Subject: x\nContent-Type: multipart/mixed\n\n" + "--a\n\nx\n" * FEW,
        "07 closed again and again": MIXED + "\nx\n--b--\n--b\n" * FEW,
        "07 one boundary for all": (
            "Subject: x\n" + "Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 500 + "\nx\n" + "--b--\n" * 500
        ),
        "07 a digest of 5,000": "Subject: x\nContent-Type: multipart/digest; boundary=b\n\n" + "--b\n\nSubject: y\n\nz\n" * FEW,
        "37 PGP that never ends": "Subject: x\n\n" + "-----BEGIN PGP SIGNED MESSAGE-----\n\n" * FEW,
        "37 files that begin": "Subject: x\n\n" + "begin 644 a\n#0V%T\n" * FEW,
        "37 yEnc that begins": "Subject: x\n\n" + "=ybegin line=128 size=9 name=a\n" * FEW,
    }  # fmt: skip


def pathological_mails() -> dict[str, bytes]:
    """All of them as whole mails, with the line ends of SMTP."""
    texts = headers() | charsets() | pages() | answers() | parts()
    found = {name: text.encode("utf-8", "surrogateescape") for name, text in texts.items()} | files()
    return {
        name: (HEAD.format(number).encode() + raw).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        for number, (name, raw) in enumerate(sorted(found.items()))
    }
