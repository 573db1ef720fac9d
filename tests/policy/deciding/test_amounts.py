"""What a price comes to by the time that a number was down."""

import pytest

from portal.money import Money
from portal.policy.deciding.amounts import amount_of
from portal.policy.deciding.case import parse
from portal.policy.language.clause import Amount
from tests.policy.cases_for import RENTAL


@pytest.mark.parametrize("kind", [Amount.BY_TIME, Amount.BY_DAYS])
def test_a_number_that_was_never_down_comes_to_nothing(kind):
    order = {name: value for name, value in RENTAL["order"].items() if "outage" not in name}

    assert amount_of(kind, parse(RENTAL | {"order": order}).facts) == Money(0, "USD")
