import pytest

from bot.domain.language import language_of


@pytest.mark.parametrize(
    ("words", "subject", "language"),
    [
        ("打印机坏了", "Printer", "zh"),
        ("The printer in 三楼 is dead", "", "zh"),
        ("The printer is dead", "打印机", "en"),
        ("プリンタが故障しました", "", "en"),
        ("印刷できない", "", "en"),
        ("프린터 고장", "", "en"),
        ("", "打印机坏了", "zh"),
        (" \n", "Printer", "en"),
        ("", "", "en"),
        ("𠮷", "", "zh"),
    ],
)
def test_language(words: str, subject: str, language: str) -> None:
    assert language_of(words, subject) == language
