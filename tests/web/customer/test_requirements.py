"""What a policy requires is looked at where it is typed, and nothing incomplete is sent."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.lifecycle import EvidenceState
from portal.claims.queries import claim_for_change, claim_page
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from tests import factories
from tests.factories import NOW
from tests.web.steps.journeys import again, asked, begin, drafted, opened
from tests.web.steps.sending import letters, rented, sent

SHORT, LONG = "no sms come", "I waited for twenty minutes, and no SMS came."


def proved(shop, **given):
    factories.account(shop=shop)
    factories.order(shop=shop, **given)


def lacks(page):
    """What the page says is lacking, each with the place where it is given."""
    return [
        (page.text(link), link.get("href"))
        for box in page.all(class_="error-summary")
        for link in box.iter("a")
    ]


def test_a_story_too_short_for_the_policy_is_refused_where_it_is_typed(visitor):
    proved("activation-claims")
    reference = begin(visitor, shop="activation-claims")
    url, chosen = f"/new/{reference}/reason", {"reason": "sms_not_received"}
    page = visitor.get(visitor.post(url, chosen).location)
    assert "At least 30 characters." in page.text()
    chosen["shown"] = page.fields["shown"]
    for typed, words in (
        (SHORT, "Write at least 30 characters; you have 11"),
        ("", "Write at least 30 characters; you have 0"),
        ("x" * 29, "Write at least 30 characters; you have 29"),
    ):
        page = visitor.post(url, chosen | {"description": typed}, status=422)
        assert (page.errors, page.fields["description"]) == ([words], typed)
    assert visitor.get(f"/new/{reference}/result", status=303).location == url
    visitor.post(url, chosen | {"description": LONG})
    visitor.get(sent(visitor, reference))
    assert claim_page(reference).status == "approved"
    assert [event for event, _ in letters()] == ["sign_in_code", "approved"]


def test_nobody_writes_a_story_that_nobody_reads(visitor):
    proved("sms-service")
    reference = begin(visitor)
    page = visitor.post(f"/new/{reference}/reason", {"reason": "sms_not_received"})
    assert page.location == f"/new/{reference}/result"
    page = visitor.get(page.location)
    assert page.all("label", for_="description") == []
    visitor.get(sent(visitor, reference))
    claim = claim_page(reference)
    assert (claim.status, claim.description) == ("approved", None)


def test_a_person_is_written_what_they_will_read(visitor):
    reference = begin(visitor)
    chosen = {"reason": "sms_not_received", "shown": "sms_not_received", "description": " "}
    page = visitor.post(f"/new/{reference}/reason", chosen, status=422)
    assert page.errors == ["Write what happened"]


def test_an_answer_that_is_refused_leaves_the_order_known(visitor):
    proved("activation-claims")
    reference = begin(visitor, shop="activation-claims")
    chosen = {"reason": "sms_not_received", "shown": "sms_not_received", "description": SHORT}
    page = visitor.post(f"/new/{reference}/reason", chosen, status=422)
    assert "could not match" not in page.text()


def test_a_refusal_is_sent_to_a_person_with_words_for_them(visitor):
    proved("sms-service", messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    reference = drafted(visitor, description="")
    page = visitor.get(f"/new/{reference}/result")
    assert page.h1 == "The policy does not refund this"
    assert page.fields["description"] == ""
    page = visitor.post(f"/new/{reference}/result", status=422)
    assert lacks(page) == [("Write what happened", "#description")]
    assert "Our records show this SMS for your order: WhatsApp, " in page.text()
    assert claim_page(reference).status == "draft"
    page = visitor.post(f"/new/{reference}/result", {"description": SHORT})
    assert page.location.startswith(f"/claims/{reference}/")


def test_an_answer_that_is_blanked_is_gone(visitor):
    reference = drafted(visitor)
    chosen = {"reason": "sms_not_received", "shown": "sms_not_received", "description": ""}
    visitor.post(f"/new/{reference}/reason", chosen, status=422)
    assert claim_page(reference).description is None


def test_files_that_are_asked_for_below_are_no_alarm(visitor):
    reference = drafted(visitor, reason="other")
    page = visitor.get(f"/new/{reference}/result")
    assert page.h1 == "A person will look at this"
    assert "This rests on what you still give below: A picture or a file" in page.text()
    assert lacks(page) == []
    assert page.one("form", action=f"/evidence/{reference}") is not None


@pytest.mark.parametrize("broken", [0, 1])
def test_what_is_known_to_lack_a_file_cannot_be_sent(visitor, broken):
    reference = drafted(visitor, reason="other")
    for _ in range(broken):
        factories.evidence(claim_page(reference), state=EvidenceState.REFUSED)
    refused = visitor.post(f"/new/{reference}/result", status=422)
    assert lacks(refused) == [("A picture or a file that shows what happened", "#upload")]
    db.session.rollback()
    claim = claim_page(reference)
    assert (claim.status, claim.terms_confirmed_at) == ("draft", None)
    assert [event for event, _ in letters()] == ["sign_in_code"]
    factories.evidence(claim)
    assert sent(visitor, reference).startswith("/claims/")


def test_a_payout_without_details_cannot_be_sent(visitor):
    rented()
    reference = drafted(
        visitor, shop="client-numbers", order="R-1", reason="number_unavailable", asked="12"
    )
    details = f"/new/{reference}/payout/paypal"
    for _ in range(2):
        assert visitor.post(f"/new/{reference}/result", {"way": "paypal"}).location == details
    assert claim_page(reference).status == "draft"
    visitor.post(details, {"email": "kim@example.com"})
    assert sent(visitor, reference, way="paypal").startswith("/claims/")


def test_an_answer_that_leaves_the_same_missing_is_refused_with_its_number(visitor):
    claim = factories.claim(shop="activation-claims", description=SHORT)
    assert claim.status == "needs_information"
    url = opened(visitor, claim)
    asked_for = "What happened, in your own words (30 characters at least)"
    assert asked_for in visitor.get(url).text()
    assert (
        asked_for
        in db.session.scalars(
            select(OutboxMail.text).where(OutboxMail.event == "needs_information")
        ).one()
    )
    page = visitor.get(f"{url}/answer")
    assert "At least 30 characters." in page.text()
    before = letters()
    for typed, have in ((SHORT, 11), ("The SMS did not come", 20)):
        page = visitor.post(f"{url}/answer", {"description": typed}, status=422)
        assert page.errors == [f"Write at least 30 characters; you have {have}"]
    assert letters() == before
    assert again(claim).status == "needs_information"
    assert visitor.post(f"{url}/answer", {"description": LONG}).location == url
    assert again(claim).status == "in_review"


def test_a_person_who_asked_gets_more_than_what_they_had(visitor):
    claim = asked(["claim.description", "claim.evidence"])
    with transaction():
        for file in claim_for_change(claim.reference).evidence:
            file.added_at = NOW - timedelta(days=1)
    url = opened(visitor, claim)
    page = visitor.post(f"{url}/answer", {"description": claim.description}, status=422)
    assert page.errors == ["This is what you wrote before. Add what is asked for"]
    visitor.post(f"{url}/answer", {"description": LONG})
    # What was given is no longer missing, and what is still missing is asked for first.
    assert again(claim).missing == ["claim.evidence"]
    assert visitor.get(f"{url}/answer", status=303).location == f"{url}/files"


def test_files_are_not_sent_before_the_rest_that_was_asked_for(visitor):
    claim = asked(["claim.description", "claim.evidence"])
    url = opened(visitor, claim)
    factories.evidence(claim)
    assert visitor.post(f"{url}/files").location == f"{url}/answer"
    assert again(claim).status == "needs_information"
