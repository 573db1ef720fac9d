"""Migrations go up, down and up again on both databases, and end at the models' tables."""

from datetime import date

import flask_migrate
import pytest
from sqlalchemy import inspect, text

from portal.claims.counts import decided, waiting_alike
from portal.claims.search import named
from portal.database import transaction
from portal.extensions import Base, db
from portal.ledger.reports import VIEWS, laid
from portal.payouts.verifying import balances, verify
from portal.people.rights import ANY_SHOP
from tests.migrations.asked import BOTH, portal_on
from tests.migrations.complete import differences


@pytest.mark.one_in(2)
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


@pytest.mark.long
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


@pytest.mark.long
@BOTH
def test_clauses_that_decided_before_anybody_counted_are_counted(empty, tmp_path):
    with portal_on(empty, tmp_path):
        flask_migrate.upgrade(revision="0003")
        with transaction():
            found = [
                ("paid", "approve"),
                ("paid", "approve"),
                ("paid", "review"),
                ("in_review", "deny"),
            ]
            for number, (status, outcome) in enumerate(found):
                db.session.execute(
                    text(
                        "INSERT INTO claims (reference, shop, status, waiting, version, order_known,"
                        " facts, findings, missing, created_at, submitted_at, policy_version, outcome,"
                        " verdict_clause) VALUES (:reference, 'numberplug', :status, false, 1, true,"
                        " '{}', '{}', '[]', '2026-03-04 10:00', '2026-03-04 10:00', '2025-10-20',"
                        " :outcome, :clause)"
                    ),
                    {
                        "reference": f"C-{number}",
                        "status": status,
                        "outcome": outcome,
                        "clause": "NP-3.1" if outcome == "deny" else "NP-2.1",
                    },
                )
        flask_migrate.upgrade()
        assert decided("numberplug", date(2025, 10, 20), since=date(2026, 3, 4)) == {
            "NP-2.1": 2,
            "NP-3.1": 1,
        }
        assert waiting_alike(ANY_SHOP) == [("numberplug", "deny", "NP-3.1", 1)]


@pytest.mark.long
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
            assert named(words, shops=ANY_SHOP) == [1], words


@pytest.mark.one_in(2)
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


OLD_PAYOUTS = (  # destination, amount, state, when settled, reference, reason
    ("balance", "50", "due", "NULL", "NULL", "NULL"),
    ("payout", "700", "paid", "'2026-03-05 10:00'", "'TX-1'", "NULL"),
    ("payout", "30", "failed", "NULL", "NULL", "'The account is closed'"),
    ("balance", "20", "failed", "NULL", "NULL", "'Come back later'"),
    ("balance", "NULL", "paid", "'2026-03-05 10:00'", "'R-1'", "NULL"),  # another number
)
SHOWN = "SELECT state, amount_minor, payer_reference, failed_reason FROM payouts ORDER BY id"


@pytest.mark.long
@BOTH
def test_payouts_of_before_the_ledger_are_entered_in_it_up_and_down_and_up(empty, tmp_path):
    with portal_on(empty, tmp_path):
        flask_migrate.upgrade(revision="0018")
        with transaction():
            for number, row in enumerate(OLD_PAYOUTS, start=1):
                destination, amount, state, settled, reference, reason = row
                currency = "NULL" if amount == "NULL" else "'USD'"
                db.session.execute(
                    text(
                        "INSERT INTO claims (id, reference, shop, status, waiting, version,"
                        " order_known, facts, findings, missing, returned, created_at) VALUES"
                        f" ({number}, 'C-{number}', 'numberplug', 'approved', false, 1, true,"
                        " '{}', '{}', '[]', '[]', '2026-03-04 10:00')"
                    )
                )
                db.session.execute(
                    text(
                        "INSERT INTO payouts (id, claim_id, purpose, destination, remedy,"
                        " amount_minor, currency, state, approved_at, settled_at, payer_reference,"
                        f" failed_reason) VALUES ({number}, {number}, 'claim', '{destination}',"
                        f" 'refund', {amount}, {currency}, '{state}', '2026-03-04 10:00',"
                        f" {settled}, {reference}, {reason})"
                    )
                )
        before = db.session.execute(text(SHOWN)).all()
        db.session.rollback()
        flask_migrate.upgrade(revision="0019")
        assert entered() == ENTERED
        assert db.session.execute(text(SHOWN)).all() == before
        db.session.rollback()
        flask_migrate.downgrade(revision="0018")
        assert db.session.execute(text(SHOWN)).all() == before
        db.session.rollback()
        flask_migrate.upgrade()
        assert list(verify()) == []
        assert balances() == ENTERED
        kinds = db.session.execute(text("SELECT failed_kind FROM payouts ORDER BY id"))
        assert kinds.scalars().all() == [None, None, "fixable", "wait", None]
        keys = db.session.execute(text("SELECT key FROM payouts ORDER BY id")).scalars().all()
        assert len({key for key in keys if len(key) == len("PO-") + 26}) == len(OLD_PAYOUTS)


