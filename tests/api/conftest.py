"""A program of a shop: it has a token and speaks JSON."""

import pytest

from tests.api.program import Program
from tests.conftest import NOW


@pytest.fixture
def program(app):
    """A program of the shop that the factories fill, with every scope, at a fixed instant."""
    app.config["NOW"] = NOW
    return Program(app)
