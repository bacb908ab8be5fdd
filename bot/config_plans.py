"""The section of the configuration about emergency plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from bot.config_forms import Section, of_form
from bot.config_places import Key

if TYPE_CHECKING:
    from bot.config import Settings

Line = Annotated[str, Field(min_length=1, max_length=200)]


class Plan(Section):
    """What is to be done when a kind of event happens (SP-4.7)."""

    key: Annotated[str, of_form("[a-z0-9-]{1,40}", "network: small letters, digits, dashes; 40 at most")] = Field(
        description="Short name for commands: /plan 17 network."
    )
    name: str = Field("", description="Name in full; empty: the short one.")
    when: str = Field("", description="When it applies, in words.")
    steps: list[Line] = Field(
        min_length=1, max_length=30, description="What is done, by whom, in this order; say whom to call."
    )


def contradictions(settings: Settings) -> Iterator[tuple[Key, str]]:
    """What does not fit together."""
    seen: Counter[str] = Counter()
    for place, one in enumerate(settings.plans):
        if seen[one.key]:
            yield ("plans", place, "key"), f"the plan {one.key!r} is there twice"
        seen[one.key] += 1
