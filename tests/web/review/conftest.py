"""A reviewer who is signed in, and claims that wait for one."""

from datetime import timedelta

import pytest

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
def waiting(app):
    """A claim that a person must decide: the order is known, and the code was wrong."""
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    return factories.claim(reason="wrong_code").reference
