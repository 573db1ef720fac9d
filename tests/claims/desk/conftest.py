"""Two reviewers, by their ids."""

import pytest

from tests import factories


@pytest.fixture
def mara(app):
    return factories.reviewer(name="Mara Lind", email="mara@example.com").id


@pytest.fixture
def omar(app):
    return factories.reviewer(name="Omar Diaz", email="omar@example.com").id
