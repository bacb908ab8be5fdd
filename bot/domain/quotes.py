"""Finds the new words of an answer: without what it quotes and without its signature. Linear in the text's length.

Three kinds of cut: our own marker; a line or block after which all is old (a separator, a mail's headers, an
attribution with nothing quoted by ">" below it); and lines quoted by ">", wherever they stand.
"""

from __future__ import annotations

import re

from bot.domain import quote_patterns as patterns
from bot.domain.quote_patterns import MARKER
from bot.domain.signatures import RULERS, has_words, without_ruler, without_signature

__all__ = ["MARKER", "adds_nothing", "is_forward", "is_reply", "new_words"]

LIMIT, LINE_LIMIT = 200_000, 5_000
"""Characters and lines that are looked at; what lies beyond is no new word."""

_LONGEST_LINE = 600
_FOLDED_LINES = 4
_HEADER_WINDOW = 8
_LONGEST_NAME = 30
_LONG, _FULL, _REST = 60, 68, 40
"""Characters: of a quoted line that a program may break, of it with the first word of the rest, and of the rest."""
_SENTENCE_ENDS = (".", "?", "!", ":", ";", "。", "？", "！", "：", "；")
_LINK_ALONE = re.compile(r"<https?://[^<>\s]{1,500}>[.,;]?")
_MANY_EMPTY_LINES = re.compile(r"\n{4,}")


def is_forward(subject: str) -> bool:
    """Whether the subject says that the mail passes on another one: then that one is what it is about."""
    return patterns.FORWARD_SUBJECT.match(subject) is not None


def is_reply(subject: str, references: tuple[str, ...]) -> bool:
    """Whether a mail is an answer, so that old words may be taken out of it: a first mail is never stripped."""
    return not is_forward(subject) and (bool(references) or patterns.REPLY_SUBJECT.match(subject) is not None)


def new_words(text: str, writer: str = "") -> str:
    """What this answer adds. Never empty where the text is not: an answer of quotes alone is kept whole.

    `writer` is the name that the mail gives to its sender: alone below his words and above what is old, it is no word.
    """
    lines, kept = _lines_and_new(text, writer)
    if not has_words(kept):
        kept = without_signature(_without_quoted_lines(_without_headings(lines)))
    return _joined(kept) if has_words(kept) else text.strip()


def adds_nothing(text: str, writer: str = "") -> bool:
    """Whether all the words of an answer are old: then `new_words` gives them, rather than none."""
    return not has_words(_lines_and_new(text, writer)[1])


def _lines_and_new(text: str, writer: str) -> tuple[list[str], list[str]]:
    """All lines that are looked at, and those of them that are new."""
    short = _MANY_EMPTY_LINES.sub("\n\n\n", text[:LIMIT]).split("\n", LINE_LIMIT)[:LINE_LIMIT]
    plain = (line.replace("\xa0", " ").replace("&nbsp;", " ").rstrip() for line in short)
    lines = _with_plain_quotes([piece for line in plain for piece in patterns.unglued(line)])
    new = _without_quoted_lines(_before_old(lines))
    kept = without_signature(new)
    old_below = len(new) < len(lines) and not text.rstrip().endswith(writer)
    if old_below and kept and kept[-1].strip() == writer and has_words(kept[:-1]):
        kept = without_signature(kept[:-1])
    return lines, kept


