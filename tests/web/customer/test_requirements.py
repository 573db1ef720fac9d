"""What a policy requires is looked at where it is typed, and nothing incomplete is sent."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.models import EvidenceState
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
    """What the last look says is lacking, each with the page where it is given."""
    (box,) = [
        each for each in page.all(class_="banner") if "Before you can send" in page.text(each)
    ]
    return [(page.text(item).partition(".")[0], link.get("href"))
            for item in box.iter("li") for link in item.iter("a")]  # fmt: skip


def test_a_story_too_short_for_the_policy_is_refused_where_it_is_typed(visitor):
    proved("activation-claims")
    reference = begin(visitor, shop="activation-claims")
    visitor.post(f"/new/{reference}/reason", {"reason": "sms_not_received"})
    page = visitor.get(f"/new/{reference}/questions")
    assert "At least 30 characters." in page.text()
    url = page.one("form").get("action")
    for typed, words in (
        (SHORT, "Write at least 30 characters; you have 11"),
        ("", "Write at least 30 characters; you have 0"),
        ("x" * 29, "Write at least 30 characters; you have 29"),
    ):
        page = visitor.post(url, {"service_name": "WhatsApp", "description": typed}, status=422)
        assert (page.errors, page.fields["description"]) == ([words], typed)
    assert visitor.get(f"/new/{reference}/check", status=303).location == url
    visitor.post(url, {"service_name": "WhatsApp", "description": LONG})
    visitor.get(sent(visitor, reference))
    assert claim_page(reference).status == "approved"
    assert [event for event, _ in letters()] == ["sign_in_code", "approved"]


def test_nobody_writes_a_story_that_nobody_reads(visitor):
    proved("sms-service")
    reference = begin(visitor)
    visitor.post(f"/new/{reference}/reason", {"reason": "sms_not_received"})
    page = visitor.get(f"/new/{reference}/questions")
    labels = [page.text(label) for label in page.all("label", for_="description")]
    assert labels == ["What happened, in your own words? (optional)"]
    visitor.post(f"/new/{reference}/questions", {"service_name": "WhatsApp", "description": ""})
    visitor.get(sent(visitor, reference))
    claim = claim_page(reference)
    assert (claim.status, claim.description) == ("approved", None)


def test_a_person_is_written_what_they_will_read(visitor):
    reference = begin(visitor)
    visitor.post(f"/new/{reference}/reason", {"reason": "sms_not_received"})
    page = visitor.post(
        f"/new/{reference}/questions", {"service_name": "", "description": " "}, status=422
    )
    assert page.errors == ["Write what happened"]


def test_a_refusal_is_sent_to_a_person_with_words_for_them(visitor):
    proved("sms-service", messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    reference = drafted(visitor, description="")
    assert visitor.get(f"/new/{reference}/result").h1 == "The policy does not refund this"
    page = visitor.get(f"/new/{reference}/check")
    assert lacks(page) == [
        ("What happened, in your own words", f"/new/{reference}/questions?from=check")
    ]


def test_an_answer_that_is_blanked_is_gone(visitor):
    proved("sms-service")
    reference = drafted(visitor)
    visitor.post(f"/new/{reference}/questions", {"service_name": "", "description": ""})
    claim = claim_page(reference)
    assert (claim.service_name, claim.description) == (None, None)


def test_files_that_are_asked_for_next_are_no_alarm(visitor):
    reference = drafted(visitor, reason="other")
    page = visitor.get(f"/new/{reference}/result")
    assert page.h1 == "A person will look at this"
    assert "The next pages ask for what this rests on: A picture or a file" in page.text()


@pytest.mark.parametrize("broken", [0, 1])
def test_what_is_known_to_lack_a_file_cannot_be_sent(visitor, broken):
    reference = drafted(visitor, reason="other")
    for _ in range(broken):
        factories.evidence(claim_page(reference), state=EvidenceState.REFUSED)
    page = visitor.get(f"/new/{reference}/check")
    wanted = [
        ("A picture or a file that shows what happened", f"/new/{reference}/evidence?from=check")
    ]
    assert lacks(page) == wanted
    assert "Send my claim" not in page.body
    refused = visitor.post(f"/new/{reference}/check", {"agree": "y"}, status=422)
    assert lacks(refused) == wanted
    db.session.rollback()
    claim = claim_page(reference)
    assert (claim.status, claim.terms_confirmed_at) == ("draft", None)
    assert [event for event, _ in letters()] == ["sign_in_code"]
    factories.evidence(claim)
    assert "Send my claim" in visitor.get(f"/new/{reference}/check").body
    assert sent(visitor, reference).startswith("/claims/")


def test_a_payout_without_details_cannot_be_sent(visitor):
    rented()
    reference = drafted(
        visitor, shop="client-numbers", order="R-1", reason="number_unavailable", asked="12"
    )
    visitor.post(f"/new/{reference}/destination", {"destination": "payout"})
    page = visitor.post(f"/new/{reference}/check", {"agree": "y"}, status=422)
    assert lacks(page) == [
        ("Where the money should go, with all details", f"/new/{reference}/payout?from=check")
    ]
    visitor.post(f"/new/{reference}/payout/paypal", {"email": "kim@example.com"})
    assert sent(visitor, reference).startswith("/claims/")


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
