"""What is packed inside the parts of a mail: forwarded and signed mails, winmail.dat, files in a text, invitations."""

import base64
import binascii
import struct

import pytest

from bot.parsing import limits
from bot.parsing.embedded import embedded_files
from bot.parsing.parse import extract, parse
from bot.parsing.tnef import read_tnef

HEAD = "From: Anna <anna@example.com>\nMessage-ID: <1@example.com>\nSubject: Fw: x\n"


def mixed(*parts: str, kind: str = "multipart/mixed") -> bytes:
    body = "".join(f"--b\n{part}\n" for part in parts)
    return f"{HEAD}Content-Type: {kind}; boundary=b\n\n{body}--b--\n".encode("utf-8", "surrogateescape")


def base64_part(content_type: str, data: bytes) -> str:
    head = f"Content-Type: {content_type}\nContent-Transfer-Encoding: base64\n\n"
    return head + base64.encodebytes(data).decode()


WORDS = "Content-Type: text/plain; charset=utf-8\n\nSee below."
INNER = (
    "From: Bert <bert@example.com>\nDate: Mon, 2 Nov 2026 09:00:00 +0800\nSubject: Printer\n"
    'Content-Type: multipart/mixed; boundary=c\n\n--c\n\nIt smokes.\n--c\nContent-Type: image/png; name="photo.png"\n'
    "Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--c--\n"
)


@pytest.mark.parametrize("encoded", [False, True])
def test_a_forwarded_mail_is_shown_and_its_files_are_named(*, encoded: bool) -> None:
    part = f"Content-Type: message/rfc822\n\n{INNER}"
    raw = mixed(WORDS, base64_part("message/rfc822", INNER.encode()) if encoded else part)
    mail = parse(raw)
    assert mail.text == (
        "See below.\n\nFrom: Bert <bert@example.com>\nDate: Mon, 2 Nov 2026 09:00:00 +0800\nSubject: Printer\n\nIt smokes."
    )
    assert [(one.name, one.media_type) for one in mail.attachments] == [
        ("Printer.eml", "message/rfc822"),
        ("photo.png", "image/png"),
    ]
    assert extract(raw, mail.attachments[0].part).startswith(b"From: Bert")
    assert extract(raw, mail.attachments[1].part) == b"\x89PNG\r\n\x1a\n"
    with pytest.raises(KeyError):
        extract(raw, mail.attachments[1].part + 1)


@pytest.mark.parametrize("kind", ["message/global", "message/news", "message/partial; number=1; total=3"])
def test_mails_under_other_names_are_shown_too(kind: str) -> None:
    mail = parse(f"{HEAD}Content-Type: {kind}\n\n{INNER}".encode())
    assert mail.text.endswith("Subject: Printer\n\nIt smokes.")
    assert [one.name for one in mail.attachments] == ["Printer.eml", "photo.png"]
    other = parse(f"{HEAD}Content-Type: message/partial; number=2; total=3\n\niVBORw0KGgo=".encode())
    assert (other.text, len(other.attachments)) == ("", 1)


def test_a_forwarded_mail_inside_of_another_is_a_file_if_it_has_a_name() -> None:
    inner = f'Content-Type: message/rfc822; name="order.eml"\n\n{INNER}'
    outer = (
        f"Content-Type: message/rfc822\n\nSubject: x\nContent-Type: multipart/mixed; boundary=l\n\n--l\n{inner}\n--l--"
    )
    assert [one.name for one in parse(mixed(WORDS, outer)).attachments] == ["x.eml", "order.eml", "photo.png"]


def test_forwarded_mails_in_forwarded_mails_are_opened_two_deep() -> None:
    deepest = f"Content-Type: message/rfc822\n\n{INNER}"
    for level in range(4):
        deepest = (
            f"Content-Type: message/rfc822\n\nSubject: level {level}\nContent-Type: multipart/mixed; boundary=l{level}\n\n"
            f"--l{level}\n\nwords {level}\n--l{level}\n{deepest}\n--l{level}--\n"
        )
    mail = parse(mixed(WORDS, deepest))
    assert ("words 3" in mail.text, "words 2" in mail.text, "words 1" in mail.text) == (True, True, False)
    assert [one.name for one in mail.attachments] == ["level 3.eml"]