def _joined(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _with_plain_quotes(lines: list[str]) -> list[str]:
    """The lines with ">" where a bulletin board quoted by ":", below its own attribution."""
    if not any(patterns.is_bbs_attribution(line) for line in lines):
        return lines
    return [f">{line[1:]}" if line.startswith((": ", ":\t")) or line == ":" else line for line in lines]


# ---- all old from here on ----


def _before_old(lines: list[str]) -> list[str]:
    """The lines above the first one after which all is old."""
    for at, line in enumerate(lines):
        if len(line) <= _LONGEST_LINE and line.strip() and _all_old_from(lines, at):
            return without_ruler(lines[: top_of_block(lines, at)])
    return lines


def _all_old_from(lines: list[str], at: int) -> bool:
    line = lines[at]
    if patterns.is_marker(line) and not _is_quoted(line):
        return True
    if patterns.is_groupwise_heading(line):
        return True
    if _is_quoted(line):
        return False
    if patterns.is_separator(line) or patterns.is_list_footer(lines, at):
        return True
    if patterns.header_kind(line) and (is_header_block(lines, at) or _are_two_headers(lines, at)):
        return True
    end = attribution_end(lines, at)
    return end > at and not _quote_follows(lines, end)


def _are_two_headers(lines: list[str], at: int) -> bool:
    """Below words, two may do; at the top they are those of a mail that is passed on."""
    return patterns.are_two_headers(lines[at : at + 2]) and has_words(lines[:at])


def is_header_block(lines: list[str], at: int) -> bool:
    """Whether the headers of a mail begin here: three kinds or more within eight lines, with an address or a date."""
    kinds: set[str] = set()
    proof = False
    for line in lines[at : at + _HEADER_WINDOW]:
        kind = patterns.header_kind(line)
        if not kind and not line.strip() and len(kinds) > 2:  # noqa: PLR2004  -- a block is three headers or more
            break
        if kind:
            kinds.add(kind)
            proof = proof or patterns.proves_headers(kind, line)
    return proof and len(kinds) > 2 and bool(kinds & {"from", "to"})  # noqa: PLR2004  -- as above


def top_of_block(lines: list[str], at: int) -> int:
    """Where the heading of a quoted mail really begins: Lotus Notes puts the name and the date above the headers."""
    if not patterns.header_kind(lines[at]):
        return _above_foxmail_name(lines, at) if patterns.is_separator(lines[at]) else at
    top = at
    for above in range(at - 1, max(-1, at - 1 - _HEADER_WINDOW), -1):
        under_name = above + 1 == top and patterns.is_date_alone(lines[top])
        if patterns.is_notes_heading(lines[above]) or (under_name and patterns.is_name_alone(lines[above])):
            top = above
        elif lines[above].strip(RULERS):
            break
    return _above_foxmail_name(lines, top)


def _above_foxmail_name(lines: list[str], top: int) -> int:
    """Foxmail ends its own part, above the headers, with the writer's date and name or name and address."""
    above = [at for at in range(max(0, top - 2 * _HEADER_WINDOW), top) if lines[at].strip()][-2:]
    if len(above) < 2 or len(lines[above[0]].strip()) > _LONGEST_NAME:  # noqa: PLR2004  -- two lines
        return top
    in_one_piece = above[1] == above[0] + 1 or not lines[max(0, above[0] - 1)].strip()
    if not in_one_piece or not any(map(str.strip, lines[: above[0]])):
        return top
    first, second = (lines[at].strip() for at in above)
    dated = patterns.is_date_alone(first) and len(second) <= _LONGEST_NAME
    return above[0] if dated or patterns.is_address_alone(second) else top


# ---- lines quoted by ">" ----


def _is_quoted(line: str) -> bool:
    return patterns.QUOTED_LINE.match(line) is not None


def _quote_follows(lines: list[str], at: int) -> bool:
    """Whether the next line with words is a quoted one."""
    following = next((line for line in lines[at : at + 3] if line.strip()), "")
    return _is_quoted(following)


def attribution_end(lines: list[str], at: int) -> int:
    """The line after the attribution ("On … X wrote:") that begins here, folded over up to four lines; else `at`."""
    strength = patterns.opening_strength(lines[at])
    if not strength:
        return at
    for end in range(at, min(at + _FOLDED_LINES, len(lines))):
        line = lines[end]
        if not line.strip() or len(line) > _LONGEST_LINE:
            return at
        if patterns.ends_attribution(line):
            begins_later = any(
                patterns.opening_strength(lines[later]) >= strength
                and _is_attribution(lines, later, end)
                and not patterns.names_nobody(lines[later])
                for later in range(at + 1, end + 1)
            )
            return end + 1 if not begins_later and _is_attribution(lines, at, end) else at
    return at


def _is_attribution(lines: list[str], at: int, end: int) -> bool:
    return patterns.is_attribution(" ".join(line.strip() for line in lines[at : end + 1]))


def _without_quoted_lines(lines: list[str]) -> list[str]:
    """Without lines quoted by ">" and the attributions above them. One such line alone may be a sentence: it stays."""
    marked = [_is_quoted(line) for line in lines]
    quoted = [is_old or _is_cut_off(lines, marked, at) for at, is_old in enumerate(marked)]
    lone = sum(quoted) == 1 and not any(_introduces(lines, at) for at, is_old in enumerate(quoted) if is_old)
    if not any(quoted) or lone:
        return _without_last_attribution(lines)
    kept: list[str] = []
    for at, line in enumerate(lines):
        if not quoted[at]:
            kept.append(line)
        elif at and not quoted[at - 1]:
            kept = _without_last_attribution(kept, short=True)
    return kept


def _is_cut_off(lines: list[str], marked: list[bool], at: int) -> bool:
    """Whether the line between two quoted ones is the end of the first, which a program broke without a mark."""
    if at == 0 or not marked[at - 1] or not any(marked[at + 1 : at + 2]) or not lines[at].strip():
        return False
    above, line = lines[at - 1].rstrip(), lines[at].rstrip()
    if _LINK_ALONE.fullmatch(line):
        return True
    cut = len(above) >= _LONG and len(line) <= _REST and not above.endswith(_SENTENCE_ENDS)
    return cut and len(above) + len(line.split()[0]) >= _FULL


def _introduces(lines: list[str], at: int) -> bool:
    """Whether the quoted line is one beyond doubt: an attribution or nothing stands above it, or it ends the text, or
    it stands apart from what is above, where that announces nothing ("I type:").
    """
    above = lines[:at]
    words = [line.rstrip() for line in above if line.strip()]
    if not words or not any(map(str.strip, lines[at + 1 :])):
        return True
    apart = not lines[at - 1].strip() and lines[at].startswith("> ") and not words[-1].endswith((":", "："))
    return apart or _without_last_attribution(above, short=True) != above


def _without_last_attribution(lines: list[str], *, short: bool = False) -> list[str]:
    """Without an attribution that ends the text; a `short` one ("Anna wrote:") counts only right above a quote."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    for at in range(max(0, end - _FOLDED_LINES), end):
        if attribution_end(lines[:end], at) == end:
            return lines[:at]
    if short and end and patterns.SHORT_ATTRIBUTION.match(lines[end - 1]):
        return lines[: end - 1]
    return lines


def _without_headings(lines: list[str]) -> list[str]:
    """For an answer below its quote: without separators and header lines, but with all that follows them."""
    return [
        line
        for line in lines
        if not (patterns.is_separator(line) or patterns.is_marker(line) or patterns.header_kind(line))
    ]
