"""The portal on a database as a migration finds it, asked on both kinds."""

import contextlib

import pytest

from portal.extensions import db
from tests.portals import portal_at

BOTH = pytest.mark.parametrize(
    "empty", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@contextlib.contextmanager
def portal_on(url, folder):
    app = portal_at(url, folder)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
