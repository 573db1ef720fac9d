"""A reviewer blacks out parts of a customer's picture; a lead shows it again as it was."""

from datetime import timedelta

import pytest

from portal.claims.evidence.files import check_due
from portal.claims.redaction.originals import forget_originals_due
from portal.people.rights import Right
from tests import factories
from tests.claims.uploads import upload
from tests.factories import NOW
from tests.web.inspector import Browser
from tests.web.pictures.parts import MIDDLE, RED, red_in_the_middle, seen_at
from tests.web.steps.journeys import link, opened, stored
from tests.web.steps.signing_in import by, sign_in

BLACK = (0, 0, 0)


@pytest.fixture
def reference(app, visitor):
    """A claim that a person must decide, with a picture."""
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    claim = factories.draft(reason="wrong_code", files=0)
    upload(claim.reference, red_in_the_middle()[0].getvalue(), filename="shot.png")
    check_due(now=NOW)
    with factories.kept():
        factories.filing.submit(claim, policy=factories.policy(), at=NOW)
    return claim.reference


def place_of(reference):
    return f"/review/{reference}/black-out/{stored(reference).evidence[0].public_id}/view"


def view_of(reference):
    return f"/review/{reference}/files/{stored(reference).evidence[0].public_id}/view"


def black_out(visitor, reference, **given):
    page = by(visitor).get(place_of(reference))
    sent = MIDDLE | {"seen": page.fields["seen"], "do": "burn"} | given
    return by(visitor).post(place_of(reference), sent)


@pytest.mark.long
def test_a_press_on_the_claim_leads_there_and_everybody_sees_it_black(
    app, visitor, mara, reference
):
    page = by(visitor).get(f"/review/{reference}")
    (to,) = [each for each in page.all("a") if each.get("href") == place_of(reference)]
    assert page.text(to) == "Black out parts of shot.png"
    assert black_out(visitor, reference).location == place_of(reference)
    page = by(visitor).get(place_of(reference))
    assert "Blacked out. Everybody sees the picture like this now." in page.body
    assert "1 part is black." in page.text()
    assert "is kept until Fri 3 Apr 2026" in page.text()
    assert "Nobody can open it. A lead can have it shown again." in page.text()
    assert seen_at(visitor, view_of(reference)) == BLACK
    history = by(visitor).get(f"/review/{reference}").text()
    assert "Parts of a picture were blacked out" in history
    assert "1 part of shot.png" in history
    assert "Parts of it that were blacked out: 1." in history
    customer = Browser(app.test_client())
    opened(customer, stored(reference))
    theirs = f"/evidence/{reference}/{stored(reference).evidence[0].public_id}/view"
    assert seen_at(customer, theirs) == BLACK
    assert "We blacked out parts of a picture" in customer.get(link(stored(reference))).text()
    forget_originals_due(now=NOW + timedelta(days=30))
    assert (
        "The picture as it was before is deleted" in by(visitor).get(f"/review/{reference}").text()
    )
    assert "is kept until" not in by(visitor).get(place_of(reference)).text()


def test_a_claim_that_moved_is_looked_at_again_with_what_was_marked(visitor, mara, reference):
    page = by(visitor).get(place_of(reference))
    sent = MIDDLE | {"seen": str(int(page.fields["seen"]) - 1)}
    page = by(visitor).post(place_of(reference), sent, status=409)
    assert "This claim changed while you were looking, and nothing was done." in page.text()
    assert (page.fields["left_1"], page.fields["seen"]) == ("25", str(stored(reference).version))
    assert page.body.count("<rect ") == 1
    assert seen_at(visitor, view_of(reference)) == RED


@pytest.mark.long
@pytest.mark.one_in(3)
@pytest.mark.parametrize("value", ["", "nan", "-5", "1e400", "100.1", "<b>"])
def test_what_is_no_place_is_refused(visitor, mara, reference, value):
    seen = str(stored(reference).version)
    sent = MIDDLE | {"width_1": value, "seen": seen}
    page = by(visitor).post(place_of(reference), sent, status=422)
    assert page.errors == ["Write a number from 0 to 100"]
    assert seen_at(visitor, view_of(reference)) == RED


def test_a_lead_shows_it_again_with_a_reason(app, visitor, mara, reference):
    black_out(visitor, reference)
    by(visitor).post(
        f"{place_of(reference)}/restore", {"again-why": "It was the code."}, status=403
    )
    lead = Browser(app.test_client())
    rights = {(factories.SHOP, Right.LEAD), (factories.SHOP, Right.REVIEWER)}
    sign_in(by(lead), factories.reviewer(name="Lea Holm", rights=rights))
    page = by(lead).get(place_of(reference))
    seen = page.fields["again-seen"]
    page = by(lead).post(f"{place_of(reference)}/restore", {"again-seen": seen}, status=422)
    assert page.errors == ["Write why"]
    stale = {"again-seen": "1", "again-why": "It was the code."}
    page = by(lead).post(f"{place_of(reference)}/restore", stale, status=409)
    assert page.fields["again-why"] == "It was the code."
    sent = {"again-seen": seen, "again-why": "It was the code."}
    by(lead).post(f"{place_of(reference)}/restore", sent)
    assert "The picture is shown as it was." in by(lead).get(place_of(reference)).body
    assert seen_at(by(lead), view_of(reference)) == RED
    history = by(lead).get(f"/review/{reference}").text()
    assert "A picture is shown again as it was" in history
    assert "It was the code." in history
    by(lead).post(f"{place_of(reference)}/restore", sent | {"again-seen": str(stored(reference).version)}, status=409)  # fmt: skip


def test_who_only_looks_or_works_for_another_shop_may_not(app, visitor, mara, reference):
    for rights, status in (
        ({(factories.SHOP, Right.PAYER)}, 403),
        ({("client-numbers", Right.REVIEWER)}, 404),
    ):
        other = Browser(app.test_client())
        sign_in(by(other), factories.reviewer(rights=rights))
        by(other).get(place_of(reference), status=status)
        by(other).post(place_of(reference), MIDDLE, status=status)
        by(other).post(f"{place_of(reference)}/restore", {"again-why": "x"}, status=status)
    assert seen_at(by(visitor), view_of(reference)) == RED
    for place in ("thumb", "view-2"):
        by(visitor).get(place_of(reference)[:-4] + place, status=404)
