"""Where an amount is typed and can be read in two ways, the page asks which, and keeps what was typed."""

from datetime import timedelta
from fractions import Fraction

from portal.claims.lifecycle import Status
from portal.claims.queries import claim_page
from portal.extensions import db
from tests import factories
from tests.conftest import NOW
from tests.web.steps.journeys import begin, drafted
from tests.web.steps.sending import sent
from tests.web.steps.signing_in import sign_in

EITHER = "1250.00 or 1.25? This can be read as either: write the one that is meant"


def test_a_customer_is_asked_which_amount_is_meant(visitor):
    factories.account()
    factories.top_up()
    reference = begin(visitor, order=None)
    visitor.post(f"/new/{reference}/reason", {"reason": "unused_balance"})
    told = {
        "reason": "unused_balance",
        "shown": "unused_balance",
        "description": "I no longer need the service, so I would like it back.",
        "asked": "1,250",
    }

    page = visitor.post(f"/new/{reference}/reason", told, status=422)

    assert page.errors == [EITHER]
    assert page.fields["asked"] == "1,250"
    visitor.post(f"/new/{reference}/reason", told | {"asked": "1.250,00"})
    assert str(claim_page(reference).asked) == "1250.00 USD"


def test_a_reviewer_is_asked_which_amount_is_meant(app, visitor):
    sign_in(visitor, factories.reviewer())
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    reference = factories.claim(reason="wrong_code").reference
    fields = visitor.get(f"/review/{reference}").fields
    given = {name: value for name, value in fields.items() if name.startswith("approve-")}
    given |= {"approve-amount": "1,250", "approve-override": "The provider confirmed the fault."}

    page = visitor.post(f"/review/{reference}/approve", given, status=422)

    assert EITHER in page.text()
    assert page.fields["approve-amount"] == "1,250"
    db.session.rollback()
    assert claim_page(reference).status is Status.IN_REVIEW


def test_a_price_below_a_cent_is_shown_as_it_was_and_paid_rounded(visitor):
    factories.account()
    factories.order(
        price_minor=Fraction(14, 10), messages=[(NOW - timedelta(minutes=50), "WhatsApp")]
    )
    sign_in(visitor, factories.reviewer())
    reference = factories.claim(reason="wrong_code").reference

    page = visitor.get(f"/review/{reference}")

    assert "0.014 USD" in page.text()
    assert page.fields["approve-amount"] == "0.01"


def test_a_customer_is_told_the_exact_price_beside_what_goes_back(visitor):
    factories.account()
    factories.order(price_minor=Fraction(14, 10))
    reference = drafted(visitor)
    told = "The price was 0.014 USD. What goes back of it is rounded to an amount that can be paid."

    page = visitor.get(f"/new/{reference}/result")

    assert page.h1 == "You can get 0.01 USD back"
    assert told in page.text()
    assert told in visitor.get(sent(visitor, reference)).text()
    assert str(claim_page(reference).payout.amount) == "0.01 USD"
