"""Until when an order can be claimed, where a rule of its shop says it: before it is sent, and on the claim's page."""

from datetime import timedelta

import pytest

from tests import factories
from tests.conftest import NOW
from tests.web.steps.journeys import drafted, link

SHOP = "activation-claims"
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
END = NOW - timedelta(hours=1) + 5 * DAY
IN_TIME = "It can be claimed until Mon 9 Mar 2026, 09:00 UTC"
LATE = "The time to claim ended Mon 9 Mar 2026, 09:00 UTC"


def looked_at(app, visitor, *, at):
    """The pages of a draft of which it is said what happened: the third and the fourth."""
    app.config["NOW"] = at
    factories.account(shop=SHOP)
    factories.order(shop=SHOP)
    reference = drafted(visitor, shop=SHOP)
    return [visitor.get(f"/new/{reference}/{page}") for page in ("reason", "result")]


def rules(page):
    return {each.get("href") for each in page.all("a") if "#" in (each.get("href") or "")}


@pytest.mark.parametrize(
    ("at", "told", "other"), [(END, IN_TIME, LATE), (END + SECOND, LATE, IN_TIME)]
)
def test_the_order_is_shown_with_the_end_of_its_time_and_the_rule(app, visitor, at, told, other):
    for page in looked_at(app, visitor, at=at):
        assert told in page.text()
        assert other not in page.text()
        assert any(each.endswith("#AC-D1") for each in rules(page))
    assert ("A claim that is sent now comes later." in page.text()) is (told == LATE)


def test_where_no_rule_states_a_time_to_claim_none_is_told(app, visitor):
    factories.account()
    factories.order()
    reference = drafted(visitor)
    for name in ("reason", "result"):
        words = visitor.get(f"/new/{reference}/{name}").text()
        assert "can be claimed until" not in words
        assert "time to claim" not in words


@pytest.mark.parametrize(("at", "told"), [(NOW, "in time: "), (END + SECOND, "later: ")])
def test_a_claim_that_was_sent_tells_among_its_dates_when_its_time_stopped(
    app, visitor, mara, at, told
):
    factories.account(shop=SHOP)
    factories.order(shop=SHOP, messages=[(NOW, "WhatsApp")])
    claim = factories.claim(shop=SHOP, at=at)
    for address in (link(claim), f"/review/{claim.reference}"):
        words = visitor.get(address).text()
        assert "To claimMon 9 Mar 2026, 09:00 UTC" in words
        assert f"The claim was sent {told}" in words
        assert "A claim that is sent later goes against this rule. Rule AC-D1" in words
