"""Whoever asks for a link to a new password learns nothing from the answer, and few mails leave."""

from unittest.mock import patch

import pytest
from argon2 import low_level
from flask_security import hash_password
from sqlalchemy import event

from portal.extensions import db
from portal.mail.models import OutboxMail
from tests import factories
from tests.conftest import NOW
from tests.portals import within
from tests.web.account.elsewhere import WINDOW, elsewhere
from tests.web.inspector import Page

STAFF, STRANGER = "mara@example.com", "nobody@example.com"
PASSWORD = "correct horse battery"


@pytest.fixture
def app(database, portals, tmp_path, monkeypatch):
    """The portal with its limits in force, in the middle of a window."""
    monkeypatch.setattr("portal.limits.time", lambda: WINDOW + 100)
    limited = portals(database).as_new(tmp_path, limits=True, NOW=NOW, WTF_CSRF_ENABLED=False)
    with within(limited):
        factories.reviewer(email=STAFF, password=hash_password(PASSWORD))
        factories.reviewer(email="gone@example.com", password=hash_password(PASSWORD), active=False)
        factories.reviewer(email="new@example.com")
        yield limited


def forgot(app, email):
    return app.test_client().post(
        "/sign-in/password", data={"email": email}, environ_overrides=elsewhere()
    )


def sign_in(app, email):
    data = {"email": email, "password": "wrong horse battery"}
    return app.test_client().post("/sign-in", data=data, environ_overrides=elsewhere())


def recipients():
    db.session.rollback()
    return db.session.scalars(db.select(OutboxMail.recipient).order_by(OutboxMail.id)).all()


def test_the_answer_is_the_same_for_everybody_and_the_mail_goes_to_staff(app):
    pages = {}
    for email in (STAFF, STRANGER, "gone@example.com", "new@example.com"):
        answer = forgot(app, email)
        assert answer.status_code == 200
        page = Page(answer)
        said = page.text(page.one(id="flash"))
        pages[email] = f"{said} {page.text()}".replace(email, "X")
    assert len(set(pages.values())) == 1
    assert "If X has an account, a link is on its way to it." in pages[STAFF]
    assert recipients() == [STAFF, "new@example.com"]


def test_of_thirty_links_three_reach_one_reviewer(app):
    answers = [forgot(app, STAFF if n % 2 else " Mara@Example.com ") for n in range(30)]
    assert {answer.status_code for answer in answers} == {200}
    assert recipients() == [STAFF] * 3


def test_the_database_is_asked_the_same_for_everybody(app):
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement.split("(")[0].partition(" SET ")[0])

    event.listen(db.engine, "before_cursor_execute", note)
    asked = {}
    for email in (STRANGER, STAFF):
        seen.clear()
        forgot(app, email)
        asked[email] = [each for each in seen if "SAVEPOINT" not in each]
    event.remove(db.engine, "before_cursor_execute", note)
    assert asked[STAFF] == asked[STRANGER]
    assert any(each.startswith("INSERT INTO outbox") for each in asked[STRANGER])


@pytest.mark.parametrize(("ask", "hashes"), [(forgot, 0), (sign_in, 1)])
def test_as_much_is_hashed_for_everybody(app, ask, hashes):
    """To hash a password is what takes an answer its time."""
    for email in (STAFF, STRANGER):
        with (
            patch.object(low_level, "hash_secret", wraps=low_level.hash_secret) as made,
            patch.object(low_level, "verify_secret", wraps=low_level.verify_secret) as compared,
        ):
            ask(app, email)
        assert made.call_count + compared.call_count == hashes


def test_an_address_that_is_none_is_told_so(app):
    page = Page(forgot(app, "mara"))
    assert page.status == 422
    assert page.errors == ["Check the e-mail address. It looks like name@example.com"]
