"""Turns (locale, kind, facts) into words; the only user of the template engine."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FileSystemLoader,
    FunctionLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    TemplateError,
    pass_context,
)
from jinja2.runtime import Context
from markupsafe import Markup, escape

from bot.domain.headers import clean_header
from bot.domain.quotes import MARKER
from bot.domain.text import safe_text
from bot.sandbox import Bounded
from bot.wording import Words, known_locale, locales, read_phrases

Facts = Mapping[str, Any]
Report = Callable[[str, str], None]
T = TypeVar("T")

LONG_FACTS = frozenset({"text", "command"})
"""The facts that may be long and have several lines; every other text is one line wherever it is shown."""

FACT_LIMIT = 300  # characters of a one-line fact
OUTPUT_LIMIT = 5_000_000  # characters of one block of a customer's template
TURNS_LIMIT = 100_000  # turns of all loops of one message of a customer's templates

FAILURES = (
    *(TemplateError, ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError),
    OSError,
)
"""What a customer's own template can raise: it may hold any expression of the template language."""

_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
_WHOLE = '<span style="white-space:nowrap;">{}</span>'
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Texts:
    """One message in every form that its template has; "" for a form it lacks. All but `html` are plain text."""

    subject: str = ""
    text: str = ""
    html: str = ""
    chat: str = ""


class Renderer:
    """Says what is to be said, in the reader's language.

    Args:
        organisation: who speaks, as it signs its mails.
        hotline: the telephone number round the clock, or "".
        mailbox: the address that faults are mailed to.
        timezone: IANA name of the zone that times are told in where the facts name no other (`zone`).
        overrides: the customer's own folder of `<locale>/<kind>.j2`, `<locale>/phrases.toml` and layouts. A block that
            his template lacks is taken from ours (`ours/…` names our files); if his fails, the whole message is ours.
        report: told (locale/kind, reason) each time that an own template fails.
    """

    def __init__(
        self,
        organisation: str,
        hotline: str,
        mailbox: str,
        timezone: str,
        overrides: Path | None = None,
        *,
        report: Report = lambda _where, _why: None,
    ) -> None:
        always = {"organisation": organisation, "hotline": hotline, "mailbox": mailbox}
        always |= {"zone": timezone, "home": timezone}
        self._always = {"marker": MARKER} | {key: _tidy(value) for key, value in always.items()}
        self._voices = {locale: _our_voice(locale) for locale in locales()}
        self._overrides, self.report = overrides, report
        self._own: dict[str, _Voice] = {}
        self._failing: set[str] = set()

    @property
    def folder(self) -> Path | None:
        """The customer's own folder."""
        return self._overrides

    def blocks(self, locale: str, kind: str) -> tuple[frozenset[str], frozenset[str]]:
        """The names of the blocks in the customer's own template of a message, and in ours. Raises as `render` may."""
        assert self._overrides is not None  # noqa: S101  -- asked of what lies in that folder
        own, ours = self._own_voice(locale, self._overrides).blocks(kind)
        return own, ours

    @property
    def problem(self) -> str:
        """Which of the customer's own texts failed when they were last to be sent; "" for none."""
        names = ", ".join(sorted(self._failing)[:5])
        return f"texts of your own fail, ours are used: {names}; see faultdesk check" if names else ""

    def reporting(self, report: Report) -> Renderer:
        """The same, but who is told of failing own templates is another."""
        told = copy(self)
        told.report = report
        return told

    def render(self, locale: str, kind: str, facts: Facts) -> Texts:
        """The message in `locale` (English if unknown). Instants among the facts are ISO 8601 text.

        Raises TemplateError for an unknown kind or a missing fact.
        """
        values = self._values(facts)
        return self._say(known_locale(locale), kind, lambda voice: voice.message(kind, values))

    def chat(self, locale: str, kind: str, facts: Facts) -> str:
        """The same in a chat's words alone, or in its text where it has none of these."""
        values = self._values(facts)
        return self._say(known_locale(locale), kind, lambda voice: voice.chat(kind, values))

    def phrase(self, locale: str, key: str, **facts: Any) -> str:
        """One short answer or label. Raises KeyError for an unknown key, TemplateError for a missing fact."""
        values = self._values(facts)
        return self._say(known_locale(locale), key, lambda voice: voice.phrase(key, values))

    def _values(self, facts: Facts) -> dict[str, Any]:
        values = self._always | {key: _tidy(value, key) for key, value in facts.items()}
        if "number" in values:
            values.setdefault("tag", f"[{values['number']}]")
        return values

    def _say(self, locale: str, what: str, how: Callable[[_Voice], T]) -> T:
        if self._overrides:
            name = f"{locale}/{what}"
            try:
                said = how(self._own_voice(locale, self._overrides))
                self._failing.discard(name)
            except FAILURES as error:
                self._failing.add(name)
                self.report(name, f"{type(error).__name__}: {error}")
            else:
                return said
        return how(self._voices[locale])

    def _own_voice(self, locale: str, overrides: Path) -> _Voice:
        if locale not in self._own:
            self._own[locale] = _Voice(locale, overrides)
        return self._own[locale]


