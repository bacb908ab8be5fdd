"""What people do wrong in a chat and what they read then: the table of `docs/commands.md`, in the words of the templates.

Each row: the numbers in reliability 3 C and D ("" for what stands in no catalogue), what is done, how the words are got
(see `said`), and what else there is to say. `tests/test_bad_input.py` names the tests that show who is told what.
"""

from __future__ import annotations

from typing import Any

from bot.commands import catalogue  # noqa: F401  -- importing it declares the commands
from bot.commands.base import REGISTRY
from bot.render import Renderer
from bot.samples import samples
from bot.samples_phrases import phrase_samples

RENDERER = Renderer("Acme", "400-555-0199", "fault@example.com", "Asia/Shanghai")
TROUBLE = "chat_trouble"

ROWS: tuple[tuple[str, str, str, dict[str, Any], str], ...] = (
    ("61", "a command in a group by somebody we do not know, who has left, or whose account is not linked", "", {}, "nothing; the group is not told who is known"),
    ("61", "a command by another bot, or to one (`/take@otherbot 7`)", "", {}, "nothing"),
    ("61", "the bot is put into a group that is no customer's", "", {}, "nothing; it leaves"),
    ("61", "`/start`, `/help` in private by somebody we do not know (other words: nothing)", "stranger", {}, ""),
    ("62", "anything by an anonymous administrator, posted as a channel, or from the linked channel", "", {}, "nothing: there is no person to hold responsible"),
    ("63, 64", "an edited, forwarded or quoted command", "", {}, "nothing"),
    ("65", "`/solve`", "which_ticket", {"usage": "/solve <ticket> <what was done>"}, ""),
    ("65", "`/solve -1 …`, a number of thirty digits", "which_ticket", {"usage": "/solve <ticket> <what was done>"}, "`７` and `007` are 7"),
    ("65", "`/solve 7`", "words_missing", {"usage": "/solve <ticket> <what was done>"}, ""),
    ("65", "`/take 1 2`", "one_ticket", {"usage": "/take <ticket>"}, ""),
    ("65", "`/ticket 99` without such a ticket", "not_found", {"number": "FD-99"}, ""),
    ("65", "a command that does not exist, as solvee", "unknown_command", {"word": "solvee", "suggestion": "solve"}, "with a ticket's number: a button that does it"),
    ("65", "`接但 17`, without a slash, in a group that has FD-17", "unknown_command", {"word": "接但 17", "suggestion": "接"}, "with a button that does it; to other talk: nothing"),
    ("66", "`/note 7` and blanks, or marks that nobody sees", "words_missing", {"usage": "/note <ticket> <text>"}, ""),
    ("66", "`/note 7` and more than 4,000 characters", "words_too_many", {"most": 4000}, ""),
    ("66", "`/note 7` and emoji, towers of marks, words from right to left", "noted", {}, "kept as they were said"),
    ("67", "a picture in a group", "files_in_private", {}, ""),
    ("67", "a file without a ticket (of an album: after four seconds, once)", "file_whose", {}, ""),
    ("67", "a file of more than 20 MB", "file_large", {}, ""),
    ("67", "files of more than 15 MB below `/reply 7 …`", "file_too_large_to_mail", {"name": "film.mp4", "size": 17_000_000, "most": 15 * 2**20}, ""),
    ("67", "a file that Telegram does not hand over", "file_lost", {}, ""),
    ("67", "a sticker, a place, a poll as an answer", "media_not_kept", {}, ""),
    ("68", "a command from before an outage, the ticket unchanged", "done_late", {}, ""),
    ("68", "the same, the ticket changed since", "stale", {"state": "accepted", "name": "Anna"}, ""),
    ("69, 70", "`/link` with a wrong, old, used or another's code, or while locked; `/start` with one", "code_refused", {}, ""),
    ("69", "a code in a group", "code_in_group", {}, ""),
    ("71", "a user name, a title or a star that is taken from somebody", "", {}, "nothing follows from it: who has not linked the account is a stranger"),
    ("72", "strangers can read the group: it turned public", TROUBLE, {"what": "public", "reason": ""}, "to the desk; what is asked there is answered in private"),
    ("72", "it belongs to a channel", TROUBLE, {"what": "channel", "reason": ""}, "to the desk"),
    ("72", "it is private again", TROUBLE, {"what": "private", "reason": ""}, "to the desk"),
    ("72", "the group gets another id", "", {}, "nothing: cards, buttons and messages follow it"),
    ("72", "the bot is put out", TROUBLE, {"what": "removed", "reason": ""}, "to the desk; alerts go other ways"),
    ("72", "it is muted", TROUBLE, {"what": "muted", "reason": ""}, "to the desk"),
    ("72", "it is no administrator any more", TROUBLE, {"what": "demoted", "reason": ""}, "to the desk"),
    ("72", "the group's topic is closed", TROUBLE, {"what": "refused", "reason": "Bad Request: TOPIC_CLOSED"}, "to the desk"),
    ("72", "the group is a forum no more, or the bot may not manage topics", TROUBLE, {"what": "topics", "reason": "Bad Request: not enough rights"}, "to the desk, once"),
    ("73, 76, 77", "a forged button, another chat's, one that is too old to be known, one below a forwarded copy", "button_unknown", {}, ""),
    ("74", "a second `/take`", "taken_by", {"name": "Anna"}, "by a button: the card is renewed, too"),
    ("75", "a button of before a change", "stale", {"state": "accepted", "name": "Anna"}, "the group's card is renewed; in private a new one follows"),
    ("76", "a button or a command that her role may not use", "refused", {}, ""),
    ("76", "a button pressed by somebody we do not know", "", {}, "nothing"),
    ("78", "a press whose answer comes more than 15 seconds late", "", {}, "what it does is done; the card shows it"),
    ("", "`/staff add anna …` where there is an Anna", "staff_configured", {"handle": "anna", "name": "Anna"}, ""),
    ("", "`/staff end anna` of the configuration", "staff_in_file", {"name": "Anna"}, ""),
    ("", "[Late…] or another button that needs words", "ask.late", {}, "in private; the next words are the answer"),
    ("", "the words, more than ten minutes later", "dialogue_over", {}, ""),
    ("", "`/undo 7` after more than 30 seconds", "undo_late", {}, ""),
    ("", "`/undo 7` after somebody else did something", "undo_changed", {}, ""),
    ("", "`/requester 7 anna@`", "no_such_address", {"word": "anna@"}, ""),
    ("", "`/requester 7 …` by an engineer, where the user is confirmed", "requester_set", {}, ""),
    ("", "`/reply 7 …` where the user is not confirmed yet", "no_address", {}, ""),
    ("", "Details, without a private chat", "write_first", {"name": "Anna", "bot": "faultdesk_bot"}, "in the group"),
    ("", "`/allow 7 perhaps` by who authorises work", "allow_how", {"text": "perhaps"}, ""),
)  # fmt: skip


