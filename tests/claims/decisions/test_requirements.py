"""What a claim lacks is what its policy finds lacking, and no more is required of anybody."""

from datetime import timedelta

import pytest

from portal.claims import answering
from portal.claims.decisions import requirements
from portal.claims.decisions.outlook import Outlook
from portal.claims.lifecycle import EvidenceState
from portal.claims.queries import claim_for_change
from portal.claims.refusals import Incomplete
from portal.claims.verbs import filing
from portal.database import transaction
from portal.money import Money
from tests import factories
from tests.claims.filed import letters
from tests.factories import NOW

ALL = {"claim.service_name": 1, "claim.amount": 1, "claim.description": 1}


def outlook(claim):
    return Outlook(claim, policy=factories.policy(claim.shop), at=NOW)


def required(claim, **given):
    return requirements.required(outlook(claim), **given)


def proved(shop, **given):
    """A draft about an order that expired without any SMS."""
    factories.account(shop=shop)
    factories.order(shop=shop)
    return factories.draft(shop=shop, **given)


@pytest.mark.parametrize(
    ("shop", "reason", "needs"),
    [
        ("activation-claims", "sms_not_received", {"claim.description": 30}),
        ("activation-claims", "major_defect", {"claim.description": 30}),
        ("client-numbers", "number_unavailable", ALL),
        ("didvirtualnumbers", "number_unavailable", ALL),
        ("numberplug", "sms_not_received", {"claim.service_name": 1, "claim.description": 1}),
        ("sms-service", "sms_not_received", {"claim.description": 1}),  # a person will read it
    ],
)
def test_of_an_order_nobody_knows_all_that_the_policy_asks_is_required(app, shop, reason, needs):
    claim = factories.draft(shop=shop, reason=reason, service_name=None, description=None)
    assert required(claim) == needs


def test_of_a_claim_that_the_logs_prove_only_what_the_policy_asks(app):
    assert required(proved("sms-service", description=None)) == {}
    assert required(proved("activation-claims", description=None)) == {"claim.description": 30}


def test_a_refusal_is_explained_by_the_customer_only_where_it_is_sent_on(app):
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    claim = factories.draft(description=None)
    assert required(claim) == {}
    assert required(claim, sending=True) == {"claim.description": 1}


@pytest.mark.parametrize(
    ("length", "lacks"), [(0, True), (11, True), (29, True), (30, False), (31, False)]
)
def test_a_description_is_as_long_as_the_policy_says(app, length, lacks):
    claim = proved("activation-claims", description="x" * length)
    found = requirements.lacking(outlook(claim))
    assert found == (["claim.description"] if lacks else [])


def test_spaces_around_it_count_for_nothing(app):
    claim = proved("activation-claims", description=" " * 40 + "no sms come")
    assert requirements.lacking(outlook(claim)) == ["claim.description"]


def test_a_file_that_could_not_be_used_is_none(app):
    claim = factories.draft(reason="other", files=0)
    assert requirements.lacking(outlook(claim)) == ["claim.evidence"]
    file = factories.evidence(claim, state=EvidenceState.REFUSED)
    assert requirements.lacking(outlook(claim)) == ["claim.evidence"]
    with transaction():
        claim_for_change(claim.reference).evidence[0].state = EvidenceState.READY
    assert file.state is EvidenceState.READY
    claim = claim_for_change(claim.reference)
    assert requirements.lacking(outlook(claim)) == []


def test_what_is_given_on_later_pages_is_foreseen_and_not_missed(app):
    claim = factories.draft(reason="other", files=0)
    seen = requirements.foreseen(outlook(claim))
    assert (seen.decision.outcome, seen.asked) == ("review", ["claim.evidence"])
    assert claim.evidence == []


def test_a_choice_matters_where_it_could_end_the_claim_otherwise(app):
    def matters(claim):
        return requirements.could_matter(outlook(claim), "claim.answers.number_used", (True, False))

    assert matters(factories.draft(shop="numberplug", number_used=None))
    factories.account(shop="numberplug")
    factories.order(shop="numberplug", reference="A-2", refunded_at=NOW - timedelta(minutes=5))
    assert not matters(factories.draft(shop="numberplug", order_reference="A-2", number_used=None))


def test_asking_for_the_same_again_writes_no_second_mail(app):
    claim = factories.claim(
        shop="activation-claims", description="no sms come", asked=Money(50, "USD")
    )
    assert (claim.status, claim.missing) == ("needs_information", ["claim.description"])
    for _ in range(3):
        with transaction():
            claim = claim_for_change(claim.reference)
            filing.complete(claim, policy=factories.policy("activation-claims"), at=NOW)
    assert letters(claim) == ["needs_information"]


def test_what_was_given_and_is_missing_all_the_same_is_refused(app):
    claim = factories.claim(shop="activation-claims", description="no sms come")
    policy, paths = factories.policy("activation-claims"), ["claim.description"]
    with transaction():
        claim = claim_for_change(claim.reference)
        answering.answer(claim, description="The SMS did not come")
        with pytest.raises(Incomplete) as refused:
            filing.supply(claim, paths=paths, policy=policy, at=NOW)
        assert (refused.value.fields, claim.missing) == (("claim.description",), paths)
        answering.answer(claim, description="I waited for twenty minutes, and no SMS came.")
        filing.supply(claim, paths=paths, policy=policy, at=NOW)
    assert claim.missing == []


def test_what_a_customer_still_owes_is_typed_first_then_the_payee_and_files_until_one_has_come(app):
    claim = factories.claim(shop="sms-service", reason="wrong_code", files=0)
    with factories.kept():
        claim.missing = [
            "account.email",
            "claim.evidence",
            "claim.payout.method",
            "claim.description",
            "claim.payout",
        ]
    owed = ["claim.description", "claim.payout.method", "claim.payout", "claim.evidence"]
    assert requirements.still_missing(claim) == owed
    asked_at = claim.events[-1].at
    before = asked_at - timedelta(seconds=1)
    factories.evidence(claim, added_at=before)
    factories.evidence(claim, added_at=asked_at, state=EvidenceState.REFUSED)
    assert requirements.still_missing(claim) == owed
    factories.evidence(claim, added_at=asked_at)
    assert requirements.still_missing(claim) == owed[:-1]
    claim.missing = ["account.email"]
    assert requirements.still_missing(claim) == []
