"""A shop of one's own, begun in the browser: the same file as by the command, checked, and what is refused."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Role
from portal.people.signins import SignIn
from portal.shops.opening import examples
from tests import factories
from tests.factories import NOW
from tests.portals import portal_at, within
from tests.web.policies.pages import HOME
from tests.web.steps.signing_in import sign_in

PAGE = "/review/shops/new"
PIGEON = {
    "name": "Pigeon SMS",
    "id": "pigeon",
    "currency": "eur",
    "time_zone": "Europe/Berlin",
    "prefix": "",
    "email": "refunds@pigeon.example",
    "example": "heron-codes",
}
pytestmark = pytest.mark.any_database  # nothing of it is kept there


@pytest.fixture
def app(database, tmp_path):
    """A portal of its own: where it looks for new shops is settled when it is made."""
    with within(portal_at(database, tmp_path)) as app:
        yield app


@pytest.fixture
def fresh(owner):
    """An admin who entered a code a moment ago."""
    with transaction():
        for each in db.session.scalars(select(SignIn)):
            each.code_at = NOW
    return owner


def written(app):
    return sorted(path.name for path in app.extensions["settings"].own_shops.glob("*.toml"))


@pytest.mark.long
def test_a_shop_is_written_checked_and_runs(app, visitor, fresh):
    page = visitor.get(PAGE)
    assert [each.get("value") for each in page.all("input", name="example")] == list(examples())
    assert "one-time numbers and short rentals, all money stays in the wallet" in page.text()
    went = visitor.post(PAGE, PIGEON)
    assert went.location == HOME
    told = visitor.get(HOME).body
    assert (
        "Pigeon SMS has its policy: checked as any draft is, nothing to mend."
        " Its clauses are PS-…, its e-mails come from refunds@pigeon.example."
    ) in told
    policy = app.extensions["policies"]["pigeon"]
    assert (policy.shop.name, policy.shop.currency, policy.held) == ("Pigeon SMS", "EUR", "")
    assert policy.current.clauses[0].id == "PS-1.1"
    assert visitor.get("/pigeon/").status == 200


CAN_NOT_BE = [
    ({"name": " "}, "Enter the name as customers know the shop"),
    ({"id": "Pi/geon"}, "Use small letters, digits and - alone, a letter or digit first"),
    ({"id": "numberplug"}, "The id numberplug is taken. Choose another."),
    ({"id": "review"}, "The id review is taken. Choose another."),
    ({"currency": "ABC"}, "There is no currency ABC. Write one such as EUR."),
    ({"time_zone": "Mars/Base"}, "There is no time zone Mars/Base. Write one such as Europe/Berlin."),
    ({"prefix": "1-"}, "1- can't stand before the numbers of clauses. Write one to six capital letters and digits, a letter first, such as AP."),
    ({"example": "eagle"}, "Choose the policy to begin with"),
    ({"email": "nobody"}, "nobody is no e-mail address. Write one such as refunds@pigeon.example."),
    ({"name": "Pi\u200egeon"}, "'name' holds a character that nobody sees (U+200E)"),
]  # fmt: skip


def test_what_can_not_be_is_refused_beside_its_field_and_what_was_typed_stays(app, visitor, fresh):
    for change, said in CAN_NOT_BE:
        (field,) = change
        page = visitor.post(PAGE, PIGEON | change, status=422)
        assert (change, page.errors) == (change, [said])
        assert page.one(id=f"{field}-error") is not None
        about = {page.text(each) for each in page.all(class_="error-summary")[0].iter("a")}
        assert about == {said}
        named = {name for each in page.all() for name in each.get("aria-describedby", "").split()}
        assert f"{field}-error" in named
        assert page.fields["email"] == (PIGEON | change)["email"]
    assert written(app) == []


def test_it_is_an_admins_alone_with_a_code_of_a_moment_ago(app, visitor):
    sign_in(visitor, factories.reviewer(email="eva@example.com", role=Role.REVIEWER))
    visitor.get(PAGE, status=403)
    visitor.post(PAGE, PIGEON, status=403)
    assert written(app) == []


@pytest.mark.usefixtures("owner")
def test_without_a_fresh_code_it_asks_for_one(app, visitor):
    with transaction():
        for each in db.session.scalars(select(SignIn)):
            each.code_at = NOW - timedelta(minutes=6)
    assert "next=" in visitor.post(PAGE, PIGEON).location
    assert written(app) == []