def test_what_a_delivery_report_returns_is_not_shown() -> None:
    report = parse(mixed(WORDS, f"Content-Type: message/rfc822\n\n{INNER}", kind="multipart/report"))
    assert report.text == "See below."


def attribute(level: int, kind: int, value: bytes) -> bytes:
    return struct.pack("<BII", level, kind, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def properties(*found: tuple[int, int, bytes]) -> bytes:
    data = struct.pack("<I", len(found))
    for name, kind, value in found:
        data += struct.pack("<HHII", kind, name, 1, len(value)) + value + b"\0" * (-len(value) % 4)
    return data


TNEF = (
    b"\x78\x9f\x3e\x22\x01\x00"
    + attribute(1, 0x00069007, struct.pack("<II", 936, 0))
    + attribute(1, 0x0002800C, "打印机冒烟\r\n".encode("gb18030") + b"\0")
    + attribute(2, 0x00069002, b"\0" * 14)
    + attribute(2, 0x00018010, b"LOG~1.TXT\0")
    + attribute(2, 0x0006800F, b"one line")
    + attribute(2, 0x00069005, properties((0x3707, 0x1F, "故障记录.txt\0".encode("utf-16-le"))))
    + attribute(2, 0x00069002, b"\0" * 14)
    + attribute(2, 0x00069005, properties((0x370E, 0x1E, b"image/png\0"), (0x3701, 0x102, b"\x89PNG\r\n\x1a\n")))
)


def test_winmail_is_unpacked() -> None:
    raw = mixed(WORDS, base64_part('application/ms-tnef; name="winmail.dat"', TNEF))
    mail = parse(raw)
    assert [(one.name, one.media_type) for one in mail.attachments] == [
        ("winmail.dat", "application/ms-tnef"),
        ("故障记录.txt", "application/octet-stream"),
        ("attachment-3.png", "image/png"),
    ]
    assert (mail.text, extract(raw, mail.attachments[1].part)) == ("See below.", b"one line")


MESSAGE = bytes.fromhex("0703020000000000c000000000000046")


def test_a_mail_inside_a_winmail_is_read_and_its_files_are_files() -> None:
    content = MESSAGE + TNEF
    mail_of_it = struct.pack("<IHHII", 1, 0x0D, 0x3701, 1, len(content)) + content + b"\0" * (-len(content) % 4)
    outer = (
        TNEF[:6]
        + attribute(1, 0x00069007, struct.pack("<II", 936, 0))
        + attribute(2, 0x00069002, b"\0" * 14)
        + attribute(2, 0x00018010, "转发.msg".encode("gb18030") + b"\0")
        + attribute(2, 0x00069005, mail_of_it)
        + attribute(2, 0x00069002, b"\0" * 14)
        + attribute(2, 0x00018010, b"last.txt\0")
        + attribute(2, 0x0006800F, b"last")
    )
    for named in ('application/ms-tnef; name="winmail.dat"', 'application/octet-stream; name="ATT00001"'):
        raw = mixed(WORDS, base64_part(named, outer))
        mail = parse(raw)
        names = [one.name for one in mail.attachments[1:]]
        assert names == ["转发.msg", "last.txt", "故障记录.txt", "attachment-5.png"]
        assert (mail.text, extract(raw, mail.attachments[3].part)) == ("See below.\n\n打印机冒烟", b"one line")
        assert mail.notes == ()


def test_the_words_in_a_winmail_count_where_there_are_no_others() -> None:
    assert parse(mixed(base64_part('application/ms-tnef; name="winmail.dat"', TNEF))).text == "打印机冒烟"


@pytest.mark.parametrize("cut", range(6, len(TNEF), 7))
def test_a_winmail_that_breaks_off_gives_what_came_before(cut: int) -> None:
    found = read_tnef(TNEF[:cut])
    assert found is not None
    assert len(found.files) <= 2
    mail = parse(mixed(WORDS, base64_part('application/ms-tnef; name="winmail.dat"', TNEF[:cut])))
    assert mail.text == "See below."
    assert found.is_cut == (mail.notes == ("winmail-unread:1",))


def test_what_is_no_winmail_is_left_as_it_is() -> None:
    mail = parse(mixed(WORDS, base64_part('application/ms-tnef; name="winmail.dat"', b"something else")))
    assert ([one.name for one in mail.attachments], mail.notes) == (["winmail.dat"], ("winmail-unread:1",))
    assert read_tnef(b"") is None
    hostile = b"\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x00069003, struct.pack("<I", 2**32 - 1) + b"\xff" * 4000)
    assert read_tnef(hostile) is not None


def uuencoded(name: str, data: bytes) -> str:
    lines = b"".join(binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)).decode()
    return f"begin 644 {name}\n{lines}`\nend\n"


