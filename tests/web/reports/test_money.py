"""A lead reads what went back unasked and what shop and provider owe each other, and takes it along."""

import csv
import io

import pytest
from flask import g

from portal.records.models import ProviderReport
from tests import factories
from tests.bench.bulk.steps import counting
from tests.conftest import NOW
from tests.factories import SHOP

DAYS = "from=2026-03-02&to=2026-03-08"


@pytest.fixture
def gap(app, lead):
    factories.order(reference="=A1", provider_reference="P-1")
    factories.keep(
        ProviderReport(
            shop=SHOP, reference="P-1", ordered_at=NOW, cost_minor=20, cost_currency="USD",
            provider_refunded=True, provider_status="cancelled",
        )
    )  # fmt: skip


def test_the_page_tells_each_order_and_what_it_comes_to(visitor, gap):
    page = visitor.get(f"/review/reports/money?{DAYS}")
    assert page.h1 == "Money beside the claims"
    assert "1 order: the customers paid 0.50 USD; the provider took 0.20 USD." in page.text()
    (row,) = [page.text(each) for each in page.one("tbody").iter("tr")]
    assert row.startswith("=A1 SMS Service P-1 ")
    assert row.endswith(" 0.50 USD 0.20 USD")
    assert visitor.get(f"/review/reports?{DAYS}").one("a", href="/review/reports/money") is not None


def test_the_page_takes_four_statements(visitor, gap):
    g.pop("_login_user", None)  # a request reads its person anew; here it shares one context
    with counting() as counted:
        visitor.get(f"/review/reports/money?{DAYS}")
    assert counted.statements == 4


def test_the_file_has_every_order_and_no_formula(visitor, gap):
    answer = visitor.client.get(f"/review/reports/money/orders-kept_by_us.csv?{DAYS}")
    assert list(csv.DictReader(io.StringIO(answer.text))) == [{
        "shop": SHOP, "order": "'=A1", "provider_reference": "P-1", "ordered_at": "2026-03-04T10:00:00Z",
        "provider_status": "cancelled", "price": "0.50", "price_currency": "USD", "cost": "0.20", "cost_currency": "USD",
    }]  # fmt: skip
    empty = visitor.client.get(f"/review/reports/money/unasked.csv?{DAYS}")
    assert empty.text == "shop,clause,refunds,amount,currency\r\n"


@pytest.mark.parametrize(
    "path", ["?from=2020-01-01&to=2026-01-01", "?shop=numberplug", "/orders-x.csv"]
)
def test_what_no_control_offers_of_it_is_not_there(visitor, lead, path):
    visitor.get(f"/review/reports/money{path}", status=404)
