import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.parsing.parse import parse
from bot.parsing.wire import from_json, to_json


@given(st.binary(max_size=400))
def test_a_mail_comes_back_as_it_was(raw: bytes) -> None:
    mail = parse(
        b"To: a@b, c <d@e>\nReferences: <x@y>\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: a/b\n\n"
        + raw
    )
    assert from_json(to_json(mail)) == mail


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b'{"to": 1}', b"\xff"])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        from_json(data)
