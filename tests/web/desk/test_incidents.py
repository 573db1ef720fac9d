"""The pages of incidents: reached from the queue and from a claim, and their claims decided together."""

from datetime import timedelta

import pytest

from portal.claims.lifecycle import Status
from portal.claims.queue.incidents import MOST, Incident
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from portal.people.rights import Right
from tests import factories
from tests.claims.queue.bursts import HOUR, MINUTE, burst, old, sent
from tests.conftest import NOW
from tests.web.steps.journeys import stored
from tests.web.steps.signing_in import sign_in

GROUP = "/review/alike/sms-service/deny/SS-N3"


def count(page):
    """What stands beside the way to the incidents."""
    (link,) = (each for each in page.all("a") if each.get("href") == "/review/incidents")
    return page.text(link)


def test_the_queue_says_how_many_there_are_and_the_list_what_each_is_about(visitor, mara):
    assert count(visitor.get("/review")) == "Incidents 0"
    assert "No incident waits" in visitor.get("/review/incidents").text()
    burst(5)
    assert count(visitor.get("/review")) == "Incidents 1"
    page = visitor.get("/review/incidents")
    (row,) = page.one("tbody").iter("tr")
    told = page.text(row)
    assert told.startswith("Telegram, ID SMS Service")
    assert told.endswith("10:00 UTC55")  # five wait, of five
    assert [a.get("href") for a in row.iter("a")] == ["/review/incidents/1"]


def test_a_claim_says_that_it_is_one_of_them(visitor, mara):
    claims = burst(4)
    assert "look at them together" not in visitor.get(f"/review/{claims[0].reference}").text()
    sent("T-last")
    page = visitor.get(f"/review/{claims[0].reference}")
    assert "5 claims about Telegram, ID since" in page.text()
    link = next(a for a in page.all("a") if page.text(a) == "look at them together")
    assert link.get("href") == "/review/incidents/1"


def test_what_is_alike_among_them_is_decided_together_and_undone(visitor, mara):
    sent("A-1", country="BR")  # alike, and of no incident
    claims = burst(5)
    one = visitor.get("/review/incidents/1")
    link = next(a for a in one.all("a") if one.text(a) == "Look at 5 claims by SS-N3")
    assert link.get("href") == f"{GROUP}?incident=1"
    listed = visitor.get(link.get("href"))
    picks = [box.get("value") for box in listed.all("input", type="checkbox")]
    assert picks == [f"{each.reference}~{each.version}" for each in claims]
    assert listed.text(listed.one("caption")) == "Claims that wait, the first that was sent first"
    total = visitor.get(f"{GROUP}/total?incident=1&" + "&".join(f"claim={each}" for each in picks))
    to = total.one("form", id="all").get("action")
    key = total.fields["key"]
    done = visitor.post(to, {"claim": picks, "key": key}).location
    assert done == f"/review/alike/done/{key}?incident=1"
    assert {stored(each.reference).status.value for each in claims} == {"declined"}
    page = visitor.get(done)
    assert page.all("a", href="/review/incidents/1")
    assert "None of its claims waits any more" in visitor.get("/review/incidents/1").text()
    again = [f"{each.reference}~{stored(each.reference).version}" for each in claims]
    assert (
        visitor.post(f"/review/alike/done/{key}/undo?incident=1", {"claim": again}).location == done
    )
    assert {stored(each.reference).status.value for each in claims} == {"in_review"}


def test_what_was_decided_of_no_incident_names_none_in_its_addresses(visitor, mara):
    burst(5)
    listed = visitor.get(GROUP)
    assert listed.text(listed.one("caption")) == "Claims that are alike, the nearest deadline first"
    picks = [box.get("value") for box in listed.all("input", type="checkbox")]
    total = visitor.get(f"{GROUP}/total?" + "&".join(f"claim={each}" for each in picks))
    to, key = total.one("form", id="all").get("action"), total.fields["key"]
    page = visitor.get(visitor.post(to, {"claim": picks, "key": key}).location)
    undo = {form.get("action") for form in page.all("form") if "undo" in form.get("action", "")}
    assert undo == {f"/review/alike/done/{key}/undo"}


@pytest.mark.parametrize("asked", ["2", "999999999"])
def test_an_incident_that_is_not_there_is_no_page(visitor, mara, asked):
    burst(5)
    visitor.get(f"/review/incidents/{asked}", status=404)
    visitor.get(f"{GROUP}?incident={asked}", status=404)
    visitor.get("/review/incidents/" + "9" * 5000, status=404)


