"""Signing in: a password, then a code that works once; how long it lasts and how it ends."""

import re
from datetime import timedelta

import pytest
from flask import current_app, g
from flask_security import hash_password
from passlib.totp import TOTP

from portal.audit.log import AuditEntry
from portal.config.settings import Mode
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.people.reviewers import Reviewer
from portal.people.signins import SignIn
from tests import factories
from tests.conftest import NOW
from tests.races import apart

PASSWORD = "correct horse battery"
WRONG = "That code is wrong, used or too old. Wait for the next one."


@pytest.fixture(scope="module")
def hashed():
    return {}


@pytest.fixture
def mara(app, hashed):
    """A reviewer with a password, whose codes come by e-mail."""
    if not hashed:
        hashed["of"] = hash_password(PASSWORD)
    totp = current_app.extensions["security"].totp_factory
    return factories.reviewer(
        name="Mara Lind",
        email="mara@example.com",
        password=hashed["of"],
        tf_primary_method="email",
        tf_totp_secret=totp.generate_totp_secret(),
    ).email


def code_of(event="sign_in_code"):
    db.session.rollback()
    newest = (
        db.select(OutboxMail.text).where(OutboxMail.event == event).order_by(OutboxMail.id.desc())
    )
    return re.search(r"\b\d{6}\b", db.session.scalars(newest.limit(1)).one())[0]


def fresh():
    """The test's own context outlives its requests: forget who was signed in."""
    g.pop("_login_user", None)


def sign_in(visitor, email, password=PASSWORD):
    page = visitor.post("/sign-in?next=/review", {"email": email, "password": password}, status=302)
    assert page.location == "/sign-in/code?next=/review"
    code = code_of()
    page = visitor.post("/sign-in/code?next=/review", {"code": code}, status=302)
    assert page.location == "/review"
    fresh()
    return code


def test_a_password_and_a_code_from_the_mailbox_open_the_queue(visitor, mara):
    assert visitor.get("/sign-in").h1 == "Sign in"
    sign_in(visitor, mara.upper())
    page = visitor.get("/review")
    assert "Mara Lind" in page.text(page.one("header"))


def test_a_code_is_sent_although_something_else_is_kept_meanwhile(app, visitor, mara, monkeypatch):
    verify = Reviewer.verify_and_update_password

    def while_others_work(person, password):
        apart(app, factories.account)
        return verify(person, password)

    monkeypatch.setattr(Reviewer, "verify_and_update_password", while_others_work)
    sign_in(visitor, mara)


def test_the_password_alone_opens_nothing(visitor, mara):
    visitor.post("/sign-in", {"email": mara, "password": PASSWORD}, status=302)
    fresh()
    assert visitor.get("/review", status=303).location == "/sign-in?next=/review"
    assert visitor.get("/sign-in/code").h1 == "Enter your code"


@pytest.mark.parametrize(
    ("email", "password"),
    [("mara@example.com", "wrong horse battery"), ("nobody@example.com", PASSWORD)],
)
def test_a_wrong_password_and_an_unknown_address_read_the_same(visitor, mara, email, password):
    page = visitor.post("/sign-in", {"email": email, "password": password}, status=422)
    assert set(page.errors) == {"The e-mail address or the password is wrong."} or (
        "The e-mail address or the password is wrong." in page.text()
    )
    assert page.title == "Error: Sign in"


def test_a_code_works_once(visitor, mara):
    code = sign_in(visitor, mara)
    visitor.post("/sign-out", {}, status=302)
    fresh()
    visitor.get("/review", status=303)
    visitor.post("/sign-in", {"email": mara, "password": PASSWORD}, status=302)
    page = visitor.post("/sign-in/code", {"code": code}, status=422)
    assert page.errors == [WRONG]


@pytest.mark.parametrize("code", ["000000", "", "abc", "1" * 5000, "\x00", "１２３４５６"])
def test_a_wrong_code_is_refused_in_words(visitor, mara, code):
    visitor.post("/sign-in", {"email": mara, "password": PASSWORD}, status=302)
    page = visitor.post("/sign-in/code", {"code": code}, status=422)
    assert len(page.errors) == 1


