"""A customer takes a copy of all of their own data, after a code, and of nobody else's."""

import io
import json
from datetime import timedelta
from zipfile import ZipFile

import pytest

from portal.audit.log import AuditEntry
from portal.claims.letters import to_team
from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.mail.letters import Event
from portal.mail.models import OutboxMail
from portal.privacy.copying import copy_of
from tests import factories
from tests.conftest import NOW
from tests.privacy import people
from tests.races import race
from tests.web.inspector import Browser
from tests.web.steps.journeys import link, opened, stored

MINE, OTHER = "canarybird", "otherfinch"
ANOTHER = "Each code gives one copy of your data. For another copy, have a new code sent to you."


def taken(visitor, url):
    sent = visitor.client.post(f"{url}/copy", data={"csrf_token": visitor.token()})
    assert (sent.status_code, sent.mimetype) == (200, "application/zip")
    assert sent.headers["Cache-Control"] == "no-store"
    with ZipFile(io.BytesIO(sent.get_data())) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def test_the_copy_has_all_that_is_theirs_and_nothing_of_anybody_else(visitor):
    first, other = people.paid(MINE), people.paid(OTHER)
    address = f"{MINE}@example.com"
    second = factories.claim(order_reference="O-2", email=address, files=0).reference
    url = opened(visitor, stored(first))
    page = visitor.get(f"{url}/copy")
    assert page.h1 == "A copy of all your data"
    files = taken(visitor, url)
    told = json.loads(files.pop("data.json"))
    assert list(told) == ["made_at", "address", "claims", "mails", "records"]
    assert [each["reference"] for each in told["claims"]] == [second, first]
    whole = told["claims"][1]
    assert (whole["description"], whole["email"]) == (f"{MINE} asked twice.", address)
    assert ["Account holder", f"Holder {MINE}"] in whole["payout_details"]
    assert whole["typed_and_not_sent"] == [{"text": f"{MINE} typed"}]
    assert whole["payments"][0]["amount"] == "0.50 USD"
    assert files == {
        f"files/{first}/1-1": f"original of {MINE}".encode(),
        f"files/{first}/1-2": f"bytes of {MINE}".encode(),
    }
    assert [each["reference"] for each in told["records"]["orders"]] == [f"O-{MINE}"]
    assert len(told["mails"]) > 0
    said = json.dumps(told)
    assert OTHER not in said
    assert other not in said
    assert f"{MINE} called" not in said  # colleagues' notes are not handed out
    acts = db.session.execute(
        db.select(AuditEntry.role, AuditEntry.about).where(AuditEntry.act == "give_copy")
    )
    assert acts.all() == [("customer", first)]


def test_who_works_here_too_gets_no_mails_about_others_by_it(visitor):
    first, other = people.paid(MINE), stored(people.sent(OTHER))
    address, policy = f"{MINE}@example.com", factories.policy()
    colleague, by = factories.reviewer(email=address), factories.reviewer()
    with transaction():
        to_team.tell_handed(other, colleague, by=by, noted=True, policy=policy, at=NOW)
    sent = db.select(OutboxMail.text).where(OutboxMail.event == Event.TEAM_HANDED)
    assert other.reference in db.session.scalars(sent).one()
    told = taken(visitor, opened(visitor, stored(first)))["data.json"].decode()
    assert other.reference not in told


def test_the_link_alone_gives_no_copy_and_a_claim_without_an_address_has_none(visitor):
    claim = stored(people.sent(MINE))
    url = link(claim)
    assert visitor.get(f"{url}/copy", status=303).location == f"{url}/unlock?to=copy"
    assert visitor.post(f"{url}/copy").location == f"{url}/unlock?to=copy"
    assert db.session.scalar(db.select(AuditEntry).where(AuditEntry.act == "give_copy")) is None


def given():
    """How many copies the log of acts says were given."""
    db.session.rollback()
    count = db.select(db.func.count()).where(AuditEntry.act == "give_copy")
    return db.session.scalar(count)


def test_each_code_gives_one_copy_and_it_is_said_how_to_get_another(app, visitor):
    claim = stored(people.paid(MINE))
    url = opened(visitor, claim)
    assert "once for the code that you entered" in visitor.get(f"{url}/copy").text()
    taken(visitor, url)
    for again in (visitor.post(f"{url}/copy"), visitor.get(f"{url}/copy", status=303)):
        assert again.location == f"{url}/unlock?to=copy"
    page = visitor.get(f"{url}/unlock?to=copy")
    assert ANOTHER in page.text(page.one(id="flash"))
    assert given() == 1
    other = Browser(app.test_client())
    assert opened(other, claim) == url
    taken(other, url)
    assert visitor.post(f"{url}/copy").location == f"{url}/unlock?to=copy"
    assert given() == 2


def test_the_code_of_a_copy_was_entered_within_the_half_hour(app, visitor):
    url = opened(visitor, stored(people.paid(MINE)))
    app.config["NOW"] = NOW + timedelta(minutes=31)
    assert visitor.post(f"{url}/copy").location == f"{url}/unlock?to=copy"
    assert given() == 0


@pytest.mark.long
@pytest.mark.daily_on("sqlite", "postgres")
def test_of_twenty_presses_at_the_same_moment_one_gets_the_copy(app, visitor):
    url = opened(visitor, stored(people.paid(MINE)))
    token, cookie = visitor.token(), visitor.client.get_cookie("session").value

    def press():
        client = app.test_client()
        client.set_cookie("session", cookie)
        return client.post(f"{url}/copy", data={"csrf_token": token}).status_code

    assert sorted(race(app, [press] * 20)) == [200] + [303] * 19
    assert given() == 1


@pytest.mark.long
@pytest.mark.daily_on("sqlite", "postgres")
def test_the_copy_of_somebody_with_more_claims_than_a_page_shows_is_whole(app):
    first = factories.claim(email="kim@example.com", files=0).reference
    with transaction():
        table = Claim.__table__
        row = dict(db.session.execute(db.select(table)).mappings().one())
        del row["id"]
        row["open_key"] = None
        more = [row | {"reference": f"RC-{number:06}"} for number in range(230)]
        db.session.execute(db.insert(table), more)
    with copy_of("kim@example.com", shops=[factories.SHOP], at=NOW) as packed:
        told = json.loads(ZipFile(packed).read("data.json"))
    expected = [*reversed([each["reference"] for each in more]), first]
    assert [each["reference"] for each in told["claims"]] == expected
