"""Reads the DATA of one mail from pieces of any size: finds its one true end and refuses what could be read twice.

Only CR LF dot CR LF ends a mail (RFC 5321 4.1.1.4). A bare CR, a bare LF or a NUL anywhere makes the whole mail
refused, so that no other server can see two mails where we see one ("SMTP smuggling"). Lines may have any length.
"""

from __future__ import annotations

from io import BytesIO

from channels.smtp_rules import Budget

DOT = b"\r\n."
END = b"\r\n.\r\n"
HARMLESS = bytes(code for code in range(256) if code not in b"\r\n\0")

BARE = "554 5.6.0 Bare CR, bare LF or NUL in the message"
TOO_BIG = "552 5.3.4 Message too big"
BUSY = "451 4.3.1 Too much mail at once, please try again later"


class Data:
    """The mail that is being received. After a refusal its bytes are dropped, and the rest is only counted."""

    def __init__(self, max_size: int, budget: Budget) -> None:
        self.refusal = ""
        self.seen = 0
        self._max_size = max_size
        self._budget = budget
        self._held = 0
        self._mail = BytesIO()  # which gives its bytes away without a copy, unlike a bytearray
        self._tail = b"\r\n"  # DATA begins as if after a line end: "." alone is an empty mail
        self._skip = 2  # … which is not part of the mail

    def feed(self, chunk: bytes) -> bytes | None:
        """Takes the next bytes. None: the end has not come yet; else the bytes that came after the end."""
        self.seen += len(chunk)
        block = self._tail + chunk
        dot = block.find(DOT)
        end = block.find(END, dot) if dot >= 0 else -1
        if end >= 0:
            self._add(block[: end + 2], dotted=dot < end)
            return block[end + len(END) :]
        # What may be the beginning of an end, or of a stuffed dot, waits for its other half.
        cut = block.find(b"\r", max(0, len(block) - len(END) + 1))
        cut = len(block) if cut < 0 else cut
        self._tail = block[cut:]
        self._add(block[:cut], dotted=dot >= 0)
        return None

    def take(self) -> bytes:
        """The whole mail, dots unstuffed. Its bytes stay counted until `release`."""
        mail = self._mail.getvalue()
        self._mail = BytesIO()
        return mail

    def release(self) -> None:
        """Drops what is held and gives its bytes back to the budget."""
        self._mail = BytesIO()
        self._budget.give_back(self._held)
        self._held = 0

    def _add(self, part: bytes, *, dotted: bool) -> None:
        if self.refusal or not part:
            return
        if not has_clean_lines(part):
            self._refuse(BARE)
            return
        lines = (part.replace(DOT, b"\r\n") if dotted else part)[self._skip :]
        self._skip = 0
        if self._held + len(lines) > self._max_size:
            self._refuse(TOO_BIG)
        elif not self._budget.take(len(lines), self._held):
            self._refuse(BUSY)
        else:
            self._held += len(lines)
            self._mail.write(lines)

    def _refuse(self, reply: str) -> None:
        self.refusal = reply
        self.release()


def has_clean_lines(part: bytes) -> bool:
    """Whether each CR is followed by LF, each LF preceded by CR, and no NUL is there.

    That is so if CR, LF and NUL together are twice as many as the pairs: the cheapest way to see it.
    """
    return len(part.translate(None, HARMLESS)) == 2 * part.count(b"\r\n")
