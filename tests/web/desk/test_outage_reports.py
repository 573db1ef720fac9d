"""An outage that no record has is reported by the claim: its page says so, and the reviewer's."""

from datetime import timedelta

from portal.money import Money
from tests import factories
from tests.conftest import NOW
from tests.web.steps.journeys import stored

SHOP = "client-numbers"


def test_the_result_says_that_sending_it_is_the_report_and_asks_nobody_to_come_back(visitor, mara):
    factories.order(shop=SHOP, kind="rental", price_minor=1200, expires_at=None,
                    ordered_at=NOW - timedelta(days=9), paid_from=NOW - timedelta(days=9),
                    paid_until=NOW + timedelta(days=21))  # fmt: skip
    money = Money(400, factories.policy(SHOP).shop.currency)
    draft = factories.draft(shop=SHOP, reason="rental_outage", asked=money, confirmed=True)
    with visitor.client.session_transaction() as session:
        session["drafts"] = [draft.reference]
    page = visitor.get(f"/new/{draft.reference}/result")
    assert "We have no report of it yet, so this claim is your report" in page.text()
    assert "Remind me by e-mail" not in page.text()
    assert "Send my report" in page.text()
    visitor.post(f"/new/{draft.reference}/result", page.fields)
    assert stored(draft.reference).judge_again_at
    screen = visitor.get(f"/review/{draft.reference}").text()
    assert "No record has the outage: this claim itself is its report" in screen
    assert screen.count("the policy decides again by itself at") == 1
    assert "Story and records disagree" not in screen  # of the outage it is told once
