"""A sign-in is a row: only its newest key opens it, and what ends it ends it on the server."""

import sqlite3
from datetime import timedelta

import pytest
from flask import g
from flask_security import hash_password
from flask_security.recoverable import generate_reset_password_token
from sqlalchemy import event

from portal.extensions import db
from portal.people import signins
from portal.people.reviewers import Reviewer, Role
from portal.people.signins import SignIn
from portal.web.guards.browsers import name_of
from tests import factories
from tests.conftest import NOW
from tests.web.inspector import Browser
from tests.web.steps.signing_in import sign_in

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def hashed():
    return {}


@pytest.fixture
def mara(app, hashed):
    """A reviewer with a password."""
    if not hashed:
        hashed["of"] = hash_password(PASSWORD)
    return factories.reviewer(name="Mara Lind", email="mara@example.com", password=hashed["of"])


def fresh():
    g.pop("_login_user", None)


def cookie(visitor):
    return visitor.client.get_cookie("session").value


def opens(app, value, path="/review"):
    """Whether a copy of a cookie, in a browser of its own, is somebody signed in."""
    client = app.test_client()
    client.set_cookie("session", value)
    fresh()
    status = client.get(path).status_code
    fresh()
    return status == 200


def other(app, person, **given):
    visitor = Browser(app.test_client())
    sign_in(visitor, person, **given)
    return visitor


def test_the_database_holds_no_key_and_the_cookie_no_other_proof(app, visitor, mara):
    sign_in(visitor, mara)
    with visitor.client.session_transaction() as session:
        key = session["sign_in"]
    row = db.session.scalars(db.select(SignIn)).one()
    assert row.key_hash == signins.hash_of(key)
    assert key not in repr(db.session.execute(db.select(SignIn.__table__)).all())
    assert (row.began_at, row.seen_at, row.ended_at) == (NOW, NOW, None)
    with visitor.client.session_transaction() as session:
        session["sign_in"] = "x" * len(key)
    fresh()
    visitor.get("/review", status=303)


def test_a_copy_of_the_cookie_opens_nothing_after_signing_out(app, visitor, mara):
    sign_in(visitor, mara)
    copy = cookie(visitor)
    assert opens(app, copy)
    answer = visitor.post("/sign-out", {}, status=302)
    assert answer.response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert [opens(app, copy) for _ in range(20)] == [False] * 20
    assert not opens(app, copy, "/sign-in/recovery-codes")
    assert db.session.scalars(db.select(SignIn.ended_at)).all() == [NOW]


def test_the_password_entered_again_goes_on_under_a_new_key(app, visitor, mara):
    sign_in(visitor, mara)
    copy = cookie(visitor)
    visitor.post("/verify", {"password": "wrong horse battery"}, status=422)
    assert opens(app, copy)
    visitor.post("/verify", {"password": PASSWORD}, status=302)
    assert (opens(app, copy), opens(app, cookie(visitor))) == (False, True)
    assert db.session.scalar(db.select(db.func.count(SignIn.id))) == 1


def test_a_new_password_ends_every_sign_in(app, visitor, mara):
    cookies = [cookie(other(app, mara)) for _ in range(3)]
    assert all(opens(app, each) for each in cookies)
    fresh()
    path = f"/sign-in/password/{generate_reset_password_token(mara)}"
    new = {"password": "another horse battery", "password_confirm": "another horse battery"}
    assert visitor.post(path, new, status=302).location == "/sign-in"
    assert [opens(app, each) for each in cookies] == [False] * 3
    assert db.session.scalars(db.select(SignIn.ended_at)).all() == [NOW] * 3
    assert visitor.post(path, new, status=302).location == "/sign-in/password"


@pytest.mark.parametrize("command", ["dismiss", "forget-codes"])
def test_dismissal_and_a_lost_second_factor_end_every_sign_in(app, visitor, mara, command):
    cookies = [cookie(other(app, mara)) for _ in range(3)]
    app.test_cli_runner().invoke(args=["people", command, "mara@example.com"])
    assert [opens(app, each) for each in cookies] == [False] * 3
    assert None not in db.session.scalars(db.select(SignIn.ended_at)).all()


