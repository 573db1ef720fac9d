"""What may be paid back of a balance, by its top-ups and purchases, and what the logs leave open."""

from datetime import datetime, timedelta

import pytest

from portal.money import Money
from portal.policy.deciding.balance import open_lists, refundable
from portal.policy.deciding.case import parse
from portal.policy.facts.table import UNKNOWN
from tests.policy.cases_for import BALANCE

SUBMITTED = datetime.fromisoformat(BALANCE["claim"]["submitted_at"])
WINDOW = timedelta(days=14)
OPEN = (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)


def row(days, amount=None, currency="USD", **more):
    """A row of the logs, so many days before the claim; of a purchase, what is known of its use."""
    at = (SUBMITTED - timedelta(days=days)).isoformat()
    return {"at": at} | ({"amount": {"amount": amount, "currency": currency}} if amount else {}) | more  # fmt: skip


def spent(days, amount="3.00", **known):
    return row(days, amount, **{"activated": False, "refunded": False} | known)


def case(top_ups, purchases=(), asked="100.00", currency="USD"):
    claim = BALANCE["claim"] | {"amount": {"amount": asked, "currency": currency}}
    lists = {"top_ups": top_ups, "purchases": purchases}
    lists = {name: [*rows] for name, rows in lists.items() if rows is not None}
    base = {name: value for name, value in BALANCE.items() if name not in {"top_ups", "purchases"}}
    return parse(base | {"claim": claim} | lists, currencies={"USD", "EUR"})


def left(*given, **more):
    return refundable(case(*given, **more), window=WINDOW, currency="USD")


@pytest.mark.parametrize(
    ("top_ups", "purchases", "asked", "came_to"),
    [
        ([], [], "9.00", (0, False, False, True)),
        ([row(3, "10.00")], [], "100.00", (1000, False, False, True)),
        ([row(3, "10.00")], [], "4.00", (400, False, False, True)),
        ([row(14, "10.00")], [], "100.00", (1000, False, False, True)),
        ([row(15, "10.00")], [], "100.00", (0, True, False, True)),
        ([row(20, "10.00"), row(3, "5.00")], [], "100.00", (500, True, False, True)),
        # What came before the last activated purchase is used, and what came with it.
        ([row(5, "10.00"), row(3, "5.00")], [spent(4, activated=True)], "100.00", (500, False, True, True)),
        ([row(5, "10.00"), row(3, "5.00")], [spent(5, activated=True)], "100.00", (500, False, True, True)),
        ([row(5, "10.00")], [spent(6, activated=True)], "100.00", (1000, False, False, True)),
        ([row(5, "10.00"), row(3, "5.00")],
         [spent(4, activated=True), spent(2, activated=True)], "100.00", (0, False, True, True)),
        # What was spent and not used is taken off, of the oldest money that was there.
        ([row(5, "10.00")], [spent(4)], "100.00", (700, False, False, True)),
        ([row(5, "10.00")], [spent(5)], "100.00", (700, False, False, True)),
        ([row(5, "10.00")], [spent(6)], "100.00", (1000, False, False, True)),
        ([row(5, "10.00")], [spent(4, refunded=True)], "100.00", (1000, False, False, True)),
        ([row(20, "5.00"), row(3, "10.00")], [spent(10, "3.00")], "100.00", (1000, True, False, True)),
        ([row(20, "5.00"), row(3, "10.00")], [spent(2, "7.00")], "100.00", (800, True, False, True)),
        ([row(3, "10.00"), row(20, "5.00")], [spent(2, "7.00"), spent(10, "1.00")], "100.00", (700, True, False, True)),
        ([row(5, "10.00"), row(3, "5.00")], [spent(4, "12.00")], "100.00", (500, False, False, True)),
        # All of what is left goes back the way it came, or not.
        ([row(5, "10.00", method_refundable=False), row(3, "5.00")], [], "100.00", (1500, False, False, False)),
        ([row(20, "10.00", method_refundable=False), row(3, "5.00")], [], "100.00", (500, True, False, True)),
        # Prices below a cent are reckoned exactly, and rounded once.
        ([row(5, "10.00")], [spent(4, "0.004"), spent(3, "0.004")], "100.00", (999, False, False, True)),
    ],
)  # fmt: skip
def test_what_is_left_is_young_unused_and_unspent(top_ups, purchases, asked, came_to):
    minor, *flags = came_to
    assert left(top_ups, purchases, asked) == (Money(minor, "USD"), *flags)


def test_an_amount_in_two_currencies_or_in_none_is_not_known():
    two = [row(5, "10.00"), row(3, "5.00", "EUR")]
    assert left(two) == (UNKNOWN, False, False, True)
    assert left([row(5, "10.00"), row(3)]) == (UNKNOWN, False, False, True)
    # What fell away for its age is not looked at where nothing was spent of it.
    old = [row(20), row(3, "5.00")]
    assert left(old) == (Money(500, "USD"), True, False, True)
    assert left(old, [spent(2)]) == (UNKNOWN, True, False, True)


def test_what_is_asked_for_in_another_currency_cuts_nothing():
    asked = left([row(3, "10.00")], asked="4.00", currency="EUR")
    assert asked == (Money(1000, "USD"), False, False, True)


def test_a_use_that_is_not_known_is_tried_both_ways():
    of_one = [{key: value for key, value in spent(4).items() if key != "activated"}]
    assert left([row(5, "10.00")], of_one) == (UNKNOWN, False, UNKNOWN, True)


@pytest.mark.parametrize("known", ["neither", "refunded", "activated"])
def test_more_than_six_that_are_not_known_leave_all_of_it_open(known):
    def of_long_ago(count):
        rows = [spent(30 + place) for place in range(count)]
        return [{key: value for key, value in each.items() if key in {"at", "amount", known}} for each in rows]  # fmt: skip

    each = 2 if known == "neither" else 1
    top_ups = [row(5, "10.00")]
    came = (Money(1000, "USD"), False, False, True)
    assert left(top_ups, of_long_ago(6 // each)) == came
    assert left(top_ups, of_long_ago(6 // each + 1)) == OPEN


@pytest.mark.parametrize("purchases", [None, [{"activated": False}]])
def test_without_its_purchases_nothing_but_what_is_too_old_is_known(purchases):
    assert left([row(5, "10.00"), row(20, "1.00")], purchases) == OPEN
    gone = (Money(0, "USD"), True, UNKNOWN, True)
    assert left([row(20, "10.00")], purchases) == gone


def test_without_its_top_ups_or_their_times_nothing_is_known():
    assert left(None) == OPEN
    assert left([{"method": "card"}, row(3, "1.00")]) == OPEN


@pytest.mark.parametrize(
    ("top_ups", "purchases", "unknown"),
    [
        ([row(5, "10.00")], [spent(3)], ()),
        (None, None, ("top_ups", "purchases")),
        ([{"method": "card"}], [spent(3)], ("top_ups",)),
        ([row(5), row(4, "1.00")], [spent(3)], ("top_ups",)),
        ([row(5, "10.00")], [row(3, "3.00", activated=False)], ("purchases",)),
        ([row(5, "10.00")], [spent(3), row(3, "3.00", refunded=False)], ("purchases",)),
        ([row(5, "10.00")], [row(3, activated=False)], ("purchases",)),
    ],
)
def test_a_list_is_open_where_it_or_a_row_of_it_is_not_known(top_ups, purchases, unknown):
    assert open_lists(case(top_ups, purchases)) == unknown
