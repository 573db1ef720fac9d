"""The incident that the demo has, from the queue to what is decided together, in both schemes, on a phone and on a desk."""

import pytest
from playwright.sync_api import expect

from portal.demo.people import DANA
from tests.journeys.people import at, follow, press

pytestmark = pytest.mark.exhaustive


@pytest.mark.long
def test_the_pages_of_an_incident(staff, inspect):
    dana = staff(DANA)
    dana.goto("/review")
    follow(dana, "Incidents 1")
    at(dana, "Incidents")
    inspect(dana)
    follow(dana, "Virtual number, NL")
    at(dana, "Incident: Virtual number, NL")
    inspect(dana)
    follow(dana, "Look at 5 claims by CN-V.B1")
    at(dana, "Claims that are alike: CN-V.B1")
    inspect(dana)
    follow(dana, "Tick all")
    press(dana, "Look at the total")
    inspect(dana)
    press(dana, "Decline 5 claims by clause CN-V.B1")
    at(dana, "Decided together: CN-V.B1")
    inspect(dana)
    press(dana, "Undo all")
    dana.goto("/review/incidents/1")
    with dana.expect_navigation():
        dana.locator("a.mono").first.click()
    expect(dana.locator("main")).to_contain_text("5 claims about Virtual number, NL since")
    inspect(dana)
