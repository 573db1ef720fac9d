"""A request has one id: in its answer, in what it queues, and in each line of whoever does that later."""

import json
import logging
from datetime import UTC, datetime

import pytest
import structlog
from sqlalchemy import select

from portal import logs
from portal.claims.evidence import files
from portal.claims.models import Evidence
from portal.config.settings import Mode
from portal.database import transaction
from portal.events.models import FeedEvent
from portal.extensions import db
from portal.ledger.payout import Payout, Rail
from portal.mail.models import OutboxMail
from portal.payouts import setting
from portal.payouts.sending import send_due
from portal.webhooks import setting as webhooks
from portal.webhooks.models import WebhookDelivery
from portal.webhooks.sending import WebhookCaller
from tests import factories
from tests.claims.encoded import png
from tests.claims.uploads import upload
from tests.factories import NOW, SHOP
from tests.payouts.shops import crediting
from tests.webhooks.receiver import receiving

ONE, OTHER = "request-one", "request-other"


@pytest.fixture
def lines(app, capsys):
    """What was logged since it was last asked, as JSON."""
    logs.configure(json=True)
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    structlog.reset_defaults()
    root = logging.getLogger()
    root.handlers[:] = [each for each in root.handlers if type(each).__module__ != logs.__name__]
    logging.captureWarnings(capture=False)


def told(app, **settings):
    """Let these settings hold."""
    app.extensions["settings"] = app.extensions["settings"].model_copy(update=settings)


def ids(table):
    db.session.rollback()
    return set(db.session.scalars(select(table.request_id)))


def test_each_answer_has_an_id_of_its_own(client):
    found = [client.get("/healthz").headers["X-Request-Id"] for _ in range(2)]
    assert [len(each) for each in found] == [32, 32]
    assert len(set(found)) == 2
    assert len(client.get("/nowhere").headers["X-Request-Id"]) == 32
    assert logs.request_id() is None


def test_an_id_is_taken_from_the_proxy_alone(app, client):
    def answered(sent):
        return client.get("/healthz", headers={"X-Request-Id": sent}).headers["X-Request-Id"]

    assert answered(ONE) != ONE
    told(app, trusted_proxies=1)
    assert answered(ONE) == ONE
    for strange in ("short", "x" * 65, 'a"quoted"one', "zwölf-zeichen"):
        assert answered(strange) != strange


def test_what_is_answered_is_a_line_by_its_rule_where_others_reach_the_portal(app, client, lines):
    told(app, trusted_proxies=1, mode=Mode.PRODUCTION)
    client.get("/claims/7K3F-9QXM/secret", headers={"X-Request-Id": ONE})
    client.get("/healthz")
    (line,) = [each for each in lines() if each["event"] == "answered"]
    assert line.keys() - {"timestamp", "seconds"} == {
        *("event", "level", "method", "path", "request_id", "status")
    }
    assert (line["method"], line["status"], line["request_id"]) == ("GET", 404, ONE)
    assert "7K3F" not in json.dumps(line)


def test_a_file_is_checked_under_the_id_of_who_sent_it(app, lines):
    with logs.caused_by(ONE):
        upload(factories.draft(files=0).reference, png((40, 40)))
    assert ids(Evidence) == {ONE}
    lines()
    assert files.check_due(now=NOW) == 1
    found = lines()
    assert [each["event"] for each in found] == [
        "file opened in a process of its own",
        "evidence checked",
    ]
    assert [(each["request_id"], each["level"]) for each in found] == [(ONE, "info")] * 2
    assert (found[0]["kind"], found[0]["ended"], found[1]["usable"]) == ("png", 0, True)


def test_a_payout_is_sent_and_told_under_the_id_of_who_approved(app, lines):
    with crediting() as shop:
        with transaction():
            given = {"url": shop.url}
            read = setting.set_rail(SHOP, Rail.BALANCE, given=given, at=NOW, loopback=True)
        shop.secret = read.secret
        factories.account()
        factories.order()
        with logs.caused_by(ONE):
            factories.claim()
        assert ids(Payout) == {ONE}
        lines()
        assert send_due(policies={SHOP: factories.policy()}, now=NOW) == 1
    (line,) = lines()
    assert (line["event"], line["became"], line["request_id"]) == ("a rail answered", "paid", ONE)
    assert ids(OutboxMail) == ids(FeedEvent) == {ONE}


def test_a_webhook_carries_the_id_of_what_it_tells(app, lines):
    with receiving() as receiver:
        with transaction():
            _, receiver.secret = webhooks.add(SHOP, url=receiver.url, at=NOW, loopback=True)
        with logs.caused_by(ONE):
            factories.claim(order_reference="A-1")
        factories.claim(order_reference="A-2")
        caller = WebhookCaller()
        lines()
        while caller.turn(now=datetime.now(UTC), patience=10) or not caller.idle:
            pass
        heard = {
            said["data"]["order_reference"]: headers.get("x-request-id")
            for headers, said, *_ in receiver.calls
        }
    assert heard == {"A-1": ONE, "A-2": None}
    assert ids(WebhookDelivery) == {ONE, None}
    found = [each.get("request_id") for each in lines() if each["event"] == "webhook called"]
    assert (found.count(ONE), found.count(None)) == (2, 2)


def test_what_is_caused_ends_with_its_block():
    with logs.caused_by(ONE):
        with logs.caused_by(OTHER):
            assert logs.request_id() == OTHER
        with logs.caused_by(None):
            assert logs.request_id() is None
        assert logs.request_id() == ONE
    assert logs.request_id() is None


def test_what_packages_log_is_json_too_and_of_the_request(lines):
    with logs.caused_by(ONE):
        logging.getLogger("gunicorn.error").error("Worker (pid:%s) was sent SIGKILL!", 7)
    (line,) = lines()
    assert (line["event"], line["level"], line["request_id"]) == (
        *("Worker (pid:7) was sent SIGKILL!", "error"),
        ONE,
    )
