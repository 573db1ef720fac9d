import itertools
from pathlib import Path

import pytest

from portal.claims.lifecycle import (
    AFTERWARDS,
    ASIDE,
    QUIET,
    TRANSITIONS,
    Action,
    Actor,
    NotAllowed,
    Status,
    actions_open_to,
    diagram,
    next_status,
)
from portal.claims.news import TOLD

DIAGRAM = Path(__file__).parents[2] / "docs" / "lifecycle.md"


@pytest.mark.parametrize(("status", "role"), list(itertools.product(Status, Actor)))
def test_only_the_table_moves_a_claim(status, role):
    for action in Action:
        row = TRANSITIONS.get((status, action))
        if row and row[0] is role:
            assert next_status(status, action, role) is row[1]
            assert action in actions_open_to(status, role)
        else:
            with pytest.raises(NotAllowed, match=f"{role} can't {action} a claim that is {status}"):
                next_status(status, action, role)
            assert action not in actions_open_to(status, role)


def test_every_status_is_reached_and_only_ends_stay():
    reached = {after for _, after in TRANSITIONS.values()} | {Status.DRAFT}
    assert reached == set(Status)
    left = {status for status, _ in TRANSITIONS}
    assert set(Status) - left == set()
    # Who was paid a part can still appeal; what was not told is undone, and what was is corrected.
    back = {Action.REVERSE, Action.COME_BACK}
    open_at = {
        status: {action for at, action in TRANSITIONS if at is status} - AFTERWARDS
        for status in (Status.PAID, Status.CLOSED, Status.WITHDRAWN)
    }
    assert open_at == {
        Status.PAID: back
        | {Action.APPEAL, Action.UNDO, Action.UNDO_APPEAL, Action.CORRECT_REFERENCE},
        Status.CLOSED: {Action.UNDO_APPEAL},
        Status.WITHDRAWN: back,
    }


def test_what_is_done_aside_leaves_a_claim_where_it_stands_and_is_told_to_no_system():
    aside = {(at, action): row for (at, action), row in TRANSITIONS.items() if action in ASIDE}
    assert [at for (at, _), (_, after) in aside.items() if at is not after] == []
    assert aside.keys() & TOLD.keys() == set()
    assert {at for at, action in aside if action is Action.ASSIGN} == {
        Status.NEEDS_INFORMATION, Status.IN_REVIEW, Status.APPEALED
    }  # fmt: skip
    assert {at for at, action in aside if action is Action.NOTE} == set(Status) - {
        Status.DRAFT, Status.SUBMITTED
    }  # fmt: skip


def test_no_machine_refuses_a_claim_that_was_sent():
    refusals = {
        (status, action)
        for (status, action), (role, after) in TRANSITIONS.items()
        if role is Actor.POLICY and after in {Status.DECLINED, Status.CLOSED}
        if action not in QUIET
    }
    # What a person refused stays so where nobody appeals.
    assert refusals == {
        (Status.NEEDS_INFORMATION, Action.LAPSE),
        (Status.DECLINED, Action.END_APPEAL),
    }


def test_the_documented_diagram_is_the_table():
    assert diagram() in DIAGRAM.read_text()
