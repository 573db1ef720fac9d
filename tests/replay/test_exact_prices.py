"""Prices below a cent: the columns keep them exactly and decide as the closures do."""

import random

import pytest

from portal.columns import layout
from portal.money import Money
from portal.policy.deciding.case import parse
from portal.policy.facts.table import UNKNOWN
from tests.policy.generated import claim, hidden
from tests.replay.compared import POLICIES, decided, expected
from tests.sizes import size

pytestmark = pytest.mark.exhaustive
CLAIMS = size(125, full=4_000)  # of each shop
AMOUNTS = (
    "0.014",
    "0.004",
    "0.005",
    "0.015",
    "0.0000001",
    "2.9951",
    "7.495",
    "30.000000000000000001",
)


def in_parts(rng, value):
    """The case with some of its amounts below a cent."""
    if isinstance(value, list):
        return [in_parts(rng, each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"amount", "currency"} and rng.random() < 0.7:
        return value | {"amount": rng.choice(AMOUNTS)}
    return {name: in_parts(rng, each) for name, each in value.items()}


@pytest.mark.one_in(4)
@pytest.mark.parametrize("shop", sorted(POLICIES))
def test_columns_decide_prices_below_a_cent_as_the_closures_do(shop, tmp_path):
    policy = POLICIES[shop]
    rng = random.Random(41)
    given = []
    for _ in range(CLAIMS):
        case = claim(rng, policy)
        case = hidden(rng, case)[0] if rng.random() < 0.2 else case
        given.append(parse(in_parts(rng, case)))
    found, _ = decided(tmp_path, policy, given)
    for case, verdict in zip(given, found, strict=True):
        assert (verdict, case) == (expected(case, policy, verdict), case)


@pytest.mark.parametrize("amount", [*AMOUNTS, "1.00"])
def test_the_copy_gives_back_the_amount_that_it_was_given(amount):
    money = Money.exact(amount, "USD")

    numbers = layout.minor(money), layout.rest(money), layout.currency(money)

    assert layout.money(*numbers) == money
    assert layout.money(layout.minor(UNKNOWN), layout.rest(UNKNOWN), 0) is UNKNOWN
