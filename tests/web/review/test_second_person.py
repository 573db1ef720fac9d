"""The reviewer's screen of what two people let go: what the second one sees, and who may not."""

import pytest

from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from portal.payouts import paying
from portal.people.reviewers import Reviewer
from portal.people.rights import Right
from tests import factories
from tests.conftest import NOW
from tests.web.steps.signing_in import sign_in


@pytest.fixture
def ana(app):
    return factories.reviewer(name="Ana", may_pay=True).id


@pytest.fixture
def pia(app):
    return factories.reviewer(name="Pia", may_pay=True).id


@pytest.fixture
def held(app, ana):
    """The reference of a claim that Ana approved against the policy."""
    claim = factories.claim(reason="wrong_code")
    with transaction():
        reviewing.approve(
            claim_for_change(claim.reference), amount=Money(50, "USD"),
            override_reason="The operator confirmed it.", customer_text="It was our fault.",
            internal="Ticket 17.", by=db.session.get_one(Reviewer, ana), at=NOW,
            seen=claim.version, policy=factories.policy(),
        )  # fmt: skip
    return claim.reference


def person(number):
    db.session.rollback()
    return db.session.get_one(Reviewer, number)


def newest():
    db.session.rollback()
    return db.session.scalars(db.select(Claim).order_by(Claim.id.desc())).first()


def form(page, name):
    return {key: value for key, value in page.fields.items() if key.startswith(f"{name}-")}


def test_the_second_person_reads_what_the_first_saw_and_said_and_releases_it(visitor, held, pia):
    sign_in(visitor, person(pia))
    page = visitor.get(f"/review/{held}")
    text = page.text()
    assert "Another person lets this payout go" in text
    assert "It was approved otherwise than the policy says, or for more." in text
    for said in ("Ana approved it", "A person decides", "0.50 USD", "The operator confirmed it.",
                 "It was our fault.", "Ticket 17."):  # fmt: skip
        assert said in text, said
    data = form(page, "release")
    refused = visitor.post(f"/review/{held}/release", data, status=422)
    assert refused.errors == ["Write what you looked at and why it is paid"]
    visitor.post(f"/review/{held}/release", data | {"release-because": "I asked them too."})
    payout = newest().payout
    assert (payout.state, payout.held[0]["by"]) == ("due", "Pia")
    assert "Another person lets this payout go" not in visitor.get(f"/review/{held}").text()


def test_who_approved_it_is_told_so_and_gets_no_button(visitor, held, ana, pia):
    sign_in(visitor, person(pia))
    data = form(visitor.get(f"/review/{held}"), "release") | {"release-because": "Me again."}
    sign_in(visitor, person(ana))
    page = visitor.get(f"/review/{held}")
    assert "You approved it: another person releases it, a payer or a lead, or" in page.text()
    assert not form(page, "release")
    assert not form(page, "paid")
    refused = visitor.post(f"/review/{held}/release", data, status=403)
    assert "another person lets it go: a payer or a lead." in refused.text()
    assert newest().payout.state == "held"


def test_what_was_never_approved_is_not_released(visitor, pia):
    reference = factories.claim(reason="wrong_code").reference
    sign_in(visitor, person(pia))
    data = {"release-because": "I asked them.", "release-seen": newest().version}
    page = visitor.post(f"/review/{reference}/release", data, status=409)
    assert "I asked them." in page.text()
    assert newest().payouts == []


def test_one_owns_claim_is_shown_without_a_button(visitor):
    own = factories.reviewer(email=factories.EMAIL, may_pay=True)
    reference = factories.claim(reason="wrong_code").reference
    sign_in(visitor, own)
    page = visitor.get(f"/review/{reference}")
    assert "This claim is your own" in page.text()
    assert not form(page, "approve")


def test_without_the_right_to_pay_nobody_releases(visitor, held):
    sign_in(visitor, factories.reviewer())
    page = visitor.get(f"/review/{held}")
    assert not form(page, "release")
    visitor.post(f"/review/{held}/release", {"release-because": "x"}, status=403)


def stopped(reference, kind):
    """It is held for another reason besides."""
    with transaction():
        row = claim_for_change(reference)
        if kind == "told":
            paying.hold_told(row, row.payout, "The bank says that it was paid already.", at=NOW)
        else:
            row.payout.held = [*row.payout.held, {"kind": kind, "text": "It is another."}]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("kind", ["told", "records", "changed"])
def test_what_is_held_for_more_than_a_second_person_is_let_go_by_who_pays_and_by_no_lead(
    visitor, held, kind
):
    lead = factories.reviewer(name="Lee", rights={(factories.SHOP, Right.LEAD)}).id
    sign_in(visitor, person(lead))
    data = form(visitor.get(f"/review/{held}"), "release") | {"release-because": "I asked them."}
    stopped(held, kind)
    page = visitor.get(f"/review/{held}")
    assert not form(page, "release")
    data["release-seen"] = newest().version
    visitor.post(f"/review/{held}/release", data, status=403)
    after = newest().payout
    assert (after.state, [each for each in after.held if "reason" in each]) == ("held", [])
    payer = factories.reviewer(name="Kai", may_pay=True).id
    sign_in(visitor, person(payer))
    assert form(visitor.get(f"/review/{held}"), "release")
    visitor.post(f"/review/{held}/release", data)
    after = newest().payout
    assert (after.state, {each["by"] for each in after.held}) == ("due", {"Kai"})


def test_a_lead_lets_go_alone_nothing_that_the_policy_approved_and_the_records_stopped(visitor):
    factories.account()
    factories.order()
    reference = factories.claim().reference
    stopped(reference, "told")
    seen = newest().version
    lead = factories.reviewer(rights={(factories.SHOP, Right.LEAD)}).id
    sign_in(visitor, person(lead))
    page = visitor.get(f"/review/{reference}")
    assert "This payout is held" in page.text()
    assert not form(page, "release")
    data = {"release-because": "Fine.", "release-seen": seen}
    visitor.post(f"/review/{reference}/release", data, status=403)
    assert newest().payout.state == "held"


def test_a_lead_lets_go_what_waits_for_a_second_person_alone(visitor, held):
    lead = factories.reviewer(name="Lee", rights={(factories.SHOP, Right.LEAD)}).id
    sign_in(visitor, person(lead))
    data = form(visitor.get(f"/review/{held}"), "release") | {"release-because": "I asked them."}
    visitor.post(f"/review/{held}/release", data)
    after = newest().payout
    assert (after.state, [each["by"] for each in after.held]) == ("due", ["Lee"])
