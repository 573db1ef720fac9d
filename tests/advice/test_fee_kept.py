"""Where a clause returns the price less what the payment system kept, both are asked, and neither before it matters."""

import pytest

from portal.money import Money
from portal.policy.deciding.case import parse
from tests.advice.answering import interview
from tests.policy.cases_for import ACTIVATION, changed
from tests.policy.less_fee import FEE, PRICE, policy, usd

SHOP_FAILED = {"order.unavailable_at": "2026-03-02T10:05:00Z"}


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("changes", "asked", "amount"),
    [
        ({FEE: usd("0.05")}, ["price", "processing_fee"], Money(45, "USD")),
        ({FEE: usd("0.00")}, ["price", "processing_fee"], Money(50, "USD")),
        ({FEE: None}, ["price", "processing_fee"], None),
        ({PRICE: None}, ["price"], None),
        # Another clause returns the whole price.
        ({FEE: usd("0.05"), **SHOP_FAILED}, ["price"], Money(50, "USD")),
    ],
)
def test_the_fee_is_asked_after_the_price_where_the_amount_rests_on_it(changes, asked, amount):
    case = parse(changed(ACTIVATION, changes))
    questions, verdict = interview(case, policy("numberplug", every=10**6))
    money = [each.name for each, _ in questions if each.name in ("price", "processing_fee")]
    assert money == asked
    assert money == [each.name for each, _ in questions][-len(money) :]
    assert (verdict.decision.outcome, verdict.decision.amount) == ("approve", amount)
