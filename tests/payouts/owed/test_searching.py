"""What is owed without asking is what a claim would get at once, and is found by what changed."""

import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from portal.claims.decisions.ownership import CLAIMED
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from portal.policy.deciding.document import Unasked
from portal.records.importer import import_file
from portal.records.models import Order
from tests import factories
from tests.conftest import NOW
from tests.payouts.owed.orders import listed, read_at, search

HOUR = timedelta(hours=1)
PLUG = "numberplug"
SMS = "sms-service"


@pytest.fixture
def plug(app):
    factories.account(shop=PLUG)
    factories.order(shop=PLUG)
    return factories.policy(PLUG)


def test_an_order_is_owed_an_hour_past_its_end_by_records_that_are_newer(plug):
    ends = NOW - timedelta(minutes=40)
    search(plug)
    assert listed(plug) == {}
    read_at(ends + HOUR - timedelta(seconds=1), shop=PLUG)
    assert listed(plug) == {}
    read_at(ends + HOUR, shop=PLUG)
    assert listed(plug) == {"A-1001": ("NP-2.1", "0.50 USD")}


def test_what_time_alone_brings_and_takes_is_found_when_it_comes(app):
    shop = "activation-claims"
    factories.account(shop=shop)
    factories.order(
        shop=shop, ordered_at=NOW, expires_at=NOW + timedelta(minutes=20), revealed_at=None
    )
    policy = factories.policy(shop)
    read_at(NOW + timedelta(days=9), shop=shop)
    assert search(policy) == 1
    assert listed(policy) == {}
    assert search(policy, at=NOW + timedelta(minutes=19)) == 0
    assert search(policy, at=NOW + timedelta(minutes=21)) == 1
    assert listed(policy) == {"A-1001": ("AC-2", "0.50 USD")}
    assert search(policy, at=NOW + timedelta(days=5)) == 0
    # After five days a person decides.
    assert search(policy, at=NOW + timedelta(days=5, seconds=1)) == 1
    assert listed(policy) == {}
    assert db.session.scalar(select(Order.look_at)) is None


def records(*lines, at=NOW, shop=PLUG):
    with transaction():
        file = BytesIO("\n".join(json.dumps(line) for line in lines).encode())
        import_file(shop, file, at=at, claimed=CLAIMED)


def test_only_what_the_records_say_anew_is_looked_at_again(app):
    factories.account()
    for number in range(6):
        factories.order(reference=f"B-{number}")
    policy, at = factories.policy(), NOW + HOUR
    read_at(at, shop=SMS)
    assert search(policy, at=at) == 6
    assert len(listed(policy)) == 6
    assert search(policy, at=at) == 0
    message = {
        "record": "message",
        "order_reference": "B-1",
        "received_at": (NOW - timedelta(minutes=50)).isoformat(),
    }
    records(message, at=at, shop=SMS)
    assert search(policy, at=at) == 1
    assert "B-1" not in listed(policy)
    records(message, at=at, shop=SMS)
    assert search(policy, at=at) == 0
    records({"record": "account", "email": "kim@example.com", "fraud_flag": True}, at=at, shop=SMS)
    assert search(policy, at=at) == 6
    assert listed(policy) == {}


def test_an_import_of_orders_says_how_new_the_records_are(plug):
    search(plug, at=NOW + HOUR)
    records({"record": "account", "email": "ana@example.com"}, at=NOW + HOUR)
    assert listed(plug) == {}
    records(
        {
            "record": "order",
            "reference": "C-1",
            "account_email": "kim@example.com",
            "ordered_at": NOW.isoformat(),
        },
        at=NOW + HOUR,
    )
    assert list(listed(plug)) == ["A-1001"]


def test_what_is_claimed_is_not_owed_besides_and_is_again_once_withdrawn(plug):
    at = NOW + HOUR
    read_at(at, shop=PLUG)
    search(plug, at=at)
    claim = factories.claim(shop=PLUG, reason="technical_error", email="mallory@example.com", at=at)
    assert listed(plug) == {}
    with transaction():
        filing.withdraw(claim_for_change(claim.reference), policy=plug, at=at)
    assert list(listed(plug)) == ["A-1001"]
    factories.draft(shop=PLUG, at=at)
    assert list(listed(plug)) == ["A-1001"]
    factories.claim(shop=PLUG, at=at)
    assert listed(plug) == {}


def test_a_shop_that_looks_for_nothing_or_is_held_owes_nothing_unasked(plug):
    at = NOW + HOUR
    read_at(at, shop=PLUG)
    off = replace(plug, shop=replace(plug.shop, unasked=Unasked.OFF))
    assert search(off, at=at) == 0
    search(plug, at=at)
    assert listed(off) == {}
    assert listed(replace(plug, held="the file was changed")) == {}
    assert list(listed(plug)) == ["A-1001"]


def test_another_version_has_every_order_looked_at_anew(plug):
    at = NOW + HOUR
    read_at(at, shop=PLUG)
    assert search(plug, at=at) == 1
    (version,) = plug.versions
    other = replace(plug, versions=(replace(version, sha256="other"),))
    assert search(other, at=at) == 1
    assert search(other, at=at) == 0
    assert db.session.scalar(select(func.count()).where(Order.look_at.is_(None))) == 1
