"""The frozen values that cross every border: what comes in, what goes out, and where to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person or a group is reached: a channel's name and its own id there.

    `mail` + `anna@example.com`, `console` + `anna`, `console` + `group`, `telegram` + `-100123`.
    """

    channel: str
    value: str


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """One mail as its server handed it over: raw bytes and what the server knows about them.

    `received_at` is the receive stamp of our side's server (rule R1), never the Date header. `envelope_from` is "" for
    the null sender and None where the channel does not know it (IMAP). `source` is unique within its channel, or "".
    `whole_size` is the mail's size in bytes where `raw` is only its beginning, else 0.
    """

    channel: str
    raw: bytes
    received_at: datetime
    envelope_from: str | None = None
    envelope_to: tuple[str, ...] = ()
    source: str = ""
    whole_size: int = 0


@dataclass(frozen=True, slots=True)
class ChatFile:
    """A file that somebody sent in a chat: the channel's id of it, and what is known of it.

    Until it is brought, that is what the chat says (`size` 0: nothing), then what its bytes show: a safe name, the type
    and the SHA-256. `problem` says why it will not be brought: "large", "lost", "empty".
    """

    id: str
    name: str = ""
    media_type: str = ""
    size: int = 0
    sha256: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class IncomingChat:
    """One thing a person did in a chat: words, or a press on a button (`action` is the id that the server made).

    `sender` is the person's own id there; `chat` is where it was said (equal to `sender` in a private chat).
    `source` is unique within its channel, so that a repeated delivery is recognised. `reply_to` is the channel's id of
    the message that was answered, or ""; `topic` that of the topic in which it was said, or "". Of words and
    presses, `about` is the channel's id of them, by which they can be answered, or "".

    `event` is what happened there if it was no words and no press, with `about` to say more: "left" (the sender left
    the chat; "elsewhere": she is still in another group of ours, "doubt": nobody could say, "nowhere": she was found in
    none), "moved" (the chat has the id `about` now), "exposed" (strangers can read the chat, for the reason `about`, or
    no longer: ""), "trouble" (`about` says what keeps us from working there), "back" (we may speak again), "media"
    (a `file` came, of the album `about`; None for what is no file, such as a place).
    """

    channel: str
    source: str
    sender: str
    chat: str
    received_at: datetime
    text: str = ""
    action: str = ""
    reply_to: str = ""
    event: str = ""
    about: str = ""
    file: ChatFile | None = None
    topic: str = ""


Incoming = IncomingMail | IncomingChat


@dataclass(frozen=True, slots=True)
class Button:
    """What a person can press: a label in her language, and the id of the action that the server keeps."""

    label: str
    action: str


EVERYBODY, GROUPS = "everybody", "groups"


@dataclass(frozen=True, slots=True)
class Menu:
    """The commands that a chat offers, (name, what it does), in a place, for readers of a language.

    `place`: EVERYBODY (whoever has none of her own), GROUPS, or an account: that person's private chat. `language` is
    "" for whoever reads none that has a menu of its own.
    """

    place: str
    language: str
    commands: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes out with a message; with a `cid` (RFC 2392) the mail's HTML shows it."""

    name: str
    media_type: str
    data: bytes
    cid: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail for one recipient, ready to be sent: the bytes are fixed, a repeat sends the same ones."""

    key: str
    recipient: str
    envelope_from: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Topic:
    """Where a message of a group stands whose talk is parted by topics.

    `id` is the channel's; "" where the ticket has none yet and one called `title` is made. `is_open`: how it shall be,
    `was_open`: how it is as far as is known.
    """

    id: str = ""
    title: str = ""
    is_open: bool = True
    was_open: bool = True


@dataclass(frozen=True, slots=True)
class OutgoingChat:
    """One chat message, or the new face of one sent before (`edits` is the channel's id of that one, or "").

    `answers` is the channel's id of the message that this one answers, or "". `when_cut` ends a text that is too long
    for the channel. `press` is the channel's id of the press that it answers, or ""; what is `fleeting` is shown to
    whoever pressed and leaves no message where the channel can do that, else it is said like any other.
    """

    key: str
    to: str
    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    files: tuple[File, ...] = ()
    silent: bool = False
    edits: str = ""
    answers: str = ""
    when_cut: str = "…"
    topic: Topic | None = None
    press: str = ""
    fleeting: bool = False


Outgoing = OutgoingMail | OutgoingChat


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the other side answered to a message it took: its own id for it ("" if none), and its words.

    `topic`: where it stands now, in a group with such. `trouble`: why it takes no topics, if that was found out now.
    `said`: False where only the topic was made, which is to be remembered before the message is sent into it.
    """

    external_id: str = ""
    text: str = ""
    topic: Topic | None = None
    trouble: str = ""
    said: bool = True


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address as a header shows them; the address is "" where it is not one strict addr-spec."""

    name: str
    address: str


WHOLE = -1


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file found in a mail. `part` is its place among the mail's parts, to find it again in the raw bytes; WHOLE
    where what came in is the file itself.

    The name is safe to show and to save under (reliability 3 A 33, 34); the type is the one that its bytes show.
    """

    name: str
    media_type: str
    size: int
    sha256: str
    part: int
    inline: bool = False


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """What the parser read in a mail. All text is clean: no NUL, no control characters, no lone surrogates, NFC.

    `sender` is the one strict addr-spec of the one From header, lower case, or "" (then `sender_problem` says why and
    nobody is identified by it). `text` is all words; `new_text` is what this mail adds, without quotes and signature,
    and is never empty where `text` is not. `references` holds In-Reply-To and References, newest first, at most 20 ids
    with their angle brackets. `headers` holds the first value of the few headers that rules ask about, by lower-case
    name. `notes` says in short codes what was cut or broken (`parts-omitted:80`, `header-cut:subject`, …).
    `digest` is the SHA-256 of the mail less its trace headers (P2).
    """

    digest: str
    message_id: str
    sender: str
    sender_name: str
    sender_problem: str
    subject: str
    text: str
    new_text: str
    language: str
    references: tuple[str, ...] = ()
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "text/plain"
    report_type: str = ""
    attachments: tuple[Attachment, ...] = ()
    notes: tuple[str, ...] = ()
