"""From an outbox row to the message as it goes out: fresh facts for cards, alerts gathered into one, words, bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.compose import MailFacts, compose
from bot.desk import own_files
from bot.desk.announce import REQUESTER
from bot.desk.cards import Face
from bot.desk.escalations import known, offered
from bot.desk.mailboxes import gathered_since
from bot.desk.work import Work
from bot.domain.ladder import minutes_left
from bot.domain.mail import thread_ref
from bot.domain.messages import WHOLE, Button, File, Mailbox, Outgoing, OutgoingChat, OutgoingMail, Topic
from bot.domain.verp import return_path
from bot.invite import Invite, invite
from bot.printing.pages import in_mail, sections, title_of
from bot.render import Renderer, Texts
from storage import attached, documents, inbox, outbox

FIRST_SHOWN = 10
PNG = b"\x89PNG"
_NAME = re.compile(r"[a-z_]+\.[a-z_]+")
WORDS_FIRST = {"solution", "wish_answer", "merged", "unmerged"}
"""Mails whose words an invitation, which programs show in their place, would hide: there it is a file beside them."""
REPLIES = {"confirmation", "command", "wish_answer"}
"""Kinds and events that answer a mail (RFC 3834: auto-replied)."""


@dataclass(frozen=True, slots=True)
class Job:
    """One message ready to go: the row that carries it, and since when the oldest of what it says is decided."""

    row: Any
    message: Outgoing
    raw: bytes = b""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scribe:
    """Makes messages of rows."""

    renderer: Renderer
    organisation: str
    mailbox: str
    envelope_from: str
    labels: dict[tuple[str, str], str] = field(default_factory=dict)

    def write(self, work: Work, rows: Sequence[Any], face: Face | None) -> Job:
        """The message of the first row, with the alerts that travel in it, or with a card's fresh face."""
        row = rows[0]
        files: tuple[File, ...] = ()
        facts: dict[str, Any] = {**row.facts, "now": work.now.isoformat(), **(face.facts if face else {})}
        if row.kind == "alert":
            facts, files = self._alerts(work, rows)
        elif row.kind == "undelivered":
            facts, files = self._letters(facts, rows)
        elif row.kind in {"backlog", "flood"}:
            facts |= gathered_since(work, row.kind, facts["since"])
        if facts.get("document") and (made := documents.made(work.db, facts["document"])):
            facts |= {"sheet": made.facts} if "sheet" in facts else {}
            files = (*files, _printed(facts, made.data))
        facts |= with_sections(self.renderer, row.locale, facts)
        if row.channel == "mail":
            files = (*files, *(_shown(one) for one in facts.get("pictures", ()) if one["data"]))
        if facts.get("attached") and row.channel == "mail":
            files = (*files, *_sent_along(work, facts["attached"]))
        if row.channel == "mail" and row.ticket_id:
            facts["ref"] = thread_ref(row.message_id)
        texts = self._texts(row, facts)
        if row.channel == "mail":
            own_files.remember(work, row.ticket_id, files)
            raw = self._mail(work, row, texts, files)
            return self.posted(work, row, raw)
        chat = self._chat(row, texts, facts, files, again=any(one.unsure for one in rows))
        chat = self._in_its_place(work, row, chat, face, facts)
        return Job(row, chat, chat.text.encode())

    def _in_its_place(
        self, work: Work, row: Any, chat: OutgoingChat, face: Face | None, facts: dict[str, Any]
    ) -> OutgoingChat:
        """A card where it hangs, news of an answer below the card, other answers in the topic in which was asked."""
        if face and face.topic:
            title = self.renderer.phrase(row.locale, "topic_title", number=facts["number"], item=facts["item"])
            return replace(chat, edits=face.edits, topic=replace(face.topic, title=title))
        if face:
            return replace(chat, edits=face.edits)
        if row.kind == "answer_group":
            hanging = outbox.hanging_cards(work.db, row.channel, [row.ticket_id])
            card = hanging.get((row.ticket_id, row.address))
            return replace(chat, answers=card.external_id, topic=topic_of(card.topic)) if card else chat
        return replace(chat, topic=topic_of(facts.get("topic", "")), answers=str(facts.get("answers", "")))

    def posted(self, work: Work, row: Any, raw: bytes) -> Job:
        """The bytes of a mail in their envelope: with a return path of its own where there is an address for that."""
        address = work.house.bounce_address
        sender = return_path(work.house.secret, address, row.id) if address else self.envelope_from
        return Job(row, OutgoingMail(str(row.id), row.address, sender, raw), raw)

    def _texts(self, row: Any, facts: dict[str, Any]) -> Texts:
        if row.kind == "phrase":
            values = {name: value for name, value in facts.items() if name != "phrase"}
            texts = Texts(chat=self.renderer.phrase(row.locale, facts["phrase"], **values))
        elif row.channel != "mail":
            texts = Texts(chat=self.renderer.chat(row.locale, row.kind, facts))
        else:
            texts = self.renderer.render(row.locale, row.kind, facts)
        return texts if texts.subject or row.channel != "mail" else self._as_mail(row, facts, texts)

    def _as_mail(self, row: Any, facts: dict[str, Any], texts: Texts) -> Texts:
        """Words made for a chat, as a mail: with the command that they answer, and buttons as words to write."""
        known = {"said": "", "files": 0, "choices": [], "number": "", "now": facts["now"]}
        shown = {name: facts.get(name, value) for name, value in known.items()}
        shown |= {"subject": facts.get("reply_subject", ""), "text": texts.chat or texts.text}
        shown["choices"] = [
            {**one, "label": in_words(self.renderer, row.locale, one["label"])} for one in shown["choices"]
        ]
        return self.renderer.render(row.locale, "command_answer", shown)

    def _alerts(self, work: Work, rows: Sequence[Any]) -> tuple[dict[str, Any], tuple[File, ...]]:
        """Whatever is due to one person is one message: the first ten by due time, all of them in a file (R16)."""
        pairs = sorted(((_alert(work, one), one) for one in rows), key=lambda pair: _savable(pair[0]))
        alerts = [alert for alert, _ in pairs]
        shown = [{**alert, **known(work, row, alone=len(pairs) == 1)} for alert, row in pairs[:FIRST_SHOWN]]
        facts = {
            **offered(work, rows),
            "alerts": shown,
            "total": len(alerts),
            "rest": len(alerts) - len(shown),
            "mailbox_not_read": any(one.facts.get("mailbox_not_read") for one in rows),
            "unacknowledged": any(one.facts.get("unacknowledged") for one in rows),
            "empty_roles": sorted({role for one in rows for role in one.facts.get("empty_roles", ())}),
            "zone": work.house.zone,
            "now": work.now.isoformat(),
            "number": shown[0]["number"],
        }
        if len(alerts) == len(shown):
            return facts, ()
        whole = self.renderer.render(rows[0].locale, "alert_list", {**facts, "alerts": alerts})
        return facts, (File("alerts.txt", "text/plain", whole.text.encode()),)

    def _letters(self, facts: dict[str, Any], rows: Sequence[Any]) -> tuple[dict[str, Any], tuple[File, ...]]:
        """All that could not be delivered and is told to one person at this instant: the same way."""
        letters = [{name: one.facts.get(name, "") for name in ("number", "kind", "reason", "counted")} for one in rows]
        total, rest = len(letters), max(len(letters) - FIRST_SHOWN, 0)
        facts |= {"letters": letters[:FIRST_SHOWN], "total": total, "rest": rest}
        if not rest:
            return facts, ()
        whole = self.renderer.render(rows[0].locale, "undelivered", {**facts, "letters": letters, "rest": 0})
        return facts, (File("undelivered.txt", "text/plain", whole.chat.encode()),)

    def _mail(self, work: Work, row: Any, texts: Texts, files: tuple[File, ...]) -> bytes:
        by_hand, invitation = row.facts.get("by_hand"), self._invite(row, texts)
        if invitation and row.kind in WORDS_FIRST:
            files, invitation = (*files, File("visit.ics", "text/calendar", invitation.text.encode())), None
        mail = MailFacts(
            sender=Mailbox(self.organisation, self.mailbox),
            recipient=Mailbox(str(row.facts.get("recipient_name", "")), row.address),
            message_id=row.message_id,
            date=work.now,
            in_reply_to=row.in_reply_to,
            references=tuple(row.references),
            auto_submitted="" if by_hand else _automatic(row),
            locale=row.locale,
            files=files,
            invite=invitation,
        )
        return compose(texts, mail)

    def _invite(self, row: Any, texts: Texts) -> Invite | None:
        """What the reader's calendar takes in, if the mail carries it; the mail's words are its description."""
        facts = row.facts.get("invite")
        if facts is None or row.audience != REQUESTER:
            return None
        told = {"tag": row.facts["tag"], "engineer": facts["engineer"]}
        words = {
            "summary": self.renderer.phrase(row.locale, "invite_summary", **told),
            "description": texts.text,
            "location": str(row.facts.get("place", "")),
        }
        reader = Mailbox(str(row.facts.get("recipient_name", "")), row.address)
        return invite(facts, Mailbox(self.organisation, self.mailbox), reader, words)

    def _label(self, locale: str, name: str) -> str:
        return self._fixed(locale, f"button.{name}")

    def _fixed(self, locale: str, key: str) -> str:
        """A phrase without facts, made once."""
        known = self.labels.get((locale, key))
        if known is None:
            known = self.labels[locale, key] = self.renderer.phrase(locale, key)
        return known

    def _chat(
        self, row: Any, texts: Texts, facts: dict[str, Any], files: tuple[File, ...], *, again: bool
    ) -> OutgoingChat:
        text = texts.chat
        if again and row.kind != "card":
            text = f"{self.renderer.phrase(row.locale, 'repeat')}\n{text}"
        words = [in_words(self.renderer, row.locale, one) for one in facts.get("labels", ())]
        labels = words or [self._label(row.locale, name) for name in facts.get("buttons", ())]
        buttons = tuple(Button(label, f"{facts['action']}:{place}") for place, label in enumerate(labels))
        return OutgoingChat(
            key=str(row.id),
            to=row.address,
            text=text,
            buttons=(buttons,) if buttons else (),
            files=files,
            silent=row.silent,
            when_cut=self._fixed(row.locale, "cut"),
            press=str(facts.get("press", "")),
            fleeting=bool(facts.get("fleeting")),
        )


