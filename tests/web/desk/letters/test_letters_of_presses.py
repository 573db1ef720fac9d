"""Every press that writes to the customer shows its letter before: the one that then leaves, and nothing is done."""

import pytest
from sqlalchemy import func, select

from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.people.reviewers import Role
from tests import factories
from tests.web import makers
from tests.web.steps.journeys import stored
from tests.web.steps.signing_in import by, sign_in

WHY = "The bank is shut until Monday."


@pytest.fixture
def sam(visitor):
    """An admin, signed in, who decides, pays and takes decisions back."""
    person = factories.reviewer(name="Sam", email="sam@example.com", role=Role.ADMIN, may_pay=True)
    sign_in(visitor, person)


def of_the_page(visitor, path):
    """What the page's forms hold."""
    return by(visitor).get(path).fields


def shows_what_leaves(visitor, reference, part, address, data):
    """The letter is shown with scripts and without, word for word the one of the press; until then nothing is done."""

    def standing():
        db.session.rollback()
        db.session.expire_all()
        return stored(reference).version, db.session.scalar(select(func.count(OutboxMail.id)))

    path, before = f"/review/{reference}/letter/{part}", standing()
    region = part.partition("-")[0]
    alone = by(visitor).post(path, data, status=200, fragment=True).text()
    page = by(visitor).post(path, data, status=200)
    shown = page.text(page.one(id=f"{region}-letter"))
    assert page.errors == []
    kept = {name: value for name, value in data.items() if not name.endswith("-promised")}
    assert {name: page.fields.get(name) for name in kept} == kept  # nothing typed is lost
    assert standing() == before
    by(visitor).post(f"/review/{reference}/{address}", data)
    newest = select(OutboxMail).where(OutboxMail.about == reference).order_by(OutboxMail.id.desc())
    mail = db.session.scalars(newest).first()
    for line in (mail.subject, *mail.text.splitlines()):
        if "/claims/" not in line:
            told = " ".join(line.split())
            assert told in alone, told
            assert told in shown, told
    return mail.event


@pytest.mark.long
@pytest.mark.parametrize(
    ("make", "part", "typed", "event"),
    [
        ("approved", "extend", {"extend-until": "2026-04-01T12:00", "extend-reason": WHY}, "payment_extended"),
        ("approved", "paid", {"paid-reference": "TX 1"}, "paid"),
        ("approved", "failed", {"failed-reason": WHY}, "payout_failed"),
        ("approved", "reopen", {"reopen-reason": WHY}, "reopened"),
        ("paid", "reverse", {"reverse-reason": WHY}, "payment_taken_back"),
        ("paid", "reference", {"reference-reference": "TX 2"}, "paid"),
    ],
)  # fmt: skip
def test_what_follows_a_decision(visitor, sam, make, part, typed, event):
    reference = getattr(makers, make)().reference
    fields = of_the_page(visitor, f"/review/{reference}")
    data = {name: value for name, value in fields.items() if name.startswith(f"{part}-")} | typed
    if make == "paid":
        data[f"{part}-payout"] = stored(reference).payouts[0].key
    assert shows_what_leaves(visitor, reference, part, part, data) == event


@pytest.mark.long
@pytest.mark.parametrize(
    ("answer", "typed", "event"),
    [
        ("yes", {"approve-text": WHY}, "approved"),
        ("no", {"decline-text": WHY}, "declined"),
    ],
)
def test_a_finding_with_its_decision(visitor, mara, waiting, answer, typed, event):
    fields = of_the_page(visitor, f"/review/{waiting}")
    data = {name: value for name, value in fields.items() if "-" in name} | typed
    button = f"claim_verified-{answer}"
    page = by(visitor).get(f"/review/{waiting}")
    words = {"yes": "Letter of “Yes: approve 0.50 USD”", "no": "Letter of “No: decline by SS-G5”"}
    assert page.text(page.one(id=f"{button}-letter-show")) == words[answer]
    data.pop("claim_verified-promised", None)
    told = shows_what_leaves(visitor, waiting, button, f"findings/claim_verified/{answer}", data | {
        "claim_verified-promised": {"yes": "approve refund 0.50 USD SS-G5", "no": "deny SS-G5"}[answer],
    })  # fmt: skip
    assert told == event


def test_what_only_the_customer_can_give(visitor, sam):
    for make, part, address, data in (
        (makers.defect, "access", "access/ask", {"ask-note": WHY}),
        (makers.rental, "identity", "identity", {"purpose": WHY, "days": "14"}),
    ):
        reference = make().reference
        fields = of_the_page(visitor, f"/review/{reference}/{part}")
        seen = {name: fields[name] for name in ("seen", "ask-seen") if name in fields}
        told = shows_what_leaves(visitor, reference, part, address, seen | data)
        assert told == f"{part}_asked"


def test_what_would_be_refused_says_why(visitor, sam):
    reference = makers.approved().reference
    seen = {"extend-seen": str(stored(reference).version)}
    for part, data, why in (
        ("extend", seen, "Enter the new date and time, in UTC. Write why; the customer reads it"),
        ("reopen", {"reopen-seen": "1", "reopen-reason": WHY}, "This claim changed while you were looking"),
    ):  # fmt: skip
        page = by(visitor).post(
            f"/review/{reference}/letter/{part}", data, fragment=True, status=200
        )
        assert f"No letter would leave: {why}" in page.text()


def test_an_answer_that_only_goes_on_says_that_no_letter_leaves(visitor, sam):
    reference = makers.defect().reference
    page = by(visitor).get(f"/review/{reference}")
    data = {name: value for name, value in page.fields.items() if name.endswith("-seen")}
    page = by(visitor).post(
        f"/review/{reference}/letter/defect_confirmed-yes", data, fragment=True, status=200
    )
    assert page.text().startswith("No letter leaves by this.")
    assert stored(reference).findings == {}


@pytest.mark.parametrize(
    "part", ["retry", "no_such_finding-yes", "claim_verified-maybe", "claim_verified-not-yet"]
)
def test_there_is_no_letter_of_what_writes_to_nobody(visitor, mara, waiting, part):
    by(visitor).post(f"/review/{waiting}/letter/{part}", {}, status=404)


def test_who_may_not_press_sees_no_letter(visitor, mara):
    reference = makers.approved().reference
    by(visitor).post(f"/review/{reference}/letter/paid", {}, status=403)
