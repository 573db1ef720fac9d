"""Every claim that waits in the demo is decided on one screen of a desk and on two of a telephone: measured."""

import pytest
from sqlalchemy import select

from portal.claims.lifecycle import WAITING
from portal.claims.models import Claim
from portal.demo.people import MARTA
from portal.extensions import db
from tests.journeys.people import whole

DESK, WIDE, PHONE = (1280, 800), (1920, 1080), (390, 844)
MARGIN = 16  # pixels that a wide screen leaves free beside the claim, beyond the frame's own

# How far down the page each part ends that is read before a decision, and where the bar begins.
MEASURE = """() => {
  const below = node => Math.round(node.getBoundingClientRect().bottom + scrollY)
  const parts = {}
  for (const [name, where] of Object.entries({
    asked: '[aria-labelledby=story] .summary', evidence: '.evidence', verdict: '[aria-labelledby=verdict]',
    disagree: '.disagree', others: '[aria-labelledby=others]',
  })) {
    const node = document.querySelector(where)
    if (node) parts[name] = below(node)
  }
  const decide = document.getElementById('decide').getBoundingClientRect(), box = document.querySelector('.case')
  return {parts, decide: Math.round(decide.top + scrollY), bar: document.querySelector('.decision-bar').offsetTop,
          top: scrollY, width: document.documentElement.scrollWidth, used: box.offsetWidth}
}"""


@pytest.fixture
def waiting(portal):
    """The claims that wait for a person: their references; every reason, appeals, files, other claims."""
    with portal.app_context():
        found = select(Claim.reference).where(Claim.status.in_(WAITING)).order_by(Claim.id)
        return db.session.scalars(found).all()


def measured(page, reference):
    page.goto(f"/review/{reference}")
    whole(page)
    return page.evaluate(MEASURE)


@pytest.mark.long
def test_what_is_read_before_a_decision_fits_one_screen_of_a_desk(staff, waiting):
    assert len(waiting) >= 10
    marta = staff(MARTA, viewport=dict(zip(("width", "height"), DESK, strict=True)))
    for reference in waiting:
        found = measured(marta, reference)
        below = {name: end for name, end in found["parts"].items() if end > found["bar"]}
        assert (reference, below, found["top"], found["width"]) == (reference, {}, 0, DESK[0])


@pytest.mark.long
def test_a_wide_screen_is_used_to_its_full_width(staff, waiting):
    marta = staff(MARTA, viewport=dict(zip(("width", "height"), WIDE, strict=True)))
    found = measured(marta, waiting[0])
    assert found["used"] >= WIDE[0] - 2 * (32 + MARGIN)
    assert max(found["parts"].values()) <= found["bar"]


@pytest.mark.long
def test_a_telephone_shows_all_before_the_decision_on_two_screens(staff, waiting):
    marta = staff(MARTA, viewport=dict(zip(("width", "height"), PHONE, strict=True)))
    for reference in waiting:
        found = measured(marta, reference)
        assert found["decide"] <= 2 * PHONE[1], (reference, found)
        assert found["width"] == PHONE[0], reference
