"""A session as it is after the second factor; test_account.py walks the real way."""

from flask import g

from tests.conftest import NOW


def sign_in(browser, person, *, at=NOW):
    """Sign this person in, as of `at`."""
    # The test's own context outlives its requests, and with it who was signed in before.
    g.pop("_login_user", None)
    with browser.client.session_transaction() as session:
        session["_user_id"] = person.fs_uniquifier
        session["_fresh"] = True
        session["signed_in_at"] = session["seen_at"] = int(at.timestamp())
