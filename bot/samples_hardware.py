"""Sample facts of what is said about hardware: stock, loans, devices, repairs."""

from __future__ import annotations

from typing import Any

Facts = dict[str, Any]

NOW, BACK = "2026-11-23T01:02:00+00:00", "2026-12-14T10:00:00+00:00"


def sample_send_out(word: dict[str, str]) -> Facts:
    """A send-out sheet in the words of a locale."""
    step = {"at": NOW, "moved": "sent_to_maker", "words": word["answer"], "who": word["engineer"]}
    return {
        "paper": "repair", "number": "FD-7", "zone": "Asia/Shanghai", "now": NOW, "customer": "Acme",
        "device": "PC-0117", "what": "PC OptiPlex", "serial": "5CG1", "warranty": "2027-01-02", "cause": "hardware",
        "cause_words": word["question"], "requester_name": word["requester"], "requester_phone": "139",
        "place": word["place"], "loans": "LP-03 ThinkPad T14", "engineer": word["engineer"], "at": "maker",
        "vendor": "Dell", "vendor_mail": "service@dell.example", "sent_at": NOW, "due": BACK, "case": "diagnosed",
        "steps": [step, step | {"moved": "repair_diagnosed"}], "ended_at": None,
    }  # fmt: skip


def sample_requisition(word: dict[str, str]) -> Facts:
    """A requisition in the words of a locale."""
    took = {
        "at": NOW,
        "moved": "issued",
        "thing": "toner-85a HP 85A",
        "amount": 2,
        "words": "",
        "who": word["engineer"],
    }
    lent = took | {"moved": "loaned", "thing": "LP-03 ThinkPad T14", "amount": 0, "due": BACK}
    return {
        "paper": "issue", "number": "FD-7", "zone": "Asia/Shanghai", "now": NOW, "customer": "Acme",
        "requester_name": word["requester"], "requester_phone": "139", "place": word["place"], "item": "general",
        "level": "advanced", "engineer": word["engineer"], "items": [took, lent],
    }  # fmt: skip


def of_hardware(word: dict[str, str]) -> dict[str, Facts]:
    """Kind of message → its facts, in the words of a locale."""
    part = {"code": "toner-85a", "name": "HP 85A", "place": word["place"], "quantity": 1, "minimum": 2, "low": True}
    lent = {"device": "LP-03", "number": "FD-7", "due": BACK, "over": False}
    loan = {"device": "LP-03", "what": "ThinkPad T14", "due": BACK, "due_now": False}
    device = {"tag": "PC-0117", "kind": "PC", "model": "OptiPlex", "serial": "5CG1", "place": word["place"]}
    device |= {
        "state": "in use",
        "user": word["requester"],
        "accepted_on": "2025-01-02",
        "warranty_until": "2027-01-02",
    }
    case: Facts = {"device": "PC-0117", "what": "PC OptiPlex", "number": "FD-7", "at": "maker", "vendor": "Dell"}
    case |= {"case": "diagnosed", "since": NOW, "due": BACK, "over": False}
    price = {
        "text": word["answer"],
        "author": word["engineer"],
        "quoted_at": NOW,
        "heard": word["answer"],
        "heard_at": NOW,
    }
    moved = [{"at": NOW, "what": "loaned", "why": word["answer"], "number": "FD-7", "who": word["engineer"]}]
    row = {"label": word["subject"], "text": word["answer"], "wide": True}
    return {
        "paper": {"sheet": sample_send_out(word), "sections": [{"title": word["place"], "rows": [row]}]}
        | {"document": 1, "unprinted": "", "title": word["subject"], "tag": "[FD-7]"},
        "stock": {
            "parts": [part],
            "devices": [{"tag": "LP-04", "what": "ThinkPad T14"}],
            "lent": [lent],
            "repairs": [case],
            "moved": [
                {"at": NOW, "what": "issued", "amount": -2, "why": "", "number": "FD-7", "who": word["engineer"]}
            ],
        },
        "asset": device | {"covered": True, "moved": moved, "case": case},
        "progress_draft": case | {"heard": word["answer"], "heard_at": NOW},
        "quote": case | price | {"again": True},
        "quote_decided": case | price | {"case": "refused", "why": word["question"], "by": word["desk"]},
        "vendor": case
        | {"text": word["question"], "author": word["desk"], "serial": "5CG1", "days": None, "document": 1}
        | {"what_for": "repair ordered", "tag": "[FD-7]"},
        "vendor_wrote": case | {"text": word["answer"], "author": "Dell", "left_out": [], "unproven": True},
        "progress": case | {"text": word["answer"], "author": word["desk"]},
        "repair": case
        | {"step": "device away", "outcome": "", "open": True, "progress_due": BACK, "loans_back": ["LP-02"]}
        | {"loans": [{"device": "LP-03", "what": "ThinkPad T14", "due": BACK}]},
        "loan": loan,
        "given": {"device": "LP-03", "what": "ThinkPad T14", "open": True},
        "loan_due": loan
        | {"requester_name": word["requester"], "requester_phone": "139", "place": word["place"], "due_now": True},
    }


def hardware_phrases() -> dict[str, Facts]:
    """Phrase → its facts."""
    part = {"code": "toner-85a", "name": "HP 85A", "left": 3, "minimum": 2, "amount": 2, "low": True, "got": 1}
    device = {"tag": "LP-03", "state": "loaned", "on": "FD-9", "due": BACK, "mailed": True}
    case: Facts = {
        "device": "PC-0117",
        "tag": "PC-0117",
        "number": "FD-7",
        "at": "maker",
        "vendor": "Dell",
        "over": False,
    }
    case |= {"case": "irreparable", "due": BACK, "kind": "maker", "since": NOW, "what": "PC OptiPlex"}
    clock = {"target": "vendor-weekend", "state": "running", "due": BACK, "provisional": False}
    return {
        **dict.fromkeys(("stock_entered", "stock_added", "stock_short", "stock_never_issued"), part),
        **dict.fromkeys(("issued", "issue_returned"), part),
        **dict.fromkeys(("asset_unknown", "asset_not_in_stock", "lent", "given", "loan_ended", "loan_none"), device),
        **dict.fromkeys(("repair_case", "repair_step", "repair_undone", "repair_none", "repair_other"), case),
        **dict.fromkeys(("progress_nobody", "repair_undo_late", "repair_transport"), case),
        "quote_not_yours": case | {"roles": ["manager", "deputy"]},
        "quote_newer": case | {"text": "300"},
        "repair_twice": case | {"on": "FD-9"},
        "repair_sent": case | {"clocks": [clock], "unknown": True, "expired": "2022-02-28"},
        "repair_returned": case | {"loans": ["LP-03"], "replaced": False},
        "repair_state": device,
        "repair_move": case | {"step": "approved", "state": "sent"},
        "repair_vendor": {"word": "del", "kind": "maker", "names": ["dell"]},
        "progress_today": case,
        "vendor_no_mail": case,
        "vendor_asked": case,
        "progress_sent": case | {"requester": True, "department": 1},
        "stock_counted": part | {"difference": -1},
        "stock_unknown": {"code": "tonr", "codes": ["toner-85a"]},
        "stock_too_many": {"most": 100_000},
        "stock_number": {"text": "many", "most": 9_999, "usage": "/stock"},
        "loan_when": {"text": "tomorrow"},
        "no_such_paper": {"word": "moon"},
        "works_no_more": {"due": BACK},
        "paper.until": {"at": BACK},
        "sheet.after_call": {"score": 4},
    }
