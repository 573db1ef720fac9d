"""A lead puts a claim under a legal hold and takes it off; whoever looks sees that it is under one."""

from portal.claims.history import LegalHold
from portal.claims.letters.links import status_token
from portal.claims.lifecycle import Action
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import MailState, OutboxMail
from portal.privacy.erasing import erase
from tests.factories import NOW
from tests.privacy import people

PAGE = "/legal-hold"


def test_the_pages_of_a_claim_that_was_erased_say_so_and_what_was_paid(visitor, owner):
    reference = people.paid("canary", order="O-77")
    with transaction():
        for mail in db.session.scalars(db.select(OutboxMail)):
            mail.state = MailState.SENT
    erase("canary@example.com", at=NOW)
    page = visitor.get(f"/review/{reference}").text()
    assert "Deleted for good" in page
    assert "Files, Address and account, Payout details, What was written" in page
    own = visitor.get(f"/claims/{reference}/{status_token(reference)}").text()
    assert "Personal data of this claim was deleted for good" in own
    assert "0.50 USD" in own
    assert "canary" not in page + own


def holds():
    return [(each.reviewer_id, each.reason) for each in db.session.scalars(db.select(LegalHold))]


def test_a_hold_is_put_on_and_taken_off_with_a_reason(visitor, lead, waiting, as_it_is):
    url, person = f"/review/{waiting}", lead.id
    assert "Under a legal hold" not in visitor.get(url).text()
    assert visitor.get(url).one("a", href=url + PAGE).text == "Legal hold …"
    assert visitor.get(url + PAGE).h1 == "Legal hold"
    assert "Write why" in visitor.post(url + PAGE, {"reason": " "}, status=422).text()
    assert visitor.post(url + PAGE, {"reason": "A court asked."}).location == url
    assert holds() == [(person, "A court asked.")]
    assert "Under a legal hold" in visitor.get(url).text()
    assert "A court asked." in visitor.get(url).text()
    assert "End the legal hold" in visitor.get(url + PAGE).text()
    ending = {
        "reason": "It is over.",
        "ends": visitor.get(url + PAGE).one("input", name="ends").get("value"),
    }
    for _press in range(2):
        assert visitor.post(url + PAGE, ending).location == url
    assert holds() == []
    acts = [(each.action, each.internal) for each in as_it_is(waiting).events][-2:]
    assert acts == [
        (Action.PRESERVE, "A court asked."),
        (Action.END_PRESERVING, "It is over."),
    ]


def test_what_is_pressed_twice_or_on_a_page_that_is_old_does_what_it_said(visitor, lead, waiting):
    url, person = f"/review/{waiting}{PAGE}", lead.id
    for reason in ("A court asked.", "So did another."):
        visitor.post(url, {"reason": reason, "ends": ""})
        assert holds() == [(person, reason)]


def test_who_only_decides_is_offered_none(visitor, mara, waiting):
    assert "Legal hold" not in visitor.get(f"/review/{waiting}").text()
    visitor.get(f"/review/{waiting}{PAGE}", status=403)
    visitor.post(f"/review/{waiting}{PAGE}", {"reason": "Why not"}, status=403)
