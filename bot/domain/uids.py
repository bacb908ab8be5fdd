"""Sets of a mailbox's UIDs (RFC 3501 2.3.1.1), kept as spans: a folder of a million mails costs no more than one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

MOST = 2**32 - 1
"""The largest UID that there can be."""


class UidSet:
    """A set of UIDs. Its text is that of IMAP: "1:5000,5002"; "" is the empty set."""

    def __init__(self, text: str = "") -> None:
        """Reads the set. Raises ValueError for what is none."""
        self._spans: list[tuple[int, int]] = []
        for part in filter(None, text.split(",")):
            first, _, last = part.partition(":")
            self.add_span(int(first), int(last or first))

    def __str__(self) -> str:
        return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in self._spans)

    def __bool__(self) -> bool:
        return bool(self._spans)

    def __contains__(self, uid: int) -> bool:
        place = bisect_right(self._spans, (uid, MOST)) - 1
        return place >= 0 and self._spans[place][1] >= uid

    @property
    def floor(self) -> int:
        """The last UID of which it and all below it are in the set; 0 if there is none."""
        return self._spans[0][1] if self._spans and self._spans[0][0] == 1 else 0

    def add(self, uids: Iterable[int]) -> None:
        """Takes in these UIDs."""
        for first, last in spans(uids):
            self.add_span(first, last)

    def add_span(self, first: int, last: int) -> None:
        """Takes in all from the first to the last. Raises ValueError for what no mailbox can hold."""
        if not 1 <= first <= last <= MOST:
            raise ValueError(f"no span of UIDs: {first}:{last}")
        apart = [one for one in self._spans if one[1] + 1 < first or last + 1 < one[0]]
        touching = [one for one in self._spans if one not in apart] if len(apart) < len(self._spans) else []
        joined = (min([first, *(one[0] for one in touching)]), max([last, *(one[1] for one in touching)]))
        self._spans = sorted([*apart, joined])


def spans(uids: Iterable[int]) -> list[tuple[int, int]]:
    """The UIDs as (first, last) of each run without a gap."""
    found: list[tuple[int, int]] = []
    for uid in sorted(set(uids)):
        if found and uid == found[-1][1] + 1:
            found[-1] = (found[-1][0], uid)
        else:
            found.append((uid, uid))
    return found


def sequence(uids: Iterable[int]) -> str:
    """The UIDs as a command names them."""
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in spans(uids))
