"""A claim is taken and handed over on its page; with scripts nothing else of the page is lost."""

import re

from portal.claims.desk.assigning import assign
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.people.reviewers import Reviewer
from portal.people.rights import Right
from tests import factories
from tests.conftest import NOW
from tests.web.steps.signing_in import sign_in


def give(reference, to, *, by, was=0):
    with transaction():
        assign(claim_for_change(reference), to=db.session.get(Reviewer, to), was=was, at=NOW,
               by=db.session.get(Reviewer, by), policy=factories.policy())  # fmt: skip


def hands(page):
    return page.text(page.one(id="hands"))


def test_who_takes_a_claim_has_it_by_one_press(visitor, mara, waiting, as_it_is):
    page = visitor.get(f"/review/{waiting}?from=shop%3Dsms-service")
    assert hands(page) == "Nobody has it in hand Take it Hand over …"
    form = page.one(id="hands").find("form")
    done = visitor.post(form.get("action"), {"was": "0", "to": str(mara)}, status=303)
    assert done.location == f"/review/{waiting}?from=shop%3Dsms-service"
    page = visitor.get(done.location)
    assert hands(page) == "You have it in hand Hand over …"
    assert "Mara Lind has it in hand now." in page.body
    assert re.search("Taken *Wed 4 Mar 2026, 10:00 UTC · Mara Lind", page.text())
    assert as_it_is(waiting).assignee_id == mara


def test_handing_over_is_two_presses_and_leaves_the_rest_of_the_page_alone(
    visitor, mara, omar, waiting, as_it_is
):
    page = visitor.get(f"/review/{waiting}")
    link = page.one("a", href=f"/review/{waiting}/hand-over")
    asked = visitor.get(link.get("hx-get"), fragment=True)
    assert [button.get("value") for button in asked.all("button", name="to")] == [
        str(mara),
        str(omar),
    ]
    assert not asked.all("h1")
    data = {"was": asked.fields["was"], "to": str(omar), "note": "He knows this provider."}
    done = visitor.post(f"/review/{waiting}/hand-over", data, status=200, fragment=True)
    assert hands(done) == "Omar Diaz has it in hand Take it Hand over …"
    assert not done.all("h1")
    assert as_it_is(waiting).assignee_id == omar
    history = visitor.get(f"/review/{waiting}").text()
    assert "Handed over to Omar Diaz" in history
    assert "For colleagues only He knows this provider." in history
    mails = db.session.scalars(
        db.select(OutboxMail.recipient).where(OutboxMail.event == "team_handed")
    )
    assert mails.all() == ["omar@example.com"]


def test_without_scripts_the_page_for_it_stands_by_itself(visitor, mara, omar, waiting):
    page = visitor.get(f"/review/{waiting}/hand-over")
    assert page.h1 == f"Hand over {waiting}"
    data = page.fields | {"to": str(omar)}
    visitor.post(f"/review/{waiting}/hand-over", data, status=303)
    page = visitor.get(f"/review/{waiting}/hand-over")
    assert [page.text(button) for button in page.all("button", name="to")] == [
        "Take it",
        "Put it back for everybody",
    ]


def test_a_claim_that_changed_hands_meanwhile_keeps_what_was_typed(
    visitor, mara, omar, waiting, as_it_is
):
    page = visitor.get(f"/review/{waiting}/hand-over")
    give(waiting, omar, by=omar)
    data = page.fields | {"to": str(mara), "note": "I know this one."}
    page = visitor.post(f"/review/{waiting}/hand-over", data, status=409)
    assert (
        "Meanwhile Omar Diaz has this claim in hand. Nothing was done. Choose again." in page.text()
    )
    assert page.fields["note"] == "I know this one."
    assert as_it_is(waiting).assignee_id == omar
    visitor.post(f"/review/{waiting}/hand-over", page.fields | {"to": str(mara)}, status=303)
    assert as_it_is(waiting).assignee_id == mara


def test_somebody_who_was_not_offered_is_refused(visitor, mara, waiting, as_it_is):
    payer = factories.reviewer(rights=[("sms-service", Right.PAYER)]).id
    for to in (str(payer), "999999", "x", ""):
        data = {"was": "0", "to": to, "note": "Kept."}
        page = visitor.post(f"/review/{waiting}/hand-over", data, status=422)
        assert page.fields["note"] == "Kept."
    assert as_it_is(waiting).assignee_id is None


def test_who_may_only_look_sees_who_has_it_and_changes_nothing(visitor, mara, waiting):
    give(waiting, mara, by=mara)
    sign_in(visitor, factories.reviewer(rights=[("sms-service", Right.PAYER)]))
    assert hands(visitor.get(f"/review/{waiting}")) == "Mara Lind has it in hand"
    visitor.get(f"/review/{waiting}/hand-over", status=403)


def test_a_decided_claim_is_handed_to_nobody(visitor, mara):
    factories.account()
    factories.order()
    approved = factories.claim().reference
    visitor.get(f"/review/{approved}/hand-over", status=409)
    assert hands(visitor.get(f"/review/{approved}")) == ""


def test_the_list_says_who_has_each_claim(visitor, mara, omar, waiting):
    give(waiting, omar, by=mara)
    other = factories.claim(order_reference="O-2").reference
    rows = {row.get("id"): row for row in visitor.get("/review").all("tr") if row.get("id")}
    page = visitor.get("/review")
    assert page.text(page.one(id=waiting)).startswith(f"{waiting} SMS Service · Omar Diaz")
    assert page.text(page.one(id=other)).startswith(f"{other} SMS Service")
    assert set(rows) == {waiting, other}


def test_the_screen_says_what_a_colleague_did_aside_and_not_what_one_did_oneself(
    visitor, mara, omar, waiting
):
    ask = visitor.get(f"/review/{waiting}").one(id="standing").get("hx-get")
    give(waiting, mara, by=mara)
    visitor.get(ask, fragment=True, status=204)
    give(waiting, omar, by=omar, was=mara)
    page = visitor.get(ask, fragment=True)
    assert "While you were lookingOmar Diaz: Taken" in page.text()
    assert "This claim changed" not in page.text()
    assert page.one(id="standing").get("hx-get") == ask