ENTERED = {("refunds", "USD"): 800, ("owed", "USD"): -100, ("transit", "USD"): 0,
           ("cash", "USD"): -700}  # fmt: skip


def entered():
    found = db.session.execute(
        text("SELECT account, currency, SUM(amount_minor) FROM ledger_entries GROUP BY 1, 2")
    )
    said = {(account, currency): int(minor) for account, currency, minor in found}
    db.session.rollback()
    return said


def views():
    """Each view as the database itself tells it."""
    told = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'view'",
        "postgresql": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
    }
    rows = db.session.execute(text(told[db.engine.dialect.name])).all()
    db.session.rollback()
    return {name: " ".join(said.replace(" IF NOT EXISTS", "").split()) for name, said in rows}


@pytest.mark.long
@BOTH
def test_the_views_of_the_migrations_are_those_of_the_models(empty, tmp_path):
    with portal_on(empty, tmp_path):
        flask_migrate.upgrade()
        migrated = views()
        with transaction():
            for name in VIEWS:
                db.session.execute(text(f"DROP VIEW {name}"))
                db.session.execute(text(laid(name, db.engine.dialect.name)))
        assert migrated == views()
        assert set(migrated) == set(VIEWS)


PEOPLE = {  # address: role, may pay
    "ann@example.com": ("reviewer", False),
    "bo@example.com": ("admin", True),
}

ONE_RIGHT = {  # address: all that they may, in every shop
    "cy@example.com": "payer",
    "di@example.com": "admin",
    "ed@example.com": "lead",
}


@pytest.mark.long
@BOTH
def test_roles_are_rights_in_every_shop_and_going_back_lets_nobody_into_another_shop(
    empty, tmp_path
):
    held = text(
        "SELECT r.email, h.shop, h.what FROM rights h JOIN reviewers r ON r.id = h.reviewer_id"
        " ORDER BY r.email, h.what"
    )
    before = text("SELECT email, role, may_pay, active FROM reviewers ORDER BY email")
    with portal_on(empty, tmp_path):
        flask_migrate.upgrade(revision="0051")
        with transaction():
            for email, (role, may_pay) in PEOPLE.items():
                db.session.execute(
                    text(
                        "INSERT INTO reviewers (email, name, role, may_pay, active, fs_uniquifier, told_of)"
                        " VALUES (:email, 'A', :role, :may_pay, true, :email, '[]')"
                    ),
                    {"email": email, "role": role, "may_pay": may_pay},
                )
        flask_migrate.upgrade(revision="0052")
        assert [tuple(row) for row in db.session.execute(held)] == [
            ("ann@example.com", "*", "reviewer"),
            ("bo@example.com", "*", "admin"),
            ("bo@example.com", "*", "lead"),
            ("bo@example.com", "*", "payer"),
        ]
        db.session.rollback()
        with transaction():
            db.session.execute(
                text("UPDATE rights SET shop = 'numberplug' WHERE what = 'reviewer'")
            )
            for email, what in ONE_RIGHT.items():
                db.session.execute(
                    text(
                        "INSERT INTO reviewers (email, name, active, fs_uniquifier, told_of)"
                        " VALUES (:email, 'A', true, :email, '[]')"
                    ),
                    {"email": email},
                )
                db.session.execute(
                    text(
                        "INSERT INTO rights (reviewer_id, shop, what)"
                        " SELECT id, '*', :what FROM reviewers WHERE email = :email"
                    ),
                    {"email": email, "what": what},
                )
        flask_migrate.downgrade(revision="0051")
        assert [(*row[:2], bool(row[2]), bool(row[3])) for row in db.session.execute(before)] == [
            ("ann@example.com", "reviewer", False, False),
            ("bo@example.com", "admin", True, True),
            ("cy@example.com", "reviewer", True, True),
            ("di@example.com", "admin", False, True),
            ("ed@example.com", "reviewer", False, True),
        ]
        db.session.rollback()
        flask_migrate.upgrade(revision="0052")
        assert [tuple(row) for row in db.session.execute(held)] == [
            ("ann@example.com", "*", "reviewer"),  # dismissed, and may nothing by it
            ("bo@example.com", "*", "admin"),
            ("bo@example.com", "*", "lead"),
            ("bo@example.com", "*", "payer"),
            ("cy@example.com", "*", "payer"),
            ("cy@example.com", "*", "reviewer"),
            ("di@example.com", "*", "admin"),
            ("di@example.com", "*", "lead"),
            ("ed@example.com", "*", "reviewer"),
        ]
        db.session.rollback()
