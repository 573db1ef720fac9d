import itertools
from pathlib import Path

import pytest

from portal.versions.lifecycle import (
    OPEN,
    TRANSITIONS,
    State,
    VersionAction,
    VersionNotAllowed,
    diagram,
    next_state,
)

DIAGRAM = Path(__file__).parents[2] / "docs" / "versions.md"


@pytest.mark.parametrize(("state", "action"), list(itertools.product(State, VersionAction)))
def test_only_the_table_moves_a_version(state, action):
    if (state, action) in TRANSITIONS:
        assert next_state(state, action) is TRANSITIONS[state, action]
    else:
        with pytest.raises(
            VersionNotAllowed, match=f"{action} is not open to a version that is {state}"
        ):
            next_state(state, action)


def test_what_is_published_is_at_most_withdrawn_and_what_is_over_stays_as_it_is():
    assert {action for at, action in TRANSITIONS if at is State.PUBLISHED} == {
        VersionAction.WITHDRAW
    }
    over = {State.WITHDRAWN, State.DISCARDED}
    assert set(State) - {at for at, _ in TRANSITIONS} == over
    assert set(State) - over - {State.PUBLISHED} == OPEN


def test_only_what_was_checked_is_published_and_any_change_takes_the_check_away():
    published = {state for (state, _), after in TRANSITIONS.items() if after is State.PUBLISHED}
    assert published == {State.CHECKED}
    assert next_state(State.CHECKED, VersionAction.CHANGE) is State.DRAFT


def test_the_documented_diagram_is_the_table():
    assert diagram() in DIAGRAM.read_text()
