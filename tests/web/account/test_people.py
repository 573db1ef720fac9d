"""An admin invites people by mail, gives them rights, signs them out and dismisses them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.people import reviewers, signins
from portal.people.reviewers import AlreadyKnown, Reviewer, Role
from tests import factories
from tests.conftest import NOW
from tests.races import race
from tests.web.inspector import Browser
from tests.web.steps.signing_in import sign_in

NORA = {"name": "Nora Vance", "email": "Nora@Example.com", "role": "reviewer", "may_pay": "y"}


@pytest.fixture
def sam(app, visitor):
    """An admin, signed in with a code of this minute."""
    person = factories.reviewer(name="Sam", email="sam@example.com", role=Role.ADMIN)
    sign_in(visitor, person)
    return person


def known(email):
    db.session.rollback()
    return reviewers.by_email(email)


def invitations():
    db.session.rollback()
    found = select(OutboxMail).where(OutboxMail.event == "team_invited").order_by(OutboxMail.id)
    return list(db.session.scalars(found))


def test_of_two_invitations_at_once_one_finds_the_other(app):
    def add():
        with transaction():
            given = {"name": "Nora", "role": Role.REVIEWER, "may_pay": False}
            return reviewers.add(email="nora@example.com", **given).name

    came = race(app, [add, add])
    assert sorted(isinstance(each, AlreadyKnown) for each in came) == [False, True], came


def test_somebody_is_invited_and_chooses_a_password_by_the_mail(app, sam, visitor):
    visitor.post("/review/people/invite", NORA)
    nora = known("nora@example.com")
    assert (nora.name, nora.role, nora.may_pay, nora.password) == (
        "Nora Vance",
        Role.REVIEWER,
        True,
        None,
    )
    (mail,) = invitations()
    assert (mail.recipient, mail.subject) == (
        "nora@example.com",
        "Sam invites you to work on refunds",
    )
    assert mail.good_until == NOW + timedelta(days=1)
    path = re.search(r"http://localhost(/sign-in/password/\S+)", mail.text)[1]
    page = Browser(app.test_client()).get(path)
    assert page.one("input", type="password", name="password") is not None
    row = visitor.get("/review/people")
    assert "invited, no password yet" in row.body


def test_nobody_is_invited_twice_and_what_is_missing_is_said(sam, visitor):
    visitor.post("/review/people/invite", NORA)
    again = visitor.post("/review/people/invite", NORA, status=422)
    assert "Somebody with this address works here already." in again.body
    empty = visitor.post("/review/people/invite", {}, status=422)
    for said in ("Write the name as colleagues know it", "Enter the e-mail address", "Choose what they do"):  # fmt: skip
        assert said in empty.body
    assert len(invitations()) == 1


def test_who_may_do_other_things_signs_in_again(app, sam, visitor):
    dana = factories.reviewer(name="Dana", email="dana@example.com")
    sign_in(Browser(app.test_client()), dana)
    visitor.post(f"/review/people/{dana.id}", {"name": "Dana Roe", "role": "admin"})
    changed = known("dana@example.com")
    assert (changed.name, changed.role, signins.live(changed.id, at=NOW)) == ("Dana Roe", Role.ADMIN, [])  # fmt: skip


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ("link", "Dana gets a new link by e-mail."),
        ("sign-out", "Dana is signed out everywhere."),
        ("forget-codes", "Dana sets up new codes at the next sign-in."),
        ("dismiss", "Dana can sign in no more."),
    ],
)
def test_what_else_an_admin_does_is_said(app, sam, visitor, deed, said):
    dana = factories.reviewer(name="Dana", email="dana@example.com", tf_totp_secret="x")
    sign_in(Browser(app.test_client()), dana)
    visitor.post(f"/review/people/{dana.id}/{deed}")
    assert said in visitor.get("/review/people").body
    after = known("dana@example.com")
    assert len(signins.live(after.id, at=NOW)) == (1 if deed == "link" else 0)
    assert after.active is (deed != "dismiss")
    assert len(invitations()) == (1 if deed == "link" else 0)
    if deed == "forget-codes":
        assert (after.tf_primary_method, after.tf_totp_secret) == (None, None)
    if deed == "dismiss":
        visitor.get(f"/review/people/{dana.id}", status=404)


def test_nobody_shuts_themselves_out(sam, visitor):
    for deed in ("sign-out", "forget-codes", "dismiss"):
        visitor.post(f"/review/people/{sam.id}/{deed}", status=403)
    page = visitor.post(f"/review/people/{sam.id}", {"name": "Sam", "role": "reviewer"}, status=422)
    assert "Another admin has to change what you do." in page.body
    assert known("sam@example.com").role is Role.ADMIN


def test_a_code_of_this_morning_is_not_enough(app, sam, visitor):
    app.config["NOW"] = NOW + timedelta(minutes=6)
    before = db.session.scalars(select(Reviewer.id)).all()
    page = visitor.post("/review/people/invite", NORA, status=303)
    assert page.location == "/sign-in/code-again?next=/review/people"
    assert db.session.scalars(select(Reviewer.id)).all() == before
