"""HTML to plain text: one linear pass over its tags, so that no nesting, size or broken mark-up can hold it up.

Nothing is fetched, run or kept of scripts, styles, images and links; what a client marks as quoted comes out behind
"> ", as in a text mail.
"""

from __future__ import annotations

import re
from html import unescape

from bot.parsing import limits

_SKIPPED = re.compile(r"<(script|style|title|svg|math|template|xml|object|applet|select)\b", re.IGNORECASE)
# A tag whose quoted attributes may hold ">", then whatever else begins like a tag. None of it runs past the next "<".
_TAG = re.compile(
    r"<(/?)([A-Za-z][A-Za-z0-9]*+)((?:[^<>\"']|\"[^\"<]*+\"|'[^'<]*+')*+)>|<[A-Za-z!/?][^<>]*+>",
)
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_EMPTY_LINES = re.compile(r"\n(?:>*[ \t]*\n){2,}")
_LINE_TAGS = frozenset(
    "address article aside body center dd details div dl dt fieldset figcaption figure footer form header html li main "
    "nav ol section summary table tbody tfoot thead tr ul".split()
)
_PARAGRAPH_TAGS = frozenset("p h1 h2 h3 h4 h5 h6 pre".split())
_CELL_TAGS = frozenset(("td", "th"))
_QUOTED_BLOCK = re.compile(r"gmail_attr|moz-cite-prefix", re.IGNORECASE)
_INDENTED = re.compile(r"border(?:-left)?\s*:\s*(?:none|0)", re.IGNORECASE)
_ONE_BY_ONE = re.compile(r"margin(?:-bottom)?\s*:\s*0|msonormal", re.IGNORECASE)


def html_to_text(html: str) -> str:
    """The words of an HTML mail, line by line; over 512 KiB only its tags are taken out."""
    html = _without_skipped(_without_comments(html))
    if len(html) > limits.HTML:
        return unescape(_TAG.sub(" ", html))
    writer = _Writer()
    at = 0
    for tag in _TAG.finditer(html):
        writer.words(html[at : tag.start()])
        at = tag.end()
        if tag[2]:
            writer.tag(tag[2].lower(), tag[3], closing=bool(tag[1]))
    writer.words(html[at:])
    return writer.text()


def _without_comments(html: str) -> str:
    kept, at = [], 0
    while (start := html.find("<!--", at)) >= 0 and (end := html.find("-->", start)) >= 0:
        kept.append(html[at:start])
        at = end + 3
    return "".join([*kept, html[at:]]) if at else html


def _without_skipped(html: str) -> str:
    """Without the elements whose content is no text. One that never closes loses only its tag."""
    kept, at, unclosed = [], 0, set()
    while found := _SKIPPED.search(html, at):
        name = found[1].lower()
        end = None if name in unclosed else re.compile(rf"</{name}\b[^<>]*+>", re.IGNORECASE).search(html, found.end())
        if end is None:
            unclosed.add(name)
        kept.append(html[at : found.start() if end else found.end()])
        at = end.end() if end else found.end()
    return "".join([*kept, html[at:]]) if at else html


class _Writer:
    """Collects words into lines."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes: list[list[int | str]] = []  # each quoting element's tag, and how many of that tag are open in it
        self._pre = 0
        self._gap = False  # whether the paragraph that is open, or was last, stands apart from its neighbours

    def words(self, source: str) -> None:
        if not source:
            return
        text = unescape(source) if "&" in source else source
        if self._pre:
            first, *others = text.replace("\r\n", "\n").split("\n")
            self._line.append(first)
            for line in others:
                self._end_line()
                self._line.append(line)
        else:
            text = _BLANKS.sub(" ", text)
            if text != " " or self._line:
                self._line.append(text)

    def tag(self, name: str, attributes: str, *, closing: bool) -> None:
        if name == "br":
            self._end_line()
        elif name == "hr":
            self._begin_line()
            self._line.append("-" * 20)
            self._end_line()
        elif name in _CELL_TAGS and not closing:
            self._line.append(" ")
        elif name in _LINE_TAGS or name == "blockquote":
            self._begin_line()
            if name == "li" and not closing:
                self._line.append("- ")
        elif name in _PARAGRAPH_TAGS:
            self._gap = self._gap if closing else not _ONE_BY_ONE.search(attributes)
            self._begin_line(blank=self._gap)
            self._pre = max(0, self._pre + (-1 if closing else 1)) if name == "pre" else self._pre
        self._track_quotes(name, attributes, closing=closing)

    def _track_quotes(self, name: str, attributes: str, *, closing: bool) -> None:
        """Knows by counting tags of one name when a quoting element ends, whatever else is broken inside."""
        if name == "blockquote":
            quotes = not closing and not _INDENTED.search(attributes)
        else:
            quotes = not closing and name in {"div", "span"} and _QUOTED_BLOCK.search(attributes) is not None
        if quotes:
            self._begin_line()
            self._quotes.append([name, 1])
        elif self._quotes and self._quotes[-1][0] == name:
            left = int(self._quotes[-1][1]) + (-1 if closing else 1)
            self._quotes[-1][1] = left
            if left == 0:
                self._begin_line()
                self._quotes.pop()

    def _begin_line(self, *, blank: bool = False) -> None:
        if "".join(self._line).strip():
            self._end_line()
        self._line.clear()
        if blank and self._lines and self._lines[-1].strip("> "):
            self._end_line()

    def _end_line(self) -> None:
        prefix = ">" * min(len(self._quotes), 20) + " " if self._quotes else ""
        line = "".join(self._line).replace("\xa0", " ")
        self._lines.append((prefix + (line if self._pre else line.strip(" "))).rstrip())
        self._line.clear()

    def text(self) -> str:
        self._begin_line()
        return _EMPTY_LINES.sub("\n\n", "\n".join(self._lines)).strip("\n")
