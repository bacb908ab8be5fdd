"""What a mail means: written by a person or a machine, and whether an automatic answer may go to it.

Two verdicts, not one (decisions: Mail): *automatic* mail and bounces are filed and never answered; *no-answer* mail
opens a ticket and pings, but gets no automatic reply. One rule is one predicate; it returns its reason, or "".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.domain.messages import ParsedMail

Kind = Literal["human", "no-answer", "automatic", "bounce"]

AUTHENTICATION = "authentication-results"
KEPT_HEADERS = (
    AUTHENTICATION, "auto-submitted", "date", "feedback-id", "list-help", "list-id", "list-post",
    "list-unsubscribe", "precedence", "reply-to", "return-path", "sender", "x-auto-response-suppress", "x-autoreply",
    "x-autorespond", "x-autoresponder", "x-failed-recipients", "x-faultdesk-loop", "x-loop", "x-qq-bounce",
)  # fmt: skip
"""The headers whose first value the parser keeps, by lower-case name. Beside them it keeps `received-count` and, of a
delivery report, what its machine-readable parts say: `report:message-id`, `report:action`, `report:status`,
`report:recipient` (a colon cannot stand in a header's name, so no header can pretend to be one of these)."""

MAX_RECEIVED = 50
MAX_NESTED_TAGS = 3

_NO_REPLY = re.compile(
    r"(?:.*[._+-])?(?:no[._-]?reply|do[._-]?not[._-]?reply|no[._-]?response|noanswer|unattended)(?:[._+-].*|\d*)"
)
_MAILER = re.compile(r"(?:mailer-daemon|mail-daemon|mailerdaemon|mdaemon|microsoftexchange[0-9a-f]{16,})(?:[+._-].*)?")
_POSTMASTER = re.compile(r"(?:postmaster|bounces?|mail-?admin|mmdf|root|system)(?:[+._-].*)?")
_PREFIX = r"(?:(?:re|aw|sv|回复|回覆|答复|答覆)\s*[:：]\s*)*"
_VACATION_SUBJECT = re.compile(
    _PREFIX + r"(?:"
    r"(?:automatic(?:ally generated)? reply|automated (?:reply|response)|auto[- ]?(?:reply|response|responder)|auto|"
    r"out[- ]of[- ](?:the[- ])?office(?:[- ]auto(?:matic)?[- ]?reply)?(?: notification)?|ooo|"
    r"vacation(?: reply| response)?|"
    r"away from (?:my )?(?:mail|office)|"
    r"自动回复|自動回覆|自動回復|自动答复|自動答覆|自动应答|假期自动回复|休假自动回复|外出自动回复|不在办公室|不在辦公室|"
    r"abwesenheitsnotiz|automatische antwort|réponse automatique|respuesta automática|risposta automatica|"
    r"resposta automática|automatisch antwoord|自動返信|自動応答)"
    r"(?:\s*[:：].*|\s*[(（][^()（）]*[)）]|\s*[.!。！]?)"
    r"|.{0,60}[(（\[【](?:自动回复|自動回覆|auto(?:matic|mated)?[- ]?(?:reply|response))[)）\]】]"
    r"|来自.{1,60}的自动回复)",
    re.IGNORECASE | re.DOTALL,
)
_BOUNCE_SUBJECT = re.compile(
    r"undeliver(?:able|ed)\b|undelivered mail|mail delivery (?:failed|failure|problem|system|status)|"
    r"delivery (?:status notification|has failed|failure|notification|report)|returned mail|failure notice|"
    r"mail (?:could not be|not) delivered|message (?:undeliverable|could not be delivered)|delayed mail|"
    r"(?:warning: )?(?:could not send message|message .{1,60} delayed)|non[- ]?delivery|returned to sender|"
    r"系统退信|退信通知|退信|投递失败|投遞失敗|无法投递|無法投遞|邮件发送失败|发送失败|未送达|未傳遞|未传递的邮件|無法傳遞",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is known of a mail beside its words.

    `sender` is the SMTP envelope sender: "" for the null sender, None where the channel does not know it (IMAP).
    `own` are the addresses we send from, `monitoring` the machines whose faults become tickets; all lower case.
    """

    sender: str | None = None
    own: frozenset[str] = frozenset()
    monitoring: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a mail is, and by which rules. `reasons` is empty only for a human's mail."""

    kind: Kind
    reasons: tuple[str, ...] = ()

    @property
    def opens_ticket(self) -> bool:
        return self.kind in {"human", "no-answer"}

    @property
    def may_answer(self) -> bool:
        """Whether an automatic reply (a confirmation) may go to its sender."""
        return self.kind == "human"


def verdict(
    mail: ParsedMail,
    envelope_from: str | None = None,
    own_addresses: frozenset[str] = frozenset(),
    monitoring: frozenset[str] = frozenset(),
) -> Verdict:
    """What the mail is. Our own mark or address always makes it automatic; else a monitoring sender opens a ticket."""
    envelope = Envelope(envelope_from, own_addresses, monitoring)
    loops = _reasons(LOOP_RULES, mail, envelope)
    if loops:
        return Verdict("automatic", loops)
    if mail.sender and mail.sender in monitoring:
        return Verdict("no-answer", ("a monitoring sender",))
    bounces = _reasons(BOUNCE_RULES, mail, envelope)
    if bounces:
        return Verdict("bounce", bounces)
    automatic = _reasons(AUTOMATIC_RULES, mail, envelope)
    if automatic:
        return Verdict("automatic", automatic)
    silent = _reasons(NO_ANSWER_RULES, mail, envelope)
    return Verdict("no-answer" if silent else "human", silent)


Rule = Callable[[ParsedMail, Envelope], str]


def _reasons(rules: tuple[Rule, ...], mail: ParsedMail, envelope: Envelope) -> tuple[str, ...]:
    return tuple(reason for rule in rules if (reason := rule(mail, envelope)))


# ---- our own mail that came back ----


def is_from_ourselves(mail: ParsedMail, envelope: Envelope) -> str:
    return "sent from our own address" if mail.sender and mail.sender in envelope.own else ""


def bears_our_mark(mail: ParsedMail, _envelope: Envelope) -> str:
    return "X-Faultdesk-Loop is ours" if "x-faultdesk-loop" in mail.headers else ""


def went_in_circles(mail: ParsedMail, _envelope: Envelope) -> str:
    count = mail.headers.get("received-count", "0")
    return f"{count} Received headers" if int(count) > MAX_RECEIVED else ""


def is_nested(mail: ParsedMail, _envelope: Envelope) -> str:
    """Two ticket systems that answer each other add a tag each time."""
    tags = len(_ANY_TAG.findall(mail.subject))
    return f"{tags} ticket tags in the subject" if tags >= MAX_NESTED_TAGS else ""


# ---- bounces ----


def is_delivery_report(mail: ParsedMail, _envelope: Envelope) -> str:
    return "a delivery report" if mail.report_type == "delivery-status" or "report:action" in mail.headers else ""


def names_failed_recipients(mail: ParsedMail, _envelope: Envelope) -> str:
    return "X-Failed-Recipients" if "x-failed-recipients" in mail.headers else ""


def is_from_a_mailer(mail: ParsedMail, envelope: Envelope) -> str:
    """A mail server's own mailbox; or one that people use too, or no sender at all, with a bounce's subject."""
    local = mail.sender.partition("@")[0]
    if _MAILER.fullmatch(local):
        return f"sent by {local}"
    doubtful = not mail.sender or _POSTMASTER.fullmatch(local) or _has_null_sender(mail, envelope)
    return "a bounce's subject" if doubtful and _BOUNCE_SUBJECT.search(mail.subject) else ""


# ---- automatic mail ----


def says_auto_submitted(mail: ParsedMail, _envelope: Envelope) -> str:
    """RFC 3834: anything other than `no`."""
    value = re.split(r"[;\s(]", mail.headers.get("auto-submitted", "").strip().lower(), maxsplit=1)[0]
    return f"Auto-Submitted: {value}" if value not in {"", "no"} else ""


def is_a_report(mail: ParsedMail, _envelope: Envelope) -> str:
    """Read receipts, abuse reports and the like (RFC 6522)."""
    return f"a report ({mail.report_type or 'no type'})" if mail.content_type == "multipart/report" else ""


def has_null_sender(mail: ParsedMail, envelope: Envelope) -> str:
    return "the null envelope sender" if _has_null_sender(mail, envelope) else ""


def _has_null_sender(mail: ParsedMail, envelope: Envelope) -> bool:
    """The envelope's where it is known; else a Return-Path that is there and null. A missing one says nothing."""
    if envelope.sender is not None:
        return envelope.sender.strip() in {"", "<>"}
    return mail.headers.get("return-path", "-").replace(" ", "") in {"", "<>"}


def is_a_vacation_reply(mail: ParsedMail, _envelope: Envelope) -> str:
    for name in ("x-autoreply", "x-autorespond", "x-autoresponder"):
        if mail.headers.get(name, "no").strip().lower() not in {"no", "false", "0"}:
            return name.title()
    if mail.headers.get("precedence", "").strip().lower() in {"auto_reply", "auto-reply"}:
        return "Precedence: auto_reply"
    return "a vacation reply's subject" if _VACATION_SUBJECT.fullmatch(mail.subject) else ""


# ---- mail that wants no automatic answer ----


def is_from_a_list(mail: ParsedMail, _envelope: Envelope) -> str:
    names = ("list-id", "list-post", "list-unsubscribe", "list-help")
    return next((name.title() for name in names if name in mail.headers), "")


def is_bulk(mail: ParsedMail, _envelope: Envelope) -> str:
    value = mail.headers.get("precedence", "").strip().lower()
    return f"Precedence: {value}" if value in {"bulk", "junk", "list"} else ""


def suppresses_answers(mail: ParsedMail, _envelope: Envelope) -> str:
    value = mail.headers.get("x-auto-response-suppress", "none").strip().lower()
    return "X-Auto-Response-Suppress" if value not in {"none", ""} else ""


def is_from_noreply(mail: ParsedMail, _envelope: Envelope) -> str:
    return "a no-reply sender" if _NO_REPLY.fullmatch(mail.sender.partition("@")[0]) else ""


def has_no_sender(mail: ParsedMail, _envelope: Envelope) -> str:
    return f"no certain sender: {mail.sender_problem}" if not mail.sender else ""


LOOP_RULES: tuple[Rule, ...] = (is_from_ourselves, bears_our_mark, went_in_circles, is_nested)
BOUNCE_RULES: tuple[Rule, ...] = (is_delivery_report, names_failed_recipients, is_from_a_mailer)
AUTOMATIC_RULES: tuple[Rule, ...] = (says_auto_submitted, is_a_report, has_null_sender, is_a_vacation_reply)
NO_ANSWER_RULES: tuple[Rule, ...] = (is_from_a_list, is_bulk, suppresses_answers, is_from_noreply, has_no_sender)

# ---- which ticket ----

_ANY_TAG = re.compile(r"[\[【](?:[A-Za-z]{1,10}\s?[-#:]\s?|#\s?)[0-9]{1,12}[\]】]")


def subject_tags(subject: str, prefix: str) -> tuple[int, ...]:
    """The numbers in the tags `[FD-7]` of a subject, in order, each once. A hint only: a tag proves nothing."""
    pattern = rf"[\[【]\s*{re.escape(prefix)}-([1-9][0-9]{{0,8}})\s*[\]】]"
    return tuple(dict.fromkeys(int(number) for number in re.findall(pattern, subject, re.IGNORECASE)))


# ---- which ticket, proved: Message-IDs that we signed, one for each message and recipient ----

_TOKEN_BITS = 160
_THREAD_ID = re.compile(r"<fd\.([1-9][0-9]{0,17})\.([1-9][0-9]{0,17})\.([a-z2-7]{32})@[^<>\s@]{1,255}>", re.ASCII)


def thread_id(secret: bytes, ticket: int, row: int, host: str) -> str:
    """The Message-ID of the outbox row `row` about the ticket: `<fd.17.345.TOKEN@host>`.

    The token is HMAC-SHA256 cut to 160 bits. A row has one recipient, so the id that he answers to names him too.
    """
    return f"<fd.{ticket}.{row}.{_token(secret, ticket, row)}@{host}>"


def verify_thread_id(secret: bytes, message_id: str) -> tuple[int, int] | None:
    """(ticket, outbox row) where the id is one that we signed, else None. Some gateways change the case of an id."""
    found = _THREAD_ID.fullmatch(message_id.strip().lower())
    if not found:
        return None
    ticket, row = int(found[1]), int(found[2])
    return (ticket, row) if hmac.compare_digest(found[3], _token(secret, ticket, row)) else None


_REF = re.compile(r"(?<![\w.])fd\.[1-9][0-9]{0,17}\.[1-9][0-9]{0,17}\.[a-z2-7]{32}(?![\w.@])", re.ASCII)
REFS_IN, MOST_REFS = 20_000, 3


def thread_ref(message_id: str) -> str:
    """A Message-ID of ours as it stands in the text of an answer that we have prepared (mailto links)."""
    return message_id.strip("<>").partition("@")[0]


def refs_in(text: str) -> tuple[str, ...]:
    """The Message-IDs that an answer bears in its words, as a mail program leaves them that starts a new mail."""
    return tuple(f"<{found}@ref>" for found in _REF.findall(text[:REFS_IN])[:MOST_REFS])


def without_refs(text: str) -> str:
    """The words without the lines that hold nothing but such a proof."""
    return "\n".join(line for line in text.split("\n") if not _REF.search(line)) if _REF.search(text) else text


_CANARY_ID = re.compile(r"<canary\.([1-9][0-9]{0,17})\.([a-z2-7]{32})@[^<>\s@]{1,255}>", re.ASCII)


def canary_id(secret: bytes, stamp: int, host: str) -> str:
    """The Message-ID of a canary mail: signed like a thread's, over the second in which it was made (P11)."""
    return f"<canary.{stamp}.{_signed(secret, f'canary {stamp}')}@{host}>"


def is_canary_id(secret: bytes, message_id: str) -> bool:
    """Whether the id is one that we gave to a canary mail."""
    found = _CANARY_ID.fullmatch(message_id.strip().lower())
    return found is not None and hmac.compare_digest(found[2], _signed(secret, f"canary {found[1]}"))


def _token(secret: bytes, ticket: int, row: int) -> str:
    return _signed(secret, f"thread {ticket} {row}")


def _signed(secret: bytes, text: str) -> str:
    signed = hmac.digest(secret, text.encode(), hashlib.sha256)
    return base64.b32encode(signed[: _TOKEN_BITS // 8]).decode("ascii").lower()
