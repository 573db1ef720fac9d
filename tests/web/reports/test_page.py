"""A lead reads what was decided last week by person, in one page, and takes it along as a file."""

import csv
import io
from datetime import timedelta

import pytest

from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.money import Money
from portal.people.reviewers import Role
from tests import factories
from tests.conftest import NOW
from tests.web.steps.signing_in import sign_in

MONDAY = "2026-03-02"
SPAN = f"from={MONDAY}&to=2026-03-08"


@pytest.fixture
def approved(app, lead):
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    claim = factories.claim(reason="wrong_code")
    with transaction():
        reviewing.approve(claim, amount=Money(40, "USD"), customer_text="A tenth had gone back.", by=lead, at=NOW + timedelta(hours=3),
                          seen=claim.version, policy=factories.policy(), override_reason="A tenth went back.")  # fmt: skip
    return claim.reference


def test_the_page_tells_who_decided_what_and_what_was_overridden(visitor, lead, approved):
    page = visitor.get(f"/review/reports?{SPAN}")
    assert page.h1 == "What was decided"
    line = page.text(next(page.one("tbody").iter("tr")))
    assert line == "=Lea 1 1 0 0.40 USD 0 1 0 of 0 1 of 1 3 h"
    assert "A tenth went back." in page.body
    assert visitor.get("/review/reports").h1 == "What was decided"  # last week of now: nothing
    assert (
        "Nothing was decided in these days"
        in visitor.get("/review/reports?from=2020-01-01&to=2020-01-31").body
    )


def test_the_file_has_the_same_lines_and_no_formula(visitor, lead, approved):
    answer = visitor.client.get(f"/review/reports/file.csv?{SPAN}&by=person")
    assert (
        answer.headers["Content-Disposition"]
        == f'attachment; filename="decided-by-person-{MONDAY}-2026-03-08.csv"'
    )
    assert list(csv.DictReader(io.StringIO(answer.text))) == [{
        "person": "'=Lea", "decided": "1", "approved": "1", "declined": "0", "automatic": "0",
        "otherwise": "1", "appeals": "0", "turned": "0", "promised": "1", "kept": "1", "median_seconds": "10800", "approved_USD": "0.40",
    }]  # fmt: skip


@pytest.mark.parametrize("asked", ["by=colour", "from=yesterday", "from=2026-03-08&to=2026-03-01",
                                   "from=2020-01-01&to=2026-01-01", "shop=did-virtual-numbers"])  # fmt: skip
def test_what_no_control_offers_is_not_there(visitor, lead, asked):
    visitor.get(f"/review/reports?{asked}", status=404)


@pytest.mark.parametrize(
    "page", ["reports", "reports/file.csv", "reports/money", "reports/money/orders-kept_by_us.csv"]
)
def test_a_shop_that_is_not_there_is_not_there_for_who_leads_every_shop_either(visitor, page):
    sign_in(visitor, factories.reviewer(role=Role.ADMIN))
    for shop in ("x" * 300, "nobody", "%00"):
        visitor.get(f"/review/{page}?shop={shop}", status=404)
