"""What a price comes to by the time that a number was down, what is left of it, and what has to be settled."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.money import Money
from portal.policy.deciding.amounts import amount_of, facts_of, is_returned, left_of
from portal.policy.deciding.case import parse
from portal.policy.facts.table import INDEX, UNKNOWN
from portal.policy.language.clause import Amount
from tests.policy.cases_for import RENTAL

PAID_AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
DAY, HOUR, MICROSECOND = timedelta(days=1), timedelta(hours=1), timedelta(microseconds=1)


def knowing(known):
    """The facts of a case of which these alone are known, by their names below ``order.``."""
    facts = [UNKNOWN] * len(INDEX)
    for name, value in known.items():
        facts[INDEX[name if "." in name else f"order.{name}"]] = value
    return facts


def down(outage, *, paid):
    period = {"paid_from": PAID_AT, "paid_until": PAID_AT + paid}
    return knowing({"price": Money(3000, "USD"), "outage_time": outage, "outage_paid_time": outage} | period)  # fmt: skip


@pytest.mark.parametrize("kind", [Amount.BY_TIME, Amount.BY_DAYS])
def test_a_number_that_was_never_down_comes_to_nothing(kind):
    order = {name: value for name, value in RENTAL["order"].items() if "outage" not in name}

    assert amount_of(kind, parse(RENTAL | {"order": order}).facts) == Money(0, "USD")


@pytest.mark.parametrize(
    ("outage", "paid", "by_time", "by_days"),
    [
        (3 * DAY, 30 * DAY, 300, 300),
        (5 * HOUR, 30 * DAY, 21, 100),  # one day at least
        (36 * HOUR, 30 * DAY, 150, 100),  # whole days
        (12 * HOUR, DAY, 1500, 3000),
        (HOUR, 5 * HOUR, 600, 3000),  # of one paid day at least
        (40 * DAY, 30 * DAY, 3000, 3000),  # never more than the price
        (MICROSECOND, 3 * MICROSECOND, 1000, 3000),
    ],
)
def test_the_part_of_the_paid_period_is_returned_that_the_number_was_down(
    outage, paid, by_time, by_days
):
    facts = down(outage, paid=paid)
    came = [amount_of(kind, facts) for kind in (Amount.BY_TIME, Amount.BY_DAYS)]
    assert came == [Money(by_time, "USD"), Money(by_days, "USD")]


def test_a_paid_period_that_is_none_says_nothing():
    for paid in (timedelta(0), -DAY):
        assert amount_of(Amount.BY_TIME, down(HOUR, paid=paid)) is UNKNOWN


@pytest.mark.parametrize(
    ("known", "returned"),
    [
        ({"refunded_at": PAID_AT}, True),
        ({"refunded_at": None}, False),
        ({}, False),
        ({"refunded": Money(50, "USD"), "remainder": Money(0, "USD")}, True),
        ({"refunded": Money(50, "USD"), "remainder": Money(1, "USD")}, False),
        ({"refunded": Money(50, "USD")}, False),
        ({"refunded": Money(0, "USD"), "remainder": Money(0, "USD")}, False),
    ],
)
def test_a_price_is_returned_where_it_went_back_and_nothing_is_left(known, returned):
    assert is_returned(knowing(known)) is returned


@pytest.mark.parametrize(
    ("kind", "known", "facts"),
    [
        (Amount.REFUNDABLE, {}, ["balance.refundable"]),
        (Amount.REFUNDABLE, {"balance.refundable": Money(5, "USD")}, ["claim.amount"]),
        (Amount.FULL, {}, ["order.price"]),
        (Amount.FULL, {"price": Money(5, "USD")}, ["order.refunded"]),
        (
            Amount.LESS_FEE,
            {"price": Money(5, "USD"), "remainder": Money(5, "USD")},
            ["order.processing_fee"],
        ),
        (
            Amount.BY_TIME,
            {"price": Money(5, "USD"), "remainder": Money(5, "USD")},
            ["order.paid_from", "order.paid_until"],
        ),
        (
            Amount.BY_DAYS,
            {"price": Money(5, "USD"), "remainder": Money(5, "USD"), "paid_from": PAID_AT},
            ["order.paid_until"],
        ),
        (
            Amount.BY_TIME,
            {"price": Money(5, "USD"), "remainder": Money(5, "USD"), "paid_from": PAID_AT, "paid_until": PAID_AT},
            ["order.paid_until"],
        ),
    ],
)  # fmt: skip
def test_what_has_to_be_settled_before_an_amount_is_known(kind, known, facts):
    assert facts_of(kind, knowing(known)) == facts


def usd(minor):
    return Money(minor, "USD")


@pytest.mark.parametrize(
    ("fee", "amount"),
    [
        (usd(20), usd(280)),
        (usd(300), usd(0)),
        (usd(301), usd(0)),
        (Money(20, "EUR"), UNKNOWN),
        (UNKNOWN, UNKNOWN),
    ],
)
def test_the_price_is_less_the_fee_and_never_below_nothing(fee, amount):
    facts = knowing({"price": usd(300), "processing_fee": fee})
    assert amount_of(Amount.LESS_FEE, facts) == amount
    assert amount_of(Amount.FULL, facts) == usd(300)


@pytest.mark.parametrize(
    ("left", "asked", "amount"),
    [
        (usd(500), usd(200), usd(500)),
        (usd(500), Money(200, "EUR"), UNKNOWN),
        (usd(0), Money(200, "EUR"), usd(0)),
        (usd(500), UNKNOWN, usd(500)),
        (UNKNOWN, usd(200), UNKNOWN),
    ],
)
def test_what_is_left_of_a_balance_is_asked_for_in_its_own_currency(left, asked, amount):
    facts = knowing({"balance.refundable": left, "claim.amount": asked})
    assert amount_of(Amount.REFUNDABLE, facts) == amount
    assert left_of(amount, Amount.REFUNDABLE, facts) == amount


def test_without_a_price_nothing_is_known():
    assert [amount_of(kind, knowing({})) for kind in Amount] == [UNKNOWN] * len(Amount)


@pytest.mark.parametrize(
    ("kind", "amount", "remainder", "left"),
    [
        (Amount.FULL, usd(300), usd(100), usd(100)),
        (Amount.FULL, usd(100), usd(300), usd(100)),
        (Amount.FULL, usd(300), UNKNOWN, UNKNOWN),
        (Amount.FULL, UNKNOWN, usd(100), UNKNOWN),
        (Amount.LESS_FEE, usd(280), usd(100), usd(80)),
        (Amount.LESS_FEE, usd(280), UNKNOWN, UNKNOWN),
        (Amount.BY_TIME, usd(30), usd(20), usd(20)),
    ],
)
def test_no_more_is_paid_than_has_not_gone_back(kind, amount, remainder, left):
    facts = knowing({"remainder": remainder, "processing_fee": usd(20)})
    assert left_of(amount, kind, facts) == left
