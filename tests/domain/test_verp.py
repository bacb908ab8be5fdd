"""bot.domain.verp: a return path names its mail, and nobody else can make one."""

import pytest

from bot.domain.headers import clean_address
from bot.domain.verp import return_path, returned_row

SECRET, ADDRESS = b"key", "Bounces@desk.example"


def test_a_return_path_names_its_row_in_any_case() -> None:
    path = return_path(SECRET, ADDRESS, 10**17)
    assert clean_address(path) == path
    others = ["fault@desk.example", "bounces@desk.example"]
    assert returned_row(SECRET, ADDRESS, [*others, path.upper()]) == 10**17
    assert returned_row(SECRET, ADDRESS, others) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [("b345", "b346"), ("desk", "evil"), ("Bounces", "fault"), ("+", "-"), (".", ""), ("b345", "b0")],
)
def test_a_path_that_is_not_ours_names_nothing(old: str, new: str) -> None:
    path = return_path(SECRET, ADDRESS, 345)
    assert returned_row(SECRET, ADDRESS, [path.replace(old, new, 1)]) is None
    assert returned_row(b"another key", ADDRESS, [path]) is None
    assert returned_row(SECRET, "", [path]) is None
