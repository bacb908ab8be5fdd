"""bot.domain.authentication: only the border's own `dmarc=pass` for the From domain proves anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.authentication import proves_domain

BORDER, DOMAIN = "mx.desk.example", "staff.example"
GMAIL = (
    "mx.desk.example; dkim=pass header.i=@staff.example header.s=s1 header.b=Zx9+a/b=; spf=pass (google.com: domain of "
    "anna@staff.example designates 192.0.2.1 as permitted sender) smtp.mailfrom=anna@staff.example; "
    "dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=staff.example"
)
FASTMAIL = (
    "mx.desk.example; dmarc=pass policy.published-domain-policy=none policy.applied-disposition=none "
    "(p=none,d=none,d.eval=none) policy.policy-from=p header.from=staff.example; iprev=pass smtp.remote-ip=192.0.2.1"
)


@pytest.mark.parametrize(
    "header",
    [
        "mx.desk.example; dmarc=pass header.from=staff.example",
        "mx.desk.example 1; dmarc=pass header.from=staff.example",
        "MX.Desk.Example;DMARC=Pass header.From=Staff.Example",
        '"mx.desk.example"; dmarc/1 = pass reason="all \\"well\\"" header.from="staff.example"',
        "(a (nested \\) one)) mx.desk.example (c); (c) dmarc (c) = (c) pass (c) header.from (c) = staff.example (p=none)",
        "mx.desk.example; spf=fail smtp.mailfrom=x@y.example; dmarc=pass action=none header.from=staff.example; arc=none",
        GMAIL,
        FASTMAIL,
    ],
)
def test_a_pass_of_the_border_proves_the_domain(header: str) -> None:
    assert proves_domain(header, BORDER, DOMAIN)
    assert not proves_domain(header, BORDER, "other.example")
    assert not proves_domain(header, "mx.other.example", DOMAIN)
    assert not proves_domain(header, "", DOMAIN)
    assert not proves_domain(header, BORDER, "")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "mx.desk.example",
        "mx.desk.example; none",
        "; dmarc=pass header.from=staff.example",
        "mx.desk.example 2; dmarc=pass header.from=staff.example",
        "mx.desk.example.evil.example; dmarc=pass header.from=staff.example",
        "x mx.desk.example; dmarc=pass header.from=staff.example",
        "mx.desk.example; spf=pass smtp.mailfrom=anna@staff.example",
        "mx.desk.example; spf=pass header.from=staff.example; dkim=pass header.d=staff.example",
        "mx.desk.example; dmarc=none header.from=staff.example",
        "mx.desk.example; dmarc=fail header.from=staff.example",
        "mx.desk.example; dmarc=pass-ish header.from=staff.example",
        "mx.desk.example; dmarc=pass",
        "mx.desk.example; dmarc=pass header.from=sub.staff.example",
        "mx.desk.example; dmarc=pass header.from=staff.example.evil.example",
        "mx.desk.example; dmarc=pass header.from=anna@staff.example",
        "mx.desk.example; dmarc=pass smtp.from=staff.example",
        "mx.desk.example; dmarc=pass header.from=evil.example header.from=staff.example",
        "mx.desk.example; dmarc=pass header.from=staff.example; dmarc=fail header.from=staff.example",
        "mx.desk.example; xdmarc=pass header.from=staff.example",
        "mx.desk.example; dmarc=pass header.from=staff.example dmarc",
        "mx.desk.example; dmarc==pass header.from=staff.example",
        # what the sender chose stands in quotes or comments, or tries to leave them
        'mx.desk.example; spf=pass smtp.mailfrom="; dmarc=pass header.from=staff.example"',
        "mx.desk.example; spf=fail (; dmarc=pass header.from=staff.example); dmarc=fail header.from=staff.example",
        "mx.desk.example; spf=fail smtp.helo=x; dmarc=pass header.from=staff.example (; dmarc=fail header.from=x",
        'mx.desk.example; spf=fail smtp.helo=x; dmarc=pass header.from=staff.example " ; dmarc=fail header.from=x',
        "mx.desk.example; dmarc=pass header.from=staff.example)",
        "mx.desk.example; dmarc=pass header.from=staff.example \\",
        "mx.desk.example; dmarc=pa\u017f\u017f header.from=\u017ftaff.example",
    ],
)
def test_everything_else_proves_nothing(header: str) -> None:
    assert not proves_domain(header, BORDER, DOMAIN)


FRAGMENTS = st.lists(
    st.sampled_from(
        [*'();="\\ .@/\n', "dmarc", "pass", "fail", "spf", "header.from", "staff.example", BORDER, "dmarc=pass", "é"]
    )
).map("".join)


@given(FRAGMENTS)
def test_no_header_makes_it_fail(header: str) -> None:
    proves_domain(header, BORDER, DOMAIN)
    assert not proves_domain(f"{header};dmarc=fail header.from=staff.example", BORDER, DOMAIN)


@given(st.text(max_size=60))
def test_what_a_border_quotes_never_counts(words: str) -> None:
    """Whatever a sender puts into a value, quoted as RFC 8601 wants it, the border's own word decides."""
    quoted = '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'
    header = f"{BORDER}; spf=pass smtp.mailfrom={quoted}; dmarc=fail header.from={DOMAIN}"
    assert not proves_domain(header, BORDER, DOMAIN)


@pytest.mark.parametrize("piece", ["(", "(a", ")", '"', '\\"', "\\(", "=", ";", "; dmarc", " ", "a=b "])
def test_a_hostile_header_of_a_megabyte_ends(piece: str) -> None:
    """Linear: a quadratic reader would need hours."""
    assert not proves_domain(f"{BORDER}; {piece * (1_000_000 // len(piece))}", BORDER, DOMAIN)
