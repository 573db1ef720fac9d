"""Claims that were sent, in each state, and the page on which their owner has them."""

import itertools

from portal.claims.letters.links import status_token
from portal.claims.models import Claim
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.queries import claim_for_change, claim_page
from portal.claims.verbs import paying, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from tests import factories
from tests.factories import NOW
from tests.web.journeys import code_for

_orders = itertools.count(1)


def link(claim):
    return f"/claims/{claim.reference}/{status_token(claim.reference)}"


def opened(visitor, claim):
    """Enter a code for the claim; its address."""
    url = link(claim)
    visitor.post(f"{url}/unlock")
    visitor.post(f"{url}/code", {"code": code_for(claim.email)})
    return url


def stored(reference):
    """The claim of that name as the database has it now."""
    db.session.rollback()
    return db.session.execute(db.select(Claim).where(Claim.reference == reference)).scalar_one()


def again(claim):
    """The claim as the database has it now, with all that its page shows."""
    db.session.rollback()
    return claim_page(claim.reference)


def declined(**given):
    claim = factories.claim(**given)
    person = factories.reviewer()
    with transaction():
        reviewing.decline(
            claim_for_change(claim.reference),
            clause="SS-N3",
            customer_text="The table of your order shows a message at 09:10.",
            internal="smells of a second account",
            override_reason="seen in the table",
            by=person,
            at=NOW,
            seen=claim.version,
            policy=factories.policy(),
        )
    return again(claim)


def asked(missing, note="Send the whole screen, with its time."):
    claim = factories.claim()
    person = factories.reviewer()
    with transaction():
        reviewing.ask(
            claim_for_change(claim.reference),
            missing=missing,
            note=note,
            policy=factories.policy(),
            by=person,
            at=NOW,
            seen=claim.version,
        )
    return again(claim)


def payout_failed():
    """An approved payout that came back, of an order of its own."""
    claim = factories.claim(destination="payout", order_reference=f"A-20{next(_orders)}")
    person = factories.reviewer(may_pay=True)
    with transaction():
        claim = claim_for_change(claim.reference)
        name_payee(claim, details=read("paypal", {"email": "kim@example.com"}))
        reviewing.approve(
            claim,
            amount=Money.parse("0.50", "USD"),
            override_reason="the order was never made",
            by=person,
            at=NOW,
            seen=claim.version,
            policy=factories.policy(),
        )
    with transaction():
        claim = claim_for_change(claim.reference)
        paying.mark_failed(
            claim,
            reason="account closed",
            policy=factories.policy(),
            by=person,
            at=NOW,
            seen=claim.version,
        )
    return again(claim)
