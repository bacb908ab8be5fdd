"""`faultdesk sheet FD-1 --out FD-1.pdf`: a ticket's sheet as a PDF, a picture of its first side, or a page of HTML."""

from __future__ import annotations

import argparse
import asyncio
import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.common import CliError, Parsers, number_of, settings_of, terminal_locale, through_daemon
from bot.config import Settings
from bot.domain.papers import ISSUE, REPAIR, SERVICE
from bot.domain.text import shown

if TYPE_CHECKING:
    from bot.render import Renderer

FORMATS = ("pdf", "png", "html")
KINDS = (SERVICE, REPAIR, ISSUE)


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser(
        "sheet",
        aliases=["服务单", "单据"],
        help="the service sheet of a ticket, its send-out sheet or requisition, as a printable file",
        epilog="example: faultdesk sheet FD-1 --out FD-1.pdf",
    )
    parser.add_argument("number", help="FD-1 or 1")
    parser.add_argument("--out", metavar="FILE", type=Path, help="a .pdf, .png or .html (default: FD-1.pdf here)")
    parser.add_argument("--kind", choices=KINDS, default=SERVICE, help="service (default), repair or issue")
    parser.add_argument("--locale", metavar="LANGUAGE", default="", help="zh or en (default: the terminal's)")
    parser.set_defaults(do=sheet)


def sheet(arguments: argparse.Namespace) -> int:
    """Writes the file and says where it is."""
    settings, number = settings_of(arguments.config), number_of(arguments.number)
    kind = arguments.kind
    behind = "" if kind == SERVICE else f"-{kind}"
    out = arguments.out or Path(f"{settings.desk.prefix}-{number}{behind}.pdf")
    form = out.suffix.lower().lstrip(".")
    if form not in FORMATS:
        raise CliError(f"{shown(out.name)}: write a name that ends with .{', .'.join(FORMATS)}", 2)
    locale = arguments.locale or terminal_locale()
    asked = {"op": "sheet", "number": number, "kind": kind}
    answer = through_daemon(settings, asked, lambda: _alone(settings, number, kind))
    out.write_bytes(_made(settings, locale, answer["sheet"], form))
    print(out)
    return 0


def _alone(settings: Settings, number: int, kind: str) -> dict[str, Any]:
    from bot.cli.alone import in_house  # noqa: PLC0415  -- the daemon's parts only for those who need them
    from bot.desk.work import Work  # noqa: PLC0415
    from bot.operations import sheet as asked  # noqa: PLC0415

    return in_house(settings, lambda db, house, now: asked(Work(db, house, now), number, kind))


def _made(settings: Settings, locale: str, facts: dict[str, Any], form: str) -> bytes:
    from bot.printing.pages import page  # noqa: PLC0415  -- the same
    from bot.printing.press import PressError, advice, press, redrawn  # noqa: PLC0415  -- the same
    from bot.starting import renderer_of  # noqa: PLC0415  -- the same
    from bot.wording import locales  # noqa: PLC0415  -- the same

    if locale not in locales():
        raise CliError(f"there is no language {shown(locale)}; there are: {', '.join(locales())}", 2)
    renderer, facts = renderer_of(settings), asyncio.run(redrawn(facts))
    if form == "html":
        return _as_html(renderer, locale, facts).encode()
    try:
        return asyncio.run(press({**page(renderer, locale, facts), "format": form}))
    except PressError as error:
        raise CliError(f"cannot be printed: {error.reason}{advice(error.reason)}") from error


def _as_html(renderer: Renderer, locale: str, facts: dict[str, Any]) -> str:
    """The page by itself, its pictures within it."""
    from bot.outgoing import with_sections  # noqa: PLC0415  -- the daemon's parts only for those who need them

    told: dict[str, Any] = {"sheet": facts, "document": None, "unprinted": "", "marker": ""}
    told |= {name: facts[name] for name in ("number", "zone", "now")}
    told |= with_sections(renderer, locale, told)
    html = renderer.render(locale, "paper" if facts.get("paper") else "sheet", told).html
    for one in told["pictures"]:
        html = html.replace(f"cid:{one['cid']}", f"data:image/jpeg;base64,{base64.b64encode(one['data']).decode()}")
    return html
