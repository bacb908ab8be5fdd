"""The section of the configuration about who repairs devices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from bot.config_forms import Locale, Section, of_form
from bot.config_places import Key
from bot.domain.staff import ADDRESS

if TYPE_CHECKING:
    from bot.config import Settings


class Vendor(Section):
    """A maker or a repair shop."""

    key: Annotated[str, of_form("[a-z0-9-]{1,40}", "dell: small letters, digits, dashes; 40 at most")] = Field(
        description="Short name for commands: /repair 17 PC-0117 maker dell."
    )
    name: str = Field("", description="Name in full; empty: the short one.")
    mail: Annotated[str, of_form(f"|{ADDRESS}", "service@dell.example")] = Field(
        "", description="Mail address: gets orders and reminders; what comes from it lands on the repair's ticket."
    )
    kind: Literal["maker", "shop"] = Field(
        description="maker: repairs under his warranty; shop: a third party that is paid."
    )
    language: Literal[Locale, ""] = Field(
        "", description="Language of the mails and the send-out sheet to him; empty: the desk's (desk.locale)."
    )
    days: int | None = Field(
        None, ge=1, le=250, description="A maker's own standard time in working days (SP-5.7); without it none is due."
    )


def contradictions(settings: Settings) -> Iterator[tuple[Key, str]]:
    """What does not fit together."""
    seen: Counter[str] = Counter()
    for place, one in enumerate(settings.vendors):
        if seen[one.key]:
            yield ("vendors", place, "key"), f"the vendor {one.key!r} is there twice"
        if one.days is not None and one.kind == "shop":
            text = "is a maker's; what a shop may take stands in targets.shop_repair"
            yield ("vendors", place, "days"), text
        seen[one.key] += 1
