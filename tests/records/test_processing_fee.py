"""What a payment system kept when an order was paid: a part of the price, in its currency, told by the logs."""

from datetime import UTC

import pytest

from portal.claims.wording import fact_words
from portal.money import Money
from portal.payouts.owed.logs import ORDERS, logged
from portal.policy.deciding.case import parse as case
from portal.policy.facts.table import UNKNOWN
from portal.policy.language.parsing import parse
from portal.records.queries import facts_for_order, held_order
from portal.records.storing.rows import ImportCount
from portal.words.conditions import condition
from tests.policy.cases_for import ACTIVATION
from tests.records.importing import lines, order, problems, take

FEE = "order.processing_fee"
PRICE = {"amount": "0.50", "currency": "USD"}
KEPT = {"amount": "0.05", "currency": "USD"}
HEAD = "record,reference,account_email,price_amount,price_currency,processing_fee_amount,processing_fee_currency"


def told():
    return facts_for_order(held_order("numberplug", "A-1", "a@example.org"))


def test_the_logs_tell_it_a_case_has_it_and_it_is_not_known_where_they_do_not(app):
    assert take(lines(order(price=PRICE, processing_fee=KEPT))) == {"order": ImportCount(created=1)}
    again = take(lines(order(price=PRICE, processing_fee=KEPT)))
    assert again == {"order": ImportCount(unchanged=1)}
    assert told()["order"]["processing_fee"] == KEPT
    claimed = case({**told(), "claim": ACTIVATION["claim"]})
    assert claimed.value(FEE) == Money(5, "USD")
    (row,) = logged("numberplug", ORDERS)
    assert row.order["processing_fee"] == Money(5, "USD")
    assert take(lines(order(price=PRICE))) == {"order": ImportCount(changed=1)}
    assert "processing_fee" not in told()["order"]
    assert case({**told(), "claim": ACTIVATION["claim"]}).value(FEE) is UNKNOWN


@pytest.mark.parametrize(
    ("fee", "kept"), [("0.00", "0.00"), ("0.5", "0.50"), ("0.014", "0.014"), ("", None)]
)
def test_a_file_has_it_in_two_columns_from_nothing_to_the_whole_price(app, fee, kept):
    take(f"{HEAD}\norder,A-1,a@example.org,0.50,USD,{fee},{'USD' if fee else ''}\n")
    said = told()["order"].get("processing_fee")
    assert said == (kept and {"amount": kept, "currency": "USD"})


@pytest.mark.parametrize(
    ("given", "column", "reason"),
    [
        ({"price": PRICE, "processing_fee": {"amount": "0.51", "currency": "USD"}},
         "processing_fee_amount", "is more than the price, of which it is a part"),
        ({"price": PRICE, "processing_fee": {"amount": "0.05", "currency": "EUR"}},
         "processing_fee_currency", "write USD, as the price is"),
        ({"processing_fee": KEPT}, "processing_fee_amount", "fill price_amount too"),
        ({"price": PRICE, "processing_fee": {"amount": "0.05"}}, "processing_fee_amount",
         "fill both processing_fee_amount and processing_fee_currency, or neither"),
        ({"price": {"amount": "0.5.0", "currency": "USD"}, "processing_fee": KEPT}, "price_amount",
         "write the amount with digits and a point, such as 0.50"),
    ],
)  # fmt: skip
def test_what_is_no_part_of_the_price_is_refused_by_its_column(app, given, column, reason):
    assert problems(lines(order(), order("A-2", **given))) == [(2, column, reason)]


def test_people_are_told_of_it():
    assert fact_words(FEE, value=KEPT, zone=UTC) == ("Processing fee", "0.05 USD")
    empty = f"{FEE} is empty"
    assert condition(parse(empty)) == "the payment system kept nothing when the order was paid"
    assert condition(parse(f"not {empty}")) == (
        "the payment system kept a part when the order was paid"
    )