def test_files_that_are_uuencoded_in_the_text_are_files() -> None:
    data = bytes(range(200))
    raw = f"{HEAD}\nBefore.\n{uuencoded('log one.bin', data)}After.\n{uuencoded('two.txt', b'2')}".encode()
    mail = parse(raw)
    assert (mail.text, [one.name for one in mail.attachments]) == ("Before.\nAfter.", ["log one.bin", "two.txt"])
    assert [extract(raw, one.part) for one in mail.attachments] == [data, b"2"]


def in_yenc(data: bytes) -> bytes:
    escaped = bytearray()
    for byte in data:
        code = (byte + 42) % 256
        escaped += bytes((61, (code + 64) % 256)) if code in b"\0\n\r=" else bytes((code,))
    return bytes(escaped)


def test_files_in_yenc_are_files() -> None:
    data = bytes(range(256)) * 3
    body = b"=ybegin line=128 size=768 name=log.bin\r\n" + in_yenc(data) + b"\r\n=yend size=768\r\n"
    raw = HEAD.encode() + b"\nBefore.\n" + body + b"After.\n"
    mail = parse(raw)
    assert (mail.text, [one.name for one in mail.attachments]) == ("Before.\nAfter.", ["log.bin"])
    assert extract(raw, mail.attachments[0].part) == data


def test_the_pieces_of_a_file_in_yenc_are_one_file_and_a_missing_one_is_said() -> None:
    data = bytes(range(256)) * 3
    pieces = [
        b"=ybegin part=%d line=128 size=768 name=log.bin\r\n=ypart begin=%d end=%d\r\n" % (number, at + 1, at + 256)
        + in_yenc(data[at : at + 256])
        + b"\r\n=yend size=256 part=%d\r\n" % number
        for number, at in enumerate(range(0, 768, 256), 1)
    ]
    head = HEAD.encode() + b"\nBefore.\n"
    raw = head + b"\r\n".join(pieces) + b"After.\n"
    mail = parse(raw)
    assert [(one.name, one.size) for one in mail.attachments] == [("log.bin", 768)]
    assert (extract(raw, mail.attachments[0].part), mail.notes) == (data, ())
    for there in (pieces[:2], pieces[::2], pieces[1:]):
        assert parse(head + b"".join(there)).notes[0].startswith("files-cut:")


@pytest.mark.parametrize(
    "text",
    [
        "begin 644 this and that\nand go on with words that are longer than a line may be\nend",
        "begin 644 x\nwithout an end",
        "We begin at 644 o'clock\nend",
        "begin 644 x\n" * 30_000,
        "=ybegin name=x\n" * 30_000,
    ],
)
def test_words_that_only_begin_alike_stay(text: str) -> None:
    """The long ones are for linear time: a quadratic step would take minutes."""
    assert embedded_files(text.encode()) == []


