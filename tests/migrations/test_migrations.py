"""Migrations go up, down and up again on both databases, and end at the models' tables."""

import contextlib
from datetime import date

import flask_migrate
import psycopg
import pytest
from sqlalchemy import inspect, make_url, text

from portal.claims.counts import decided
from portal.claims.search import named
from portal.database import transaction
from portal.extensions import Base, db
from tests.migrations.complete import differences
from tests.portals import portal_at


@pytest.fixture
def empty(request, tmp_path):
    """The address of a database of the asked kind without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    server = request.getfixturevalue("postgres_url")
    name = f"{make_url(server).database}_empty"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
    yield server.replace(f"/{make_url(server).database}", f"/{name}")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name}")


@contextlib.contextmanager
def portal_on(url, folder):
    app = portal_at(url, folder)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


BOTH = pytest.mark.parametrize(
    "empty", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@BOTH
def test_going_up_down_and_up_ends_at_the_tables_of_the_models(empty, tmp_path):
    with portal_on(empty, tmp_path):
        flask_migrate.upgrade()
        assert differences() == []
        assert set(inspect(db.engine).get_table_names()) == {
            *Base.metadata.tables,
            "alembic_version",
        }
        flask_migrate.downgrade(revision="base")
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        flask_migrate.upgrade()
        assert differences() == []


@BOTH
def test_going_up_again_keeps_the_rows(empty, tmp_path):
    with portal_on(empty, tmp_path):
        flask_migrate.upgrade()
        with transaction():
            db.session.execute(
                text(
                    "INSERT INTO claim_counts (shop, status, reason, outcome, count)"
                    " VALUES ('numberplug', 'paid', 'other', 'approve', 7)"
                )
            )
        flask_migrate.upgrade()
        assert db.session.execute(text("SELECT count FROM claim_counts")).scalars().all() == [7]


@BOTH
def test_clauses_that_decided_before_anybody_counted_are_counted(empty, tmp_path):
    with portal_on(empty, tmp_path):
        flask_migrate.upgrade(revision="0003")
        with transaction():
            for number, outcome in enumerate(("approve", "approve", "review")):
                db.session.execute(
                    text(
                        "INSERT INTO claims (reference, shop, status, waiting, version, order_known,"
                        " facts, findings, missing, created_at, submitted_at, policy_version, outcome,"
                        " verdict_clause) VALUES (:reference, 'numberplug', 'paid', false, 1, true,"
                        " '{}', '{}', '[]', '2026-03-04 10:00', '2026-03-04 10:00', '2025-10-20',"
                        " :outcome, 'NP-2.1')"
                    ),
                    {"reference": f"C-{number}", "outcome": outcome},
                )
        flask_migrate.upgrade()
        assert decided("numberplug", date(2025, 10, 20), since=date(2026, 3, 4)) == {"NP-2.1": 2}


@BOTH
def test_claims_that_were_sent_before_words_were_kept_are_found(empty, tmp_path):
    with portal_on(empty, tmp_path):
        flask_migrate.upgrade(revision="0010")
        with transaction():
            for number, status in enumerate(("paid", "draft")):
                db.session.execute(
                    text(
                        "INSERT INTO claims (reference, shop, status, waiting, version, order_known,"
                        " facts, findings, missing, created_at, email, order_reference, service_name)"
                        " VALUES (:reference, 'numberplug', :status, false, 1, true, :facts, '{}',"
                        " '[]', '2026-03-04 10:00', 'kim@example.com', 'A-1001', 'WhatsApp')"
                    ),
                    {
                        "reference": f"ABCD-EFG{number}",
                        "status": status,
                        "facts": '{"order": {"price": {"amount": "0.50", "currency": "USD"}}}',
                    },
                )
        flask_migrate.upgrade()
        for words in ("cd-ef", "1001", "example.com", "atsapp", "0.50"):
            assert named(words) == [1], words


@BOTH
def test_prices_keep_their_cents_up_and_down(empty, tmp_path):
    prices = text("SELECT price_minor FROM orders ORDER BY id")
    with portal_on(empty, tmp_path):
        flask_migrate.upgrade(revision="0006")
        with transaction():
            for number, price in enumerate(("50", "NULL", "99999999999999")):
                db.session.execute(
                    text(
                        "INSERT INTO orders (shop, reference, reference_key, account_email, price_minor)"
                        f" VALUES ('numberplug', 'A{number}', 'A{number}', 'a@example.org', {price})"
                    )
                )
        flask_migrate.upgrade(revision="0007")
        with transaction():
            db.session.execute(text("UPDATE orders SET price_minor = '1.4' WHERE reference = 'A1'"))
        assert db.session.scalars(prices).all() == ["50", "1.4", "99999999999999"]
        db.session.rollback()
        flask_migrate.downgrade(revision="0006")
        assert db.session.scalars(prices).all() == [50, 1, 99999999999999]
        db.session.rollback()