def test_an_authenticator_is_set_up_at_the_first_sign_in(visitor, mara):
    person = db.session.execute(db.select(Reviewer)).scalar_one()
    person.tf_primary_method = person.tf_totp_secret = None
    db.session.commit()
    page = visitor.post("/sign-in", {"email": mara, "password": PASSWORD}, status=302)
    assert page.location == "/sign-in/codes"
    assert visitor.get("/sign-in/codes").h1 == "Choose how you get your codes"
    page = visitor.post("/sign-in/codes", {"setup": "authenticator"}, status=200)
    assert page.one("img", class_="qr").get("src").startswith("data:image/svg+xml;base64,")
    key = page.text(page.one("bdi", class_="mono"))
    code = TOTP(key=key).generate().token
    page = visitor.post("/sign-in/code", {"code": code}, status=302)
    assert page.location == "/sign-in/recovery-codes?show_codes=1"
    fresh()
    page = visitor.get(page.location)
    person = db.session.execute(db.select(Reviewer)).scalar_one()
    util = current_app.extensions["security"].mf_recovery_codes_util
    shown = [page.text(line) for line in page.one("ul", class_="mono")]
    assert shown == util.get_recovery_codes(person)
    assert len(shown) == 5
    fresh()
    visitor.get("/review")
    assert person.tf_primary_method == "authenticator"
    assert key.replace("-", "") not in person.tf_totp_secret


def test_where_there_is_one_way_to_get_codes_nobody_is_asked_which(app, visitor, mara):
    app.config["SECURITY_TWO_FACTOR_ENABLED_METHODS"] = ["authenticator"]
    person = db.session.execute(db.select(Reviewer)).scalar_one()
    person.tf_primary_method = person.tf_totp_secret = None
    db.session.commit()
    visitor.post("/sign-in", {"email": mara, "password": PASSWORD}, status=302)
    page = visitor.get("/sign-in/codes")
    assert page.h1 == "Enter the first code"
    key = page.text(page.one("bdi", class_="mono"))
    visitor.post("/sign-in/code", {"code": TOTP(key=key).generate().token}, status=302)
    person.tf_last_counter = None  # half a minute later
    db.session.commit()
    fresh()
    page = visitor.get("/sign-in/codes")
    key = page.text(page.one("bdi", class_="mono"))
    [action] = [f.get("action") for f in page.all("form") if "/sign-in/codes/" in f.get("action")]
    done = visitor.post(action, {"code": TOTP(key=key).generate().token}, status=302)
    assert done.location == "/sign-in/recovery-codes"


def test_codes_of_nobody_are_not_set(visitor):
    page = visitor.post("/sign-in/codes/a-token", {"code": "123456"}, status=302)
    assert page.location.startswith("/sign-in?")


def test_e_mail_is_no_second_factor_in_production(app):
    ways = app.config["SECURITY_TWO_FACTOR_ENABLED_METHODS"]
    assert (app.extensions["settings"].mode, ways) == (
        Mode.DEVELOPMENT,
        ["authenticator", "email"],
    )


def test_signing_out_is_a_deed_and_not_a_link(visitor, mara):
    sign_in(visitor, mara)
    page = visitor.get("/sign-out")
    assert page.h1 == "Sign out of this browser?"
    assert [form.get("action") for form in page.all("form")] == ["/sign-out", "/sign-out"]
    visitor.get("/sign-out/", status=404)
    for path in ("/sign-in", "/sign-in/code", "/sign-in/help", "/sign-in/way", "/sign-in/recovery"):
        fresh()
        visitor.get(path, status=302)
    fresh()
    visitor.get("/review")


