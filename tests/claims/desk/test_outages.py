"""An incident that a person recorded as an outage: what its claims are decided by from then on, and who says it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.audit.log import AuditEntry
from portal.claims.decisions.receipts import replayed
from portal.claims.decisions.sources import as_said, trace_of
from portal.claims.desk import outages
from portal.claims.desk.outages import record_outage
from portal.claims.lifecycle import Action, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change, claim_page
from portal.claims.queue.incidents import Incident, incident, lacks_outage
from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from portal.people.reviewers import Reviewer
from portal.people.rights import ANY_SHOP, NoRight, Right
from portal.web.customer.story.happened import happened
from tests import factories
from tests.conftest import NOW

SHOP, MINUTE, DAY = "client-numbers", timedelta(minutes=1), timedelta(days=1)
BEGAN, LATER = NOW - 2 * DAY, NOW + timedelta(minutes=10)


def rented(number, *, paid_from=NOW - 9 * DAY, **told):
    """A claim about a rented number that is down, sent ``number`` minutes after the first."""
    given = {"kind": "rental", "price_minor": 1200, "expires_at": None, "ordered_at": paid_from,
             "paid_from": paid_from, "paid_until": NOW + 21 * DAY} | told  # fmt: skip
    email = f"r{number}@example.com"
    factories.order(shop=SHOP, reference=f"R-{number}", account_email=email, service="Virtual number",
                    country="DE", **given)  # fmt: skip
    return factories.claim(shop=SHOP, order_reference=f"R-{number}", email=email, reason="rental_outage", asked=Money(400, "USD"),
                           at=NOW + number * MINUTE).reference  # fmt: skip


def gone_on():
    """The incident of them all."""
    factories.keep(Incident(shop=SHOP, service="Virtual number", country="DE", since=NOW,
                            last_at=NOW + 9 * MINUTE))  # fmt: skip


def recorded(by, *, began=BEGAN, ended=None, at=LATER):
    """Record it: of how many claims that was."""
    done = pressed(by, began=began, ended=ended, at=at)
    assert not done.more
    return done.told


def pressed(by, *, began=BEGAN, ended=None, at=LATER):
    return record_outage(1, began=began, ended=ended, by=db.session.get_one(Reviewer, by), at=at,
                         policy=factories.policy(SHOP))  # fmt: skip


def verdicts():
    """The outcome and amount of each claim, by its order."""
    found = db.session.scalars(select(Claim).order_by(Claim.id))
    return {each.order_reference: (each.outcome, str(each.verdict_amount)) for each in found}


def test_its_claims_are_decided_by_it_and_each_stays_with_a_person(app, mara):
    first, second = rented(0), rented(1)
    gone_on()
    assert verdicts() == {"R-0": ("deny", "None"), "R-1": ("deny", "None")}
    assert recorded(mara) == 2
    # Two days of thirty at 12.00: from when it began, not from when the customer said so.
    assert verdicts() == {"R-0": ("approve", "0.80 USD"), "R-1": ("approve", "0.80 USD")}
    claim = claim_page(first)
    assert (claim.status, claim.waiting, claim.payout) == (Status.IN_REVIEW, True, None)
    event = claim.events[-1]
    assert (event.action, event.reviewer_id, event.data) == (
        Action.RECORD_OUTAGE, mara, {"from": BEGAN.isoformat(), "until": None},
    )  # fmt: skip
    log = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(row.act, row.claim, row.about, row.who_id) for row in log if row.who_id == mara] == [
        ("set_outage", None, "incident 1", mara),
        ("record_outage", first, "", mara),
        ("record_outage", second, "", mara),
    ]
    here = incident(1, shops=ANY_SHOP).incident
    assert (here.outage_from, here.outage_until) == (BEGAN, None)


def test_pressed_again_it_does_nothing_and_ended_since_it_is_decided_anew(app, mara):
    rented(0)
    gone_on()
    assert (recorded(mara), recorded(mara)) == (1, 0)
    assert recorded(mara, ended=BEGAN + 3 * MINUTE) == 1
    assert verdicts() == {"R-0": ("deny", "None")}
    acts = db.session.scalars(select(AuditEntry.act).where(AuditEntry.who_id == mara)).all()
    assert acts == ["set_outage", "record_outage"] * 2


@pytest.mark.parametrize(
    ("told", "ended"),
    [
        ({"outage_reported_at": NOW - DAY}, None),
        ({"outage_ended_at": NOW - DAY}, None),
        ({"paid_from": NOW - MINUTE}, NOW - 2 * MINUTE),
        ({"kind": "activation", "paid_from": None, "paid_until": None, "ordered_at": NOW - DAY}, None),
    ],
)  # fmt: skip
def test_of_what_it_cant_be_it_is_not_recorded(app, mara, told, ended):
    reference = rented(0, **told)
    gone_on()
    assert recorded(mara, ended=ended) == 0
    assert claim_page(reference).outage is None


def test_of_a_number_that_was_rented_after_its_end_it_counts_no_more(app, mara):
    reference = rented(0, paid_from=NOW - DAY)
    gone_on()
    assert recorded(mara) == 1
    assert (recorded(mara, ended=NOW - DAY), recorded(mara, ended=NOW - DAY)) == (0, 0)
    claim = claim_page(reference)
    assert (claim.outage, claim.outcome, claim.status) == (None, "deny", Status.IN_REVIEW)
    told = [each.title for each in happened(claim, factories.policy(SHOP))]
    assert told.count("We recorded an outage of your number") == 1


def test_what_was_recorded_of_one_order_is_none_of_another_that_its_owner_names(app, mara):
    reference = rented(0)
    gone_on()
    recorded(mara)
    with transaction():
        filing.rename_order(claim_for_change(reference), order_reference="R-9")
    assert claim_page(reference).outage is None


def test_of_a_number_that_was_rented_later_it_began_then(app, mara):
    reference = rented(0, paid_from=NOW - DAY)
    gone_on()
    recorded(mara)
    assert claim_page(reference).outage["from"] == (NOW - DAY).isoformat()


def test_a_reviewer_says_it_and_no_record_does(app, mara):
    reference = rented(0)
    gone_on()
    recorded(mara, began=NOW)  # the moment at which the first claim was sent
    claim = claim_page(reference)
    told = {fact["fact"]: fact for step in trace_of(claim) for fact in step["facts"]}
    assert told["order.outage_time"]["source"] == "reviewer"
    reported = {"fact": "order.outage_reported_at", "source": "reviewer", "known": True}
    assert as_said(reported, claim.decision.case) == reported
    policies = {SHOP: factories.policy(SHOP)}
    assert {each.fault for each in replayed(policies)} == {""}


def test_who_may_not_decide_there_records_nothing(app):
    rented(0)
    gone_on()
    payer = factories.reviewer(email="p@example.com", rights={(SHOP, Right.PAYER)}).id
    with pytest.raises(NoRight):
        recorded(payer)
    assert incident(1, shops=ANY_SHOP).incident.outage_from is None


def test_fifty_go_at_once_and_the_same_press_again_goes_on_to_the_last(app, mara, monkeypatch):
    """Whatever lies before them: claims of which nothing is to be recorded, and more than are looked at at once."""
    monkeypatch.setattr(outages, "CAP", 2)
    monkeypatch.setattr(outages, "MOST", 2)
    for number in range(8):
        told = {"outage_reported_at": NOW - DAY} if number in {0, 1, 2, 5} else {}
        rented(number, **told)
    gone_on()
    assert [pressed(mara) for _ in range(3)] == [(2, True), (2, False), (0, False)]
    kept = {each.order_reference: bool(each.outage) for each in db.session.scalars(select(Claim))}
    assert kept == {f"R-{number}": number in {3, 4, 6, 7} for number in range(8)}


def test_an_incident_lacks_an_outage_wherever_its_rental_stands(app):
    rented(0, kind="activation", paid_from=None, paid_until=None)
    gone_on()
    here = incident(1, shops=ANY_SHOP).incident
    assert not lacks_outage(here)
    rented(1, outage_reported_at=NOW - DAY)
    assert not lacks_outage(here)
    rented(2)
    assert lacks_outage(here)
