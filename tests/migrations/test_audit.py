"""What the migration of the audit log takes over of acts that were kept before."""

import flask_migrate
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from portal.database import transaction
from portal.extensions import db
from tests.migrations.asked import BOTH, portal_on

BEFORE = (
    (
        "INSERT INTO reviewers (id, email, name, active, fs_uniquifier, told_of)"
        " VALUES (1, 'a@example.com', 'A', true, 'a', '[]'), (2, 'b@example.com', 'B', true, 'b', '[]')"
    ),
    (
        "INSERT INTO claims (id, reference, shop, origin, status, waiting, version, order_known, facts, findings,"
        " returned, missing, created_at) VALUES (1, 'AAAA-AAAA', 'numberplug', 'customer', 'in_review', true, 1,"
        " false, '{}', '{}', '[]', '[]', '2026-03-01 10:00:00+00')"
    ),
    (
        "INSERT INTO claim_events (claim_id, at, action, role, reviewer_id, before, after, note, data) VALUES"
        " (1, '2026-03-04 10:00:00+00', 'submit', 'customer', NULL, 'draft', 'submitted', 'My words', '{}'),"
        " (1, '2026-03-04 12:00:00+00', 'approve', 'reviewer', 1, 'in_review', 'approved', 'Its words', '{}')"
    ),
    (
        "INSERT INTO right_changes (reviewer_id, shop, what, given, at, by_id) VALUES"
        " (2, '*', 'admin', true, '2026-03-04 11:00:00+00', NULL)"
    ),
    (
        "INSERT INTO rail_changes (shop, rail, action, at, by_id, said) VALUES"
        " ('numberplug', 'sepa', 'unset', '2026-03-04 13:00:00+00', 2, '{}')"
    ),
)
TAKEN = [
    ("submit", "customer", None, "numberplug", "AAAA-AAAA", None, "", "submitted"),
    ("give_right", "command_line", None, "*", None, 2, "admin", None),
    ("approve", "reviewer", 1, "numberplug", "AAAA-AAAA", None, "", "approved"),
    ("end_rail", "staff", 2, "numberplug", None, None, "sepa", None),
]


@pytest.mark.long
@BOTH
def test_what_was_done_before_is_taken_over_in_its_order_and_without_words(empty, tmp_path):
    with portal_on(empty, tmp_path):
        flask_migrate.upgrade(revision="0059")
        with transaction():
            for statement in BEFORE:
                db.session.execute(text(statement))
        flask_migrate.upgrade(revision="0060")
        kept = "SELECT act, role, who_id, shop, claim, whom_id, about, became FROM audit_log ORDER BY id"
        assert db.session.execute(text(kept)).all() == TAKEN
        for statement in ("DELETE FROM audit_log", "UPDATE audit_log SET act = 'x'"):
            with pytest.raises(DatabaseError, match="only added to"), transaction():
                db.session.execute(text(statement))
        db.session.rollback()
        flask_migrate.downgrade(revision="0059")
        flask_migrate.upgrade()
        assert db.session.execute(text(kept)).all() == TAKEN