class _Voice:
    """One language: its words, its compiled templates and, for a customer's folder, a bound on what they may cost."""

    def __init__(self, locale: str, overrides: Path | None = None) -> None:
        self._locale = locale
        self._words = Words(read_phrases(locale, overrides))
        ours = FunctionLoader(_built_in)
        loader: BaseLoader = ours
        if overrides:
            loader = ChoiceLoader([FileSystemLoader(overrides), ours, PrefixLoader({"ours": ours})])
        self._places = ("{}/{}.j2", "ours/{}/{}.j2") if overrides else ("{}/{}.j2",)
        self._bounds = (TURNS_LIMIT, OUTPUT_LIMIT) if overrides else (math.inf, math.inf)
        self._plain = self._environment(loader, autoescape=False)
        self._html = self._environment(loader, autoescape=True)
        self._shared = dict(self._plain.globals) | {"locale": locale}
        self._phrases: dict[str, Template] = {}

    def _environment(self, loader: BaseLoader, *, autoescape: bool) -> Bounded:
        environment = Bounded(
            loader=loader,
            autoescape=autoescape,
            undefined=StrictUndefined,
            auto_reload=False,
            cache_size=-1,
            trim_blocks=True,
            lstrip_blocks=True,
            bounds=self._bounds,
        )
        environment.take(_filters(self._words) | {"phrase": self._phrase_in})
        return environment

    def blocks(self, kind: str) -> list[frozenset[str]]:
        """The names of the blocks of a message's templates, the customer's own first."""
        names = (place.format(self._locale, kind) for place in self._places)
        return [frozenset(self._plain.get_template(name).blocks) for name in names]

    def message(self, kind: str, values: dict[str, Any]) -> Texts:
        self._plain.begin()
        self._html.begin()
        values = self._shared | values
        subject = clean_header(self._block(self._plain, kind, "subject", values))
        values = values | {"mail_subject": subject}
        text = self._page("_layout.text.j2", values, self._block(self._plain, kind, "text", values))
        html = self._page("_layout.html.j2", values, Markup(self._block(self._html, kind, "html", values)))  # noqa: S704  -- made by the escaping environment
        return Texts(subject, _compact(text), html, _compact(self._block(self._plain, kind, "chat", values)))

    def chat(self, kind: str, values: dict[str, Any]) -> str:
        self._plain.begin()
        return (
            _compact(self._block(self._plain, kind, "chat", self._shared | values)) or self.message(kind, values).text
        )

    def phrase(self, key: str, values: dict[str, Any]) -> str:
        self._plain.begin()
        return self._phrase(key, values)

    def _phrase(self, key: str, values: dict[str, Any]) -> str:
        if key not in self._phrases:
            self._phrases[key] = self._plain.from_string(self._words.phrases[key])
        return self._plain.joined(_run(self._phrases[key], self._shared | values))

    @pass_context
    def _phrase_in(self, context: Context, key: str) -> str:
        return self._phrase(key, context.get_all())

    def _block(self, environment: Bounded, kind: str, name: str, values: dict[str, Any]) -> str:
        for place in self._places:
            template = environment.get_template(place.format(self._locale, kind))
            if name in template.blocks:
                return environment.joined(_run(template, values, name))
        return ""

    def _page(self, layout: str, values: dict[str, Any], content: str) -> str:
        if not content or not values["mail_subject"]:  # without a subject it is no mail: an attached list
            return content
        environment = self._html if isinstance(content, Markup) else self._plain
        page = environment.joined(_run(environment.get_template(layout), values | {"content": content}))
        return _unbroken(page, values) if isinstance(content, Markup) else page


