"""What works once works once, however many ask at the same moment and however busy the database is."""

import threading
import time

import pytest
from flask import current_app
from flask_security import hash_password
from flask_security.recoverable import generate_reset_password_token
from passlib.totp import TOTP
from sqlalchemy.exc import OperationalError

from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.people.reviewers import Reviewer
from portal.people.signins import SignIn
from portal.records.models import Account
from tests import factories
from tests.conftest import NOW
from tests.races import race
from tests.web.inspector import Browser
from tests.web.steps.signing_in import sign_in

PASSWORD = "correct horse battery"
TWENTY = 20


@pytest.fixture
def mara(app):
    """A reviewer who has ten recovery codes and an authenticator; her address, key and codes."""
    app.config |= {"NOW": NOW, "WTF_CSRF_ENABLED": False}
    security = current_app.extensions["security"]
    secret = security.totp_factory.generate_totp_secret()
    person = factories.reviewer(
        email="mara@example.com",
        password=hash_password(PASSWORD),
        tf_primary_method="authenticator",
        tf_totp_secret=secret,
    )
    with transaction():
        codes = security.mf_recovery_codes_util.create_recovery_codes(
            db.session.merge(person, load=True)
        )
    return person, security.totp_factory.get_totp_pretty_key(secret), codes


def pending(app):
    """A browser in which the password was entered and the code is due."""
    client = app.test_client()
    answer = client.post("/sign-in", data={"email": "mara@example.com", "password": PASSWORD})
    assert answer.location.partition("?")[0] == "/sign-in/code"
    return client


def at_once(app, path, data):
    """Twenty browsers send the same; each answer's status and whether its browser is signed in."""
    cookie, clients = pending(app).get_cookie("session").value, []
    for _ in range(TWENTY):
        clients.append(app.test_client())
        clients[-1].set_cookie("session", cookie)

    def act(client):
        status = client.post(path, data=data).status_code
        return status, client

    answers = race(app, [lambda client=client: act(client) for client in clients])
    return [(status, _is_in(app, client)) for status, client in answers]


def _is_in(app, client):
    [inside] = race(app, [lambda: client.get("/review").status_code == 200])
    return inside


@pytest.fixture
def customers(app):
    """Customers who write all the while."""
    stop = threading.Event()

    def write():
        number = 0
        with app.app_context():
            while not stop.is_set():
                number += 1
                with transaction():
                    row = Account(
                        shop="sms-service", email=f"c{number}-{threading.get_ident()}@example.com"
                    )
                    db.session.add(row)
                    db.session.flush()
                    time.sleep(0.01)
            db.session.remove()

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads:
        thread.join()


@pytest.mark.long
def test_a_recovery_code_signs_in_once_of_twenty(app, mara, customers):
    _, _, codes = mara
    results = at_once(app, "/sign-in/recovery", {"code": codes[0]})
    assert sorted(results) == [(302, True)] + [(422, False)] * 19
    db.session.rollback()
    person = db.session.scalars(db.select(Reviewer)).one()
    util = current_app.extensions["security"].mf_recovery_codes_util
    assert util.get_recovery_codes(person) == codes[1:]
    assert db.session.scalar(db.select(db.func.count(SignIn.id))) == 1


def test_a_code_of_the_authenticator_signs_in_once_of_twenty(app, mara, customers):
    _, key, _ = mara
    results = at_once(app, "/sign-in/code", {"code": TOTP(key=key).generate().token})
    assert sorted(results) == [(302, True)] + [(422, False)] * 19


def test_a_link_to_a_new_password_sets_one_of_twenty(app, mara, customers):
    person, _, _ = mara
    path = f"/sign-in/password/{generate_reset_password_token(person)}"

    def act(number):
        words = f"horse {number} battery staple"
        answer = app.test_client().post(path, data={"password": words, "password_confirm": words})
        return answer.location

    where = race(app, [lambda number=number: act(number) for number in range(TWENTY)])
    assert sorted(where) == ["/sign-in"] + ["/sign-in/password"] * 19
    mails = db.select(OutboxMail.subject).where(OutboxMail.event == "account")
    assert db.session.scalars(mails).all() == ["Your password for Redress was changed"]


def test_new_recovery_codes_are_made_while_customers_write(app, mara, customers):
    person, _, _ = mara
    visitor = Browser(app.test_client())
    sign_in(visitor, person)
    with visitor.client.session_transaction() as session:
        session["fs_paa"] = time.time()

    def act():
        return visitor.client.post("/sign-in/recovery-codes", data={"generate_new_codes": "1"})

    for _ in range(TWENTY):
        [answer] = race(app, [act])
        assert answer.status_code == 200
        assert answer.text.count("<li>") == 5


def test_nobody_is_signed_in_by_an_answer_whose_commit_failed(app, mara, monkeypatch):
    _, key, codes = mara

    commit, due = db.session.commit, []

    def fail():
        if due:
            due.pop()
            raise OperationalError("COMMIT", {}, Exception("database is locked"))
        commit()

    for path, code in (("recovery", codes[0]), ("code", TOTP(key=key).generate().token)):
        client = pending(app)
        due.append("once")
        with monkeypatch.context() as patch:
            patch.setattr(db.session, "commit", fail)
            [answer] = race(
                app, [lambda c=client, p=path, d=code: c.post(f"/sign-in/{p}", data={"code": d})]
            )
        assert answer.status_code == 503
        with client.session_transaction() as session:
            assert not {"sign_in", "_user_id"} & set(session)
            assert session["tf_state"] == "ready"
        assert not _is_in(app, client)
        [again] = race(
            app, [lambda c=client, p=path, d=code: c.post(f"/sign-in/{p}", data={"code": d})]
        )
        assert again.status_code == 302
        assert _is_in(app, client)
