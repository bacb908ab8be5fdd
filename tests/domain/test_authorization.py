"""bot.domain.authorization: what an administrator's answer says, and what it does not."""

from datetime import date

import pytest

from bot.domain.authorization import Grant, grant_of

YES, NO = Grant(allowed=True), Grant(allowed=False)
UNTIL = Grant(allowed=True, until=date(2026, 12, 31))


@pytest.mark.parametrize(
    ("text", "grant"),
    [
        ("授权", YES),
        ("Authorise.\n\nLi Hong", YES),
        ("authorized", YES),
        ("  Approved!", YES),
        ("同意", YES),
        ("authorise until 2026-12-31", UNTIL),
        ("授权至 ２０２６-12-31。", UNTIL),
        ("不授权", NO),
        ("refuse", NO),
        ("No", NO),
        ("authorise until 2026-02-31", None),
        ("I do not authorise this", None),
        ("授权吗？", None),
        ("Who asks?\nauthorise", None),
        ("", None),
    ],
)
def test_only_a_line_that_says_nothing_else_counts(text: str, grant: Grant | None) -> None:
    assert grant_of(text) == grant
