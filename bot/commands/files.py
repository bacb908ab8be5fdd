"""The files of a ticket: what staff sends in a chat is kept on it, and mailed with a reply; what it holds is shown."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.commands.authorize import authorize
from bot.commands.base import REGISTRY, STAFF, Answer, Call, RefusedError, command, number_and_rest, say, ticket_of
from bot.desk import facts as about
from bot.desk import moves
from bot.desk.sheet_facts import SHOWN, sheet_of
from bot.desk.work import Work
from bot.domain.messages import WHOLE, IncomingChat
from storage import attached, inbox, outbox, people, tickets
from storage.tickets import Ticket

MAILING = "reply"
"""The command whose mail carries the file below which it stands."""
MOST_MAILED, MOST_SHOWN, MOST_AT_ONCE = 15 * 2**20, 50 * 2**20, 10
"""Bytes of files that a mail carries (most servers take 20 MB as they are sent), that a chat takes, and how many."""
ALBUM = timedelta(seconds=4)
"""The files of an album come within this time; so long nobody is asked whose they are."""
_PLACE = re.compile(r"#?([0-9]{1,4})")


def is_brought(work: Work, row: Any) -> bool:
    """Whether the file of a stored chat message is worth bringing: of staff, in private or in a trusted group."""
    chat = inbox.chat_of(row)
    person = people.by_contact(work.db, chat.channel, chat.sender)
    group = people.group_at(work.db, chat.channel, chat.chat)
    private = chat.chat == chat.sender
    known = person is not None and person.active and bool(STAFF & set(person.roles))
    return known and (private or bool(group and group.trusted))


def problem(call: Call, chat: IncomingChat) -> str:
    """Why the file of a message is not kept, as the name of a phrase; "" where it is."""
    if chat.file is None:
        return "media_not_kept"
    if call.in_group:
        return "files_in_private"
    return f"file_{chat.file.problem or 'lost'}" if not chat.file.sha256 else ""


def unless_mailed(line: str, why: str) -> str:
    """The command below a file that is not kept. Raises RefusedError where it would be mailed without the file."""
    if REGISTRY.find(line)[0].name == MAILING:
        raise RefusedError(why)
    return line


def names_a_ticket(line: str) -> bool:
    """Whether what stands below a file is no command but begins with a ticket's number, as in "17 the label"."""
    try:
        REGISTRY.find(line)
    except RefusedError:
        return not line.startswith("/") and number_and_rest(line) is not None
    return False


def noted(call: Call, chat: IncomingChat, words: str) -> tuple[Ticket, int]:
    """Where a file goes below which no command stands: the ticket that is named or answered, as a note; or the entry to
    which the others of its album went. Raises RefusedError where nothing says it.
    """
    authorize(call, REGISTRY.by_name["note"], None)
    place = (chat.channel, chat.chat)
    if words:
        ticket, rest = ticket_of(replace(call, words=words))
        ticket = tickets.surviving(call.work.db, ticket)
        return ticket, moves.note(call.work, ticket, rest)
    if chat.about and (entry := attached.entry_of_album(call.work.db, place, chat.about)):
        return tickets.get(call.work.db, entry.ticket_id), entry.id
    answered = outbox.ticket_of_message(call.work.db, *place, chat.reply_to) if chat.reply_to else None
    if answered is None:
        raise RefusedError("file_whose")
    ticket = tickets.surviving(call.work.db, tickets.get(call.work.db, answered))
    return ticket, moves.note(call.work, ticket, "")


def meant(call: Call, line: str) -> Ticket:
    """The ticket of the command below a file. Raises RefusedError for one that is about none, and for other words."""
    try:
        one, words = REGISTRY.find(line)
    except RefusedError as refusal:
        if line.startswith("/"):
            raise
        raise RefusedError("file_whose") from refusal
    if not one.on_ticket:
        raise RefusedError("file_whose")
    return ticket_of(replace(call, words=words))[0]


