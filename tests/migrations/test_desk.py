"""What the migrations of the reviewers' desk make of rows that were there before."""

import json

import flask_migrate
import pytest
from sqlalchemy import text

from portal.database import transaction
from portal.extensions import db
from tests.migrations.asked import BOTH, portal_on
from tests.migrations.complete import differences


@pytest.mark.long
@BOTH
def test_everybody_hears_of_what_colleagues_give_them(empty, tmp_path):
    chosen = text("SELECT told_of FROM reviewers")
    with portal_on(empty, tmp_path):
        flask_migrate.upgrade(revision="0054")
        with transaction():
            db.session.execute(
                text(
                    "INSERT INTO reviewers (email, name, active, fs_uniquifier, told_of)"
                    " VALUES ('a@example.com', 'A', true, 'a', '[\"appeal\"]')"
                )
            )
        flask_migrate.upgrade(revision="0055")
        assert _read(db.session.execute(chosen).scalar_one()) == ["appeal", "handed", "named"]
        db.session.rollback()
        flask_migrate.downgrade(revision="0054")
        assert _read(db.session.execute(chosen).scalar_one()) == ["appeal"]
        db.session.rollback()
        flask_migrate.upgrade()


@pytest.mark.long
@BOTH
def test_what_the_views_ask_is_known_of_claims_that_were_there(empty, tmp_path):
    at = "2026-03-04 10:00:00+00"
    claims = {"AAAA-AAAA": "deny", "BBBB-BBBB": "review"}
    with portal_on(empty, tmp_path):
        flask_migrate.upgrade(revision="0056")
        with transaction():
            db.session.execute(
                text(
                    "INSERT INTO reviewers (id, email, name, active, fs_uniquifier, told_of)"
                    " VALUES (1, 'a@example.com', 'A', true, 'a', '[]')"
                )
            )
            for number, (reference, outcome) in enumerate(claims.items(), 1):
                db.session.execute(
                    text(
                        "INSERT INTO claims (id, reference, shop, origin, status, waiting, version, outcome,"
                        " order_known, facts, findings, returned, missing, created_at, assignee_id)"
                        " VALUES (:id, :reference, 'numberplug', 'customer', 'in_review', true, 1, :outcome,"
                        " false, '{}', '{}', '[]', '[]', :at, :who)"
                    ),
                    {"id": number, "reference": reference, "outcome": outcome, "at": at,
                     "who": 1 if outcome == "deny" else None},
                )  # fmt: skip
            for action, role, who in (
                ("ask", "reviewer", 1),
                ("note", "reviewer", 1),
                ("answer", "customer", None),
            ):
                db.session.execute(
                    text(
                        "INSERT INTO claim_events (claim_id, at, action, role, reviewer_id, before, after, data)"
                        " VALUES (2, :at, :action, :role, :who, 'in_review', 'in_review', '{}')"
                    ),
                    {"at": at, "action": action, "role": role, "who": who},
                )  # fmt: skip
        flask_migrate.upgrade()
        answered = db.session.execute(text("SELECT answered, clock FROM claims ORDER BY id"))
        assert [(row[0] and bool(row[0]), row[1]) for row in answered] == [
            (None, "stated"),
            (True, "stated"),
        ]
        counts = text("SELECT view, who, outcome, count FROM view_counts ORDER BY view, who")
        assert [tuple(row) for row in db.session.execute(counts)] == [
            ("answered", 0, "review", 1),
            ("denied", 0, "deny", 1),
            ("mine", 1, "deny", 1),
            ("unassigned", 0, "review", 1),
        ]
        db.session.rollback()
        flask_migrate.downgrade(revision="0056")
        flask_migrate.upgrade()
        assert differences() == []


def _read(told):
    return json.loads(told) if isinstance(told, str) else told


@pytest.mark.long
@BOTH
def test_what_a_claim_is_about_is_known_of_those_that_were_there(empty, tmp_path):
    at = "2026-03-04 10:00:00+00"
    order = '{"order": {"service": "Telegram", "country": "ID"}}'
    claims = [("customer", order), ("policy", order), ("customer", "{}"),
              ("customer", '{"order": {"service": "Viber"}}')]  # fmt: skip
    with portal_on(empty, tmp_path):
        flask_migrate.upgrade(revision="0072")
        with transaction():
            for number, (origin, facts) in enumerate(claims, 1):
                db.session.execute(
                    text(
                        "INSERT INTO claims (id, reference, shop, origin, status, waiting, version,"
                        " order_known, facts, findings, returned, missing, created_at)"
                        " VALUES (:id, :reference, 'numberplug', :origin, 'in_review', true, 1,"
                        " true, :facts, '{}', '[]', '[]', :at)"
                    ),
                    {
                        "id": number,
                        "reference": f"R{number}",
                        "origin": origin,
                        "facts": facts,
                        "at": at,
                    },
                )
        flask_migrate.upgrade(revision="0073")
        about = text("SELECT service, country FROM claims ORDER BY id")
        assert db.session.execute(about).all() == [
            ("Telegram", "ID"), (None, None), (None, None), ("Viber", None),
        ]  # fmt: skip
        db.session.rollback()
        flask_migrate.downgrade(revision="0072")
        flask_migrate.upgrade()
