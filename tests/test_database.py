"""A write is one transaction: whole or not at all, and nobody's write is lost; times are UTC."""

import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, StatementError

from portal import database
from portal.claims.counts import ClaimCount
from portal.claims.lifecycle import Status
from portal.database import SecondConnection, transaction
from portal.extensions import db
from portal.records.models import Message, Order
from tests import factories
from tests.portals import portal_at, within
from tests.races import apart, race

COUNTER = ("shop", Status.PAID, "reason", "approve")


class Broken(Exception):
    """Something went wrong half-way."""


def counter():
    db.session.rollback()
    return db.session.get(ClaimCount, COUNTER).count


def increase():
    with transaction():
        row = db.session.get(ClaimCount, COUNTER, with_for_update=True)
        row.count = row.count + 1


@pytest.fixture
def zero(app):
    """A counter that stands at nothing."""
    factories.keep(
        ClaimCount(**dict(zip(("shop", "status", "reason", "outcome"), COUNTER, strict=True)))
    )


def test_a_block_that_ends_well_is_committed(app, zero):
    increase()
    assert counter() == 1


def test_a_block_that_fails_leaves_nothing_behind(app, zero):
    def break_off():
        with transaction():
            db.session.get(ClaimCount, COUNTER).count = 5
            db.session.flush()
            raise Broken

    with pytest.raises(Broken):
        break_off()
    assert counter() == 0


def test_what_was_read_before_the_block_is_read_again_under_its_lock(app, zero):
    row = db.session.get(ClaimCount, COUNTER)
    assert row.count == 0
    assert race(app, [increase]) == [None]
    with transaction():
        assert row.count == 1


def test_what_was_changed_outside_a_block_is_dropped(app, zero):
    db.session.get(ClaimCount, COUNTER).count = 99
    increase()
    assert counter() == 1


def test_eight_writers_at_once_lose_no_update(app, zero):
    def ten_times():
        for _ in range(10):
            increase()

    assert race(app, [ten_times] * 8) == [None] * 8
    assert counter() == 80


def test_a_reader_sees_no_half_of_a_block_and_is_not_held_up(app, zero):
    seen = []
    with transaction():
        db.session.get(ClaimCount, COUNTER).count = 7
        db.session.flush()
        seen.append(apart(app, counter))
    seen.append(apart(app, counter))
    assert seen == [0, 7]


def other_engine():
    with create_engine("sqlite://").connect():
        pass


def the_same_engine():
    with db.engine.connect():
        pass


def another_session():
    with db.session.session_factory() as session:
        session.execute(text("SELECT 1"))


def another_block():
    with transaction():
        pass


def commit_and_go_on():
    db.session.commit()
    db.session.execute(text("SELECT 1"))


@pytest.mark.parametrize(
    "act", [other_engine, the_same_engine, another_session, another_block, commit_and_go_on]
)
def test_inside_a_block_there_is_one_connection_and_one_block(app, zero, act):
    def try_it():
        with transaction():
            db.session.get(ClaimCount, COUNTER).count = 5
            db.session.flush()
            act()

    with pytest.raises(SecondConnection, match=r"transaction\(\)"):
        try_it()
    assert counter() == (5 if act is commit_and_go_on else 0)
    increase()


def test_a_block_that_touched_nothing_yet_opens_no_other_connection_either(app, zero):
    with transaction(), pytest.raises(SecondConnection):
        the_same_engine()
    the_same_engine()


def test_sqlite_is_opened_with_the_pragmas_that_keep_data_safe(app, database, tmp_path):
    if db.engine.dialect.name != "sqlite":
        assert db.session.execute(text("SHOW lock_timeout")).scalar() == "15s"
        return
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    with within(portal_at(database, tmp_path)):
        values = [db.session.execute(text(f"PRAGMA {name}")).scalar() for name in names]
    assert values == ["wal", 2, 1, 15000]


def test_a_time_without_a_zone_is_refused(app):
    with pytest.raises(StatementError, match="a time without a zone can't be stored"):
        factories.order(ordered_at=datetime(2026, 3, 1, 10))  # noqa: DTZ001 - the point of it


