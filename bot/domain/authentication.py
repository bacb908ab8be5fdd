"""Reads an Authentication-Results header (RFC 8601): has our border proved that the mail comes from its From domain?

It fails closed: a header that does not fit the grammar, that says two things about DMARC, or that another server wrote
proves nothing. The values in it come in part from the sender, so nothing in quotes or comments is taken for a result.
"""

from __future__ import annotations

import re

Tokens = list[str]
"""A piece of the header; a quoted string still has its first quote, so that nothing in it passes for a sign."""

_TOKEN = re.compile(r'[ \t]++|"(?:[^"\\]|\\.)*+"|[^\s"()\\;=]++|[;=()]')
_IN_COMMENT = re.compile(r"[()]|(?:[^()\\]|\\.)++")
_ESCAPED = re.compile(r"\\(.)")


def proves_domain(header: str, authserv_id: str, domain: str) -> bool:
    """Whether the server `authserv_id` wrote the header and says in it `dmarc=pass` for exactly this From domain.

    `header` is the value of the topmost one in the mail, in one line. An SPF or DKIM pass alone does not count: the
    domain that it proves need not be that of the From header (RFC 7489 3.1).
    """
    pieces = _pieces(header) if header.isascii() and authserv_id and domain else []
    if not pieces or not _is_by(pieces[0], authserv_id):
        return False
    verdicts = [piece for piece in pieces[1:] if piece and piece[0].lower().startswith("dmarc")]
    return len(verdicts) == 1 and _passes(verdicts[0], domain)


def _pieces(header: str) -> list[Tokens]:
    """What stands between the semicolons, without comments (which nest); [] where the header is broken."""
    pieces: list[Tokens] = [[]]
    at = depth = 0
    while at < len(header):
        match = (_IN_COMMENT if depth else _TOKEN).match(header, at)
        if match is None:
            return []
        found, at = match[0], match.end()
        depth += {"(": 1, ")": -1}.get(found, 0)
        if depth < 0:
            return []
        if found == ";" and not depth:
            pieces.append([])
        elif not depth and found != ")" and not found.isspace():
            pieces[-1].append(found)
    return pieces if depth == 0 else []


def _is_by(head: Tokens, authserv_id: str) -> bool:
    """The server's name, and perhaps the version, which is 1."""
    return head[1:] in ([], ["1"]) and bool(head) and _value(head[0]) == authserv_id.lower()


def _passes(tokens: Tokens, domain: str) -> bool:
    """`dmarc=pass`, then properties, one of which is `header.from` with the domain."""
    names, signs, values = tokens[::3], tokens[1::3], tokens[2::3]
    if len(tokens) % 3 or set(signs) != {"="} or "=" in (*names, *values):
        return False
    found = [(name.lower(), _value(value)) for name, value in zip(names, values, strict=True)]
    proved = [value for name, value in found[1:] if name == "header.from"]
    return found[0] in {("dmarc", "pass"), ("dmarc/1", "pass")} and proved == [domain.lower()]


def _value(token: str) -> str:
    return (_ESCAPED.sub(r"\1", token[1:-1]) if token.startswith('"') else token).lower()
