"""bot.config_writer: answers come into the places where the example explains them."""

import tomllib
from typing import Any

import pytest

from bot.config_writer import example_path, filled, toml

EXAMPLE = example_path().read_text(encoding="utf-8")


def read(answers: dict[str, Any]) -> dict[str, Any]:
    return {name: table for name, table in tomllib.loads(filled(EXAMPLE, answers)).items() if table}


def test_without_answers_it_is_the_example() -> None:
    assert filled(EXAMPLE, {}) == EXAMPLE


def test_values_come_below_their_explanation_and_nothing_else_changes() -> None:
    text = filled(EXAMPLE, {"desk": {"organisation": 'Acme "X" \\ 三', "reopen_days": 3}})
    assert tomllib.loads(text)["desk"] == {"organisation": 'Acme "X" \\ 三', "reopen_days": 3}
    assert "# Name that signs the mails.\norganisation = " in text
    assert [line for line in EXAMPLE.split("\n") if line not in text.split("\n")] == [
        '# organisation = "Faultdesk"',
        "# reopen_days = 5",
    ]


def test_a_table_that_the_example_only_shows_is_made_a_real_one() -> None:
    assert read({"mail.relay": {"host": "smtp.acme.example", "port": 465}})["mail"]["relay"] == {
        "host": "smtp.acme.example",
        "port": 465,
    }


def test_of_several_tables_the_first_is_explained_and_the_others_follow() -> None:
    people = [{"handle": name, "roles": ["desk"]} for name in ("anna", "ben", "mo")]
    assert read({"people": people})["people"] == people


@pytest.mark.parametrize("answers", [{"dek": {"x": 1}}, {"desk": {"organization": "X"}}])
def test_an_option_that_is_not_there_is_a_mistake_of_ours(answers: dict[str, Any]) -> None:
    with pytest.raises(LookupError):
        filled(EXAMPLE, answers)


@pytest.mark.parametrize("text", ["a\nb", "\x1b[31m", "\x7f", "\x00"])
def test_control_characters_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="in one line"):
        toml([text])
