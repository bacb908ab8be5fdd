import pytest

from bot.domain.subjects import number_named, own_words, without_tags


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("FD-7 催办", 7),
        ("Re: 回复：fd-7: any news?", 7),
        ("FD－7 状态", 7),
        ("status FD-7", 7),
        ("Not as in FD-7", None),
        ("FD 7 rooms are dark", None),
        ("FD-7a is dark", None),
        ("XFD-7 is dark", None),
        ("", None),
    ],
)
def test_a_number_without_brackets(subject: str, number: int | None) -> None:
    assert number_named(subject, "FD") == number


def test_the_words_that_she_chose_herself() -> None:
    assert own_words("Re: [FD-7] Received: jam", "FD") == "", "it is ours"
    assert own_words("回复：催办", "FD") == "催办"
    assert own_words("[FD-7] It smokes", "FD") == "It smokes"
    assert own_words("Fwd: 催办", "FD") == ""
    assert without_tags("Re: 【FD-7】 jam [ABC-1]", "FD") == "Re: jam [ABC-1]"
