"""Mails that are made to stop a reader (reliability 3 A), whole and as they come by SMTP: name → raw bytes."""

from __future__ import annotations

import base64

HEAD = "Subject: bomb\nDate: Mon, 23 Nov 2026 10:00:00 +0800\nMessage-ID: <{0}@hostile.example>\n"
FROM = "From: Mallory <mallory@hostile.example>\n"
MIXED = "Content-Type: multipart/mixed; boundary=b\n"
HTML = "Content-Type: text/html\n"
UTF_8 = "Content-Type: text/plain; charset=utf-8\n"
FEW = 20_000


def nested(kind: str, levels: int = 2_000) -> str:
    """So many multiparts, or messages, in each other."""
    if kind == "rfc822":
        return "Content-Type: message/rfc822\n\n" * levels + "x"
    return "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(levels)) + "\nx"


def utf_32() -> str:
    body = base64.encodebytes("x".encode("utf-32") + b"\0\0\0\x41" * 2_000_000).decode()
    return f"Content-Type: text/plain; charset=utf-32\nContent-Transfer-Encoding: base64\n\n{body}"


def bombs() -> dict[str, str]:
    """Name, with its row in reliability 3 A → what stands after the usual headers."""
    addresses = "a@b.example, " * FEW
    return {
        "01 64 KiB of ; in Content-Type": f"Content-Type: text/html{';' * 65_536}\n\nwords",
        "01 64 KiB of ; in Content-Disposition": f"Content-Disposition: attachment{';' * 65_536}\n\nwords",
        "03 To of 20,000": f"To: {addresses}\n\nwords",
        "03 Cc of 20,000": f"Cc: {addresses}\n\nwords",
        "03 References of 20,000": "References:" + "".join(f" <{n}@x>" for n in range(FEW)) + "\n\nwords",
        "06 2,000 nested multiparts": nested("mixed"),
        "06 2,000 nested messages": nested("rfc822"),
        "07 100,000 parts": MIXED + "\n" + "--b\n\nx\n" * 100_000 + "--b--",
        "08 100,000 headers": "X: y\n" * 100_000 + "\nwords",
        "09 25 MB in one line": "\n" + "x" * 25_000_000,
        "09 25 MB of empty lines": "\n" + "\n" * 12_500_000 + "words",
        "10 an unknown charset": "Content-Type: text/plain; charset=evil-x\n\n" + "w\u00f6rds " * FEW,
        "11 utf-7 of 60 KB": "Content-Type: text/plain; charset=utf-7\n\n" + "+AGE-" * 12_000,
        "11 punycode of 60 KB": "Content-Type: text/plain; charset=punycode\n\n" + "a" * 60_000 + "-",
        "12 an utf-32 bomb": utf_32(),
        "13 no closing boundary": MIXED + "\n--b\n\nwords\n--b\n" + HTML + "\n" + "<b>" * FEW,
        "13 5,000,000 near boundaries": MIXED + "\n" + "\n--bx" * 5_000_000,
        "28 100,000 open script tags": HTML + "\n" + "<script>" * 100_000 + "words",
        "29 50,000 nested div": HTML + "\n" + "<div>" * 50_000 + "words",
        "29 500 KB of open comments": HTML + "\n" + "<!-" * 170_000,
        "29 500 KB of attributes": HTML + "\n<a " + "b='" * 170_000,
        "31 On a a a … wrote": "In-Reply-To: <1@x>\n\n" + "On " + "a " * FEW + "wrote",
        "31 200,000 empty lines": "In-Reply-To: <1@x>\n\nx" + "\n" * 200_000 + "y",
        "31 200,000 quoted lines": "In-Reply-To: <1@x>\n\n" + ">\n" * 200_000 + "y",
        "33 a file name in 100 sections": MIXED + "\n--b\nContent-Disposition: attachment;"
        + "".join(f"\n filename*{n}*=%2e%2e%2f;" for n in range(100)) + "\n\nx\n--b--",
        "37 .eml in .eml, 200 times": MIXED + "\n" + "--b\n" + nested("rfc822", 200) + "\n--b--",
        "41 500,000 combining marks": UTF_8 + "\na" + "\u0301\u0323" * 250_000,
    }  # fmt: skip


def hostile_mails() -> dict[str, bytes]:
    """Every bomb as a whole mail."""
    found = {name: f"{FROM}{HEAD.format(number)}{rest}" for number, (name, rest) in enumerate(bombs().items())}
    words = " =?utf-8?q?a?=" * FEW  # 273 KiB
    odd = HEAD.partition("\n")[2]
    found |= {
        "02 Subject of 20,000 encoded words": f"{FROM}Subject:{words}\n{odd.format('w')}\nwords",
        "02 the same, folded": f"{FROM}Subject:{words.replace(' ', chr(10) + ' ')}\n{odd.format('f')}\nwords",
        "04 From of 10,000 (": f"From: {'(' * 10_000}\n{HEAD.format('b')}\nwords",
        "04 From of 20,000 addresses": f"From: {'a@b.example, ' * FEW}\n{HEAD.format('a')}\nwords",
        "05 Message-ID of <": f"{FROM}Subject: bomb\nMessage-ID: {'<' * 65_536}\n\nwords",
        "05 Message-ID of 64 KiB": f"{FROM}Subject: bomb\nMessage-ID: <{'i' * 65_536}@x>\n\nwords",
        "08 no header at all": "\nwords",
        "08 nothing": "",
    }
    return {name: text.encode().replace(b"\n", b"\r\n") for name, text in sorted(found.items())}
