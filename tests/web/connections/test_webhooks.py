"""The page on which an admin says which addresses hear of a shop's events, and sees what each was sent."""

import re
from datetime import timedelta

from portal.database import transaction
from portal.events.queries import page as feed
from portal.extensions import db
from portal.webhooks import lining, setting
from portal.webhooks.models import DeliveryState, EndpointState, WebhookDelivery
from tests import factories
from tests.conftest import NOW
from tests.factories import SHOP

URL = "https://shop.example/hooks"
NEW = f"/review/webhooks/{SHOP}/new"


def added(visitor, **given):
    visitor.post(NEW, {"url": URL} | given, status=200)
    return setting.endpoints_of(SHOP)[-1]


def test_an_admin_adds_an_address_and_is_shown_its_secret_once(visitor, owner):
    assert "Nothing is called." in visitor.get("/review/webhooks").text()
    shown = visitor.post(NEW, {"url": URL, "types": "payout.paid"}, status=200).text()
    secret = re.search(r"whsec_[\w+/]+=", shown)[0]
    (kept,) = setting.endpoints_of(SHOP)
    assert (kept.url, kept.types, setting.opened_secret(kept)) == (URL, ["payout.paid"], secret)
    pages = [
        visitor.get(path).body for path in ("/review/webhooks", f"/review/webhooks/{kept.key}")
    ]
    assert all(URL in each and secret not in each for each in pages)


def test_it_is_added_and_removed_behind_a_fresh_code_alone(visitor, owner, app):
    key = added(visitor).key
    app.config["NOW"] = NOW + timedelta(minutes=6)
    for path, back in ((NEW, NEW), (f"/review/webhooks/{key}/remove", f"/review/webhooks/{key}")):
        asked = visitor.post(path, {"url": f"{URL}/2"}, status=303).location
        assert asked == f"/sign-in/code-again?next={back}"
    db.session.rollback()
    assert [each.key for each in setting.endpoints_of(SHOP)] == [key]


def test_what_can_not_be_called_is_said_beside_its_field_and_kept(visitor, owner):
    page = visitor.post(NEW, {"url": "http://shop.example/hooks"}, status=422)
    assert page.errors == ["Write an address that begins with https://"]
    assert 'value="http://shop.example/hooks"' in page.body
    assert setting.endpoints_of(SHOP) == []


def test_its_page_shows_what_was_sent_and_sends_it_again(visitor, owner):
    endpoint = added(visitor)
    claim = factories.claim()
    lining.line_up(now=NOW)
    with transaction():
        first = db.session.query(WebhookDelivery).order_by(WebhookDelivery.id).first()
        first.state, first.due_at, first.ended_at = DeliveryState.PARKED, None, NOW
        first.tries = [{"at": NOW.isoformat(), "status": 500, "answer": "<b>broken</b>",
                        "error": "", "seconds": 0.1}]  # fmt: skip
        event = first.event
    page = visitor.get(f"/review/webhooks/{endpoint.key}")
    for told in (claim.reference, "claim.submitted", "Given up", "<b>broken</b>", event,
                 "behind an earlier one"):  # fmt: skip
        assert told in page.text()
    assert setting.given_up_of([endpoint]) == {endpoint.id: 1}
    listed = visitor.get("/review/webhooks")
    cells = listed.all("td", **{"data-label": "Given up"})
    assert [listed.text(each) for each in cells] == ["1"]
    visitor.post(f"/review/webhooks/{endpoint.key}/send-again", {"event": event})
    db.session.rollback()
    again = db.session.query(WebhookDelivery).order_by(WebhookDelivery.id).first()
    assert (again.state, again.due_at, again.attempts) == (DeliveryState.WAITING, NOW, 0)
    assert feed(SHOP, most=1)[0]["id"] == event


def test_it_is_paused_resumed_and_removed(visitor, owner):
    endpoint = added(visitor)
    for deed, state in (("pause", EndpointState.PAUSED), ("resume", EndpointState.ACTIVE)):
        visitor.post(f"/review/webhooks/{endpoint.key}/{deed}", {})
        db.session.rollback()
        assert setting.endpoints_of(SHOP)[0].state is state
    visitor.post(f"/review/webhooks/{endpoint.key}/remove", {})
    db.session.rollback()
    assert setting.endpoints_of(SHOP) == []
    visitor.get(f"/review/webhooks/{endpoint.key}", status=404)
