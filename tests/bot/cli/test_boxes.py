"""`faultdesk outbox` and `faultdesk inbox`, beside the running daemon."""

import json

from tests.bot.cli.conftest import Faultdesk

OUT = {
    "id", "ticket", "event", "kind", "audience", "channel", "address", "state", "outcome", "attempts", "created_at",
    "ended_at", "message_id", "silent", "carried_by", "subject", "text",
}  # fmt: skip


def test_the_outbox_for_scripts(faultdesk: Faultdesk) -> None:
    rows = json.loads(faultdesk("outbox", "--json").out)
    assert [(row["ticket"], row["kind"], row["state"], row["attempts"]) for row in rows] == [
        ("FD-1", "confirmation", "sent", 1),
        ("FD-1", "card", "sent", 1),
        ("FD-2", "confirmation", "sent", 1),
        ("FD-2", "card", "sent", 1),
    ]
    assert set(rows[0]) == OUT
    assert rows[0]["text"].count("\r") == 0
    only = json.loads(faultdesk("outbox", "--json", "--ticket", "FD-2").out)
    assert [row["id"] for row in only] == [3, 4]


def test_the_inbox_for_scripts(faultdesk: Faultdesk) -> None:
    rows = json.loads(faultdesk("inbox", "--json").out)
    assert [(row["ticket"], row["kind"], row["outcome"], row["copies"]) for row in rows] == [
        ("FD-1", "mail", "ticket", 0),
        ("FD-2", "mail", "ticket", 0),
    ]


def test_the_newest_only(faultdesk: Faultdesk) -> None:
    head, row = faultdesk("outbox", "--last", "1").out.splitlines()
    assert head.split()[:2] == ["id", "ticket"]
    assert row.split()[:2] == ["4", "FD-2"]
    assert json.loads(faultdesk("inbox", "--json", "--last", "1").out)[0]["id"] == 2
    assert faultdesk("inbox", "--last", "0").status == 2


def test_nothing_to_show_is_one_line(faultdesk: Faultdesk) -> None:
    assert faultdesk("outbox", "--held") == (0, "nothing yet\n", "")


def test_no_such_ticket(faultdesk: Faultdesk) -> None:
    assert (
        faultdesk("outbox", "--ticket", "9").err
        == "faultdesk: there is no ticket 9; all of them: faultdesk tickets --all\n"
    )
