"""``keys rotate``: what an older key sealed opens with the newest one alone."""

import base64

import pytest
from flask import current_app
from passlib.totp import TOTP
from sqlalchemy import event, select

from portal.claims.models import Claim
from portal.claims.payout.details import PayoutDetails
from portal.claims.payout.fields import Method
from portal.claims.payout.payee import name_payee, payee_of, reseal_payees
from portal.database import transaction
from portal.extensions import db
from portal.ledger.rails import RailSetting
from portal.payouts.setting import reseal_secrets
from portal.people.reviewers import Reviewer
from portal.sealed import key_name
from portal.webhooks import setting as hooks
from portal.webhooks.models import WebhookEndpoint
from portal.webhooks.setting import opened_secret, reseal_signing
from tests import factories
from tests.conftest import NOW
from tests.payouts.runs import pays_by
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


def called(count):
    """So many addresses that hear of events, and as many shops that pay through a processor."""
    for number in range(count):
        pays_by("original", shop=f"shop-{number}", key=f"sk_live_{number}")
        with transaction():
            hooks.add(f"shop-{number}", url="https://shop.example/hooks", at=NOW, loopback=False)


def sealed_by():
    """The names of the keys that sealed secrets of rails and of webhooks."""
    db.session.rollback()
    columns = RailSetting.secret_sealed, WebhookEndpoint.secret_sealed
    return [{key_name(text) for text in db.session.scalars(select(each))} for each in columns]


class BrokenOff(Exception):
    """Somebody ended it on the way."""


def breaks_off(act, *, after):
    """Do it until so many of its lots are kept."""
    kept = []

    def count(_connection):
        kept.append(1)
        if len(kept) > after:
            raise BrokenOff

    event.listen(db.engine, "commit", count)
    try:
        with pytest.raises(BrokenOff):
            act(lot=2)
    finally:
        event.remove(db.engine, "commit", count)


@pytest.mark.parametrize("reseal", [reseal_secrets, reseal_signing])
def test_secrets_of_rails_and_webhooks_go_by_lots_and_on_where_it_was_broken_off(portal, reseal):
    portal(OLD)
    called(5)
    secrets = [opened_secret(each) for each in hooks.endpoints_of()]
    portal(NEW, OLD)
    breaks_off(reseal, after=1)
    place = [reseal_secrets, reseal_signing].index(reseal)
    assert sealed_by()[place] == {"a-2026", "z-2025"}
    assert reseal(lot=2) == (3, [])
    assert sealed_by()[place] == {"a-2026"}
    assert reseal(lot=2) == (0, [])
    assert [opened_secret(each) for each in hooks.endpoints_of()] == secrets


def test_a_secret_that_no_key_opens_is_named_and_stops_no_other(portal):
    portal(OLD)
    called(3)
    portal(NEW, OLD)
    with transaction():
        lost = db.session.scalars(select(WebhookEndpoint)).first()
        lost.secret_sealed = f"s1.z-2025.{'A' * 60}"
        key = lost.key
    said = "the sealed value was changed or belongs to another row"
    assert reseal_signing(lot=1) == (2, [f"webhook {key}: {said}"])
    assert reseal_secrets(lot=1) == (3, [])
