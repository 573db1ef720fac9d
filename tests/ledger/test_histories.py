"""Whatever is done to claims about one order, in any order: no more goes back than was paid for it."""

from __future__ import annotations

import pytest

from portal.database import transaction
from portal.payouts.verifying import verify
from portal.records.models import RecordsRead
from tests import factories
from tests.factories import NOW, SHOP
from tests.ledger.deeds import PRICE, chance_of, hired
from tests.ledger.histories import NUMBERS, History
from tests.payouts.runs import ACCOUNT, pays_by
from tests.sizes import size

pytestmark = pytest.mark.exhaustive

HISTORIES = size(12, full=240, whole=10_000)
LOTS = size(4, full=24, whole=80)  # each is a test of its own, on a database of its own
STEPS = 30


def lived(number):
    """One history about an order of its own; how many of its steps were taken."""
    history = History(number, chance_of("history", number), records=number % 3 == 0)
    taken = 0
    for place in range(STEPS):
        taken += history.step()
        owed, gone = history.came_to()
        assert max(owed, gone) <= PRICE, (number, place)
    return taken


@pytest.mark.one_in(4)
@pytest.mark.parametrize("lot", range(LOTS))
def test_no_history_gives_back_more_than_was_paid_and_the_ledger_agrees(app, lot):
    hired()
    with transaction():
        for shop in (SHOP, NUMBERS):
            factories.keep(RecordsRead(shop=shop, at=NOW))
    pays_by("sepa", **ACCOUNT)
    taken = [lived(number) for number in range(lot, HISTORIES, LOTS)]
    assert min(taken) > 0
    assert list(verify()) == []
