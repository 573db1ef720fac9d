"""A price below a cent is read exactly, and rounded half to even once, where money is given."""

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.file.reading import shops
from tests.policy.cases_for import ACTIVATION, BALANCE, RENTAL, changed

SHOPS = shops()


def decided(shop, case):
    return decide(parse(case), SHOPS[shop]).as_json()


def usd(amount):
    return {"amount": amount, "currency": "USD"}


@pytest.mark.parametrize(
    ("price", "given"),
    [
        ("0.014", "0.01"), ("0.015", "0.02"), ("0.025", "0.02"), ("0.0250001", "0.03"),
        ("0.0099999999", "0.01"), ("1.005", "1.00"), ("0.5000", "0.50"),
    ],
)  # fmt: skip
def test_the_whole_price_is_rounded_half_to_even(price, given):
    decision = decided("numberplug", changed(ACTIVATION, {"order.price": usd(price)}))

    assert (decision["outcome"], decision["amount"]) == ("approve", usd(given))


def test_the_case_holds_the_price_as_it_was_charged():
    case = parse(changed(RENTAL, {"order.price": usd("29.99510")}))

    assert str(case.value("order.price")) == "29.9951 USD"


def test_a_share_is_reckoned_with_the_exact_price():
    """15 of 30 days: half of 0.03 is 0.015, and half of 0.0298 is 0.0149."""
    half = {
        "order.paid_from": "2026-03-01T00:00:00Z",
        "order.paid_until": "2026-03-31T00:00:00Z",
        "order.outage_reported_at": "2026-03-10T00:00:00Z",
        "order.outage_ended_at": "2026-03-25T00:00:00Z",
        "claim.submitted_at": "2026-03-26T00:00:00Z",
    }
    got = [
        decided("didvirtualnumbers", changed(RENTAL, half | {"order.price": usd(price)}))["amount"]
        for price in ("0.03", "0.0298", "0.0302", "30.0098")
    ]

    assert got == [usd("0.02"), usd("0.01"), usd("0.02"), usd("15.00")]


def test_a_balance_is_summed_exactly_and_rounded_once():
    """Ten purchases of 0.004 are 0.04, though each of them alone comes to nothing."""
    spent = [
        {
            "at": f"2026-02-28T0{n}:00:00Z",
            "amount": usd("0.004"),
            "activated": False,
            "refunded": False,
        }
        for n in range(10)
    ]
    decision = decided("sms-service", changed(BALANCE, {"purchases": spent}))

    assert decision["outcome"] == "approve"
    assert decision["amount"] == usd("9.96")