def test_files_inside_are_limited() -> None:
    raw = (HEAD + "\n" + uuencoded("a.txt", b"a") * 150).encode()
    assert len(parse(raw).attachments) == limits.FILES_INSIDE
    inner = "".join(f"--d\nContent-Type: image/png; name={n}.png\n\nx\n" for n in range(120))
    forwarded = (
        f"Content-Type: message/rfc822\n\nSubject: many\nContent-Type: multipart/mixed; boundary=d\n\n{inner}--d--\n"
    )
    many = parse(mixed(WORDS, forwarded))
    assert (len(many.attachments), many.notes) == (1 + limits.FILES_INSIDE, ("files-omitted:1",))


CONTENT = b"Content-Type: text/plain\r\n\r\nSigned words.\r\n"


def element(tag: int, *content: bytes) -> bytes:
    data = b"".join(content)
    size = bytes((len(data),)) if len(data) < 128 else b"\x82" + len(data).to_bytes(2, "big")
    return bytes((tag,)) + size + data


SIGNED_DATA, DATA = bytes.fromhex("06092a864886f70d010702"), bytes.fromhex("06092a864886f70d010701")


@pytest.mark.parametrize(
    "octets", [element(0x04, CONTENT), element(0x24, element(0x04, CONTENT[:20]), element(0x04, CONTENT[20:]))]
)
def test_a_mail_inside_a_signature_is_read(octets: bytes) -> None:
    inner = element(0x30, DATA, element(0xA0, octets))
    signed = element(0x30, SIGNED_DATA, element(0xA0, element(0x30, element(0x02, b"\x01"), element(0x31), inner)))
    mails = [
        parse(f"{HEAD}{base64_part('application/pkcs7-mime; name=smime.p7m', signed[:cut])}".encode())
        for cut in (len(signed), 60, 20, 0)
    ]
    assert (mails[0].text, mails[0].notes) == ("Signed words.", ())
    assert [one.attachments[0].name for one in mails] == ["smime.p7m"] * 4
    assert [mail.notes for mail in mails[2:]] == [("encrypted-part",), ("encrypted-part", "files-empty:1")]


def test_what_is_signed_or_forwarded_is_known_by_its_name_where_it_is_called_mere_bytes() -> None:
    """So gateways and Chinese webmail send them (RFC 8551 3.2.1)."""
    inner = element(0x30, DATA, element(0xA0, element(0x04, CONTENT)))
    signed = element(0x30, SIGNED_DATA, element(0xA0, element(0x30, element(0x02, b"\x01"), element(0x31), inner)))
    kind = "application/octet-stream; name="
    assert parse(f"{HEAD}{base64_part(kind + 'smime.p7m', signed)}".encode()).text == "Signed words."
    forwarded = parse(mixed(WORDS, base64_part(kind + "a.eml", INNER.encode())))
    assert forwarded.text.endswith("Subject: Printer\n\nIt smokes.")
    assert [(one.name, one.media_type) for one in forwarded.attachments] == [
        ("a.eml", "message/rfc822"),
        ("photo.png", "image/png"),
    ]
    assert parse(mixed(WORDS, base64_part(kind + "a.eml", b"no mail"))).text == "See below."


def test_the_armour_of_a_signature_is_no_text() -> None:
    text = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nIt smokes.\n- -- \nAnna\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEB\n-----END PGP SIGNATURE-----\n\nPS"
    )
    assert parse(f"{HEAD}\n{text}".encode()).text == "It smokes.\n-- \nAnna\n\nPS"
    assert "-----BEGIN PGP SIGNED" in parse(f"{HEAD}\n{text[:80]}".encode()).text


def test_what_is_encrypted_is_said() -> None:
    assert parse(f"{HEAD}\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n".encode()).notes == ("encrypted-part",)
    encrypted = mixed("Content-Type: application/pgp-encrypted\n\nVersion: 1", kind="multipart/encrypted")
    assert parse(encrypted).notes == ("encrypted-part",)
    by_exchange = mixed(WORDS, "Content-Type: application/pgp-encrypted\n\nVersion: 1", "\nhQEMA")
    assert parse(by_exchange).notes == ("encrypted-part",)
    sealed = (
        f"Content-Type: message/rfc822\n\nSubject: x\n{base64_part('application/pkcs7-mime; name=smime.p7m', b'0')}"
    )
    assert parse(mixed(WORDS, sealed)).notes == ("encrypted-part",)
    certificate = base64_part("application/pkcs7-mime; smime-type=certs-only; name=c.p7c", b"\x30\x00")
    assert parse(f"{HEAD}{certificate}".encode()).notes == ()