def test_who_only_may_look_is_led_to_no_decision(visitor, app):
    burst(5)
    sign_in(visitor, factories.reviewer(rights={(factories.SHOP, Right.PAYER)}))
    page = visitor.get("/review/incidents/1")
    assert "SS-N3" in page.text()
    assert not [a for a in page.all("a") if "/review/alike" in a.get("href", "")]


def test_another_shops_incident_is_not_there(visitor, app):
    burst(5)
    sign_in(visitor, factories.reviewer(rights={("numberplug", Right.LEAD)}))
    assert count(visitor.get("/review")) == "Incidents 0"
    assert "No incident waits" in visitor.get("/review/incidents").text()
    visitor.get("/review/incidents/1", status=404)


OUTAGE = "/review/incidents/1/outage"


def rental():
    """A claim about a rented number that is down, of an incident."""
    at = NOW - timedelta(days=9)
    about = {"service": "Virtual number", "country": "DE"}
    factories.order(shop="client-numbers", kind="rental", price_minor=1200, expires_at=None,
                    ordered_at=at, paid_from=at, paid_until=NOW + timedelta(days=21), **about)  # fmt: skip
    claim = factories.claim(shop="client-numbers", reason="rental_outage", asked=Money(400, "USD"))
    factories.keep(Incident(shop="client-numbers", since=NOW, last_at=NOW, **about))
    return claim.reference


def test_an_incident_is_recorded_as_an_outage_by_one_press(visitor, mara):
    reference = rental()
    page = visitor.get("/review/incidents/1")
    assert "This claim reports it" in page.text()
    assert page.fields["began"] == "2026-03-04T10:00"
    visitor.post(OUTAGE, page.fields | {"began": "2026-03-02T10:00"})
    page = visitor.get("/review/incidents/1")
    assert "The outage is recorded of 1 claim." in page.body
    assert "Recorded here" in page.text()
    assert "still running" in page.text()
    screen = visitor.get(f"/review/{reference}").text()
    assert "An outage was recorded" in screen
    assert "From Mon 2 Mar 2026, 10:00 UTC, still running" in screen
    assert "this claim itself is its report" not in screen
    assert "No outage was reported" not in screen
    visitor.post(OUTAGE, page.fields | {"began": "2026-03-02T10:00", "ended": "2026-03-04T09:00"})
    screen = visitor.get(f"/review/{reference}").text()
    assert "From Mon 2 Mar 2026, 10:00 UTC until Wed 4 Mar 2026, 09:00 UTC" in screen


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"began": ""}, "Enter the date and time, in UTC"),
        ({"began": "2026-03-04T10:01"}, "Enter a time before the first claim was sent"),
        ({"ended": "2026-03-04T09:59"}, "Enter a time after it began that has passed"),
        ({"ended": "2026-03-05T10:00"}, "Enter a time after it began that has passed"),
    ],
)
def test_a_time_that_cant_be_is_refused_and_nothing_is_recorded(visitor, mara, said, why):
    rental()
    page = visitor.get("/review/incidents/1")
    assert why in visitor.post(OUTAGE, page.fields | said, status=422).text()
    assert db.session.get_one(Incident, 1).outage_from is None


def test_it_can_be_recorded_wherever_the_rental_stands_among_its_claims(visitor, mara):
    rental()
    old(MOST, since=NOW - HOUR, gap=MINUTE / 60, shop="client-numbers", service="Virtual number",
        country="DE", status=Status.APPEALED, waiting=True, facts={}, clock="own")  # fmt: skip
    with transaction():
        db.session.get_one(Incident, 1).since = NOW - HOUR
    page = visitor.get("/review/incidents/1")
    assert "The first 50 stand here. When these are decided, the others follow." in page.text()
    visitor.post(OUTAGE, page.fields | {"began": "2026-03-02T10:00"})
    page = visitor.get("/review/incidents/1")
    assert "The outage is recorded of 1 claim." in page.body
    assert "Record it again" not in page.body


def test_where_no_claim_lacks_an_outage_none_is_recorded(visitor, mara):
    burst(5)
    page = visitor.get("/review/incidents/1")
    assert "Record it as an outage" not in page.text()


def test_who_only_may_look_records_none(visitor, app):
    rental()
    sign_in(visitor, factories.reviewer(rights={("client-numbers", Right.PAYER)}))
    page = visitor.get("/review/incidents/1")
    assert "Record it as an outage" not in page.text()
    visitor.post(OUTAGE, {"began": "2026-03-02T10:00"}, status=404)
    assert db.session.get_one(Incident, 1).outage_from is None
