"""The bytes of outgoing mail, read again by the library's other parser."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.compose import LINE_BYTES, ComposeError, MailFacts, compose
from bot.domain.headers import clean_header
from bot.domain.messages import File, Mailbox
from bot.render import Renderer, Texts
from bot.samples import samples

TEXTS = Texts("[FD-7] 已收到：打印机卡纸", "您好\n第二行", "<p>您好</p>")
ENVELOPE = MailFacts(
    sender=Mailbox("示例公司服务台", "fault@example.com"),
    recipient=Mailbox("王丽", "anna@example.com"),
    message_id="<1.token@example.com>",
    date=datetime(2026, 11, 23, 1, 2, tzinfo=UTC),
    in_reply_to="<first@example.com>",
    references=("<root@example.com>", "<first@example.com>"),
    auto_submitted="auto-replied",
    locale="zh",
)
RENDERER = Renderer("Example", "400-555-0199", "fault@example.com", "Asia/Shanghai")

HOSTILE = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="\r\n\t \x00\x1b\u2028\u202e=?utf8bq:;<>\"'\\(),@%三é😀Bcc", max_size=120),
    st.text(alphabet="三é😀 a", min_size=60, max_size=400),
)


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def parts(raw: bytes) -> list[EmailMessage]:
    return [part for part in parsed(raw).walk() if isinstance(part, EmailMessage) and not part.is_multipart()]


def test_what_a_reader_sees() -> None:
    message = parsed(compose(TEXTS, ENVELOPE))
    assert message["Subject"] == TEXTS.subject
    assert message["From"].addresses[0].display_name == "示例公司服务台"
    assert message["To"].addresses[0].addr_spec == "anna@example.com"
    assert message["Date"].datetime == ENVELOPE.date
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert text.get_content().split() == ["您好", "第二行"]
    assert html.get_content().strip() == "<p>您好</p>"
    assert not [defect for part in message.walk() for defect in part.defects]


def test_headers_of_a_thread_and_of_automatic_mail() -> None:
    message = parsed(compose(TEXTS, ENVELOPE))
    assert message["Message-ID"] == "<1.token@example.com>"
    assert message["In-Reply-To"] == "<first@example.com>"
    assert message["References"].split() == ["<root@example.com>", "<first@example.com>"]
    assert message["Reply-To"] == "fault@example.com"
    assert message["Content-Language"] == "zh-CN"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-Faultdesk-Loop"] == "fault@example.com"


def test_a_persons_words_are_not_marked_automatic() -> None:
    message = parsed(compose(TEXTS, replace(ENVELOPE, auto_submitted="", reply_to="fault+7@example.com")))
    assert not {"Auto-Submitted", "X-Auto-Response-Suppress", "X-Faultdesk-Loop"} & set(message.keys())
    assert message["Reply-To"] == "fault+7@example.com"


def test_the_source_is_readable_and_stable() -> None:
    raw = compose(TEXTS, ENVELOPE)
    assert "第二行" in raw.decode()
    assert b"Subject: [FD-7] =?utf-8?b?" in raw
    assert raw == compose(TEXTS, ENVELOPE)
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert compose(replace(TEXTS, html=""), ENVELOPE).count(b"Content-Type") == 1


def test_lines_are_short_enough_and_nothing_is_lost() -> None:
    long = "很长的一段话，" * 300 + "word " * 900 + "x" * 3000
    raw = compose(replace(TEXTS, text=long, html=f"<p>{long}</p>"), ENVELOPE)
    assert max(map(len, raw.split(b"\r\n"))) <= LINE_BYTES
    text, html = (part.get_content() for part in parts(raw))
    assert re.sub(r"\s", "", text) == re.sub(r"\s", "", long)
    assert re.sub(r"\s+", " ", html).strip() == f"<p>{long}</p>"


def test_files_go_along() -> None:
    files = (
        File("清单.txt", "text/plain; charset=utf-8", "工单\n".encode()),
        File("list.csv", "bad type\r\nX: y", b"\x00\xff"),
    )
    message = parsed(compose(TEXTS, replace(ENVELOPE, files=files)))
    assert message.get_content_type() == "multipart/mixed"
    found = list(message.iter_attachments())
    assert [part.get_filename() for part in found] == ["清单.txt", "list.csv"]
    assert [part.get_content_type() for part in found] == ["text/plain", "application/octet-stream"]
    assert [part.get_payload(decode=True) for part in found] == [file.data for file in files]


def test_what_the_html_shows_lies_beside_it_and_is_no_attachment() -> None:
    picture, beside = File("picture.jpg", "image/jpeg", b"\xff\xd8", "1@pictures.invalid"), File("a.pdf", "x/y", b"%")
    message = parsed(compose(TEXTS, replace(ENVELOPE, files=(picture, beside))))
    assert [part.get_filename() for part in message.iter_attachments()] == ["a.pdf"]
    (related,) = (
        one for one in message.walk() if isinstance(one, EmailMessage) and one.get_content_subtype() == "related"
    )
    html, shown = (part for part in related.iter_parts() if isinstance(part, EmailMessage))
    assert html.get_content_type() == "text/html"
    assert (shown["Content-ID"], shown.get_content_disposition()) == ("<1@pictures.invalid>", "inline")
    assert shown.get_payload(decode=True) == picture.data


@pytest.mark.parametrize(
    ("name", "shown"),
    [("", "attachment"), ("../../etc/passwd", ".._.._etc_passwd"), ("报" * 200 + ".pdf", "报" * 76 + ".pdf")],
)
def test_file_names_are_plain_names(name: str, shown: str) -> None:
    raw = compose(TEXTS, replace(ENVELOPE, files=(File(name, "application/pdf", b""),)))
    (part,) = parsed(raw).iter_attachments()
    assert part.get_filename() == shown
    if not shown.isascii():  # for programs that know only the older way
        assert str(make_header(decode_header(str(part["Content-Type"].params["name"])))) == shown
    assert max(map(len, raw.split(b"\r\n"))) <= LINE_BYTES


def test_a_body_cannot_end_its_part() -> None:
    boundary = re.search(rb'boundary="([^"]+)"', compose(TEXTS, ENVELOPE))
    assert boundary
    forged = f"--{boundary[1].decode()}--\n--{boundary[1].decode()}\nContent-Type: text/html\n\n<script>"
    assert [part.get_content_type() for part in parts(compose(replace(TEXTS, text=forged), ENVELOPE))] == [
        "text/plain",
        "text/html",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"recipient": Mailbox("x", "a@b\r\nBcc: c@d")},
        {"sender": Mailbox("x", "")},
        {"reply_to": "Anna <anna@example.com>"},
        {"message_id": "<<<<"},
        {"message_id": "<a@b>\r\nBcc: c@d"},
        {"date": datetime(2026, 1, 1)},  # noqa: DTZ001  -- a time without a zone is the case
        {"auto_submitted": "yes"},
        {"locale": "zh\r\nBcc: c@d"},
        {"locale": "中文"},
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ComposeError):
        compose(TEXTS, replace(ENVELOPE, **wrong))


def test_strangers_ids_that_are_none_are_left_out() -> None:
    ids = ("<<<<", "<a b@c>", "<ok@x>\r\nBcc: y@z", "", *(f"<{n}@x>" for n in range(30)))
    message = parsed(compose(TEXTS, replace(ENVELOPE, references=ids, in_reply_to="<bad\r\n@x>")))
    assert message["In-Reply-To"] is None
    assert message["References"].split() == [f"<{n}@x>" for n in range(10, 30)]


@given(HOSTILE, HOSTILE, HOSTILE)
@example("=?utf-8?q?=0d=0aBcc:_evil@example.com?=", "a@good.com> <b@evil.com", "x\r\nContent-Type: text/html")
def test_no_words_of_a_stranger_change_the_headers(subject: str, name: str, filename: str) -> None:
    usual = parsed(compose(TEXTS, replace(ENVELOPE, files=(File("a", "text/csv", b"1"),))))
    facts = samples("zh")["confirmation"] | {"subject_line": subject, "place": name}
    texts = RENDERER.render("zh", "confirmation", facts)
    envelope = replace(ENVELOPE, recipient=Mailbox(name, "anna@example.com"), files=(File(filename, "text/csv", b"1"),))
    raw = compose(texts, envelope)
    message = parsed(raw)
    assert message.keys() == usual.keys()
    assert message["Subject"] == texts.subject
    assert [address.addr_spec for address in message["To"].addresses] == ["anna@example.com"]
    assert re.sub(r"\s", "", message["To"].addresses[0].display_name) == re.sub(r"\s", "", clean_header(name))
    assert [part.get_content_type() for part in parts(raw)] == ["text/plain", "text/html", "text/csv"]
    assert max(map(len, raw.split(b"\r\n"))) <= LINE_BYTES
    assert active(parts(raw)[1].get_content()) == []


class Active(HTMLParser):
    """Collects what a mail program could run, load or follow."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        allowed = {"html", "head", "meta", "title", "style", "body", "table", "tr", "td", "p", "h1", "div", "span"}
        if tag not in allowed | {"br", "ul", "li"}:
            self.found.append(tag)
        self.found += [name for name, _ in attrs if name.startswith("on") or name in {"src", "href", "srcset"}]


def active(html: str) -> list[str]:
    reader = Active()
    reader.feed(html)
    return reader.found
