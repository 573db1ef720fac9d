"""Two reviewers, of whom one is signed in, and a claim that waits for one of them."""

from datetime import timedelta

import pytest

from portal.claims.queries import claim_page
from portal.extensions import db
from tests import factories
from tests.conftest import NOW
from tests.web.steps.signing_in import sign_in


@pytest.fixture
def mara(app, visitor):
    """A reviewer who is signed in."""
    person = factories.reviewer(name="Mara Lind", email="mara@example.com")
    sign_in(visitor, person)
    return person.id


@pytest.fixture
def omar(app):
    """A colleague."""
    return factories.reviewer(name="Omar Diaz", email="omar@example.com").id


@pytest.fixture
def waiting(app):
    """A claim that a person must decide: the order is known, and the code was wrong."""
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    return factories.claim(reason="wrong_code").reference


@pytest.fixture
def as_it_is():
    """A claim by its reference, as the database has it now."""

    def read(reference):
        db.session.rollback()
        db.session.expire_all()
        return claim_page(reference)

    return read