EVENT = (
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nDTSTART:16010101T000000\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n"
    'SUMMARY:Repair of the\r\n  printer\\, floor 3\r\nDTSTART;TZID="Asia/Shanghai":20261102T090000\r\n'
    "DTEND;TZID=Asia/Shanghai:20261102T100000\r\nLOCATION:Room 3\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_an_invitation_is_told_in_a_line() -> None:
    told = "REQUEST: Repair of the printer, floor 3, 2026-11-02 09:00 – 2026-11-02 10:00 (Asia/Shanghai), Room 3"
    mail = parse(mixed(WORDS, f'Content-Type: text/calendar; method=REQUEST; name="invite.ics"\n\n{EVENT}'))
    assert (mail.text, [one.name for one in mail.attachments]) == (f"See below.\n\n{told}", ["invite.ics"])
    whole_day = EVENT.replace('DTSTART;TZID="Asia/Shanghai":20261102T090000', "DTSTART;VALUE=DATE:20261102")
    assert ", 2026-11-02 – 2026-11-02 10:00," in parse(mixed(f"Content-Type: text/calendar\n\n{whole_day}")).text
    assert parse(mixed(WORDS, "Content-Type: text/calendar\n\nBEGIN:VCALENDAR")).text == "See below."
    mine = "ATTENDEE;PARTSTAT=DECLINED;CN=Li:mailto:li@example.com\r\nLOCATION"
    declined = EVENT.replace("LOCATION", mine).replace("REQUEST", "REPLY")
    reply = parse(f"{HEAD}Content-Type: text/calendar; method=reply\n\n{declined}".encode())
    assert reply.text.startswith("REPLY (DECLINED): Repair of the printer")
    assert reply.headers["calendar:method"] == "REPLY"


def test_what_does_not_lie_in_the_mail_is_said() -> None:
    lacking = (
        "Content-Type: message/external-body; access-type=anon-ftp; name=a.iso\n\nContent-Type: image/png\n\n",
        'Content-Type: application/pdf; name="a.pdf"\nContent-Disposition: attachment\n\n',
        "Content-Type: message/partial; number=1; total=2; id=x\n\nwords",
    )
    assert parse(mixed(WORDS, *lacking)).notes == ("file-elsewhere:1", "files-empty:1", "piece-of-a-mail:1")


def test_a_text_with_a_name_is_a_file_and_the_words_where_there_are_no_others() -> None:
    named = 'Content-Type: text/plain; name="msg.txt"\n\nNamed words.'
    assert [parse(mixed(*parts)).text for parts in ((WORDS, named), (named,))] == ["See below.", "Named words."]
    assert parse(mixed('Content-Type: text/csv; name="a.csv"\nContent-Disposition: attachment\n\n1;2')).text == ""


def test_a_boundary_that_is_not_the_declared_one_is_found() -> None:
    raw = f"{HEAD}Content-Type: multipart/alternative; boundary=declared\n\n--other\nContent-Type: text/plain\n\nwords\n--other--\n"
    assert parse(raw.encode()).text == "words"


def test_words_that_are_said_to_be_base64_and_are_none_stay_words() -> None:
    text = "The printer on floor three does not print any more since this morning, please come."
    assert parse(f"{HEAD}Content-Transfer-Encoding: base64\n\n{text}".encode()).text == text


def test_enriched_text_is_read_without_its_tags() -> None:
    text = "<bold>It</bold> smokes\nand <color><param>red</param>burns</color>.\n\nTwo << three."
    assert parse(f"{HEAD}Content-Type: text/enriched\n\n{text}".encode()).text == "It smokes and burns.\nTwo < three."
