"""``keys rotate``: what an older key sealed opens with the newest one alone."""

import base64

import pytest
from flask import current_app
from passlib.totp import TOTP

from portal.claims.models import Claim
from portal.claims.payout.details import PayoutDetails
from portal.claims.payout.fields import Method
from portal.claims.payout.payee import name_payee, payee_of, reseal_payees
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.sealed import key_name
from tests import factories
from tests.portals import portal_at

# The names are in the other order than the keys' age, so that it is the order that counts.
OLD = "z-2025:" + base64.b64encode(bytes(range(32))).decode()
NEW = "a-2026:" + base64.b64encode(bytes(range(32, 64))).decode()


@pytest.fixture
def portal(database, tmp_path):
    """The portal with these keys, one after the other on the same database."""
    contexts = []

    def start(*keys, lost=""):
        stop()
        app = portal_at(database, tmp_path, seal_keys=",".join(keys), seal_keys_lost=lost)
        contexts.append(app.app_context())
        contexts[-1].push()
        return app

    def stop():
        while contexts:
            db.session.remove()
            db.engine.dispose()
            contexts.pop().pop()

    yield start
    stop()


def rotate(app):
    result = app.test_cli_runner().invoke(args=["keys", "rotate"])
    db.session.rollback()
    return result.exit_code, result.output


def details(number):
    return PayoutDetails(Method.OTHER, description=f"By cheque number {number}, to Ada Lind")


def paid_out(count):
    """Claims that name a payee, and a reviewer with both kinds of codes."""
    references = []
    for number in range(count):
        claim = factories.draft()
        with transaction():
            name_payee(db.session.merge(claim), details=details(number))
        references.append(claim.reference)
    security = current_app.extensions["security"]
    person = factories.reviewer(
        email="mara@example.com", tf_totp_secret=security.totp_factory.generate_totp_secret()
    )
    with transaction():
        codes = security.mf_recovery_codes_util.create_recovery_codes(db.session.merge(person))
    return references, TOTP(key=_key(person)).base32_key, codes


def _key(person):
    security = current_app.extensions["security"]
    return security.totp_factory.get_totp_pretty_key(person.tf_totp_secret)


def claims():
    return list(db.session.scalars(db.select(Claim).order_by(Claim.id)))


def mara():
    return db.session.scalars(db.select(Reviewer).filter_by(email="mara@example.com")).one()


def test_what_an_older_key_sealed_opens_with_the_newest_alone(portal):
    portal(OLD)
    _, authenticator, codes = paid_out(3)
    versions = [claim.version for claim in claims()]
    app = portal(NEW, OLD)
    assert rotate(app) == (0, "sealed again: payout details 3, second factors 1\n")
    portal(NEW)
    assert [payee_of(claim) for claim in claims()] == [details(number) for number in range(3)]
    assert [claim.version for claim in claims()] == versions
    assert TOTP(key=_key(mara())).base32_key == authenticator
    util = current_app.extensions["security"].mf_recovery_codes_util
    assert util.get_recovery_codes(mara()) == codes


@pytest.mark.long
def test_done_again_it_changes_nothing(portal):
    portal(OLD)
    paid_out(1)
    app = portal(NEW, OLD)
    rotate(app)
    before = claims()[0].payout_sealed, mara().tf_totp_secret, list(mara().mf_recovery_codes)
    assert rotate(app) == (0, "sealed again: payout details 0, second factors 0\n")
    assert before == (
        claims()[0].payout_sealed,
        mara().tf_totp_secret,
        list(mara().mf_recovery_codes),
    )


def test_what_no_key_opens_is_named_and_the_others_go_on(portal):
    portal(OLD)
    references, _, _ = paid_out(2)
    app = portal(NEW, lost="z-2025")
    with transaction():
        name_payee(claims()[1], details=details(1))
    assert rotate(app) == (
        1,
        (
            "sealed again: payout details 0, second factors 0\n"
            "Error: these could not be opened:\n"
            f"claim {references[0]}: the key z-2025 is not among the keys\n"
            "codes of mara@example.com: their key is not among the keys\n"
        ),
    )
    assert [key_name(claim.payout_sealed) for claim in claims()] == ["z-2025", "a-2026"]


def test_it_goes_by_lots(portal):
    portal(OLD)
    paid_out(5)
    portal(NEW, OLD)
    assert reseal_payees(lot=2) == (5, [])
    assert {key_name(claim.payout_sealed) for claim in claims()} == {"a-2026"}
