"""The page on which an admin makes and ends the keys of the hand-off, behind a fresh code."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.database import transaction
from portal.extensions import db
from portal.handoff import keys
from portal.handoff.models import HandoffKey
from portal.people.signins import SignIn
from tests.factories import NOW, SHOP
from tests.handoff.signing import a_key

PAGE = "/review/hand-off"


@pytest.fixture
def fresh(owner):
    """An admin who entered a code a moment ago."""
    with transaction():
        for each in db.session.scalars(select(SignIn)):
            each.code_at = NOW
    return owner


def rows():
    db.session.rollback()
    return db.session.scalars(select(HandoffKey).order_by(HandoffKey.id)).all()


def test_a_key_is_made_and_its_secret_shown_once(visitor, fresh):
    assert "No key yet." in visitor.get(PAGE).text()
    told = visitor.post(f"{PAGE}/{SHOP}/add", {}, status=200).text()
    (key,) = rows()
    secret = re.search(r"hs_[\w-]{43}", told)[0]
    assert key.kid in told
    assert keys.secret_of(key.kid, shop=SHOP) == secret
    assert key.made_by_id == fresh.id
    again = visitor.get(PAGE)
    assert key.kid in again.text()
    assert secret not in again.body


def test_a_key_is_ended(visitor, fresh):
    kid, _ = a_key()
    visitor.post(f"{PAGE}/{kid}/end", {})
    assert [(each.revoked_at, each.revoked_by_id) for each in rows()] == [(NOW, fresh.id)]
    assert "Ended" in visitor.get(PAGE).text()
    visitor.post(f"{PAGE}/{kid}/end", {})
    assert "was ended already" in visitor.get(PAGE).body


@pytest.mark.usefixtures("owner")
def test_without_a_fresh_code_nothing_is_made_or_ended(visitor):
    kid, _ = a_key()
    with transaction():
        for each in db.session.scalars(select(SignIn)):
            each.code_at = NOW - timedelta(minutes=6)
    for path in (f"{SHOP}/add", f"{kid}/end"):
        assert "next=" in visitor.post(f"{PAGE}/{path}", {}).location
    assert [each.revoked_at for each in rows()] == [None]


@pytest.mark.usefixtures("fresh")
def test_what_is_not_there_is_not_found(visitor):
    visitor.post(f"{PAGE}/nowhere/add", {}, status=404)
    visitor.post(f"{PAGE}/nothing/end", {}, status=404)