def newest_entry(call: Call, ticket: Ticket) -> int:
    """The id of what was written last on a ticket; 0 for nothing."""
    return max((one.id for one in tickets.entries(call.work.db, ticket.id)), default=0)


def attach(call: Call, row: Any, chat: IncomingChat, place: tuple[Ticket, int]) -> Answer:
    """Keeps the file with an entry of a ticket; if those words are mailed and have not left, it goes with them.

    Raises RefusedError where the mail would be too large for other servers.
    """
    (ticket, entry), file = place, chat.file
    assert file is not None  # noqa: S101  -- see problem
    number, db = call.work.house.name_of(ticket.number), call.work.db
    known = {"name": file.name, "media_type": file.media_type, "size": file.size, "sha256": file.sha256}
    mailed, picture = "sheet" if entry in sheet_of(call.work, ticket).pictures else "", file.media_type in SHOWN
    before = sum(one.size for one in attached.of_entry(db, entry))
    kept = attached.keep(db, {"entry_id": entry, "inbox_id": row.id, "part": WHOLE, **known})
    written = tickets.get_entry(db, entry)
    if written is not None and written.kind == MAILING:
        mailed = "with" if attached.go_along(db, ticket.id, entry, kept) else "late"
    if mailed == "with" and before + file.size > MOST_MAILED:
        raise RefusedError("file_too_large_to_mail", name=file.name, size=file.size, most=MOST_MAILED, number=number)
    return say(
        "file_kept", number=number, name=file.name, size=file.size, state="unscanned", mailed=mailed, picture=picture
    )


def is_question(chat: IncomingChat, answer: Answer) -> bool:
    """Whether it asks for the ticket of an album, whose words may stand below a later file of it."""
    return bool(chat.about) and not chat.text and answer.facts.get("phrase") == "file_whose"


def question_key(chat: IncomingChat) -> str:
    """That is asked once."""
    return f"whose:{chat.channel}:{chat.chat}:{chat.about}"


def look_again(call: Call, chat: IncomingChat) -> None:
    """The words below a file are those of its album: what came before it goes where it went, and nothing is asked."""
    for row in inbox.refused_of_album(call.work.db, chat, chat.received_at - ALBUM):
        inbox.hear_again(call.work.db, row)
    asked = outbox.ids_of(call.work.db, [question_key(chat)])
    outbox.drop(call.work.db, list(asked.values()), "the words came", call.work.now)


@command(
    "files 文件 附件",
    ("<ticket> [which]", "<工单> [第几个]"),
    (
        "The pictures and files of a ticket, in your private chat; by its place in the list: that one alone",
        "工单的图片和文件，发到您的私聊；写序号则只发该文件",
    ),
)
def files(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    number = call.work.house.name_of(ticket.number)
    rows = about.files_to_see(call.work, ticket)
    if not rows:
        return say("files_none", number=number)
    wanted = _PLACE.fullmatch(rest) if rest else None
    place = int(wanted[1]) if wanted else 0
    if rest and not 1 <= place <= len(rows):
        raise RefusedError("files_which", number=number, total=len(rows))
    listed = [{"place": one, **_described(row)} for one, row in enumerate(rows, 1) if place in {0, one}]
    sent = _that_fit(rows[place - 1 : place] if place else rows) if call.chat else []
    for one in listed:
        one["sent"] = one["id"] in sent
    shown = {"number": number, "shown": listed, "attached": sent, "total": len(rows), "in_chat": bool(call.chat)}
    return Answer("files", {**shown, "most": MOST_SHOWN}, private=True, ticket=ticket)


def _described(row: Any) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "size": row.size, "state": row.state}


def _that_fit(rows: list[Any]) -> list[int]:
    """The first of them that one message can carry."""
    sent: list[int] = []
    total = 0
    for row in rows:
        if len(sent) < MOST_AT_ONCE and total + row.size <= MOST_SHOWN:
            sent.append(row.id)
            total += row.size
    return sent
