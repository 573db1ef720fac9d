"""What deadlines promise: a range of which the wrong end was taken is shown with a claim that suffers."""

from datetime import UTC, datetime

import pytest
import z3

from portal.proof.questions.deadlines import broken_promises
from tests.proof.flawed import decided, flawed


def test_the_claim_of_a_range_has_the_deadline_that_is_wrong():
    search = flawed("client-numbers", ("now + 5 working days", "now + 1 working day"))

    (found,) = broken_promises(search)

    assert (found.kind, found.clause) == ("range used as a deadline", "CN-V.T2")
    assert decided(search, found.claim).deadlines["payout_due"] == datetime(
        2026, 3, 5, 12, tzinfo=UTC
    )


@pytest.mark.long
def test_a_claim_is_shown_whatever_the_solver_was_asked_before():
    change = ("now + 5 working days", "now + 1 working day")
    kept = []
    for number in range(4):  # other terms before it, and the solver's first models are others
        kept += [z3.Int(f"{number} {place}") + 1 for place in range(97 * number)]
        del kept[::2]
        (found,) = broken_promises(flawed("client-numbers", change))

        assert found.claim["claim"]["submitted_at"] == "2026-03-04T12:00:00Z"


def test_the_claim_of_a_window_with_the_wrong_end_lies_between_the_two():
    search = flawed(
        "activation-claims", ("reaches us within five days", "reaches us within five to seven days")
    )

    (found,) = broken_promises(search)

    assert found.text == (
        "the wording says 'five to seven days', and the clause denies after its lower end"
    )
    assert decided(search, found.claim).clauses[0] == "AC-D1"
    ordered, sent = (
        datetime.fromisoformat(found.claim[of][at])
        for of, at in (("order", "ordered_at"), ("claim", "submitted_at"))
    )
    assert 5 <= (sent - ordered).total_seconds() / 86400 <= 7
