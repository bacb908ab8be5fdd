import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.text import one_line, safe_text, shown

ANY_TEXT = st.text(st.characters(codec=None), max_size=300)


@given(ANY_TEXT)
def test_safe_text_is_clean_and_stays_as_it_is(text: str) -> None:
    safe = safe_text(text)
    safe.encode("utf-8")
    assert not [character for character in safe if unicodedata.category(character) == "Cc" and character not in "\n\t"]
    assert safe_text(safe) == safe


@given(ANY_TEXT)
def test_one_line_is_one_clean_line(text: str) -> None:
    line = one_line(text)
    line.encode("utf-8")
    assert len(line.splitlines()) <= 1
    assert not [character for character in line if unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}]
    assert one_line(line) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("hi\r\nBcc: x@example.com", "hi Bcc: x@example.com"),
        ("0 \x1b\r0", "0 0"),
        ("a\u2028b\x0bc\x85d", "a b c d"),
        ("\x1b]0;owned\x07title", "]0;ownedtitle"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("  多  空格 ", "多 空格"),
        ("e\u0301", "é"),
        ("\ud800half", "\ufffdhalf"),
        ("x\x00y", "xy"),
    ],
)
def test_one_line_examples(text: str, line: str) -> None:
    assert one_line(text) == line


def test_one_line_is_cut() -> None:
    assert one_line("a " * 600, 5) == "a a a"


def test_line_ends_become_one_kind() -> None:
    assert safe_text("a\r\nb\rc\u2028d\te") == "a\nb\nc\nd\te"


def test_a_tower_of_marks_is_cut_and_a_letter_with_marks_is_not() -> None:
    assert safe_text("a" + "\u0323\u0301" * 50_000 + "b") == safe_text("a" + "\u0323\u0301" * 15 + "b")
    assert safe_text("Thế giới नमस्ते שָׁלוֹם") == unicodedata.normalize("NFC", "Thế giới नमस्ते שָׁלוֹם")


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    line = shown(text)
    commands = [*range(0x0A), *range(0x0B, 0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
    assert not {chr(code) for code in commands} & set(line)
    assert line.encode().decode() == line  # no lone surrogate either


def test_escape_sequences_and_direction_overrides_are_shown() -> None:
    assert shown("\x1b]0;owned\x07 \u202eexe.fdp \x9b31m \x7f") == r"\x1b]0;owned\x07 \u202eexe.fdp \x9b31m \x7f"


def test_words_emoji_and_new_lines_stay() -> None:
    assert shown("一\r\n二\n👩\u200d🔧 é ß\u3000") == "一\n二\n👩\u200d🔧 é ß\u3000"
    assert shown("a\tb") == "a   b"