def test_somebody_made_inactive_in_the_database_is_out_at_once(app, visitor, mara):
    sign_in(visitor, mara)
    db.session.execute(db.update(Reviewer).values(active=False))
    db.session.commit()
    assert not opens(app, cookie(visitor))


def test_the_account_lists_where_one_is_signed_in_and_ends_it(app, visitor, mara):
    gone, kept = other(app, mara), other(app, mara)
    other(app, mara, at=NOW - timedelta(hours=13))
    other(app, factories.reviewer())
    sign_in(visitor, mara)
    page = visitor.get("/account")
    assert page.h1 == "Your account"
    rows = page.one("tbody").findall("tr")
    assert [page.text(row).count("This one") for row in rows] == [1, 0, 0]
    ends = [form.get("action") for form in page.all("form") if "/end" in form.get("action")]
    assert len(ends) == 3
    fresh()
    assert visitor.post(ends[1], {}).location == "/account"
    assert (opens(app, cookie(gone)), opens(app, cookie(kept))) == (False, True)
    visitor.post(ends[1], {}, status=404)
    fresh()
    visitor.post("/account/sign-ins/end-others", {})
    assert [opens(app, cookie(each)) for each in (kept, visitor)] == [False, True]


def test_nobody_ends_the_sign_in_of_somebody_else(app, visitor, mara):
    admin = factories.reviewer(role=Role.ADMIN)
    theirs = other(app, mara)
    number = db.session.scalars(db.select(SignIn.id)).one()
    sign_in(visitor, admin)
    visitor.post(f"/account/sign-ins/{number}/end", {}, status=404)
    visitor.post("/account/sign-ins/end-others", {})
    assert opens(app, cookie(theirs))


def test_ending_the_one_that_asks_leads_to_signing_out(app, visitor, mara):
    sign_in(visitor, mara)
    number = db.session.scalars(db.select(SignIn.id)).one()
    assert visitor.post(f"/account/sign-ins/{number}/end", {}).location == "/sign-out"
    assert opens(app, cookie(visitor))


def test_who_is_signed_in_costs_one_look(app, visitor, mara, statements):
    sign_in(visitor, mara)
    statements.clear()
    visitor.get("/sign-out")
    assert len(statements) == 1
    assert "JOIN reviewers" in statements[0]


def test_a_token_in_a_header_or_an_answer_in_json_signs_nobody_in(app, visitor, mara):
    token = mara.get_auth_token()
    client = app.test_client()
    for where in ("/review", "/account", f"/review?auth_token={token}"):
        fresh()
        assert client.get(where, headers={"Authentication-Token": token}).status_code == 303
    page = visitor.client.post(
        "/sign-in?include_auth_token=1",
        data={"email": mara.email, "password": PASSWORD, "csrf_token": visitor.token()},
        headers={"Accept": "application/json"},
    )
    assert page.mimetype == "text/html"


def test_a_page_shows_although_its_use_cannot_be_noted_now(database, app, visitor, mara):
    sign_in(visitor, mara)
    row = db.session.scalars(db.select(SignIn)).one()
    row.seen_at = NOW - timedelta(minutes=5)
    db.session.commit()
    if not database.startswith("sqlite"):
        return
    writer = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    waits = []

    def note(_connection, _cursor, statement, *_rest):
        if "busy_timeout" in statement:
            waits.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    visitor.get("/review")
    event.remove(db.engine, "before_cursor_execute", note)
    assert waits == [f"PRAGMA busy_timeout={ms}" for ms in (200, 15000)]
    writer.execute("ROLLBACK")
    writer.close()
    fresh()
    visitor.get("/review")
    db.session.refresh(row)
    assert row.seen_at == NOW


def test_what_began_over_a_month_ago_is_forgotten(app, mara):
    other(app, mara, at=NOW - timedelta(days=31))
    other(app, mara)
    assert signins.forget_due(now=NOW) == 1
    assert signins.forget_due(now=NOW) == 0
    assert db.session.scalars(db.select(SignIn.began_at)).all() == [NOW]


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on an iPhone"),
        ("", "Unknown browser"),
    ],
)  # fmt: skip
def test_a_browser_is_called_what_people_call_it(agent, name):
    assert name_of(agent) == name
