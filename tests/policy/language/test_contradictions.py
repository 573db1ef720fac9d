"""Times of one case that cannot all be: it is decided, and never automatically."""

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.facts.table import BY_NAME
from portal.policy.file.reading import shops
from portal.policy.language.contradictions import IN_TURN
from tests.policy.cases_for import ACTIVATION, BALANCE, SMS, changed

EARLY, LATE = "2026-03-02T09:00:00Z", "2026-03-02T11:30:00Z"


def decided(shop, case):
    return decide(parse(case), shops()[shop]).as_json()


def test_a_case_whose_times_agree_is_decided_automatically():
    decision = decided("numberplug", ACTIVATION)
    assert (decision["automatic"], decision["contradictions"]) == (True, [])


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"order.expires_at": EARLY}, ["order.ordered_at", "order.expires_at"]),
        ({"order.ordered_at": "2026-03-02T11:00:01Z", "order.expires_at": "2026-03-02T11:00:01Z",
          "order.unavailable_at": "2026-03-02T11:00:01Z", "now": "2026-03-02T12:00:00Z"},
         ["order.ordered_at", "claim.submitted_at"]),
        ({"order.revealed_at": EARLY}, ["order.ordered_at", "order.revealed_at"]),
        ({"order.unavailable_at": EARLY}, ["order.ordered_at", "order.unavailable_at"]),
        ({"order.unavailable_at": LATE}, ["order.unavailable_at", "now"]),
        ({"order.cancelled_at": EARLY, "order.cancelled_by": "provider"},
         ["order.ordered_at", "order.cancelled_at"]),
        ({"order.completed_at": LATE}, ["order.completed_at", "now"]),
        ({"order.paid_from": LATE, "order.paid_until": "2026-03-02T11:00:00Z"},
         ["order.paid_from", "order.paid_until"]),
        ({"order.outage_reported_at": "2026-03-02T10:40:00Z",
          "order.outage_ended_at": "2026-03-02T10:30:00Z"},
         ["order.outage_reported_at", "order.outage_ended_at"]),
        ({"findings.rectified_at": LATE}, ["findings.rectified_at", "now"]),
    ],
)  # fmt: skip
def test_a_case_that_contradicts_itself_is_approved_by_a_person_only(changes, fields):
    decision = decided("numberplug", changed(ACTIVATION, changes))
    assert (decision["outcome"], decision["automatic"]) == ("approve", False)
    (found,) = decision["contradictions"]
    assert found == {"fields": fields, "says": f"{fields[1]} is before {fields[0]}"}


@pytest.mark.parametrize(
    ("case", "changes", "fields"),
    [
        (ACTIVATION, {"order.messages": SMS, "order.messages.0.received_at": EARLY},
         ["order.ordered_at", "order.messages[0].received_at"]),
        (BALANCE, {"top_ups.0.at": "2026-03-02T11:00:01Z"}, ["top_ups[0].at", "now"]),
        (BALANCE, {"purchases": [{"at": "2026-03-02T11:00:01Z"}]}, ["purchases[0].at", "now"]),
    ],
)  # fmt: skip
def test_the_rows_of_a_case_are_held_against_its_other_times(case, changes, fields):
    decision = decided("sms-service", changed(case, changes))
    assert [found["fields"] for found in decision["contradictions"]] == [fields]


def test_every_pair_is_of_two_times():
    assert {BY_NAME[name].type.value for pair in IN_TURN for name in pair} == {"time"}
