"""A lead reads who did what to which claim, over all claims, and takes it along as a file."""

import csv
import io

import pytest

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.claims.desk.noting import note
from portal.claims.queries import claim_for_change
from portal.database import transaction
from tests import factories
from tests.conftest import NOW
from tests.factories import SHOP

SHOP_NAME = "SMS Service"
DAYS = "from=2026-03-04&to=2026-03-04"


@pytest.fixture
def noted(lead):
    reference = factories.claim().reference
    with transaction():
        note(claim_for_change(reference), text="Seen.", by=lead, at=NOW, policy=factories.policy())
    factories.claim(shop="numberplug", order_reference="N-1", reason="technical_error")
    return reference


def rows(page):
    return [page.text(row) for row in page.one("tbody").iter("tr")]


def test_each_act_on_a_claim_of_ones_shops_is_listed_the_newest_first(visitor, noted):
    page = visitor.get(f"/review/activity?{DAYS}")
    assert page.h1 == "What was done"
    assert [row[row.index(noted) :] for row in rows(page)] == [
        f"{noted} SMS Service Note =Lea",
        f"{noted} SMS Service Given to a person to decide Policy",
        f"{noted} SMS Service Sent by the customer Customer",
    ]


def test_it_is_narrowed_by_person_act_and_days(visitor, lead, noted):
    assert len(rows(visitor.get(f"/review/activity?{DAYS}&person={lead.id}"))) == 1
    assert len(rows(visitor.get(f"/review/activity?{DAYS}&action=submit&shop={SHOP}"))) == 1
    empty = visitor.get("/review/activity?from=2026-03-05&to=2026-03-06")
    assert "Nothing was done in these days" in empty.body


def test_pages_follow_each_other_without_a_line_lost(visitor, lead):
    for number in range(51):
        factories.claim(order_reference=f"M-{number}")
    first = visitor.get(f"/review/activity?{DAYS}")
    older = first.one("a", rel="next").get("href")
    assert (len(rows(first)), len(rows(visitor.get(older)))) == (100, 2)


def test_the_file_has_each_act_and_no_formula(visitor, noted):
    answer = visitor.client.get(f"/review/activity/file.csv?{DAYS}&action=note")
    assert list(csv.DictReader(io.StringIO(answer.text))) == [{
        "at": "2026-03-04T10:00:00Z", "claim": noted, "shop": SHOP, "action": "note", "who": "'=Lea", "became": "in_review",
        "whom": "", "about": "",
    }]  # fmt: skip


def test_taking_a_file_is_itself_an_act_of_the_shops_that_it_tells_of(visitor, lead, noted):
    visitor.client.get(f"/review/activity/file.csv?{DAYS}")
    visitor.client.get(f"/review/reports/file.csv?from=2026-03-02&to=2026-03-08&shop={SHOP}")
    page = visitor.get(f"/review/activity?{DAYS}&action=export")
    assert [
        row[row.index("decided" if "decided" in row else "activity") :] for row in rows(page)
    ] == [
        f"decided-by-person-2026-03-02-2026-03-08 {SHOP_NAME} Downloaded a file =Lea",
        f"activity-2026-03-04-2026-03-04 {SHOP_NAME} Downloaded a file =Lea",
    ]


def test_what_is_done_to_people_and_in_no_shop_is_told_to_who_reads_of_every_shop(visitor, lead):
    with transaction():
        audit.note(StaffAct.SIGN_IN, at=NOW, by=lead.id)
        audit.note(StaffAct.GIVE_RIGHT, at=NOW, by=None, shop=SHOP, whom=lead.id, about="payer")
        audit.note(StaffAct.SET_RAIL, at=NOW, by=lead.id, shop="numberplug", about="sepa")
    page = visitor.get(f"/review/activity?{DAYS}")
    seen = [row for row in rows(page) if "Signed in" in row or "right" in row or "way of" in row]
    assert len(seen) == 1
    assert seen[0].endswith(f"=Lea {SHOP_NAME} Gave a right payer Command line")


@pytest.mark.parametrize("asked", ["person=x", "person=99999999999", "action=dance", "from=2026-13-01",
                                   "to=9999-12-31", "before=-1", "shop=numberplug"])  # fmt: skip
def test_what_no_control_offers_of_it_is_not_there(visitor, lead, asked):
    visitor.get(f"/review/activity?{asked}", status=404)


@pytest.mark.parametrize("name", ["person", "before"])
def test_a_number_of_thousands_of_digits_is_a_page_that_isnt_there(visitor, lead, name):
    visitor.get(f"/review/activity?{name}={'9' * 5000}", status=404)
