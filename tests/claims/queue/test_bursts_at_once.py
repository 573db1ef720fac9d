"""Orders that two customers send together while both of their services are in a burst: neither waits for the other."""

from threading import Barrier

from sqlalchemy import select

from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.queue.incidents import incidents
from portal.database import transaction
from portal.extensions import db
from portal.handoff.together import submit_together
from portal.people.rights import ANY_SHOP
from tests import factories
from tests.claims.queue.bursts import burst
from tests.conftest import NOW
from tests.races import race
from tests.sizes import AT_ONCE

ABOUT = [("Telegram", "ID"), ("WhatsApp", "GB")]


def drafts_of(name, about):
    """Drafts of one customer, about an order of each service and country in turn."""
    email = f"{name}@example.com"
    factories.account(email=email)
    found = []
    for number, (service, country) in enumerate(about):
        factories.order(reference=f"{name}-{number}", account_email=email, service=service,
                        country=country, price_minor=600)  # fmt: skip
        found.append(factories.draft(order_reference=f"{name}-{number}", email=email).reference)
    return found


@AT_ONCE
def test_orders_sent_together_in_two_bursts_wait_for_no_other_transaction_that_waits_for_them(
    app, database
):
    for number, (service, country) in enumerate(ABOUT):
        burst(5, name=f"B{number}", service=service, country=country)
    references = drafts_of("one", ABOUT), drafts_of("two", ABOUT[::-1])
    # On SQLite one of them is done before the other begins.
    both_sent_one = Barrier(1 if database.startswith("sqlite") else 2)

    def send(drafts):
        asked = []

        def wanted(outlook):
            asked.append(outlook)
            if len(asked) == len(drafts):
                both_sent_one.wait(30)
            return True

        with transaction():
            rows = [claim_for_change(reference) for reference in drafts]
            submit_together(rows, wanted=wanted, policy=factories.policy(), at=NOW)

    assert race(app, [lambda drafts=each: send(drafts) for each in references]) == [None, None]
    sent = select(Claim.status).where(Claim.reference.in_([*references[0], *references[1]]))
    assert Status.DRAFT not in db.session.scalars(sent).all()
    assert sorted(each.sent for each in incidents(ANY_SHOP)) == [7, 7]
