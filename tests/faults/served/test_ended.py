"""What ends a sign-in ends it in every process by the next request, however often its cookie is shown again."""

from __future__ import annotations

from time import time

import pytest
from flask import current_app
from flask_security import hash_password
from flask_security.recoverable import generate_reset_password_token
from passlib.totp import TOTP

from portal.extensions import db
from portal.people.reviewers import Reviewer
from tests import factories
from tests.conftest import NOW
from tests.faults.served.replaying import servers
from tests.sizes import AT_ONCE
from tests.web.inspector import Browser
from tests.web.steps.signing_in import by, sign_in

COOKIES, TIMES = 5, 20
NEW = {"password": "orchid 71 lantern quarry", "password_confirm": "orchid 71 lantern quarry"}


def signs_out(_app, browser, _email):
    browser.client.post("/sign-out")


def signs_out_elsewhere(_app, browser, _email):
    assert browser.client.post("/account/sign-ins/end-others").status_code == 303


def is_dismissed(app, _browser, email):
    app.test_cli_runner().invoke(args=["people", "dismiss", email], catch_exceptions=False)


def loses_the_second_factor(app, _browser, email):
    app.test_cli_runner().invoke(args=["people", "forget-codes", email], catch_exceptions=False)


def sets_a_password(app, _browser, email):
    person = db.session.scalars(db.select(Reviewer).where(Reviewer.email == email)).one()
    path = f"/sign-in/password/{generate_reset_password_token(person)}"
    assert app.test_client().post(path, data=NEW).location == "/sign-in"


def takes_another_factor(_app, browser, _email):
    with browser.client.session_transaction() as session:
        session["fs_paa"] = time()  # when the password was given
    page = browser.get("/sign-in/codes")
    key = page.text(page.one("bdi", class_="mono"))
    [action] = [f.get("action") for f in page.all("form") if "/sign-in/codes/" in f.get("action")]
    browser.post(action, {"code": TOTP(key=key).generate().token}, status=302)


ENDS = (
    signs_out,
    signs_out_elsewhere,
    is_dismissed,
    loses_the_second_factor,
    sets_a_password,
    takes_another_factor,
)


@AT_ONCE
@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(900)
def test_cookies_of_what_has_ended_open_nothing_in_any_process(
    app, database, tmp_path, record_property
):
    ways = {"SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"]}
    app.config |= {"NOW": NOW, "WTF_CSRF_ENABLED": False} | ways
    password = hash_password("violet anchor pelican 92 stair")
    totp = current_app.extensions["security"].totp_factory
    shown_again = 0
    with servers(database, tmp_path) as shown:
        for act in ENDS:
            person = factories.reviewer(
                password=password, tf_primary_method="authenticator",
                tf_totp_secret=totp.generate_totp_secret(),
            )  # fmt: skip
            email, browsers = person.email, [Browser(app.test_client()) for _ in range(COOKIES + 1)]
            for each in browsers:
                sign_in(each, person)
            cookies = [each.client.get_cookie("session").value for each in browsers]
            # Whoever signs out does so in one browser, whose cookie was copied; what else ends, ends in all
            # or in all but the one in which it is done.
            gone = cookies[:1] * COOKIES if act is signs_out else cookies[1:]
            db.session.remove()
            assert shown(cookies) == [[True] * len(cookies)] * 2, act
            act(app, by(browsers[0]), email)
            by(browsers[0])
            db.session.remove()
            for _ in range(TIMES):
                assert shown(gone) == [[False] * COOKIES] * 2, act
                shown_again += 2 * len(gone)
    record_property(
        "figure", f"{len(ENDS)} ways to end, {shown_again} cookies shown again: 0 let in"
    )
