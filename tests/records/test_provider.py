"""What the provider says of an order stands beside the shop's logs: its own rows, its own source."""

from datetime import UTC, datetime

from sqlalchemy import select

from portal.database import transaction
from portal.extensions import db
from portal.payouts.owed.logs import ORDERS, logged
from portal.records.models import Order, ProviderReport
from portal.records.queries import facts_for_order, held_order
from portal.records.storing.rows import ImportCount
from tests.records.importing import lines, order, problems, take

SAID = {"status": "cancelled", "delivered": False, "refunded": True}
FACTS = {"provider_status": "cancelled", "provider_delivered": False, "provider_refunded": True}


def report(reference="A-1", **given):
    return {"record": "provider", "reference": reference} | given


def facts(reference="A-1"):
    return facts_for_order(held_order("numberplug", reference, "a@example.org"))["order"]


def test_a_report_is_stored_beside_its_order_and_is_no_column_of_it(app):
    cost = {"amount": "0.20", "currency": "USD"}
    told = report(**SAID, cost=cost, ordered_at="2026-03-02T10:00:00Z")
    assert take(lines(order(service="WhatsApp"), told)) == {
        "order": ImportCount(1, 0, 0),
        "provider": ImportCount(1, 0, 0),
    }
    row = db.session.scalars(select(ProviderReport)).one()
    assert (row.cost_minor, row.cost_currency) == (20, "USD")
    assert row.ordered_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert facts() == {"reference": "A-1", "service": "WhatsApp"} | _defaults() | FACTS
    assert take(lines(told))["provider"] == ImportCount(0, 0, 1)
    assert take(lines(told | {"status": "expired"}))["provider"] == ImportCount(0, 1, 0)
    assert facts()["provider_status"] == "expired"
    # The shop's own row says nothing of it, and takes nothing of it back.
    take(lines(order(service="Telegram")))
    assert (facts()["service"], facts()["provider_refunded"]) == ("Telegram", True)


def _defaults():
    return {"restriction_ignored": False, "payment_method_refundable": True}


def test_it_may_come_first_and_is_found_by_the_number_that_the_provider_gave(app):
    take(lines(report("635468024", **SAID), report("A-1", status="completed")))
    take(lines(order(provider_reference="635468024"), order("A-2")))
    assert facts() == {"reference": "A-1"} | _defaults() | FACTS
    assert facts("A-2") == {"reference": "A-2"} | _defaults()


def test_what_it_says_anew_has_the_order_looked_at_again(app):
    take(lines(order(), order("A-2", provider_reference="77"), order("A-3")))
    with transaction():
        db.session.execute(Order.__table__.update().values(look_at=None))
    take(lines(report(**SAID), report("77", **SAID)))
    waiting = select(Order.reference).where(Order.look_at.is_not(None)).order_by(Order.reference)
    assert db.session.scalars(waiting).all() == ["A-1", "A-2"]


def test_the_search_for_what_is_owed_reads_it_too(app):
    take(lines(order(), order("A-2", provider_reference="77"), report("77", **SAID)))
    by_reference = {each.order["reference"]: each for each in logged("numberplug", ORDERS)}
    told = by_reference["A-2"].order
    assert {name: told[name] for name in FACTS} == FACTS
    assert not FACTS.keys() & by_reference["A-1"].order.keys()


def test_what_it_can_not_say_is_refused_by_its_line(app):
    assert problems(
        lines(report(status="gone"), {"record": "provider", "text": "Your code is 1"})
    ) == [
        (1, "status", "write waiting or completed or cancelled or expired or banned"),
        (2, "text", "SMS text is never kept: take this column out of the file"),
    ]
    assert db.session.scalars(select(ProviderReport)).all() == []
