"""What a date that passes does to a claim, as its owner reads it."""

from datetime import timedelta

import pytest

from portal.claims.deadlines.lapsing import lapse_due
from portal.claims.deadlines.ringing import ring_due
from portal.claims.queries import claim_for_change
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.versions.registry import policies
from tests import factories
from tests.conftest import NOW
from tests.web.steps.journeys import drafted, link, opened
from tests.web.steps.signing_in import sign_in

LATE = NOW + timedelta(days=14, seconds=1)
CLOSED = "Closed: what was missing did not come in time"


@pytest.fixture
def unanswered(app):
    """A claim that waits for a file since NOW."""
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    return factories.claim(reason="wrong_code", files=0)


def test_the_page_the_mail_and_the_history_call_a_claim_that_its_date_closed_closed(
    app, visitor, unanswered
):
    url = opened(visitor, unanswered)
    assert (
        "If nothing comes by then, the claim is closed. A person hears an appeal."
        in visitor.get(url).text()
    )
    lapse_due(policies=policies(), now=LATE)
    app.config["NOW"] = LATE
    page = visitor.get(link(unanswered))
    assert page.text(page.all("span", class_="badge")[0]) == CLOSED
    assert "it with an appeal, and a person looks at your claim again" in page.text()
    assert "Declined" not in page.text()
    mail = db.session.query(OutboxMail).order_by(OutboxMail.id.desc()).first()
    assert mail.subject.startswith(
        f"{unanswered.reference}: closed, what was missing did not come in time, you can appeal until"
    )
    assert mail.text.startswith("Your claim is closed: what was missing did not come in time.")
    assert "SS-N4" in mail.text


def test_the_queue_tells_what_a_date_closed_from_what_a_person_declined(app, visitor, unanswered):
    lapse_due(policies=policies(), now=LATE)
    refused = factories.claim(order_reference="X-1")
    person = factories.reviewer()
    with transaction():
        row = claim_for_change(refused.reference)
        reviewing.decline(
            row, clause="SS-N3", customer_text="No.", by=person, at=NOW, seen=row.version,
            policy=factories.policy(), override_reason="The order is unknown.",
        )  # fmt: skip
    sign_in(visitor, person)
    page = visitor.get("/review?status=declined")
    rows = {page.text(row.find("th")).split()[0]: page.text(row) for row in page.one("tbody")}
    assert "Closed: nothing came in time" in rows[unanswered.reference]
    assert "Declined" in rows[refused.reference]
    assert "Closed" not in rows[refused.reference]


@pytest.mark.parametrize("shop", ["sms-service", "activation-claims", "numberplug"])
def test_the_start_page_says_what_a_date_can_do_without_a_person(visitor, shop):
    words = visitor.get(f"/{shop}/").text()
    assert "No claim is refused by a machine alone" in words
    assert "the claim can be closed without one; a person hears your appeal then" in words


@pytest.mark.parametrize(
    ("shop", "told"),
    [("activation-claims", "It takes longer than we meant."), ("sms-service", "We are later than we promised.")],
)  # fmt: skip
def test_late_is_only_what_was_promised(app, visitor, shop, told):
    claim = factories.claim(shop=shop, at=NOW)
    mail = db.session.query(OutboxMail).order_by(OutboxMail.id.desc()).first()
    own = shop == "activation-claims"
    assert ("means to decide by Fri 6 Mar" in mail.text) is own
    app.config["NOW"] = NOW + timedelta(days=3)
    assert told in visitor.get(link(claim)).text()


def dates(page):
    """The dates that the page of a claim gives, as text; empty where it gives none."""
    headings = [page.text(each) for each in page.all("h2")]
    found = [each for each in page.all("dl") if each.get("aria-label") == "Dates"]
    assert bool(found) == ("Dates" in headings)
    return page.text(found[0]) if found else ""


def test_the_page_gives_each_date_with_what_follows_and_the_rule_that_states_it(app, visitor):
    claim = factories.claim(shop="numberplug")
    told = dates(visitor.get(link(claim)))
    assert "To decide, at the latestFri 6 Mar 2026, 10:00 UTC" in told
    assert "If it is missed, an e-mail names a new date. Rule NP-5.2" in told


def test_a_target_that_nobody_states_is_no_date_of_the_claim(app, visitor):
    assert dates(visitor.get(link(factories.claim(shop="activation-claims")))) == ""


def test_where_no_rule_closes_it_the_page_says_that_the_claim_waits_on(app, visitor):
    claim = factories.claim(shop="numberplug")
    with transaction():
        row = claim_for_change(claim.reference)
        reviewing.ask(row, missing=["claim.description"], note="", by=factories.reviewer(), at=NOW,
                      seen=row.version, policy=factories.policy(row.shop))  # fmt: skip
    page = visitor.get(link(claim)).text()
    assert "We cannot decide without it. The claim is not closed by it: it waits on." in page
    assert "it waits on. The shop states it." in page


def test_once_the_date_has_passed_the_page_says_so_with_the_new_one(app, visitor):
    claim = factories.claim(shop="numberplug")
    late = NOW + timedelta(days=2, seconds=1)
    ring_due(policies=policies(), now=late)
    app.config["NOW"] = late
    page = visitor.get(link(claim)).text()
    assert "It was due by Fri 6 Mar 2026, 10:00 UTC." in page
    assert "We now mean to do it by Sun 8 Mar 2026, 10:00 UTC." in page
    assert "We are later than we promised" in page
    app.config["NOW"] = late + timedelta(days=3)
    page = visitor.get(link(claim)).text()
    assert "We now mean to do it" not in page


CLAIMED_IN = "activation-claims"
SECOND = timedelta(seconds=1)
END = NOW - timedelta(hours=1) + timedelta(days=5)
IN_TIME = "It can be claimed until Mon 9 Mar 2026, 09:00 UTC"
OVER = "The time to claim ended Mon 9 Mar 2026, 09:00 UTC"


def looked_at(app, visitor, *, at):
    """The pages of a draft of which it is said what happened: the third and the fourth."""
    app.config["NOW"] = at
    factories.account(shop=CLAIMED_IN)
    factories.order(shop=CLAIMED_IN)
    reference = drafted(visitor, shop=CLAIMED_IN)
    return [visitor.get(f"/new/{reference}/{page}") for page in ("reason", "result")]


def rules(page):
    return {each.get("href") for each in page.all("a") if "#" in (each.get("href") or "")}


@pytest.mark.parametrize(
    ("at", "told", "other"), [(END, IN_TIME, OVER), (END + SECOND, OVER, IN_TIME)]
)
def test_the_order_is_shown_with_the_end_of_its_time_and_the_rule(app, visitor, at, told, other):
    for page in looked_at(app, visitor, at=at):
        assert told in page.text()
        assert other not in page.text()
        assert any(each.endswith("#AC-D1") for each in rules(page))
    assert ("A claim that is sent now comes later." in page.text()) is (told == OVER)


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
    factories.account(shop=CLAIMED_IN)
    factories.order(shop=CLAIMED_IN, messages=[(NOW, "WhatsApp")])
    claim = factories.claim(shop=CLAIMED_IN, at=at)
    for address in (link(claim), f"/review/{claim.reference}"):
        words = visitor.get(address).text()
        assert "To claimMon 9 Mar 2026, 09:00 UTC" in words
        assert f"The claim was sent {told}" in words
        assert "A claim that is sent later goes against this rule. Rule AC-D1" in words
