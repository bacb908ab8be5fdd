"""Sample facts of every phrase, for `faultdesk check` and tests; they show which facts each one needs."""

from __future__ import annotations

from bot.samples import DISPATCH, NOW, RESOLVE, RESPONSE, WORDS, Facts
from bot.samples_duty import duty_phrases
from bot.samples_flows import flow_phrases
from bot.samples_hardware import hardware_phrases
from bot.samples_people import people_phrases
from bot.samples_sheet import sheet_phrases
from bot.wording import known_locale, read_phrases


def phrase_samples(locale: str) -> dict[str, Facts]:
    """Phrase → the facts that it needs; phrases that are not here need only those that every message has."""
    word = WORDS[known_locale(locale)]
    usage = {"usage": f"/take {word['usage']}"}
    due = {"target": "resolve", "old": RESOLVE, "new": RESPONSE, "verdict": ""}
    moved = {"moved": [due], "former": "advanced", "level": "vip", "item": "general", "place": word["place"]}
    facts: dict[str, Facts] = duty_phrases(word) | {
        "taken": {"response_due": RESPONSE},
        "taken_by": {"name": word["engineer"]},
        "assigned": {"name": word["engineer"]},
        "acknowledged": {"targets": ["response", "resolve"]},
        "escalated": {"technical": False},
        "step": {"step": "site"},
        "new_time": {"text": "at 25:00"} | usage,
        **{key: {"other": "FD-3"} for key in ("related", "unrelated")},
        "may_move": {"provisional": True},
        "came": {"needs": ["part", "vendor"]},
        "called_before": {"at": DISPATCH},
        "contact_set": {"name": word["desk"]},
        "taken_back": {"command": "take", "mailed": True},
        "late": {"reason": "cannot", "due": DISPATCH},
        **{key: {"eta": DISPATCH, "text": "moon"} for key in ("eta_told", "eta_unread", "eta_impossible")},
        "invite_summary": {"tag": "[FD-7]", "engineer": word["engineer"]},
        "nobody_called": {"name": "bob"},
        **dict.fromkeys(("level_set", "item_set", "place_set", "dues_moved"), moved),
        "merged": moved | {"into": "FD-3", "told": True, "engineer": word["engineer"]},
        "no_such_level": {"word": "gold", "names": ["standard", "vip"]},
        "no_such_item": {"word": "gold", "names": ["general"]},
        "no_such_place": {"word": "gold", "names": ["hq"]},
        "level_how": usage,
        "usage": usage,
        "which_ticket": usage,
        **dict.fromkeys(("one_ticket", "no_time"), usage),
        "words_missing": usage,
        "which_time": {"text": "tea time"},
        "which_target": {"target": "dinner", "targets": ["dispatch", "response"]},
        "words_too_many": {"most": 4000},
        "unknown_command": {"word": "tkae", "suggestion": "take"},
        "who_is_that": {"who": "bob", "names": ["anna", "tom"]},
        "stale": {"state": "solved", "name": word["engineer"]},
        "not_now": {"state": "solved"},
        "approved": {"count": 2, "joins": True},
        "mail_not_seen": {"message_id": "<1@example.com>"},
        "done_late": {"at": NOW},
        "mailbox_progress": {"mailbox": "fault@mail.example.com/INBOX", "count": 400, "total": 10_000},
    }
    facts |= {
        "topic_title": {"item": "general"},
        "chart.title": {"since": NOW, "until": RESOLVE, "zone": "Asia/Shanghai"},
        **{key: {"count": 12} for key in ("chart.came", "chart.solved")},
        "chart.share": {"kept": 11, "all": 12, "percent": 91.7},
        "chart.open": {"open": 5, "late": 1},
    }
    file: Facts = {"name": "photo.jpg", "size": 348_160, "state": "unscanned", "mailed": "with"}
    facts |= {"file_kept": file, "file_too_large_to_mail": file | {"most": 15_728_640}, "files_which": {"total": 3}}
    facts |= _about_people(word["engineer"]) | _together() | _of_users(word)
    facts |= flow_phrases() | hardware_phrases() | people_phrases(word) | sheet_phrases(word)
    return {key: {"number": "FD-7", "now": NOW} | facts.get(key, {}) for key in read_phrases(known_locale(locale))}


def _about_people(name: str) -> dict[str, Facts]:
    """What phrases about accounts, staff and the first configuration need."""
    return {
        "invitation": {"name": name, "code": "7KQ2M-9DXW-4HTB", "bot": "faultdesk_bot"},
        "linked_you": {"name": name, "roles": ["resident"]},
        "unlinked_you": {"name": name},
        "unlinked": {"name": name},
        "not_linked": {"name": name},
        "staff_added": {"name": name, "handle": "tom", "roles": ["resident"], "mail": "tom@example.com"},
        "staff_ended": {"name": name, "tickets": ["FD-3", "FD-7"], "empty": ["mobile"]},
        "staff_there": {"name": name, "handle": "tom"},
        "staff_configured": {"name": name, "handle": "tom"},
        "staff_in_file": {"name": name},
        "staff_mail_taken": {"name": name, "mail": "tom@example.com", "requester": True},
        "staff_mail_ours": {"mail": "fault@example.com"},
        "staff_administrator": {"what": "add", "handle": "tom"},
        "staff_unknown": {"who": "bob", "names": ["anna", "tom"]},
        "staff_word": {"what": "role", "written": "chief", "choices": ["resident", "mobile"]},
        "init.roles": {"choices": "resident, mobile"},
        "init.no_role": {"written": "chief"},
        "init.group_trouble": {"reason": "Conflict"},
        "write_first": {"name": name, "bot": "faultdesk_bot"},
        "mail_kept": {"to": "li@example.com", "subject": "[FD-7]", "path": "var/mail/1.eml"},
    }


def _of_users(word: dict[str, str]) -> dict[str, Facts]:
    """The phrases about who reports a fault, and who takes part."""
    address: Facts = {"address": "anna@example.com"}
    return {
        "requester_named": address,
        "requester_elsewhere": {"customer": "ACME"},
        "requester_outside": {"customer": ""},
        "requester_is": address | {"name": word["requester"], "guess": True},
        "no_such_address": {"word": "anna@"},
        "address_ours": {"address": "fault@example.com"},
        "cc_who": {"there": [], "waiting": ["anna@example.com", "li@example.com"], "outside": 1},
        "cc_joined": {"count": 2},
    }


def _together() -> dict[str, Facts]:
    """The phrases about tickets that belong together."""
    return {
        "solved": {"linked": 23, "untold": False, "missing": ["cause"]},
        "reopened": {"linked": 23},
        "mastered": {"alike": 2},
        **{key: {"count": 2} for key in ("unmastered", "linked_all")},
        "notice_sent": {"count": 2},
        "no_such_customer": {"names": ["acme"]},
        "unmerged": {"former": "FD-3"},
        **{key: {"master": "FD-4"} for key in ("linked_to_master", "parted")},
        **{key: {"into": "FD-3"} for key in ("merged_away", "merge_twice", "merge_gone")},
        **{key: {"state": "solved"} for key in ("merge_not_open", "merge_over", "link_over")},
    }
