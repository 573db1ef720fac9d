"""Files as customers send them, and what became of them."""

import io
import itertools
from datetime import timedelta

from PIL import Image

from portal.claims.evidence.files import storage
from portal.claims.queries import claim_page
from portal.extensions import db
from tests.factories import NOW

_numbers = itertools.count()


def picture(name="shot.png", size=(60, 40)):
    """A file of its own: each has another colour in its corner."""
    data = io.BytesIO()
    drawn = Image.new("RGB", size, "white")
    drawn.putpixel((0, 0), tuple(next(_numbers).to_bytes(3, "big")))
    drawn.save(data, "PNG")
    return io.BytesIO(data.getvalue()), name


def files_of(reference):
    db.session.rollback()
    return [(file.filename, file.state.value) for file in claim_page(reference).evidence]


def kept():
    """How many files the storage holds."""
    return len(list(storage().written_before(NOW + timedelta(days=36500))))
