"""The pages on which like claims are decided, in both schemes, on a phone and on a desk."""

from datetime import UTC, datetime

import pytest

from portal.demo.people import DANA, MARTA
from tests.claims.desk.like_claims import approved
from tests.journeys.people import at, press

pytestmark = pytest.mark.exhaustive

LIST = "/review/alike/sms-service/approve/SS-G5"


@pytest.mark.long
def test_the_pages_of_claims_that_are_alike(staff, portal, inspect):
    with portal.app_context():
        approved(2, at=datetime.now(UTC))
        approved(1, name="U", at=datetime.now(UTC), number_used=False)
    dana, marta = staff(DANA), staff(MARTA)
    dana.goto("/review/alike")
    inspect(dana)
    dana.goto(f"{LIST}?ticked=all")
    inspect(dana)
    press(dana, "Look at the total")
    inspect(dana)
    marta.goto(LIST)
    press(marta, "Look at the total")
    press(marta, "Approve 2 claims: 1.00 USD")
    press(dana, "Approve 3 claims: 1.50 USD")
    at(dana, "Decided together: SS-G5")
    inspect(dana)
    press(dana, "Undo all")
    inspect(dana)
    dana.goto(LIST)
    inspect(dana)
