"""A claim with a picture that was taken in and cleaned as any upload is, and people who may do something to it."""

from datetime import timedelta

import pytest

from portal.claims.evidence import files
from portal.people.rights import Right
from tests import factories
from tests.claims.redaction.pictures import JPEG, screen
from tests.claims.uploads import row, upload
from tests.factories import NOW


@pytest.fixture
def mara(app):
    """A reviewer."""
    return factories.reviewer(name="Mara Lind", email="mara@example.com").id


@pytest.fixture
def lea(app):
    """A lead."""
    return factories.reviewer(
        name="Lea Holm", email="lea@example.com", rights={(factories.SHOP, Right.LEAD)}
    ).id


@pytest.fixture
def draft(app):
    """A draft without files."""
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    return factories.draft(files=0, reason="wrong_code")


@pytest.fixture(params=["WEBP", JPEG])
def form(request):
    """As what a picture is kept: without loss, or as a photo."""
    return request.param


@pytest.fixture
def picture(draft, form):
    """The id of a picture of the draft, checked."""
    number = upload(draft.reference, screen(form), filename=f"screen.{form.lower()}")
    assert files.check_due(now=NOW) == 1
    assert row(number).views[0]["media_type"] == f"image/{form.lower()}"
    return number
