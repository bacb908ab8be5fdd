"""The message table: what the stories produced is exactly what the table says; docs/messages.md shows the same table.

This file runs last of the stories. Run alone, it only compares the document.
"""

import re
from pathlib import Path

import pytest

from bot.desk.announce import TABLE, Line
from tests.stories.canaries import LOOKED_AT
from tests.stories.story import PRODUCED

DOCUMENT = Path(__file__).parents[2] / "docs" / "messages.md"
COLUMNS = ("requester", "group", "engineer", "desk", "manager", "senior")
STORIES = {path.stem for path in Path(__file__).parent.glob("test_[a-y]*.py")}

BESIDE = {("alarm", "deputy"), ("unacknowledged", "deputy"), ("alarm", "security")}
"""Who hears an alarm beside or instead of whom the table names: the manager's deputy, and who answers for security."""


def expected() -> set[tuple[str, str, str]]:
    return {(event, line.audience, line.kind) for event, lines in TABLE.items() for line in lines}


def produced() -> set[tuple[str, str, str]]:
    """Without the answers to commands: they have as many kinds as there are commands, and one audience."""
    rows = {(event, audience, kind) for event, audience, kind, _, _ in PRODUCED if event != "command"}
    return {(event, audience, kind) for event, audience, kind in rows if (event, audience) not in BESIDE}


def test_no_story_produced_a_message_that_the_table_does_not_hold() -> None:
    assert produced() - expected() == set()


def test_every_message_of_the_table_is_produced_by_a_story(request: pytest.FixtureRequest) -> None:
    ran = {Path(item.path).stem for item in request.session.items}
    if not ran >= STORIES or request.config.getoption("place"):
        pytest.skip("only some of the stories ran, or not everywhere")
    assert expected() - produced() - {("command", "speaker", "the answer")} == set()


def test_no_story_told_a_group_anything_personal_and_many_were_looked_at(request: pytest.FixtureRequest) -> None:
    """Each story looks for itself as it ends; here it is asked whether there was anything to see."""
    ran = {Path(item.path).stem for item in request.session.items}
    if not ran >= STORIES:
        pytest.skip("only some of the stories ran")
    assert LOOKED_AT["stories"] > 100
    assert LOOKED_AT["group texts"] > LOOKED_AT["stories"]
    assert LOOKED_AT["secrets"] > 3 * LOOKED_AT["stories"]


def test_messages_make_the_sound_that_the_table_says() -> None:
    wanted = {(event, line.audience, line.kind): line.sound for event, lines in TABLE.items() for line in lines}
    for event, audience, kind, _, sound in PRODUCED:
        if (event, audience, kind) in wanted and event != "alarm":  # W50 and W75 are silent, the rest is not
            assert wanted[event, audience, kind] == sound, (event, audience, kind)


def test_requesters_are_reached_by_mail_and_groups_by_chat() -> None:
    for _, audience, _, channel, _ in PRODUCED:
        if audience in {"requester", "group"}:
            assert channel == {"requester": "mail", "group": "chat"}[audience]


def test_the_document_shows_the_table() -> None:
    rows = re.findall(r"^\| `(.+?)` \|(.+)\|$", DOCUMENT.read_text(), re.MULTILINE)
    shown = {event: [cell.strip() for cell in cells.split("|")] for event, cells in rows}
    assert set(shown) == set(TABLE)
    for event, lines in TABLE.items():
        for column, cell in zip((*COLUMNS, "others"), shown[event][1:], strict=True):
            here = [
                line
                for line in lines
                if line.audience == column or (column == "others" and line.audience not in COLUMNS)
            ]
            assert cell == ", ".join(cell_of(line, column) for line in here), (event, column)


def cell_of(line: Line, column: str) -> str:
    who = f"{line.audience}: " if column == "others" else ""
    return f"{who}{line.kind} ({line.channel}{'' if line.sound else ', silent'})"
