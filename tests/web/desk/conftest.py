"""Two reviewers, of whom one is signed in, and a claim that waits for one of them."""

import pytest

from portal.claims.queries import claim_page
from portal.extensions import db
from tests import factories
from tests.web.inspector import Browser
from tests.web.steps.journeys import opened, stored


@pytest.fixture
def omar(app):
    """A colleague."""
    return factories.reviewer(name="Omar Diaz", email="omar@example.com").id


@pytest.fixture
def as_it_is():
    """A claim by its reference, as the database has it now."""

    def read(reference):
        db.session.rollback()
        db.session.expire_all()
        return claim_page(reference)

    return read


@pytest.fixture
def customer(app, reference):
    """The owner of a test's claim (``reference``), in a browser that may change it; and the claim's address."""
    browser = Browser(app.test_client())
    return browser, opened(browser, stored(reference))
