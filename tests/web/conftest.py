"""Pages are seen through the inspecting browser; time stands still."""

import pytest

from portal.people.reviewers import Role
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
