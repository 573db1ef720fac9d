"""Webhooks: signed, in order for each claim, tried again as long as was promised, and nobody waits for a slow one."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing
from portal.database import transaction
from portal.events.queries import page
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.people.reviewers import Role
from portal.webhooks import setting
from portal.webhooks.models import (
    DeliveryState,
    EndpointStands,
    EndpointState,
    WebhookDelivery,
    WebhookEndpoint,
)
from portal.webhooks.sending import FORGOTTEN, LADDER, LEASE, OF_ONE, WebhookCaller, forget_due
from tests import factories
from tests.factories import SHOP
from tests.races import killed
from tests.webhooks.receiver import receiving

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def of_this_moment(monkeypatch):
    """Signatures are held to the clock of who verifies them: a run is longer than its five minutes."""
    monkeypatch.setattr(sys.modules[__name__], "NOW", datetime.now(UTC).replace(microsecond=0))


def add(url, *types, shop=SHOP):
    with transaction():
        endpoint, secret = setting.add(shop, url=url, types=types, at=NOW, loopback=True)
        return endpoint.key, secret


@pytest.fixture
def receiver(app, of_this_moment):
    with receiving() as receiver:
        receiver.key, receiver.secret = add(receiver.url)
        yield receiver


@pytest.fixture
def caller(app):
    return WebhookCaller()


def work(caller, at=None):
    """Turn until nothing is due and no call is under way."""
    while caller.turn(now=at or NOW, patience=10) or not caller.idle:
        pass


def deliveries():
    db.session.rollback()
    return db.session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)).all()


def endpoint(key):
    db.session.rollback()
    return db.session.scalars(select(WebhookEndpoint).where(WebhookEndpoint.key == key)).one()


def withdrawn(reference):
    with transaction():
        filing.withdraw(claim_for_change(reference), policy=factories.policy(), at=factories.NOW)


def test_each_event_arrives_signed_as_the_feed_has_it(receiver, caller):
    claim = factories.claim()
    work(caller)
    items = page(SHOP, most=10)
    assert [said for _, said, *_ in receiver.calls] == items
    assert [headers["webhook-id"] for headers, *_ in receiver.calls] == [
        each["id"] for each in items
    ]
    assert receiver.events == ["claim.submitted", "claim.in_review"]
    assert {each.about for each in deliveries()} == {claim.reference}
    assert [each.state for each in deliveries()] == [DeliveryState.DELIVERED] * 2
    assert [(each["status"], each["error"]) for each in deliveries()[0].tries] == [(204, "")]


def test_an_endpoint_hears_what_it_asked_for_from_when_it_was_added(app, caller):
    factories.claim(order_reference="A-1")
    with receiving() as receiver:
        receiver.key, receiver.secret = add(receiver.url, "claim.withdrawn", "claim.submitted")
        claim = factories.claim(order_reference="A-2")
        factories.claim(shop="numberplug", order_reference="B-1")
        withdrawn(claim.reference)
        work(caller)
        assert [
            (said["type"], said["data"]["order_reference"]) for _, said, *_ in receiver.calls
        ] == [
            ("claim.submitted", "A-2"),
            ("claim.withdrawn", "A-2"),
        ]


def test_where_nobody_listens_nothing_is_lined_up(app, caller, statements):
    factories.claim()
    work(caller)
    assert deliveries() == []


def test_a_failure_holds_later_events_of_its_claim_alone(receiver, caller):
    first = factories.claim(order_reference="A-1")
    second = factories.claim(order_reference="A-2")
    receiver.refused[first.reference] = 500
    work(caller)
    withdrawn(second.reference)
    work(caller)
    heard = [(said["data"]["claim"], said["type"]) for _, said, *_ in receiver.calls]
    assert heard.count((first.reference, "claim.submitted")) == 1
    assert (first.reference, "claim.in_review") not in heard
    assert [kind for claim, kind in heard if claim == second.reference] == [
        "claim.submitted", "claim.in_review", "claim.withdrawn"]  # fmt: skip
    receiver.refused.clear()
    work(caller, at=NOW + LADDER[0])
    mine = [(said["type"], status) for _, said, _, status in receiver.calls
            if said["data"]["claim"] == first.reference]  # fmt: skip
    assert mine == [("claim.submitted", 500), ("claim.submitted", 204), ("claim.in_review", 204)]


def test_it_is_tried_as_long_as_was_promised_then_parked_told_and_resumed(receiver, caller):
    admin = factories.reviewer(role=Role.ADMIN)
    claim = factories.claim()
    receiver.refused[claim.reference] = 503
    at = NOW
    waits = []
    for _ in range(len(LADDER)):
        work(caller, at=at)
        due = deliveries()[0].due_at
        waits.append(due - at)
        at = due
        receiver.secret = None  # the clock of the receiver doesn't go along
    assert tuple(waits) == LADDER
    assert [wait.total_seconds() for wait in waits] == [
        5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]  # fmt: skip
    work(caller, at=at)
    tried = deliveries()[0]
    assert (tried.state, tried.attempts, len(tried.tries)) == (DeliveryState.PARKED, 10, 10)
    assert endpoint(receiver.key).state is EndpointState.PARKED
    ids = {headers["webhook-id"] for headers, *_ in receiver.calls}
    bodies = {body for *_, body, _ in receiver.calls}
    assert (len(receiver.calls), len(ids), len(bodies)) == (10, 1, 1)
    told = [mail for mail in db.session.scalars(select(OutboxMail)) if mail.event == "team_webhook"]
    assert [mail.recipient for mail in told] == [admin.email]
    assert receiver.key in told[0].text
    assert "503" in told[0].text
    later = factories.claim(order_reference="A-2")
    work(caller, at=at + HOUR)
    assert len(receiver.calls) == 10
    receiver.refused.clear()
    with transaction():
        setting.resume(setting.endpoint_for_change(receiver.key), at=at + HOUR)
    work(caller, at=at + HOUR)
    heard = [(said["data"]["claim"], said["type"]) for _, said, *_ in receiver.calls[10:]]
    # In order for each claim; which of two claims is told first is nobody's promise.
    assert {
        each.reference: [kind for of, kind in heard if of == each.reference]
        for each in (claim, later)
    } == {each.reference: ["claim.submitted", "claim.in_review"] for each in (claim, later)}
    assert len(heard) == 4
    assert {each.state for each in deliveries()} == {DeliveryState.DELIVERED}


def test_one_event_that_is_never_taken_stops_neither_its_claim_nor_the_address(receiver, caller):
    factories.reviewer(role=Role.ADMIN)
    claim = factories.claim(order_reference="A-1")
    receiver.answers = [(422, b"no such claim")]
    work(caller)
    with transaction():
        db.session.execute(update(WebhookDelivery).values(attempts=9).where(
            WebhookDelivery.state == DeliveryState.WAITING, WebhookDelivery.attempts == 1))  # fmt: skip
    factories.claim(order_reference="A-2")
    receiver.answers = []
    work(caller)
    receiver.refused[claim.reference] = 422
    assert receiver.events == ["claim.submitted", "claim.in_review"]
    receiver.refused, receiver.answers = {}, [(422, b"no such claim")]
    work(caller, at=NOW + LADDER[0])
    given_up = deliveries()[0]
    assert (given_up.state, given_up.tries[-1]["answer"]) == (DeliveryState.PARKED, "no such claim")
    assert endpoint(receiver.key).state is EndpointState.ACTIVE
    assert receiver.events == ["claim.submitted", "claim.in_review", "claim.in_review"]
    with transaction():
        held = setting.endpoint_for_change(receiver.key)
        setting.send_again(setting.delivery_for_change(held, given_up.event), at=NOW)
    work(caller)
    again = receiver.calls[-1]
    assert (again[1]["id"], again[2], again[3]) == (given_up.event, receiver.calls[0][2], 204)


def test_a_slow_address_holds_nobody_up(receiver, caller):
    with receiving() as slow:
        slow.key, slow.secret = add(slow.url)
        slow.hang = True
        for number in range(6):
            factories.claim(order_reference=f"A-{number}")
        while len(receiver.calls) < 12:
            caller.turn(now=NOW, patience=0.05)
        assert not caller.idle
        assert sum(each.attempts for each in deliveries()
                   if each.endpoint.key == slow.key) == OF_ONE  # fmt: skip
        slow.open.set()
        work(caller)
        assert len(slow.events) == 12


@pytest.mark.one_in(4)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_failure_and_is_not_followed(receiver, caller, status):
    factories.claim()
    with receiving() as elsewhere:
        receiver.location, receiver.answers = elsewhere.url, [(status, b"")]
        work(caller)
        assert elsewhere.calls == []
    first = deliveries()[0]
    assert (first.state, first.tries[0]["status"]) == (DeliveryState.WAITING, status)


def test_what_is_answered_is_kept_and_no_more_than_its_beginning(receiver, caller):
    factories.claim()
    receiver.answers = [(400, ("ä" * 20_000).encode())]
    work(caller)
    assert deliveries()[0].tries[0]["answer"] == "ä" * 2_000


def test_a_paused_address_is_behind_and_finds_it_all_when_it_goes_on(receiver, caller):
    with transaction():
        setting.pause(setting.endpoint_for_change(receiver.key), at=NOW)
    factories.claim()
    work(caller)
    assert (receiver.calls, deliveries()) == ([], [])
    with transaction():
        setting.resume(setting.endpoint_for_change(receiver.key), at=NOW)
    work(caller)
    assert receiver.events == ["claim.submitted", "claim.in_review"]
    with pytest.raises(EndpointStands), transaction():
        setting.resume(setting.endpoint_for_change(receiver.key), at=NOW)


def test_a_removed_address_is_called_no_more_and_its_secret_is_gone(receiver, caller):
    factories.claim()
    with transaction():
        setting.remove(setting.endpoint_for_change(receiver.key), at=NOW)
    work(caller)
    assert receiver.calls == []
    assert endpoint(receiver.key).secret_sealed is None
    assert setting.endpoint_for_change(receiver.key) is None


def test_what_waited_for_an_address_that_was_removed_leaves_the_log_too(receiver, caller):
    receiver.refused = {factories.claim().reference: 500}
    work(caller)
    with transaction():
        setting.remove(setting.endpoint_for_change(receiver.key), at=NOW)
    ended = [(each.state, each.due_at, each.ended_at) for each in deliveries()]
    assert ended == [(DeliveryState.PARKED, None, NOW)] * 2
    assert forget_due(now=NOW + FORGOTTEN + HOUR) == 2
    assert deliveries() == []


def test_the_log_forgets_what_ended_long_ago(receiver, caller):
    factories.claim()
    work(caller)
    assert forget_due(now=NOW + FORGOTTEN) == 0
    assert forget_due(now=NOW + FORGOTTEN + HOUR) == 2
    assert deliveries() == []


KILLED = """
import os, sys
from datetime import datetime
from pathlib import Path
from portal.webhooks import sending
from tests.portals import portal_at
app = portal_at(sys.argv[1], Path(sys.argv[2]))
sending._record = lambda *_, **__: os.kill(os.getpid(), 9)
with app.app_context():
    caller = sending.WebhookCaller()
    while True:
        caller.turn(now=datetime.fromisoformat(sys.argv[3]), patience=10)
"""


@pytest.mark.long
def test_killed_between_call_and_record_it_is_sent_again_with_the_same_id(
    receiver, caller, database, tmp_path
):
    factories.claim()
    db.session.remove()
    killed(KILLED, database, str(tmp_path), NOW.isoformat())
    assert len(receiver.calls) == 1
    work(caller, at=NOW + LEASE - timedelta(seconds=1))
    assert len(receiver.calls) == 1
    work(caller, at=NOW + LEASE)
    first, again, _ = receiver.calls
    assert (first[0]["webhook-id"], first[2]) == (again[0]["webhook-id"], again[2])
    assert json.loads(first[2])["type"] == "claim.submitted"
    assert receiver.events == ["claim.submitted", "claim.submitted", "claim.in_review"]
