"""An admin invites people by mail, gives them rights, signs them out and dismisses them."""

import re
from datetime import timedelta

import pytest
from flask import g
from sqlalchemy import select

from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.people import granting, reviewers, signins
from portal.people.reviewers import AlreadyKnown, Reviewer, Role
from portal.people.rights import EVERY_SHOP, HeldRight, Right
from tests import factories
from tests.bench.bulk.steps import counting
from tests.conftest import NOW
from tests.races import race
from tests.web.inspector import Browser
from tests.web.steps.signing_in import sign_in

NORA = {
    "name": "Nora Vance",
    "email": "Nora@Example.com",
    "rights": ["*:reviewer", "numberplug:payer"],
}
HERE, ELSEWHERE = "sms-service", "numberplug"


@pytest.fixture
def sam(app, visitor):
    """An admin, signed in with a code of this minute."""
    person = factories.reviewer(name="Sam", email="sam@example.com", role=Role.ADMIN)
    sign_in(visitor, person)
    return person


def known(email):
    db.session.rollback()
    return reviewers.by_email(email)


def rights(person):
    return {(each.shop, each.what) for each in person.held}


def change(visitor, person, asked, *, status=303):
    """Open the person's page, and keep it with these fields."""
    path = f"/review/people/{person.id}"
    shown = visitor.get(path).fields.get("shown", "")
    return visitor.post(path, {"shown": shown} | asked, status=status)


def invitations():
    db.session.rollback()
    found = select(OutboxMail).where(OutboxMail.event == "team_invited").order_by(OutboxMail.id)
    return list(db.session.scalars(found))


def test_of_two_invitations_at_once_one_finds_the_other(app):
    def add():
        with transaction():
            given = {"name": "Nora", "rights": [(EVERY_SHOP, Right.REVIEWER)]}
            return reviewers.add(email="nora@example.com", **given).name

    came = race(app, [add, add])
    assert sorted(isinstance(each, AlreadyKnown) for each in came) == [False, True], came