def said(locale: str, key: str, facts: dict[str, Any]) -> str:
    """The words, as they are rendered: of a phrase, or (TROUBLE) of that message."""
    facts = {"number": "FD-7"} | facts
    if key == TROUBLE:
        text = RENDERER.render(locale, key, {**samples(locale)[key], **facts, "chat": ""}).chat
    else:
        text = RENDERER.phrase(locale, key, **(phrase_samples(locale).get(key, {}) | facts))
    return "<br>".join(" ".join(line.split()) for line in text.replace("<", "&lt;").strip().splitlines())


def table() -> str:
    """The table as it stands in the document."""
    rows = ["| | what is done | what is said | 中文 |", "| --- | --- | --- | --- |"]
    for numbers, done, key, facts, more in ROWS:
        words = [said(locale, key, used(locale, facts)) if key else "" for locale in ("en", "zh")]
        note = (f" ({more})" if key else more) if more else ""
        rows.append(f"| {numbers} | {done} | {words[0]}{note} | {words[1]} |")
    return "\n".join(rows)


def used(locale: str, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts with a command's usage in the language."""
    if "usage" not in facts or locale == "en":
        return facts
    name = facts["usage"].removeprefix("/").partition(" ")[0]
    return facts | {"usage": f"/{name} {REGISTRY.by_name[name].usage[locale]}"}
