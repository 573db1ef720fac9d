"""What is asked of one order or one holder is found by its own index, whatever the database knows of its rows."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from portal.claims.decisions.alike import claims_alike
from portal.claims.decisions.ownership import claimed_balances, claimed_orders, open_beside
from portal.claims.decisions.returned import look_back
from portal.claims.desk.groups import Group, claimed_twice, waiting_in
from portal.claims.queries import claims_of_address, claims_of_order
from portal.claims.queue.orders import Cursor
from portal.claims.search import named
from portal.extensions import db
from portal.people.rights import ANY_SHOP, Shops
from portal.records.models import Holder
from tests import factories
from tests.factories import EMAIL, NOW, SHOP

pytestmark = pytest.mark.any_database  # PostgreSQL counts its rows by itself

OWN = Shops(frozenset({SHOP}))  # what somebody sees who works for one shop
ASKED = {
    "what went back of the order": look_back,
    "the claims that are alike": lambda claim: claims_alike(claim, shops=OWN),
    "an open claim beside it": open_beside,
    "the claims of the order": lambda claim: claims_of_order(SHOP, claim.order_key),
    "the claims of an address": lambda _: claims_of_address([EMAIL], shops=[SHOP]),
    "whether an order is claimed": lambda claim: claimed_orders(SHOP, {claim.order_key}),
    "whether a balance is": lambda _: claimed_balances(SHOP, {Holder(EMAIL, "7"), Holder(EMAIL)}),
    "whether it is claimed twice": lambda claim: claimed_twice([claim]),
    "a search": lambda claim: named(claim.order_reference, shops=OWN),
    "a search in every shop": lambda claim: named(claim.order_reference, shops=ANY_SHOP),
}


@pytest.fixture
def plans(app):
    """How SQLite answers what is asked of claims, a line for each table and index that it takes."""
    found = []

    def explain(connection, _cursor, statement, given, *_rest):
        if statement.startswith("SELECT"):
            cursor = connection.connection.cursor()
            found.extend(
                row[-1] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", given)
            )

    event.listen(db.engine, "before_cursor_execute", explain)
    yield found
    event.remove(db.engine, "before_cursor_execute", explain)


def test_a_group_of_like_claims_is_found_in_its_order_by_its_own_index(plans):
    waiting_in(Group(SHOP, "deny", "SS-N3"), after=Cursor(NOW, 1))
    (one,) = [line for line in plans if " claims" in line]
    assert (
        "USING INDEX ix_claims_group (verdict_clause=? AND shop=? AND outcome=? AND status=?" in one
    )
    assert "USE TEMP B-TREE FOR ORDER BY" not in plans


@pytest.mark.one_in(4)
@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("reason", ["sms_not_received", "unused_balance"])
def test_no_question_about_one_order_or_holder_reads_all_claims_of_a_shop(plans, asked, reason):
    claim = factories.claim(reason=reason, order_reference="A-1001", at=NOW)
    plans.clear()
    asked(claim)
    of_claims = [line for line in plans if " claims" in line or "ix_claims" in line]
    assert of_claims
    assert [line for line in of_claims if _reads_many(line)] == []


def _reads_many(line):
    return line.startswith("SCAN claims") or "(shop=?)" in line
