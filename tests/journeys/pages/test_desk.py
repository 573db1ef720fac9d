"""What stands around single decisions: hands, notes, keys, reports and what was done, in both schemes and widths."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.demo.people import ADMIN, DANA
from tests.journeys.people import press

pytestmark = pytest.mark.exhaustive

LONG = timedelta(days=60)


@pytest.mark.long
def test_the_pages_of_hands_notes_and_keys(staff, inspect):
    dana = staff(DANA)
    dana.goto("/review")
    claim = dana.locator("table.queue a.mono").first.get_attribute("href").split("?")[0]
    for page in ("hand-over", "notes"):
        dana.goto(f"{claim}/{page}")
        inspect(dana)
    dana.get_by_label("Note for colleagues").fill("@Nobody, look")
    press(dana, "Keep the note")
    inspect(dana)
    dana.goto("/review")
    for opener, name in (("Keys", "Keys"), ("Go to …", "Go to …")):
        dana.get_by_role("button", name=opener, exact=True).click()
        inspect(dana)
        dana.get_by_role("dialog", name=name).get_by_role("button", name="Close").click()


@pytest.mark.long
def test_the_pages_of_what_was_decided_and_done(staff, inspect):
    lead = staff(ADMIN)
    today = datetime.now(UTC).date()
    span = f"from={today - LONG}&to={today}"
    for page in ("reports", f"reports?{span}&by=clause", "reports?from=2020-01-01&to=2020-01-02",
                 f"activity?{span}", "activity?from=2020-01-01&to=2020-01-02"):  # fmt: skip
        lead.goto(f"/review/{page}")
        inspect(lead)
