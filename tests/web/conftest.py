"""Pages are seen through the inspecting browser; time stands still."""

from datetime import timedelta

import pytest

from portal.people.reviewers import Role
from portal.people.rights import Right
from tests import factories
from tests.conftest import NOW
from tests.web.inspector import Browser
from tests.web.steps.signing_in import sign_in


@pytest.fixture
def visitor(app):
    """A visitor with a session of their own, at a fixed instant."""
    app.config["NOW"] = NOW
    return Browser(app.test_client())


@pytest.fixture
def apart(monkeypatch):
    """Claims about different orders, so that all can be open at once."""
    make, numbers = factories.draft, iter(range(1000))
    monkeypatch.setattr(
        factories,
        "draft",
        lambda **given: make(**({"order_reference": f"N-{next(numbers)}"} | given)),
    )


@pytest.fixture
def owner(visitor):
    """An admin, signed in."""
    person = factories.reviewer(name="Ada Owner", role=Role.ADMIN)
    sign_in(visitor, person)
    return person


@pytest.fixture
def mara(app, visitor):
    """A reviewer, signed in: their id."""
    person = factories.reviewer(name="Mara Lind", email="mara@example.com")
    sign_in(visitor, person)
    return person.id


@pytest.fixture
def lead(app, visitor):
    """The lead of one shop, signed in, by a name that a spreadsheet would take for a formula."""
    person = factories.reviewer(name="=Lea", rights={(factories.SHOP, Right.LEAD)})
    sign_in(visitor, person)
    return person


@pytest.fixture
def waiting(app):
    """A claim that a person must decide: the order is known, and the code was wrong."""
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    return factories.claim(reason="wrong_code").reference
