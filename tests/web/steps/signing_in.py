"""A session as it is after the second factor; tests/web/account/test_sign_in.py walks the real way."""

from flask import g

from portal.database import transaction
from portal.people import signins
from tests.conftest import NOW


def sign_in(visitor, person, *, at=NOW):
    """Sign this person in, as of `at`."""
    # The test's own context outlives its requests, and with it who was signed in before.
    g.pop("_login_user", None)
    mark, number = person.fs_uniquifier, person.id
    with transaction():
        key = signins.begin(number, at=at, address="127.0.0.1", browser="Unknown browser")
    with visitor.client.session_transaction() as session:
        session["_user_id"] = mark
        session["_fresh"] = True
        session["sign_in"] = key


def by(browser):
    """This browser's turn: the test's own context outlives a request, and with it who had signed in."""
    g.pop("_login_user", None)
    return browser
