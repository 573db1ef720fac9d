"""So many claims of an account, files of a person and copies of a customer, and no more."""

from datetime import timedelta

import pytest

from portal.extensions import limiter
from portal.people.reviewers import Role
from tests import factories
from tests.conftest import NOW
from tests.privacy import people
from tests.races import race
from tests.web.inspector import Browser
from tests.web.steps.journeys import drafted, opened, stored
from tests.web.steps.signing_in import sign_in


@pytest.fixture
def counting(app):
    """The portal with its limits on, at a time of ours."""
    app.config["NOW"] = NOW
    settings = app.extensions["settings"]
    app.extensions["settings"] = settings.model_copy(update={"filings_account_day": 2})
    limiter.enabled = True
    yield app
    limiter.enabled = False


def test_an_account_sends_so_many_claims_a_day_in_whatever_browser(counting):
    drafts = [
        factories.draft(order_reference=f"A-{number}", files=0).reference for number in range(2)
    ]
    for reference in drafts:
        factories.sent(reference)
    visitor = Browser(counting.test_client())
    third = drafted(visitor, order="A-3")
    page = visitor.post(f"/new/{third}/result", {}, status=429)
    assert page.h1 == "Many claims were sent today"
    assert "What you entered is kept: send it in 24 hours." in page.text()
    assert page.response.headers["Retry-After"] == "86400"
    assert stored(third).status == "draft"
    other = drafted(Browser(counting.test_client()), order="A-4", email="other@example.com")
    assert stored(other).email == "other@example.com"
    counting.config["NOW"] = NOW + timedelta(days=1, seconds=1)
    visitor.post(f"/new/{third}/result", {}, status=303)


@pytest.mark.long
@pytest.mark.daily_on("sqlite", "postgres")
def test_of_claims_sent_at_the_same_moment_so_many_are_taken_too(counting):
    limiter.enabled = False  # of the codes: the bound is not of those that it counts
    visitors = [Browser(counting.test_client()) for _ in range(5)]
    drafts = [drafted(each, order=f"A-{number}") for number, each in enumerate(visitors)]
    said = [{"csrf_token": each.token()} for each in visitors]

    def sending(visitor, reference, data):
        return lambda: visitor.client.post(f"/new/{reference}/result", data=data).status_code

    found = race(counting, [*map(sending, visitors, drafts, said)])
    assert sorted(found) == [303] * 2 + [429] * 3
    assert [stored(each).status for each in drafts].count("draft") == 3


def test_a_person_downloads_so_many_files_an_hour(counting):
    visitor = Browser(counting.test_client())
    sign_in(visitor, factories.reviewer(role=Role.ADMIN))
    files = ("activity/file.csv", "reports/file.csv", "reports/money/unasked.csv")
    got = [visitor.client.get(f"/review/{files[n % 3]}").status_code for n in range(61)]
    assert got == [200] * 60 + [429]
    page = visitor.get("/review/reports/money/orders-kept_by_us.csv", status=429)
    assert page.h1 == "Too often for now"
    assert [link.text for link in page.all("a") if "button" in link.get("class", "")][-1:] == [
        "All claims"
    ]
    assert int(page.response.headers["Retry-After"]) > 0
    assert visitor.client.get("/review/activity").status_code == 200


def test_a_customer_takes_so_many_copies_a_day_from_whatever_network(counting):
    claim = stored(people.paid("canarybird"))

    def taken(number):
        url = opened(visitor := Browser(counting.test_client()), claim)
        return visitor.client.post(
            f"{url}/copy",
            data={"csrf_token": visitor.token()},
            environ_overrides={"REMOTE_ADDR": f"127.0.0.{number % 3 + 2}"},
        ).status_code

    assert [taken(number) for number in range(7)] == [200] * 6 + [429]