def topic_of(number: str) -> Topic | None:
    """The topic with this id, if there is one."""
    return Topic(number) if number else None


def _printed(facts: dict[str, Any], data: bytes) -> File:
    """The printed document that a message carries."""
    paper = facts.get("paper") or facts.get("sheet", {}).get("paper", "")
    if data.startswith(PNG):
        return File(f"{paper}.png", "image/png", data)
    return File(f"{facts['number']}-{paper}.pdf" if paper else f"{facts['number']}.pdf", "application/pdf", data)


def _shown(picture: dict[str, Any]) -> File:
    """A picture that the mail's HTML shows."""
    return File("picture.jpg", "image/jpeg", picture["data"], picture["cid"])


def _sent_along(work: Work, ids: Sequence[int]) -> tuple[File, ...]:
    """Files that an engineer sent in a chat, for the mail that carries them."""
    rows = [row for row in attached.named(work.db, ids) if row.part == WHOLE]
    return tuple(File(row.name, row.media_type, inbox.raw_of(work.db, row.inbox_id) or b"") for row in rows)


def with_sections(renderer: Renderer, locale: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Of facts that hold a sheet: rows and pictures in the reader's language. A mail on a ticket has a `ref`, too."""
    if "sheet" not in facts:
        return {}
    said = renderer, locale, facts["sheet"]
    shown = {"sections": sections(*said), "pictures": in_mail(*said)}
    return {**shown, "ref": "", "title": title_of(*said), "sheet": {**facts["sheet"], "pictures": []}}


def in_words(renderer: Renderer, locale: str, label: str) -> str:
    """A button's label: the words of a name of ours, like cause.hardware; any other as it is."""
    if not _NAME.fullmatch(label):
        return label
    try:
        return renderer.phrase(locale, label)
    except KeyError:
        return label


def _automatic(row: Any) -> str:
    return "auto-replied" if {row.kind, row.event} & REPLIES else "auto-generated"


def _alert(work: Work, row: Any) -> dict[str, Any]:
    due = datetime.fromisoformat(row.facts["due"]) if row.facts["due"] else None
    return {"why": "", "linked": 0, **row.facts, "minutes_left": minutes_left(due, work.now) if due else 0}


def _savable(alert: dict[str, Any]) -> tuple[bool, str]:
    """What can still be kept comes first, the soonest in front; what has lapsed comes after it."""
    return alert["minutes_left"] < 0, alert["due"] or ""
