"""bot.domain.courtesy: thanks never reopen, anything else does."""

import pytest

from bot.domain.courtesy import is_courtesy

THANKS = [
    "谢谢！",
    "谢谢，可以了",
    "好的，谢谢您",
    "收到",
    "Thanks!",
    "Thank you very much, works now.",
    "ok",
    "辛苦了",
]
MORE = ["不行，还是卡纸", "谢谢，但是还不行", "thanks but it still does not work", "It works? No, it is not", "not good",
        "now the printer", "", "谢" * 61]  # fmt: skip


@pytest.mark.parametrize("words", THANKS)
def test_mere_thanks(words: str) -> None:
    assert is_courtesy(words)


@pytest.mark.parametrize("words", MORE)
def test_something_more(words: str) -> None:
    assert not is_courtesy(words)
