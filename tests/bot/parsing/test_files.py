import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.parsing.files import safe_file_name, type_of


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("故障报告（第一季度）.pdf", "故障报告（第一季度）.pdf"),
        ("../../etc/cron.d/x", "x"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\win.ini", "win.ini"),
        ("..\\..\\x", "x"),
        ("a/", "a"),
        ("../", ""),
        ("..", ""),
        (".", ""),
        ("", ""),
        ("\u200b.htaccess", "htaccess"),
        (".\u200b./x", "x"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x00.pdf", "a.pdf"),
        ("a\nb\r\n.pdf", "a b .pdf"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("lpt1.pdf", "_lpt1.pdf"),
        ("console.txt", "console.txt"),
        ('a<b>:"|?*.txt', "a_b______.txt"),
        ("trailing. ", "trailing"),
        ("e\u0301.txt", "é.txt"),
        ("x" * 5000 + ".pdf", "x" * 116 + ".pdf"),
        ("\ud800.txt", "\ufffd.txt"),
        ("很长的\ufffd.docx", "很长的.docx"),
        ("很长的\ufffd", "很长的"),
        ("a \ufffd.txt", "a \ufffd.txt"),
    ],
)
def test_names(name: str, safe: str) -> None:
    assert safe_file_name(name) == safe


@given(st.text(st.characters(codec=None) | st.sampled_from("./\\ :\u200b\u202e"), max_size=400))
def test_any_name_is_safe(name: str) -> None:
    safe = safe_file_name(name)
    assert len(safe) <= 121
    assert not set(safe) & set('/\\:*?"<>|\n\t\r\x00\u200b\u202e')
    assert not safe.startswith((".", " "))
    assert safe.isprintable() or "\u3000" in safe or "\xa0" in safe or safe.replace("\ufffd", "").strip()


@pytest.mark.parametrize(
    ("head", "declared", "name", "found"),
    [
        (b"%PDF-1.7", "application/octet-stream", "x", "application/pdf"),
        (b"MZ\x90\x00", "application/pdf", "invoice.pdf", "application/x-dosexec"),
        (
            b"PK\x03\x04",
            "application/octet-stream",
            "a.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (b"PK\x03\x04", "image/png", "a.png", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "", "a.doc", "application/msword"),
        (b"\x89PNG\r\n\x1a\n", "image/jpeg", "a.jpg", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBP", "x/y", "a", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic", "x/y", "a", "image/heic"),
        (b"\x78\x9f\x3e\x22", "application/ms-tnef", "winmail.dat", "application/ms-tnef"),
        (b"not an image", "image/png", "a.png", "application/octet-stream"),
        (b"<svg onload=x>", "image/png", "a.png", "image/svg+xml"),
        (b"<?xml version='1.0'?><svg/>", "image/png", "a.png", "image/svg+xml"),
        (b" <!DOCTYPE html>", "text/plain", "a.txt", "text/html"),
        (b"BEGIN:VCALENDAR", "application/octet-stream", "a.ics", "text/calendar"),
        (b"words", "text/plain", "a.txt", "text/plain"),
        (b"", "application/pdf", "a.pdf", "application/pdf"),
        (b"#!AMR\n", "application/octet-stream", "语音.amr", "audio/amr"),
        (b"#!/bin/sh\n", "text/plain", "a", "text/x-script"),
    ],
)
def test_the_bytes_show_the_type(head: bytes, declared: str, name: str, found: str) -> None:
    assert type_of(head, declared, name) == found