def _unbroken(page: str, values: Mapping[str, Any]) -> str:
    """The page with the hotline and the tickets' numbers, which a phone would break at their hyphens, in one piece."""
    head, body, rest = page.partition("<body")
    prefix = str(values.get("number", "")).rpartition("-")[0]
    kept = [re.escape(str(escape(values["hotline"])))] if values["hotline"] else []
    kept += [rf"\b{re.escape(prefix)}-[0-9]{{1,9}}\b"] if prefix else []
    if not (body and kept):
        return page
    pieces = re.compile(rf"<[^<>]*>|({'|'.join(kept)})")
    return head + body + pieces.sub(lambda one: _WHOLE.format(one[1]) if one[1] else one[0], rest)


@cache
def _our_voice(locale: str) -> _Voice:
    """What we ship in that language, compiled once in a process: it says the same for whoever speaks."""
    return _Voice(locale)


def _built_in(name: str) -> str | None:
    """One of our own templates, wherever the package is installed."""
    place = files("templates").joinpath(*name.split("/"))
    return place.read_text("utf-8") if ".." not in name and place.is_file() else None


def _run(template: Template, values: dict[str, Any], block: str = "") -> Iterator[str]:
    """The whole template or one block of it. `values` hold the globals too: merging them anew takes half the time."""
    how = template.blocks[block] if block else template.root_render_func
    return how(template.new_context(values, shared=True))


def _compact(text: str) -> str:
    return _BLANK_LINES.sub("\n\n", text).strip()


def _tidy(value: Any, key: str = "") -> Any:
    """A fact as it may be shown: no template can forget to clean what a stranger wrote (reliability 3 A 41 to 44)."""
    if isinstance(value, str):
        if value.isascii() and value.isprintable() and len(value) <= FACT_LIMIT:
            return value
        return _DIRECTIONS.sub("", safe_text(value)) if key in LONG_FACTS else clean_header(value, FACT_LIMIT)
    if isinstance(value, Mapping):
        return {name: _tidy(inner, name) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_tidy(inner, key) for inner in value]
    return value


def _filters(words: Words) -> dict[str, Callable[..., Any]]:
    def named(context: Context, moment: str, zone: str) -> str:
        """Which zone's time it is, where it is not the desk's."""
        return "" if zone == context["home"] else f" {words.zone(moment, zone)}"

    @pass_context
    def when(context: Context, moment: str, zone: str = "") -> str:
        zone = zone or context["zone"]
        return words.when(moment, zone, context.get("now", "")) + named(context, moment, zone)

    @pass_context
    def on(context: Context, moment: str) -> str:
        return words.on(moment, context["zone"], context.get("now", ""))

    @pass_context
    def time(context: Context, moment: str) -> str:
        return words.time(moment, context["zone"]) + named(context, moment, context["zone"])

    names: dict[str, Callable[..., Any]] = {table: partial(words.name, table) for table in words.tables()}
    return names | {
        "when": when,
        "on": on,
        "time": time,
        "span": words.span,
        "exactly": words.exactly,
        "size": words.size,
        "listed": words.listed,
        "note": words.note,
        "label": words.label,
        "excerpt": _excerpt,
        "quoted": _quoted,
        "lines": _lines,
    }


def _excerpt(text: str, limit: int) -> str:
    """The beginning of a long text."""
    text = text.strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _quoted(text: str, mark: str = "> ") -> str:
    """Every line behind a mark: nobody's words can pass for ours."""
    return "\n".join(f"{mark}{line}".rstrip() for line in text.strip().split("\n"))


def _lines(text: str) -> Markup:
    """The text for HTML, its line ends kept."""
    return Markup("<br>\n").join(escape(line) for line in text.strip().split("\n"))
