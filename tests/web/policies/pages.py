"""What the tests of the pages about policies share: the draft as kept, a table's lines."""

from portal.extensions import db
from portal.versions.models import PolicyVersion

HOME = "/review/policies"
LATE = (
    "order.cancelled_by = customer and order.cancelled_at - order.ordered_at > 45 seconds"
    " and not order.unavailable_at <= order.cancelled_at"
)


def row(number):
    """The version as the database has it now."""
    db.session.rollback()
    return db.session.get_one(PolicyVersion, number)


def rows_of(page):
    """The table's lines as texts."""
    lines = [line for body in page.all("tbody") for line in body]
    return [[page.text(cell) for cell in line] for line in lines]
