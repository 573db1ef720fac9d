"""What changed at an upstream comes in as rows of the importer, without the traps of its dialect."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from portal.extensions import Base, db
from portal.records.models import Message, Order, ProviderReport, RecordsRead
from portal.records.pulling.calling import PullFailed
from portal.records.pulling.pulls import LONGEST_WAIT, RecordPull, last_pull
from portal.records.queries import facts_for_order, held_order
from portal.records.storing.rows import ImportCount
from portal.shops.upstream import pull_all_due, pull_for
from tests import factories
from tests.conftest import NOW
from tests.records.pulling.upstreams import KEY, SMS, TEXT, activation, five

SHOP = "numberplug"
WAITING, MINUTE = {"activationId": "3", "smsText": ""}, timedelta(minutes=1)
COLUMNS = ("reference", "provider_status", "provider_delivered", "provider_refunded", "cost_minor", "cost_currency")  # fmt: skip


def reports():
    db.session.rollback()
    found = db.session.scalars(select(ProviderReport).order_by(ProviderReport.reference))
    return [tuple(getattr(row, name) for name in COLUMNS) for row in found]


def mark(setting):
    db.session.rollback()
    return last_pull(setting).mark


def everywhere():
    """All that the database holds, as one text."""
    db.session.rollback()
    tables = (
        db.session.execute(text(f"SELECT * FROM {name}")).all() for name in Base.metadata.tables
    )
    return str([str(rows) for rows in tables])


@pytest.fixture
def activations(upstream):
    """Five orders of an activation site, of which one word says three things."""
    upstream.orders = [
        activation(1),
        activation(2, sms="[]", cost=0),
        activation(3, sms="[]", cost=0),
        activation(4, sms=None, cost="3.00"),
        activation(5, cost=0, currency=999),
    ]
    upstream.active = [WAITING, {"activationId": "5", "smsText": TEXT}]
    upstream.statuses = {"1": "STATUS_CANCEL", "2": "STATUS_CANCEL", "4": "STATUS_CANCEL"}
    return upstream


def test_an_activation_site_is_read_without_its_traps(activations, pulled):
    setting = pulled("handler_api", zone="Europe/Moscow")
    assert pull_for(setting, at=NOW) == ImportCount(5, 0, 0)
    assert reports() == [
        # STATUS_CANCEL is an order that was completed where an SMS came, and else one cancelled.
        ("1", "completed", True, False, 1250, "USD"),
        ("2", "cancelled", False, True, None, None),
        # It costs 0 while it is open, which is no price.
        ("3", "waiting", None, None, None, None),
        # Cancelled, and money is kept: whether it will come back is not said.
        ("4", "cancelled", False, None, 300, "USD"),
        ("5", None, True, None, None, None),
    ]
    placed = db.session.scalars(select(ProviderReport.ordered_at).distinct()).all()
    assert placed == [factories.NOW.replace(hour=9, minute=30)]  # 12:30 in Moscow
    # The provider's word is no row of the shop's, and says nothing of how new these are.
    for table in (Order, Message, RecordsRead):
        assert db.session.scalars(select(table)).all() == []


def test_the_next_pull_begins_where_an_order_was_still_open(activations, pulled):
    setting = pulled("handler_api", zone="Europe/Moscow")
    pull_for(setting, at=NOW)
    placed = NOW.replace(hour=9, minute=30)
    assert mark(setting) == str(int(placed.timestamp()))
    activations.active = []
    activations.orders[2:3], activations.statuses["3"] = [activation(3)], "STATUS_CANCEL"
    assert pull_for(setting, at=NOW + MINUTE) == ImportCount(0, 2, 3)
    starts = [
        params["start"] for _, params in activations.asked if params["action"] == "getHistory"
    ]
    month = int((NOW - timedelta(days=30)).timestamp())
    assert set(starts[:4]) == {str(month)}
    assert set(starts[4:]) == {str(int(placed.timestamp()))}
    assert mark(setting) == str(int((NOW + MINUTE).timestamp()))
    assert [row[:4] for row in reports()][2] == ("3", "completed", True, False)


def test_5sims_history_is_read_from_the_newest_to_the_oldest_that_was_open(upstream, pulled):
    upstream.orders = [
        five(10, "FINISHED", [SMS]),
        five(11, "CANCELED"),
        five(12, "TIMEOUT", []),
        five(13, "BANNED"),
        five(14, "PENDING"),
        five(15, "RECEIVED", [SMS]),
        five(9, "FINISHED", [SMS], created_at="2026-01-04T09:30:00Z"),
    ]
    setting = pulled("5sim", currency="RUB")
    assert pull_for(setting, at=NOW) == ImportCount(6, 0, 0)
    assert reports() == [
        ("10", "completed", True, False, 210, "RUB"),
        ("11", "cancelled", False, True, None, None),
        ("12", "expired", False, True, None, None),
        ("13", "banned", False, True, None, None),
        ("14", "waiting", None, None, None, None),
        ("15", None, True, None, None, None),
    ]
    assert mark(setting) == "14"
    upstream.orders = [*upstream.orders[:4], five(14, "CANCELED"), five(15, "FINISHED", [SMS])]
    assert pull_for(setting, at=NOW + MINUTE) == ImportCount(0, 2, 0)
    assert mark(setting) == "16"
    assert pull_for(setting, at=NOW + 2 * MINUTE) == ImportCount()


def test_a_long_history_comes_page_by_page(upstream, pulled):
    upstream.orders = [five(number, "FINISHED", [SMS]) for number in range(1000, 1250)]
    assert pull_for(pulled("5sim"), at=NOW) == ImportCount(250, 0, 0)
    assert [params["offset"] for _, params in upstream.asked] == ["0", "100", "200", "250"]


def test_no_text_of_an_sms_and_no_key_is_stored_or_logged(activations, pulled, caplog, capfd, app):
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logged:
        pull_for(pulled("handler_api"), at=NOW)
        activations.orders = [five(10, "FINISHED", [SMS])]
        pull_for(pulled("5sim"), at=NOW)
        activations.failing = (500, f"{TEXT} {KEY}")
        with pytest.raises(PullFailed) as failed:
            pull_for(pulled("5sim"), at=NOW)
        with pytest.raises(PullFailed):
            pull_for(pulled("handler_api", url="http://127.0.0.1:9"), at=NOW)
    told = "".join([everywhere(), str(logged), caplog.text, *capfd.readouterr(), str(failed.value)])
    told += repr(app.extensions["settings"].pullers)
    assert "482913" not in told
    assert KEY not in told


def test_what_the_provider_says_reaches_the_facts_of_its_order(activations, pulled):
    factories.order(shop=SHOP, reference="A-1", provider_reference="2")
    pull_for(pulled("handler_api"), at=NOW)
    said = facts_for_order(held_order(SHOP, "A-1", factories.EMAIL))["order"]
    assert (said["provider_status"], said["provider_refunded"]) == ("cancelled", True)


@pytest.mark.parametrize(
    ("dialect", "failing", "said"),
    [
        ("handler_api", (200, "BAD_KEY"), "it refuses the key: see PULL_KEYS"),
        ("handler_api", (200, "ERROR_SQL"), "it answered ERROR_SQL"),
        ("handler_api", (200, "<html>"), "its answer is no JSON"),
        ("handler_api", (200, '{"status": "success"}'), "its answer lists no orders"),
        ("handler_api", (302, ""), "it answered 302"),
        ("5sim", (401, ""), "it refuses the key: see PULL_KEYS"),
        ("5sim", (503, "later"), "it answered 503"),
        ("5sim", (200, '{"Data": [{"id": null}]}'), "an order of its answer has no number"),
        ("5sim", (200, '{"Data": [{"id": 1, "created_at": "x"}]}'), "the date of an order is no time"),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_read_says_what_is_wrong(upstream, pulled, dialect, failing, said):
    upstream.failing = failing
    with pytest.raises(PullFailed) as failed:
        pull_for(pulled(dialect), at=NOW)
    assert str(failed.value) == said
    assert reports() == []


def test_a_failure_waits_longer_each_time_and_keeps_the_mark(upstream, pulled):
    upstream.orders = [five(14, "PENDING")]
    setting = pulled("5sim")
    assert pull_all_due(now=NOW) == 1
    assert pull_all_due(now=NOW + MINUTE / 2) == 0
    upstream.failing, at = (503, ""), NOW + MINUTE
    waits = []
    for _ in range(8):
        assert pull_all_due(now=at) == 1
        known = last_pull(setting)
        waits.append(known.next_at - at)
        at = known.next_at
    minutes = [wait / MINUTE for wait in waits]
    assert minutes == [2, 4, 8, 16, 32, 60, 60, 60]
    assert waits[-1] == LONGEST_WAIT
    assert (known.mark, known.failures, known.error) == ("14", 8, "it answered 503")
    upstream.failing = None
    assert pull_all_due(now=at) == 1
    known = last_pull(setting)
    assert (known.failures, known.error, known.pulled_at) == (0, None, at)
    assert known.next_at == at + MINUTE


def test_a_page_is_stored_whole_or_not_at_all_and_those_before_it_stay(upstream, pulled):
    upstream.orders = [five(number, "FINISHED", [SMS]) for number in range(1000, 1150)]
    upstream.fail_after = 1
    setting = pulled("5sim")
    with pytest.raises(PullFailed, match="it answered 502"):
        pull_for(setting, at=NOW)
    assert (len(reports()), mark(setting)) == (100, None)
    upstream.fail_after = None
    upstream.orders[3]["created_at"] = "2031-01-01T00:00:00Z"
    with pytest.raises(PullFailed, match="can't be so: ordered_at lies in the future"):
        pull_for(setting, at=NOW)
    assert (len(reports()), mark(setting)) == (100, None)
    upstream.orders[3]["created_at"] = "2026-03-04T09:30:00Z"
    assert pull_for(setting, at=NOW) == ImportCount(50, 0, 100)


def test_another_upstream_begins_without_the_mark_of_the_first(upstream, pulled):
    upstream.orders = [five(14, "PENDING")]
    pull_for(pulled("5sim"), at=NOW)
    other = pulled("5sim", url=upstream.url.replace("127.0.0.1", "localhost"))
    assert last_pull(other) is None
    assert pull_for(other, at=NOW) == ImportCount(0, 0, 1)
    assert db.session.scalars(select(RecordPull.source)).all() == [other.source]


def test_where_the_worker_is_not_to_pull_it_leaves_all_to_the_command(upstream, pulled, app):
    setting = pulled("5sim")
    known = app.extensions["settings"]
    app.extensions["settings"] = known.model_copy(update={"pull_every": 0})
    assert pull_all_due(now=NOW) == 0
    assert upstream.asked == []
    assert pull_for(setting, at=NOW) == ImportCount()


def test_in_production_no_upstream_is_of_our_own_network_unless_it_is_let(upstream, pulled, app):
    known = app.extensions["settings"]
    app.extensions["settings"] = known.model_copy(update={"mode": "production"})
    with pytest.raises(PullFailed, match="leads into our own network: write private"):
        pull_for(pulled("5sim"), at=NOW)
    assert upstream.asked == []
    assert pull_for(pulled("5sim", private=True), at=NOW) == ImportCount()
