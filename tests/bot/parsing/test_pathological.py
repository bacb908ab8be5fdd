"""Mails that are made to stop or to mislead a reader: each becomes a clean mail and a verdict."""

import pytest

from bot.domain.mail import verdict
from bot.parsing.parse import parse
from tests.bot.parsing.test_parse import check
from tests.parts.pathological import pathological_mails

MAILS = pathological_mails()


@pytest.mark.parametrize("raw", MAILS.values(), ids=MAILS.keys())
def test_it_is_read(raw: bytes) -> None:
    """A quadratic step would take minutes here."""
    mail = parse(raw)
    check(mail)
    assert verdict(mail).kind in {"human", "no-answer", "automatic"}
