"""Sample facts of what the hotline and whoever asks for help reads, for previews and tests."""

from __future__ import annotations

from typing import Any


def of_the_hotline(word: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Kind → facts that it can be rendered with."""
    at = "2026-11-23T01:02:00+00:00"
    before = {"number": "FD-3", "at": at, "subject": word["subject"], "text": word["answer"]}
    caller = {"name": word["requester"], "address": "anna@example.com", "place": word["place"]}
    return {
        "assisted": {"alike": [before]},
        "phoned_preview": caller | {"known": False, "text": word["text"], "at": at},
        "phoned": {"level": "advanced", "place": word["place"], "address": "", "response_due": at, "resolve_due": at}
        | {"provisional": True, "helping": True, "alike": [before]},
    }
