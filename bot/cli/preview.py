"""`faultdesk preview KIND`: any message as its readers get it, with sample facts, also in texts of your own."""

from __future__ import annotations

import argparse
import tempfile
import webbrowser
from pathlib import Path
from typing import Any

from bot.cli.common import CliError, Parsers, settings_of, terminal_locale
from bot.domain.text import shown


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser(
        "preview",
        help="show a message with sample facts, in the texts of this configuration",
        description="Shows a message as its readers get it. Without a kind: which kinds there are.",
        epilog="example: faultdesk preview confirmation --locale zh --open",
    )
    parser.add_argument("kind", nargs="?", default="", help="for instance confirmation, solution, alert, card")
    parser.add_argument("--locale", metavar="LANGUAGE", default="", help="zh or en (default: the terminal's)")
    parser.add_argument("--open", action="store_true", help="open the mail as a page, and say where that is")
    parser.set_defaults(do=preview)


def preview(arguments: argparse.Namespace) -> int:
    """1 when a text of one's own fails: then ours is shown."""
    from bot.samples import samples  # noqa: PLC0415  -- the daemon's words only for those who look at them
    from bot.starting import renderer_of  # noqa: PLC0415
    from bot.wording import locales  # noqa: PLC0415

    locale = arguments.locale or terminal_locale()
    if locale not in locales():
        raise CliError(f"there is no language {shown(locale)}; there are: {', '.join(locales())}", 2)
    kinds = samples(locale)
    if not arguments.kind:
        print("\n".join(sorted(kinds)))
        return 0
    if arguments.kind not in kinds:
        raise CliError(f"there is no message {shown(arguments.kind)}; all of them: faultdesk preview", 2)
    failed: list[str] = []
    renderer = renderer_of(settings_of(arguments.config)).reporting(lambda where, why: failed.append(f"{where}: {why}"))
    texts = renderer.render(locale, arguments.kind, kinds[arguments.kind])
    for title, words in (("subject", texts.subject), ("mail", texts.text), ("chat", texts.chat)):
        if words:
            print(f"── {title} ──\n{shown(words)}\n")
    if arguments.open:
        _open(arguments.kind, locale, _with_pictures(texts.html, kinds[arguments.kind]))
    for one in failed:
        print(f"your own text fails, this is ours: {shown(one)}")
    return 1 if failed else 0


def _with_pictures(html: str, facts: dict[str, Any]) -> str:
    """The page with the pictures that its mail would carry in parts of its own."""
    for one in facts.get("pictures", ()):
        html = html.replace(f"cid:{one['cid']}", f"data:image/jpeg;base64,{one['data']}")
    return html


def _open(kind: str, locale: str, html: str) -> None:
    if not html:
        raise CliError(f"{kind} has no page: it is said in the chat, or as plain text only")
    page = Path(tempfile.mkdtemp(prefix="faultdesk-")) / f"{kind}-{locale}.html"
    page.write_text(html, encoding="utf-8")
    print(f"the page: {page}")
    webbrowser.open(page.as_uri())