def test_a_time_of_another_zone_comes_back_as_the_same_instant_in_utc(app):
    there = datetime(2026, 3, 1, 23, 30, 0, 123456, tzinfo=timezone(timedelta(hours=-5)))
    number = factories.order(ordered_at=there, expires_at=None).id
    db.session.expire_all()
    order = db.session.get_one(Order, number)
    assert (order.ordered_at, order.expires_at) == (there, None)
    assert order.ordered_at.isoformat() == "2026-03-02T04:30:00.123456+00:00"
    assert order.ordered_at.tzinfo is UTC


def test_times_are_compared_as_instants(app):
    there = datetime(2026, 3, 1, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    factories.order(ordered_at=there)
    before = datetime(2026, 3, 2, 4, 29, tzinfo=UTC)
    after = before + timedelta(minutes=2)
    found = db.select(Order).where(Order.ordered_at > before, Order.ordered_at < after)
    assert [row.ordered_at for row in db.session.scalars(found)] == [there]


def test_a_foreign_key_to_nothing_is_refused(app):
    with pytest.raises(IntegrityError):
        factories.keep(Message(order_id=999, received_at=factories.NOW))


def test_writers_of_one_process_go_in_the_order_in_which_they_came(tmp_path):
    app = portal_at(f"sqlite:///{tmp_path / 'turns.sqlite3'}", tmp_path)
    order, go = [], threading.Event()

    def write(name):
        with app.app_context(), transaction():
            db.session.execute(text("SELECT 1"))
            go.wait(100)
            order.append(name)

    threads = []
    for name in range(8):
        threads.append(threading.Thread(target=write, args=(name,)))
        threads[-1].start()
        while len(database._writers._queue) <= name:
            time.sleep(0.001)
    go.set()
    for thread in threads:
        thread.join()
    assert order == list(range(8))
    with app.app_context():
        db.engine.dispose()


@pytest.mark.any_database
def test_what_a_failing_disk_left_read_only_is_opened_anew(app, zero):
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
    with pytest.raises(OperationalError, match="readonly database"):
        increase()
    increase()
    assert counter() == 1


@pytest.mark.daily_on("postgres")
def test_what_a_connection_prepared_outlives_the_end_of_what_only_reads(app):
    kept = text("SELECT statement FROM pg_prepared_statements WHERE statement LIKE 'SELECT 41%'")
    for _ in range(7):  # psycopg prepares what it was asked six times
        db.session.execute(text("SELECT 41 + :one"), {"one": 1})
        connection = db.session.connection().connection.driver_connection
        db.session.remove()
        assert connection.info.transaction_status.name == "IDLE"
    assert db.session.scalars(kept).all() == ["SELECT 41 + $1"]


@pytest.mark.daily_on("postgres")
def test_a_transaction_that_failed_is_rolled_back_and_the_connection_goes_on(app):
    with pytest.raises(DataError, match="division by zero"):
        db.session.execute(text("SELECT 1 / 0"))
    db.session.rollback()
    assert db.session.scalar(text("SELECT 1")) == 1


@pytest.mark.daily_on("postgres")
def test_a_connection_that_the_server_ended_is_replaced_before_it_is_used(app):
    number = text("SELECT pg_backend_pid()")
    before = db.session.scalar(number)
    with db.engine.connect() as other:
        db.session.remove()
        assert other.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": before})
        assert db.session.scalar(number) != before


@pytest.mark.daily_on("postgres")
def test_a_result_is_described_as_the_driver_itself_describes_it(app):
    raw = db.session.connection().connection.driver_connection
    for asked in ("SELECT 1 AS one, 'x'::text AS two, now() AS at", "SET LOCAL work_mem = '1MB'"):
        cursor = raw.execute(asked)
        own = psycopg.Cursor.description.fget(cursor)
        told = cursor.description
        assert told == (own and [(each.name, each.type_code, *[None] * 5) for each in own])
