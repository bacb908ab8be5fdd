"""Who may know of a security incident (SP-10.4)."""

import pytest

from bot.domain.secrecy import INCIDENTS, SECURITY, incident_of, may_see

PM, VERA, ANNA = 1, 2, 3


@pytest.mark.parametrize(
    ("kind", "concerns", "person", "roles", "seen"),
    [
        ("fault", None, ANNA, ["resident"], True),
        (SECURITY, None, ANNA, ["resident"], False),
        (SECURITY, None, ANNA, ["resident", "desk", "deputy", "senior", "mobile"], False),
        (SECURITY, ANNA, PM, ["manager"], True),
        (SECURITY, ANNA, VERA, ["security"], True),
        (SECURITY, PM, PM, ["manager"], False),
        (SECURITY, VERA, VERA, ["security", "manager"], False),
        (SECURITY, PM, VERA, ["security"], True),
        (SECURITY, None, None, [], False),
    ],
)
def test_insiders_know_of_it_but_whom_it_concerns(
    kind: str, concerns: int | None, person: int | None, roles: list[str], seen: bool
) -> None:
    assert may_see(kind, concerns, person, roles) == seen


def test_each_word_names_one_kind() -> None:
    words = [word for some in INCIDENTS.values() for word in some]
    assert len(words) == len(set(words))
    assert {incident_of(f" {word.upper()} ") for word in words} == set(INCIDENTS)
    assert incident_of("moon") == ""
