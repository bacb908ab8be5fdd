"""/help fits a telephone's screen, whoever asks, in which language and where."""

import unicodedata
from itertools import combinations_with_replacement, product

import pytest

from bot.commands import catalogue  # noqa: F401  -- importing it declares the commands
from bot.commands.base import KNOWN, REGISTRY, STAFF
from bot.commands.lists import PRIVATE_MATTERS, _described, everyday
from bot.render import Renderer

RENDERER = Renderer("Acme", "400-555-0199", "fault@example.com", "Asia/Shanghai")
COLUMNS, ROWS = 40, 24
"""What a small telephone shows at once; a Chinese character takes two columns."""


def shown(roles: set[str], locale: str, *, private: bool) -> tuple[list[str], str]:
    mine = [one for one in REGISTRY.commands if roles & one.may]
    here = everyday(mine, roles, private=private)
    facts = {"commands": [_described(one, locale) for one in here], "brief": True, "total": len(mine)}
    return [one.name for one in here], RENDERER.render(locale, "help", facts).chat


def rows(text: str) -> int:
    """The lines as the screen breaks them."""
    return sum(max(1, -(-columns(line) // COLUMNS)) for line in text.splitlines())


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in line)


@pytest.mark.parametrize(("locale", "private"), list(product(("en", "zh"), (True, False))))
def test_it_fits_the_screen_for_every_role_and_every_two(locale: str, *, private: bool) -> None:
    for roles in [*combinations_with_replacement(sorted(STAFF), 2), ("authorizer",)]:
        names, text = shown(set(roles), locale, private=private)
        assert rows(text) <= ROWS, (roles, rows(text), text)
        assert names, roles
        assert len(set(names)) == len(names)
        assert private or PRIVATE_MATTERS.isdisjoint(names), roles
        assert all(set(roles) & REGISTRY.by_name[name].may for name in names), roles


def test_each_role_sees_first_what_is_its_own() -> None:
    first = {role: shown({role}, "en", private=True)[0][0] for role in KNOWN}
    engineers = dict.fromkeys(("resident", "mobile", "senior"), "mine")
    others = {"desk": "new", "manager": "due", "deputy": "due", "security": "security", "authorizer": "allow"}
    assert first == engineers | others
