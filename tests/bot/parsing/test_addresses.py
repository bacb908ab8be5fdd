import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.parsing.addresses import mailboxes, one_mailbox, strict_address


@pytest.mark.parametrize(
    ("header", "name", "address"),
    [
        ("Anna <a@b.com>", "Anna", "a@b.com"),
        ("a@b.com", "", "a@b.com"),
        ("A.B+c@Sub.Example.COM", "", "a.b+c@sub.example.com"),
        ("a@b.com (Anna Bell)", "Anna Bell", "a@b.com"),
        ('"Li, Wei" <li@x.cn>', "Li, Wei", "li@x.cn"),
        ("Li, Wei <li@x.cn>", "Li, Wei", "li@x.cn"),
        ("a@b.com <a@b.com>", "a@b.com", "a@b.com"),
        ("'a@b.com' <a@b.com>", "a@b.com", "a@b.com"),
        ('"boss@good.com" <a@b.com>', "boss@good.com", "a@b.com"),
        ("=?utf-8?q?a=40good.com?= <b@evil.com>", "a@good.com", "b@evil.com"),
        ("=?utf-8?B?546L5LqU?= <w@x.cn>", "王五", "w@x.cn"),
        ('"=?utf-8?B?546L5LqU?=" <w@x.cn>', "王五", "w@x.cn"),
        ("王五 <w@x.cn>", "王五", "w@x.cn"),
        ("Foo (Bar @ Baz) <a@b.c>", "Foo", "a@b.c"),
        ("x@localhost", "", "x@localhost"),
        ('"a \\"b\\" c" <x@y.z>', 'a "b" c', "x@y.z"),
        ("a..b.@docomo.example", "", "a..b.@docomo.example"),
    ],
)
def test_who_it_is(header: str, name: str, address: str) -> None:
    mailbox, problem = one_mailbox(header)
    assert (mailbox.name, mailbox.address, problem) == (name, address, "")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "a@good.com <b@evil.com>",
        "a@good.com(<b@evil.com>)",
        "(a@good.com) b@evil.com",
        "<a@good.com> <b@evil.com>",
        "<a@good.com>, <b@evil.com>",
        "a@good.com, b@evil.com",
        "Friends: a@good.com;",
        "<@route.example:a@good.com>",
        '"a@evil> x"@good.com',
        '"a b"@good.com',
        "a@[127.0.0.1]",
        "Anna <a@b.com",
        "Anna a@b.com>",
        "a@b.com\x00",
        "gó@d.com",
        "аnna@example.com",  # a Cyrillic а
        "a@exämple.com",
        "\u212aim@example.com",  # the Kelvin sign, which NFC would make a K
        "root (Cron)",
        "a@b@c",
        "@b.com",
        "a@",
        "a@-b.com",
        "a@b..com",
        "(" * 10_000,
        "((((a@b.com",
        "<" * 1000,
    ],
)
def test_who_it_cannot_be_told(header: str) -> None:
    mailbox, problem = one_mailbox(header)
    assert mailbox.address == ""
    assert problem


def test_lists_and_groups() -> None:
    found, count = mailboxes('Friends: a@b.com, "x, y" <c@d>; e@f (c, d), <g@h>, nobody', 10)
    assert [(box.name, box.address) for box in found] == [
        ("", "a@b.com"),
        ("x, y", "c@d"),
        ("c, d", "e@f"),
        ("", "g@h"),
        ("nobody", ""),
    ]
    assert count == 5
    assert len(mailboxes("a@b, " * 300, 100)[0]) == 100


@given(st.text(st.sampled_from('ab@<>(),;:" \\.[]é'), max_size=60))
def test_it_never_raises_and_gives_only_strict_addresses(header: str) -> None:
    mailbox, problem = one_mailbox(header)
    assert (mailbox.address == "") == bool(problem)
    assert mailbox.address in {"", strict_address(mailbox.address)}
    for box in mailboxes(header, 100)[0]:
        assert box.address in {"", strict_address(box.address)}


@pytest.mark.parametrize("piece", ["(", "<", "a@", '"', '"a', '\\"', "(a)", ",a@b", '(\\"'])
def test_hostile_lists_are_read_in_linear_time(piece: str) -> None:
    mailboxes((piece * 8192)[:8192], 100)
