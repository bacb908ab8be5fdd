"""Who wrote a forwarded mail, as the mail programs that people use here name her."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.forwarded import forward_mark, read_forwarded, writer

MARKS = ["/forward", "转报"]
WORDS = "打印机卡纸了。\n电话 8123 4567"
ZH, EN = ("王芳", "wang@acme.example", "打印机坏了"), ("Bob Miller", "bob@acme.example", "Printer jam")

FORMS = {
    "outlook zh": (ZH, "发件人: 王芳 <wang@acme.example>\n发送时间: 2026年11月23日 9:00\n收件人: 李强 <li@staff.example>\n主题: 打印机坏了\n"),
    "outlook en": (EN, "From: Bob Miller <bob@acme.example>\nSent: Monday, November 23, 2026 9:00 AM\nTo: Li Qiang <li@staff.example>\nCc: Ann <ann@acme.example>\nSubject: Printer jam\n"),
    "outlook old": (EN, "-----Original Message-----\nFrom: Bob Miller [mailto:bob@acme.example]\nSent: Monday, November 23, 2026 9:00 AM\nTo: Li Qiang\nSubject: Printer jam\n"),
    "outlook web": (EN, "________________________________\nFrom: Bob Miller <bob@acme.example>\nSent: 23 November 2026 09:00\nTo: Li Qiang <li@staff.example>\nSubject: Printer jam\n"),
    "qq": (ZH, '------------------&nbsp;原始邮件&nbsp;------------------\n发件人:                 "王芳"                 <wang@acme.example&gt;;\n发送时间:&nbsp;2026年11月23日(星期一) 上午9:00\n收件人:&nbsp;"li"<li@staff.example>;\n\n主题:&nbsp;打印机坏了\n'),
    "qq new": (ZH, "原始邮件\n发件人：王芳 <wang@acme.example>\n发件时间：2026年11月23日 09:00\n收件人：li <li@staff.example>\n主题：打印机坏了\n"),
    "foxmail": (ZH, "发件人： 王芳\n发送时间： 2026-11-23 09:00\n收件人： li\n主题： 打印机坏了\n".replace("王芳", "王芳 <wang@acme.example>")),
    "163": (ZH, '-------- 转发邮件信息 --------\n发件人："王芳" <wang@acme.example>\n发送日期：2026-11-23 09:00:00\n收件人："li" <li@staff.example>\n主题：打印机坏了\n'),
    "coremail": (ZH, "-----原始邮件-----\n发件人:王芳 <wang@acme.example>\n发送时间:2026-11-23 09:00:00 (星期一)\n收件人: li@staff.example\n抄送: \n主题: 打印机坏了\n"),
    "gmail": (EN, "---------- Forwarded message ---------\nFrom: Bob Miller <bob@acme.example>\nDate: Mon, Nov 23, 2026 at 9:00 AM\nSubject: Printer jam\nTo: <li@staff.example>\n\n"),
    "gmail, html": (EN, "---------- Forwarded message ---------\nFrom: *Bob Miller* <bob@acme.example>\nDate: Mon, Nov 23, 2026\nSubject: Printer jam\nTo: <li@staff.example>\n\n"),
    "gmail zh": (ZH, "---------- Forwarded message ---------\n发件人： 王芳 <wang@acme.example>\nDate: 2026年11月23日周一 09:00\nSubject: 打印机坏了\nTo: <li@staff.example>\n\n"),
    "apple": (EN, "Begin forwarded message:\n\n> From: Bob Miller <bob@acme.example>\n> Subject: Printer jam\n> Date: 23 November 2026 at 09:00:00 CST\n> To: Li <li@staff.example>\n> \n"),
    "apple zh": (ZH, "以下是转发的邮件：\n\n> 发件人: 王芳 <wang@acme.example>\n> 主题: 打印机坏了\n> 日期: 2026年11月23日 GMT+8 09:00:00\n> 收件人: li@staff.example\n> \n"),
    "thunderbird": (EN, "-------- Forwarded Message --------\nSubject: \tPrinter jam\nDate: \tMon, 23 Nov 2026 09:00:00 +0800\nFrom: \tBob Miller <bob@acme.example>\nTo: \tli@staff.example\n\n"),
    "attached": (EN, "From: Bob Miller <bob@acme.example>\nDate: Mon, 23 Nov 2026 09:00:00 +0800\nSubject: Printer jam\n"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("comment", ["", "Please look today.\n"])
def test_the_writer_her_subject_and_her_words(form: str, comment: str) -> None:
    (name, address, subject), block = FORMS[form]
    mark = ">" if "\n>" in block else ""
    words = "\n".join(f"{mark} {line}".strip() for line in WORDS.split("\n"))
    found = read_forwarded(f"\n/forward\n{comment}\n{block}\n{words}\n", "Fw: whatever")
    assert (found.name, found.address, found.subject) == (name, address, subject)
    assert (found.text, found.comment) == (WORDS, comment.strip())


def test_the_innermost_header_is_not_asked_of_a_chain_of_forwards() -> None:
    """Whoever wrote to us is the first one; the one below stands in her words."""
    block = "From: {} <{}>\nDate: Mon, 23 Nov 2026\nSubject: {}\n\nsee below\n\n"
    text = "/forward\n" + block.format("Ann", "ann@acme.example", "Fwd: x") + block.format("Bob", "b@x.example", "x")
    found = read_forwarded(text, "Fwd: Fwd: x")
    assert found.address == "ann@acme.example"
    assert "b@x.example" in found.text


def test_nothing_is_guessed_where_nobody_is_named() -> None:
    found = read_forwarded("/forward\nAnna called: no network in room 5.", "Fwd: 转发: network")
    assert (found.address, found.name, found.subject) == ("", "", "network")
    assert found.text == "Anna called: no network in room 5."
    nameless = "/forward\nFrom: Miller, Bob\nSent: 23 November 2026\nTo: Li\nSubject: Re: x\n\nIt jams."
    assert read_forwarded(nameless, "x").address == ""


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        ("Bob Miller <Bob@Acme.example>", "Bob Miller", "bob@acme.example"),
        ("bob@acme.example", "", "bob@acme.example"),
        ("bob@acme.example <bob@acme.example>", "", "bob@acme.example"),
        ('"王芳"<wang@acme.example>; ', "王芳", "wang@acme.example"),
        ("Miller, Bob", "Miller, Bob", ""),
        ("scanner@acme.example on behalf of Bob <bob@acme.example>", "", ""),
        ("Bob <bob@acme.example\u200b.evil>", "Bob", ""),
        ("", "", ""),
    ],
)
def test_a_from_line_names_one_address_or_none(value: str, name: str, address: str) -> None:
    assert writer(value) == (name, address)


@pytest.mark.parametrize("line", ["/forward", "/Forward  ", "／forward", "转报", "\n\n转报\n"])
def test_the_mark_stands_alone_on_the_first_line(line: str) -> None:
    assert forward_mark(f"{line}\nwords", MARKS) == ""


def test_an_address_may_stand_beside_the_mark() -> None:
    assert forward_mark("/forward Bob@Acme.example\n", MARKS) == "bob@acme.example"
    assert forward_mark("转报：bob@acme.example\n", MARKS) == "bob@acme.example"


@pytest.mark.parametrize(
    "line", ["/forward this to Anna", "forward", "转报给李强", "Hello\n/forward", "", "/forwarded"]
)
def test_other_first_lines_forward_nothing(line: str) -> None:
    assert forward_mark(f"{line}\nwords", MARKS) is None


@given(
    st.lists(
        st.sampled_from(
            [
                "From: ",
                "发件人：",
                "To: a@b.c",
                "Date: 1",
                "Subject: x",
                ">",
                "<",
                "@",
                "\n",
                "\n\n",
                "王",
                "; ",
                "/forward",
            ]
        )
    )
)
def test_whatever_is_forwarded_it_is_read(pieces: list[str]) -> None:
    found = read_forwarded("/forward\n" + "".join(pieces), "Fwd: x")
    assert found.address.count("@") in {0, 1}
    assert "\n" not in found.subject + found.name + found.address
