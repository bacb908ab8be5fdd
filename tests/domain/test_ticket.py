"""bot.domain.ticket: the table of moves, and nothing beside it."""

import pytest

from bot.domain.ticket import ENDED, MOVES, OPEN, MoveRefusedError, after

STATES = {*OPEN, *ENDED, "solved"}


@pytest.mark.parametrize("action", MOVES)
@pytest.mark.parametrize("state", sorted(STATES))
def test_a_move_is_in_the_table_or_refused(action: str, state: str) -> None:
    if state in MOVES[action]:
        assert after(state, action, assigned=True) in STATES
    else:
        with pytest.raises(MoveRefusedError, match=f"{action} is not possible while the ticket is {state}"):
            after(state, action, assigned=True)


def test_a_ticket_that_comes_back_without_an_engineer_is_new() -> None:
    assert after("solved", "reopen", assigned=False) == "new"
    assert after("solved", "reopen", assigned=True) == "accepted"
    assert after("junk", "restore", assigned=True) == "accepted"
    assert after("merged", "unmerge", assigned=True) == "accepted"


def test_what_is_closed_stays_closed() -> None:
    assert not [action for action, moves in MOVES.items() if "closed" in moves]


def test_what_is_merged_stays_merged_unless_that_was_wrong() -> None:
    assert [action for action, moves in MOVES.items() if "merged" in moves] == ["unmerge"]