@pytest.mark.parametrize(
    ("idle", "whole", "status"),
    [
        (timedelta(minutes=29, seconds=59), timedelta(hours=1), 200),
        (timedelta(minutes=30), timedelta(hours=1), 303),
        (timedelta(minutes=1), timedelta(hours=11, minutes=59, seconds=59), 200),
        (timedelta(minutes=1), timedelta(hours=12), 303),
    ],
)
def test_a_sign_in_ends_after_half_an_hour_idle_and_after_twelve_hours(
    visitor, mara, idle, whole, status
):
    sign_in(visitor, mara)
    row = db.session.scalars(db.select(SignIn)).one()
    row.seen_at, row.began_at = NOW - idle, NOW - whole
    db.session.commit()
    visitor.get("/review", status=status)


def test_a_page_that_refreshes_itself_does_not_keep_the_sign_in_alive(visitor, mara):
    sign_in(visitor, mara)
    before = NOW - timedelta(minutes=10)
    row = db.session.scalars(db.select(SignIn)).one()
    row.seen_at = before
    db.session.commit()
    fresh()
    visitor.get("/review", fragment=True)
    db.session.refresh(row)
    assert row.seen_at == before
    fresh()
    visitor.get("/review")
    db.session.refresh(row)
    assert row.seen_at == NOW


def test_a_person_added_on_the_command_line_sets_a_password_and_then_codes(app, visitor):
    runner = app.test_cli_runner()
    made = runner.invoke(args=["people", "add", "New@Example.com", "--name", "New", "--may-pay"])
    assert made.exit_code == 0, made.output
    link = made.output.strip()
    assert link.startswith("http://localhost/sign-in/password/")
    path = link.removeprefix("http://localhost")
    assert visitor.get(path).h1 == "Set your password"
    short = {"password": "short", "password_confirm": "short"}
    page = visitor.post(path, short, status=422)
    assert page.errors[0] == "Use at least 12 characters."
    new = {"password": PASSWORD, "password_confirm": PASSWORD}
    assert visitor.post(path, new, status=302).location == "/sign-in"
    page = visitor.post("/sign-in", {"email": "new@example.com", "password": PASSWORD}, status=302)
    assert page.location == "/sign-in/codes"
    again = runner.invoke(args=["people", "add", "new@example.com", "--name", "Twice"])
    assert again.exit_code == 1
    assert "new@example.com is here already" in again.output


def test_a_dismissed_person_is_out_at_once(app, visitor, mara):
    sign_in(visitor, mara)
    done = app.test_cli_runner().invoke(args=["people", "dismiss", mara])
    assert done.output == "mara@example.com can sign in no more.\n"
    fresh()
    visitor.get("/review", status=303)
    visitor.post("/sign-in", {"email": mara, "password": PASSWORD}, status=422)


def test_a_lost_second_factor_is_forgotten_and_set_up_anew(app, visitor, mara):
    app.test_cli_runner().invoke(args=["people", "forget-codes", mara])
    page = visitor.post("/sign-in", {"email": mara, "password": PASSWORD}, status=302)
    assert page.location == "/sign-in/codes"


def test_the_sign_in_leads_to_no_other_site(visitor, mara):
    page = visitor.post(
        "/sign-in?next=//evil.example/x", {"email": mara, "password": PASSWORD}, status=422
    )
    assert "evil" not in (page.location or "")


@pytest.mark.daily_on("postgres")  # which refuses to look for it
@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/password"])
def test_an_address_comes_back_without_what_no_page_can_hold(visitor, path):
    page = visitor.post(path, {"email": "ma\x00ra@", "password": "wrong"}, status=422)
    assert page.fields["email"] == "mara@"


def test_a_sign_in_is_logged_by_the_code_that_begins_it_and_so_is_a_wrong_one(visitor, mara):
    visitor.post("/sign-in?next=/review", {"email": mara, "password": PASSWORD}, status=302)
    code = code_of()
    fresh()
    visitor.post("/sign-in/code", {"code": f"{(int(code) + 1) % 1000000:06d}"}, status=422)
    fresh()
    visitor.post("/sign-in/code", {"code": code}, status=302)
    db.session.rollback()
    found = db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id))
    assert [(each.act, each.role, each.about) for each in found] == [
        ("sign_in_refused", "stranger", "code"),
        ("sign_in", "staff", ""),
    ]
