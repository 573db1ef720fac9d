"""The claims that share an order, an account, a destination or a file with this one, each with what it came to."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.claims.decisions.alike import AccountSoFar, Shared, claims_alike, so_far
from portal.claims.models import Claim
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from portal.payouts import paying
from portal.people.rights import ANY_SHOP
from portal.policy.facts.claim import IDENTITY
from tests import factories
from tests.factories import EMAIL, NOW

HASH = "a" * 64


def pay_to(claim, email):
    with transaction():
        name_payee(claim_for_change(claim.reference), details=read("paypal", {"email": email}))
    return claim


def given(claim, sha256=HASH):
    factories.evidence(claim, sha256=sha256)
    return claim


def alike(claim):
    db.session.rollback()
    claim = db.session.scalars(select(Claim).where(Claim.reference == claim.reference)).one()
    return {each.reference: each for each in claims_alike(claim, shops=ANY_SHOP)}


@pytest.fixture
def first(app):
    """About order A-1001, with a destination and a file."""
    return given(pay_to(factories.claim(), "ana@example.net"))


def test_what_shares_nothing_is_not_listed(first):
    given(factories.claim(email="bo@example.com", order_reference="B-2"), "b" * 64)
    pay_to(factories.claim(email="cy@example.com", order_reference="C-3"), "cy@example.net")
    factories.draft(email="di@example.com")
    factories.claim(shop="numberplug", email=EMAIL)
    assert alike(first) == {}


def test_each_says_what_it_shares_and_of_which_address_it_is(first):
    order = factories.claim(email="bo@example.com", order_reference="a 1001")
    account = factories.claim(order_reference="B-2")
    payee = pay_to(
        factories.claim(shop="numberplug", email="cy@example.com", order_reference="C-3"),
        "Ana@example.net",
    )
    file = given(factories.claim(email="di@example.com", order_reference="D-4"))
    both = given(pay_to(factories.claim(order_reference="E-5"), "ana@example.net"))
    found = alike(first)
    assert [(each.reference, each.shares, each.account) for each in found.values()] == [
        (both.reference, (Shared.ACCOUNT, Shared.PAYEE, Shared.PICTURE), None),
        (file.reference, (Shared.PICTURE,), "di@example.com"),
        (payee.reference, (Shared.PAYEE,), "cy@example.com"),
        (account.reference, (Shared.ACCOUNT,), None),
        (order.reference, (Shared.ORDER,), "bo@example.com"),
    ]
    assert alike(file)[first.reference].shares == (Shared.PICTURE,)


@pytest.mark.parametrize("whose", [0, 1])
def test_the_same_identity_document_is_no_shared_picture(first, whose):
    other = given(factories.claim(email="di@example.com", order_reference="D-4"))
    with transaction():
        for file in db.session.merge((first, other)[whose]).evidence:
            file.kind = IDENTITY
    assert (alike(first), alike(other)) == ({}, {})


def test_what_each_came_to_is_told_with_its_payment(first):
    factories.account()
    factories.order(reference="B-2")
    paid = factories.claim(order_reference="B-2")
    with transaction():
        row = claim_for_change(paid.reference)
        paying.mark_paid(row, reference="TX-1", by=factories.reviewer(may_pay=True), at=NOW, seen=row.version,
                         policy=factories.policy())  # fmt: skip
    told = alike(first)[paid.reference]
    assert (told.status, told.outcome, told.amount, told.paid, told.payment, told.order_reference) == (
        "paid", "approve", Money(50, "USD"), True, "TX-1", "B-2")  # fmt: skip
    waiting = alike(paid)[first.reference]
    assert (waiting.amount, waiting.paid, waiting.payment) == (None, False, None)


def test_it_is_two_statements_for_one_and_for_many(first, statements):
    counts = []
    for number in range(12):
        given(factories.claim(order_reference=f"M-{number}"))
        db.session.rollback()
        claim = db.session.scalars(select(Claim).where(Claim.id == first.id)).one()
        statements.clear()
        assert len(claims_alike(claim, shops=ANY_SHOP)) == number + 1
        counts.append(len(statements))
    assert set(counts) == {2}


def test_what_the_account_had_so_far_is_told_with_what_was_paid(first):
    factories.account()
    for number in (2, 3):
        factories.order(reference=f"B-{number}")
    paid, _ = (factories.claim(order_reference=f"B-{number}") for number in (2, 3))
    factories.claim(order_reference="B-4", email="bo@example.com")
    with transaction():
        row = claim_for_change(paid.reference)
        paying.mark_paid(row, reference="TX-1", by=factories.reviewer(may_pay=True), at=NOW, seen=row.version,
                         policy=factories.policy())  # fmt: skip
    found = so_far(list(alike(first).values()))
    assert found == AccountSoFar(claims=2, approved=2, declined=0, paid=(Money(50, "USD"),))


@pytest.mark.parametrize(
    ("approved", "declined", "told"),
    [(3, 1, (4, 75)), (2, 1, (3, 67)), (1, 7, (8, 13)), (1, 0, (1, 100)), (0, 2, (2, 0)), (0, 0, (0, 0))],
)  # fmt: skip
def test_of_those_that_are_decided_a_share_was_approved(approved, declined, told):
    found = AccountSoFar(claims=9, approved=approved, declined=declined, paid=())
    assert (found.decided, found.rate) == told
