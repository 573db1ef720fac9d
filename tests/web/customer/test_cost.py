"""What a page of the journey costs: how often it reads the logs, puts the case together and decides it."""

import sys
from collections import Counter
from contextlib import contextmanager

import pytest

from portal.claims.decisions.casefile import case_of, logs_of
from portal.extensions import db
from portal.policy.deciding.engine import decide
from tests import factories
from tests.web.steps.journeys import answered, begin
from tests.web.steps.sending import rented

# By place and not by code: what measures the reach of the tests puts other code in its stead.
COUNTED = {
    (each.__module__, each.__qualname__): each.__name__ for each in (logs_of, case_of, decide)
}
ANSWERS = {"service_name": "WhatsApp", "description": "I waited for an hour and no SMS came."}


@contextmanager
def calls():
    """How often each of them is called in this thread until the block ends."""
    found = Counter()

    def note(frame, event, _argument):
        called = (frame.f_globals.get("__name__"), frame.f_code.co_qualname)
        if event == "call" and called in COUNTED:
            found[COUNTED[called]] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(before)


@pytest.fixture
def cost(visitor, statements):
    """What one request costs: logs read, cases put together, decisions, statements."""

    def spent(path, data=None, **given):
        statements.clear()
        with calls() as found:
            visitor.post(path, data, **given) if data is not None else visitor.get(path, **given)
        sent = [
            each for each in statements if "pg_advisory" not in each
        ]  # SQLite needs no such lock
        return (*(found[name] for name in COUNTED.values()), len(sent))

    return spent


def test_a_page_reads_the_logs_once_and_decides_nothing_twice(visitor, cost):
    factories.account()
    factories.order()
    draft = f"/new/{begin(visitor)}"
    costs = {
        "reason": cost(f"{draft}/reason"),
        "reason sent": cost(f"{draft}/reason", {"reason": "sms_not_received"}),
        "result": cost(f"{draft}/result"),
        "sent": cost(f"{draft}/result", {}),
    }
    assert {page: tuple(each[:3]) for page, each in costs.items()} == {
        "reason": (0, 0, 0),
        "reason sent": (1, 1, 3),
        "result": (1, 1, 3),
        "sent": (1, 2, 4),  # the draft, and the claim that is kept
    }
    # On PostgreSQL one waits for the draft's row before it is read with its files.
    waits = db.engine.dialect.name == "postgresql"
    # Each step of a claim is logged too, and what its account sent within a day is counted.
    most = (3, 6 + waits, 3, 24)
    assert all(each[3] <= bound for each, bound in zip(costs.values(), most, strict=True)), costs


def test_a_choice_costs_the_two_decisions_that_it_is_between(visitor, cost):
    rented()
    draft = begin(visitor, shop="client-numbers", order="R-1")
    answered(visitor, draft, reason="number_unavailable", asked="12", **ANSWERS)
    chosen = cost(f"/new/{draft}/result")
    assert chosen[:3] == (1, 1, 7)
    assert chosen[3] <= 3
