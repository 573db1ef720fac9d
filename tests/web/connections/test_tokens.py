"""The page on which an admin makes and ends the tokens of programs, behind a fresh code."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.api.tokens import ApiToken, TokenScope, bearer_of, issue
from portal.database import transaction
from portal.extensions import db
from portal.people.signins import SignIn
from tests.factories import NOW, SHOP

PAGE = "/review/tokens"


def code_at(at):
    with transaction():
        for each in db.session.scalars(select(SignIn)):
            each.code_at = at


@pytest.fixture
def fresh(owner):
    """An admin who entered a code a moment ago."""
    code_at(NOW)
    return owner


def rows():
    db.session.rollback()
    return db.session.scalars(select(ApiToken).order_by(ApiToken.id)).all()


@pytest.mark.usefixtures("fresh")
def test_a_token_is_made_shown_once_and_ended(visitor):
    assert "No token yet." in visitor.get(PAGE).text()
    visitor.get(f"{PAGE}/{SHOP}/new")
    given = {"known_as": "shop backend", "scopes": ["records", "claims"]}
    told = visitor.post(f"{PAGE}/{SHOP}/new", given, status=200).text()
    (text,) = set(re.findall(r"rk_[A-Za-z0-9]{12}_[A-Za-z0-9]{43}", told))
    bearer = bearer_of(text)
    assert (bearer.shop, bearer.name) == (SHOP, "shop backend")
    assert bearer.scopes == {"records", "claims"}
    listed = visitor.get(PAGE)
    assert "shop backend" in listed.text()
    assert text.split("_")[2] not in listed.body
    visitor.post(f"{PAGE}/{bearer.public_id}/end", {})
    assert bearer_of(text) is None
    assert [each.revoked_at for each in rows()] == [NOW]
    assert "Ended" in visitor.get(PAGE).text()


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    "given",
    [
        {"known_as": "x"},
        {"scopes": ["records"]},
        {"known_as": "x", "scopes": ["everything"]},
        {"known_as": "x", "scopes": ["records", "\x01"]},
        {"known_as": "x" * 81, "scopes": ["records"]},
    ],
)
def test_without_a_scope_or_a_name_nothing_is_made(visitor, given):
    visitor.get(f"{PAGE}/{SHOP}/new")
    visitor.post(f"{PAGE}/{SHOP}/new", given, status=422)
    assert rows() == []


@pytest.mark.usefixtures("owner")
def test_without_a_fresh_code_nothing_is_made_or_ended(visitor):
    with transaction():
        token, _ = issue(SHOP, name="x", scopes=[TokenScope.RECORDS], at=NOW)
        public_id = token.public_id
    code_at(NOW - timedelta(minutes=6))
    for path in (f"{SHOP}/new", f"{public_id}/end"):
        given = {"known_as": "y", "scopes": ["records"]}
        assert "next=" in visitor.post(f"{PAGE}/{path}", given).location
    assert [(each.name, each.revoked_at) for each in rows()] == [("x", None)]


@pytest.mark.usefixtures("fresh")
def test_what_is_not_there_is_not_found(visitor):
    visitor.get(f"{PAGE}/nowhere/new", status=404)
    visitor.post(f"{PAGE}/nothing/end", {}, status=404)
