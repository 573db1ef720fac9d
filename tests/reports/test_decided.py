"""A report counts the decisions that stand, by person, shop, reason, clause or week."""

from datetime import timedelta

import pytest

from portal.claims.queries import claim_for_change
from portal.claims.verbs import reopening, reviewing, undoing
from portal.database import transaction
from portal.money import Money
from portal.people.reviewers import Role
from portal.people.rights import ANY_SHOP, Shops
from portal.reports.decided import Grouping, report
from tests import factories
from tests.conftest import NOW
from tests.factories import SHOP

pytestmark = pytest.mark.usefixtures("app")
LATER = NOW + timedelta(hours=2)


def said(claim, by, *, at=LATER):
    return {"by": by, "at": at, "seen": claim.version, "policy": factories.policy(claim.shop)}


def filed(number, **given):
    email = f"r{number}@example.com"
    factories.account(email=email)
    factories.order(reference=f"R-{number}", account_email=email,
                    messages=[(NOW - timedelta(minutes=50), "WhatsApp")])  # fmt: skip
    return factories.claim(order_reference=f"R-{number}", email=email, reason="wrong_code", **given)


def approve(claim, by, *, at=LATER, minor=50, **more):
    with transaction():
        reviewing.approve(
            claim, amount=Money(minor, "USD"), customer_text="", **said(claim, by, at=at), **more
        )


def decline(claim, by, *, at=LATER, **more):
    with transaction():
        reviewing.decline(
            claim,
            clause="SS-G5",
            customer_text="It was another order.",
            **said(claim, by, at=at),
            **more,
        )


@pytest.fixture
def people():
    return factories.reviewer(name="Ada"), factories.reviewer(name="Bo")


def told(by, *, since=NOW, until=NOW + timedelta(days=7), shops=ANY_SHOP):
    found = report(by, since=since, until=until, shops=shops)
    return [(line.key, line.decided, line.approved, line.declined, line.otherwise,
             [str(sum_) for sum_ in line.money.values()]) for line in found.lines]  # fmt: skip


def test_each_person_is_told_with_what_they_decided_and_how_much(people):
    ada, bo = people
    approve(filed(1, findings={"claim_verified": True}), ada)
    approve(filed(2, findings={"claim_verified": True}), ada, at=LATER + timedelta(hours=4))
    approve(filed(3), bo, minor=30, override_reason="The log of that hour is gone.")
    assert told(Grouping.PERSON) == [
        ("Ada", 2, 2, 0, 0, ["1.00 USD"]),
        ("Bo", 1, 1, 0, 1, ["0.30 USD"]),
    ]
    found = report(Grouping.PERSON, since=NOW, until=NOW + timedelta(days=7), shops=ANY_SHOP)
    assert found.lines[0].usual_wait == timedelta(hours=4)
    assert [(one.person, one.override) for one in found.overrides] == [
        ("Bo", "The log of that hour is gone.")
    ]
    assert (found.total.decided, found.total.money) == (3, {"USD": Money(130, "USD")})


def test_what_the_policy_approves_by_itself_is_nobodys(people):
    factories.account()
    factories.order()
    factories.claim()
    found = report(Grouping.PERSON, since=NOW, until=NOW + timedelta(days=1), shops=ANY_SHOP)
    assert [(line.key, line.approved, line.automatic) for line in found.lines] == [("", 1, 1)]


def test_what_the_policy_approved_and_a_lead_took_back_does_not_count(people):
    factories.account()
    factories.order()
    claim = factories.claim()
    lead = factories.reviewer(role=Role.ADMIN)
    with transaction():
        reopening.reopen(
            claim_for_change(claim.reference), reason="It was the wrong order.", **said(claim, lead)
        )
    assert told(Grouping.PERSON) == []


def test_what_was_undone_or_lies_outside_the_days_or_in_another_shop_does_not_count(people):
    ada, _ = people
    undone = filed(1, findings={"claim_verified": True})
    approve(undone, ada)
    with transaction():
        undoing.undo(undone, **said(undone, ada, at=LATER + timedelta(seconds=5)))
    approve(filed(2, findings={"claim_verified": True}), ada, at=NOW + timedelta(days=7))
    assert told(Grouping.PERSON) == []
    assert told(Grouping.PERSON, until=NOW + timedelta(days=8), shops=Shops(frozenset())) == []
    assert [line[:2] for line in told(Grouping.PERSON, until=NOW + timedelta(days=8))] == [
        ("Ada", 1)
    ]


def test_the_same_decisions_stand_by_shop_reason_clause_and_week(people):
    ada, _ = people
    approve(filed(1, findings={"claim_verified": True}), ada)
    decline(filed(2, findings={"claim_verified": False}), ada)
    both = (2, 1, 1, 0, ["0.50 USD"])
    assert told(Grouping.SHOP) == [(SHOP, *both)]
    assert told(Grouping.REASON) == [("wrong_code", *both)]
    assert told(Grouping.CLAUSE) == [("SS-G5", *both)]
    assert told(Grouping.WEEK) == [("2026-03-02", *both)]


def test_what_was_promised_by_a_clause_is_told_with_what_of_it_came_in_time(people):
    ada, _ = people
    first, late = (filed(number, findings={"claim_verified": True}) for number in (1, 2))
    approve(first, ada, at=first.due_at)
    approve(late, ada, at=late.due_at + timedelta(seconds=1))
    factories.account()
    factories.order()
    factories.claim()  # approved by the policy at once: nothing was promised
    found = report(Grouping.PERSON, since=NOW, until=NOW + timedelta(days=7), shops=ANY_SHOP)
    assert [(line.key, line.promised, line.kept) for line in found.lines] == [
        ("Ada", 2, 1),
        ("", 0, 0),
    ]
    assert (found.total.promised, found.total.kept) == (2, 1)