def test_somebody_is_invited_and_chooses_a_password_by_the_mail(app, sam, visitor):
    visitor.post("/review/people/invite", NORA)
    nora = known("nora@example.com")
    assert (nora.name, nora.password, rights(nora)) == (
        "Nora Vance",
        None,
        {(EVERY_SHOP, Right.REVIEWER), (ELSEWHERE, Right.PAYER)},
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
    for said in ("Write the name as colleagues know it", "Enter the e-mail address", "Tick at least one right"):  # fmt: skip
        assert said in empty.body
    assert len(invitations()) == 1


def test_who_may_do_other_things_signs_in_again(app, sam, visitor):
    dana = factories.reviewer(name="Dana", email="dana@example.com")
    sign_in(Browser(app.test_client()), dana)
    asked = {"name": "Dana Roe", "rights": [f"{HERE}:lead", "*:payer"]}
    change(visitor, dana, asked)
    changed = known("dana@example.com")
    assert (changed.name, rights(changed), signins.live(changed.id, at=NOW)) == (
        "Dana Roe",
        {(HERE, Right.LEAD), (EVERY_SHOP, Right.PAYER)},
        [],
    )
    page = visitor.get(f"/review/people/{dana.id}").text()
    assert "Lead, SMS Service: given by Sam" in page
    assert "Reviewer, Every shop: taken by Sam" in page


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


def test_what_somebody_had_in_hand_is_nobodys_once_they_are_dismissed(app, sam, visitor):
    dana = factories.reviewer(name="Dana Reyes", email="dana@example.com")
    claim = factories.claim(reason="wrong_code")
    with transaction():
        db.session.get_one(Claim, claim.id).assignee_id = dana.id
    visitor.post(f"/review/people/{dana.id}/dismiss")
    db.session.rollback()
    assert db.session.get_one(Claim, claim.id).assignee_id is None
    sign_in(visitor, factories.reviewer(email="mara@example.com"))
    screen = visitor.get(f"/review/{claim.reference}").text()
    assert "In nobody's hand: Dana Reyes works here no more" in screen


def test_nobody_shuts_themselves_out(sam, visitor):
    for deed in ("sign-out", "forget-codes", "dismiss"):
        visitor.post(f"/review/people/{sam.id}/{deed}", status=403)
    before = rights(known("sam@example.com"))
    change(visitor, sam, {"name": "Sam O.", "rights": ["*:payer"]})
    assert (
        "Another admin has to change what you may do."
        in visitor.get(f"/review/people/{sam.id}").body
    )
    after = known("sam@example.com")
    assert (after.name, rights(after)) == ("Sam O.", before)


def test_a_code_of_this_morning_is_not_enough(app, sam, visitor):
    app.config["NOW"] = NOW + timedelta(minutes=6)
    before = db.session.scalars(select(Reviewer.id)).all()
    page = visitor.post("/review/people/invite", NORA, status=303)
    assert page.location == "/sign-in/code-again?next=/review/people"
    assert db.session.scalars(select(Reviewer.id)).all() == before


@pytest.fixture
def ira(visitor):
    """An admin of one shop."""
    person = factories.reviewer(name="Ira", email="ira@example.com", rights={(HERE, Right.ADMIN)})
    sign_in(visitor, person)
    return person


def test_the_admin_of_one_shop_gives_rights_in_it_alone(ira, visitor):
    page = visitor.get("/review/people/invite")
    offered = [box.get("value") for box in page.all("input", type="checkbox")]
    assert offered == [f"{HERE}:{right}" for right in Right]
    for ticked in ("*:reviewer", f"{ELSEWHERE}:reviewer", "nonsense", f"{HERE}:king"):
        refused = visitor.post("/review/people/invite", NORA | {"rights": [ticked]}, status=422)
        assert "Choose only from what is listed here" in refused.body
    visitor.post("/review/people/invite", NORA | {"rights": [f"{HERE}:payer"]})
    assert rights(known("nora@example.com")) == {(HERE, Right.PAYER)}


def test_rights_elsewhere_are_neither_seen_nor_changed(ira, visitor):
    both = factories.reviewer(name="Bo", email="bo@example.com",
                              rights={(HERE, Right.REVIEWER), (ELSEWHERE, Right.PAYER)})  # fmt: skip
    factories.reviewer(name="Cy Elsewhere", rights={(ELSEWHERE, Right.LEAD)})
    page = visitor.get("/review/people").text()
    assert "SMS Service: Reviewer" in page
    for hidden in ("Numberplug", "NumberPlug", "Cy Elsewhere"):
        assert hidden not in page
    page = visitor.get(f"/review/people/{both.id}")
    assert "Payer, N" not in page.text()
    assert "works in other shops too" in page.text()
    asked = {"name": "Changed", "rights": [f"{HERE}:lead"]}
    change(visitor, both, asked)
    after = known("bo@example.com")
    assert (after.name, rights(after)) == ("Bo", {(HERE, Right.LEAD), (ELSEWHERE, Right.PAYER)})
    for deed in ("link", "sign-out", "forget-codes", "dismiss"):
        visitor.post(f"/review/people/{both.id}/{deed}", status=403)


def test_who_may_do_something_in_every_shop_is_seen_and_left_alone(ira, visitor):
    whole = factories.reviewer(name="Wim", email="wim@example.com")
    page = visitor.get(f"/review/people/{whole.id}").text()
    assert "Given by an admin of every shop:" in page
    with transaction():
        signins.begin(whole.id, at=NOW, address="127.0.0.1", browser="b")
    change(visitor, whole, {"name": "Wim", "rights": [f"{HERE}:lead"]})
    assert rights(known("wim@example.com")) == {(EVERY_SHOP, Right.REVIEWER), (HERE, Right.LEAD)}
    assert len(signins.live(whole.id, at=NOW)) == 1  # to end them is not his to do


def test_an_admin_of_one_shop_does_not_raise_themselves(ira, visitor):
    given = {"name": "Ira", "rights": [f"{HERE}:{right}" for right in Right]}
    change(visitor, ira, given)
    assert rights(known("ira@example.com")) == {(HERE, Right.ADMIN)}


def test_the_last_admin_of_every_shop_can_not_be_taken_away(sam, visitor):
    ada = factories.reviewer(name="Ada", email="ada@example.com", role=Role.ADMIN)
    with transaction():  # who looked at the page is no longer one
        row = db.session.get_one(Reviewer, sam.id)
        row.held = [each for each in row.held if each.what is not Right.ADMIN]
        row.held.append(HeldRight(shop=HERE, what=Right.ADMIN))
    visitor.post(f"/review/people/{ada.id}/dismiss", status=403)
    assert known("ada@example.com").active


def test_a_right_that_is_ticked_twice_is_given_once(sam, visitor):
    visitor.post("/review/people/invite", NORA | {"rights": [f"{HERE}:payer"] * 2})
    assert rights(known("nora@example.com")) == {(HERE, Right.PAYER)}


def test_a_page_that_was_opened_before_a_right_was_taken_does_not_give_it_back(ira, visitor):
    bob = factories.reviewer(name="Bob", email="bob@example.com",
                             rights={(HERE, Right.PAYER), (HERE, Right.REVIEWER)})  # fmt: skip
    path = f"/review/people/{bob.id}"
    opened = visitor.get(path).fields
    with transaction():
        row = reviewers.for_change(bob.id)
        granting.set_rights(row, rights=[(HERE, Right.REVIEWER)], within=None, by=None, at=NOW)
    ticked = {"name": "Bob B.", "rights": [f"{HERE}:payer", f"{HERE}:reviewer"]}
    for shown in ({"shown": opened["shown"]}, {"shown": ""}, {"shown": "a\0:b :"}, {}):
        refused = visitor.post(path, shown | ticked, status=422)
        assert refused.errors == [
            (
                "Somebody else changed these rights since you opened this page, and nothing was kept."
                " As they are now: SMS Service: Reviewer. Look at the boxes, and keep them once more."
            )
        ]
        after = known("bob@example.com")
        assert (after.name, rights(after)) == ("Bob", {(HERE, Right.REVIEWER)})
    visitor.post(path, {"shown": refused.fields["shown"]} | ticked)
    after = known("bob@example.com")
    assert (after.name, rights(after)) == ("Bob B.", {(HERE, Right.REVIEWER), (HERE, Right.PAYER)})


def test_the_admin_of_one_shop_takes_nobodys_last_right(ira, visitor):
    bob = factories.reviewer(name="Bob", email="bob@example.com", rights={(HERE, Right.PAYER)})
    both = factories.reviewer(email="bo@example.com",
                              rights={(HERE, Right.PAYER), (ELSEWHERE, Right.PAYER)})  # fmt: skip
    refused = change(visitor, bob, {"name": "Bob B."}, status=422)
    assert refused.errors == ["Tick at least one right, or dismiss the person."]
    after = known("bob@example.com")
    assert (after.name, rights(after)) == ("Bob", {(HERE, Right.PAYER)})
    change(visitor, both, {})
    assert rights(known("bo@example.com")) == {(ELSEWHERE, Right.PAYER)}


def test_an_admin_of_every_shop_takes_the_last_right_and_gives_another(sam, visitor):
    bob = factories.reviewer(name="Bob", email="bob@example.com", rights={(HERE, Right.PAYER)})
    change(visitor, bob, {"name": "Bob"})
    assert rights(known("bob@example.com")) == set()
    change(visitor, bob, {"name": "Bob", "rights": [f"{HERE}:lead"]})
    assert rights(known("bob@example.com")) == {(HERE, Right.LEAD)}


def test_a_right_in_a_shop_that_runs_no_more_is_taken(sam, visitor):
    held = {("gone-shop", Right.PAYER), ("gone-shop", Right.ADMIN), (HERE, Right.LEAD)}
    bob = factories.reviewer(name="Bob", email="bob@example.com", rights=held)
    boxes = visitor.get(f"/review/people/{bob.id}").all("input", type="checkbox")
    assert [box.get("value") for box in boxes if box.get("checked") is not None] == [
        f"{HERE}:lead", "gone-shop:payer", "gone-shop:admin",
    ]  # fmt: skip
    change(visitor, bob, {"name": "Bob", "rights": [f"{HERE}:lead", "gone-shop:admin"]})
    assert rights(known("bob@example.com")) == {(HERE, Right.LEAD), ("gone-shop", Right.ADMIN)}
    offered = [box.get("value") for box in visitor.get("/review/people/invite").all("input", type="checkbox")]  # fmt: skip
    assert "gone-shop:payer" not in offered


def test_the_list_takes_four_statements_however_many_people_there_are(app, visitor, sam):
    asked = []
    for number in range(9):
        factories.reviewer(name=f"N {number}", email=f"n{number}@example.com")
        g.pop("_login_user", None)  # a request reads its person anew; here they share one context
        with counting() as counted:
            visitor.get("/review/people")
        asked.append(counted.statements)
    assert asked == [4] * 9
