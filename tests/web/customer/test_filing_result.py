"""The result: a page of its own for whatever the policy says, with its rule and the way on."""

from datetime import timedelta

from sqlalchemy import select

from portal.claims.decisions.casefile import logs_of
from portal.claims.queries import claim_page
from portal.extensions import db
from portal.mail.models import OutboxMail
from tests import factories
from tests.factories import NOW
from tests.web.steps.journeys import begin, code_for, drafted
from tests.web.steps.sending import letters, sent


def test_a_refusal_names_its_clause_and_facts_and_the_way_to_a_person(visitor):
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    reference = drafted(visitor)
    page = visitor.get(f"/new/{reference}/result")
    assert page.h1 == "The policy does not refund this"
    assert page.all("a", href="/sms-service/policy/2024-06-15#SS-N3")
    facts = [page.text(row) for box in page.all("dl", class_="facts") for row in box.iter("div")]
    assert facts[:2] == [
        "Messages received1Our records",
        "What happenedThe SMS never cameYou told us",
    ]
    assert page.text(page.one("button", class_="primary")) == "Send it to a person"
    assert page.one("a", href=f"/new/{reference}/discard") is not None
    assert "Our records show this SMS for your order: WhatsApp, Wed 4 Mar 2026, " in page.text()
    nearest = "It would have been approved if our records showed no SMS."
    assert nearest in page.text()
    url = sent(visitor, reference)
    assert nearest in visitor.get(url).text()
    claim = claim_page(reference)
    assert (claim.status, claim.outcome, claim.waiting) == ("in_review", "deny", True)
    assert "A person looks at it all the same" in visitor.get(url).text()


def test_too_early_says_from_when_and_reminds_then(visitor):
    factories.account()
    factories.order(ordered_at=NOW - timedelta(minutes=5), expires_at=NOW + timedelta(minutes=15))
    reference = drafted(visitor)
    page = visitor.get(f"/new/{reference}/result")
    assert page.h1 == "It is too early for this claim"
    assert "Wed 4 Mar 2026, 10:15 UTC (in 15 min)" in page.text()
    headings = [page.text(heading) for heading in page.all("h2")]
    assert headings == ["What you told us", "What can apply from then on"]
    assert [page.text(rule) for rule in page.all("a", class_="clause-id")] == ["SS-G2", "SS-G4"]
    assert "Remind me by e-mail" in page.text()
    visitor.post(f"/new/{reference}/remind")
    again = visitor.get(f"/new/{reference}/result").text()
    assert "We will write to you when you can claim." in again
    assert "Remind me by e-mail" not in again
    mail = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert (mail.event, mail.due_at) == ("too_early", NOW + timedelta(minutes=15))


def test_a_claim_about_the_balance_says_what_the_records_leave_of_it(visitor):
    factories.account()
    factories.top_up()
    reference = begin(visitor, order=None)
    visitor.post(f"/new/{reference}/reason", {"reason": "unused_balance"})
    page = visitor.get(f"/new/{reference}/reason")
    assert page.fields["asked"] == "10.00"
    (hint,) = page.all("p", id="asked-hint")
    assert page.text(hint) == (
        "By our records, 10.00 USD can go back. What is left on your balance, or the part of it you"
        " want back."
    )


def test_too_early_names_the_rule_that_can_apply_also_before_everything_is_told(visitor):
    factories.account(shop="numberplug")
    factories.order(
        shop="numberplug",
        ordered_at=NOW - timedelta(minutes=5),
        expires_at=NOW + timedelta(minutes=15),
    )
    reference = begin(visitor, shop="numberplug")
    visitor.post(f"/new/{reference}/reason", {"reason": "sms_not_received"})
    page = visitor.get(f"/new/{reference}/result")
    assert [page.text(rule) for rule in page.all("a", class_="clause-id")] == ["NP-2.1"]


def test_a_reminder_is_only_for_claims_that_are_too_early(visitor):
    reference = drafted(visitor)
    visitor.post(f"/new/{reference}/remind", status=409)


def test_a_draft_is_judged_by_what_the_records_say_when_it_is_looked_at(visitor):
    factories.account()
    reference = drafted(visitor)
    assert visitor.get(f"/new/{reference}/result").h1 == "A person will look at this"
    factories.order()
    assert visitor.get(f"/new/{reference}/result").h1 == "You can get 0.50 USD back"


def test_an_address_that_no_code_could_be_sent_to_is_refused_before_any_is_promised(visitor):
    typed = {"order": "A-1001", "email": "jörg@example.com"}
    page = visitor.post("/sms-service/claim", typed, status=422)
    assert page.errors == [
        (
            "We can't send mail to an address with “ö” before the @. Ask the shop to put another"
            " address on your account, then enter that one"
        )
    ]
    assert (page.fields["order"], page.fields["email"]) == ("A-1001", "jörg@example.com")
    assert letters() == []


def test_a_domain_typed_either_way_is_the_one_that_the_records_have(visitor):
    factories.account(email="anton@xn--strae-oqa.de")
    factories.order(account_email="anton@xn--strae-oqa.de")
    typed = {"order": factories.ORDER, "email": "anton@Straße.de"}
    page = visitor.post(f"/{factories.SHOP}/claim", typed)
    visitor.post(page.location, {"code": code_for("anton@straße.de")})
    claim = claim_page(page.location.split("/")[2])
    assert claim.email == "anton@straße.de"
    assert logs_of(claim)["order"]["reference"] == factories.ORDER
