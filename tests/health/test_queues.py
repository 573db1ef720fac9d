"""How much waits by queue and how late the oldest is; and each alert names figures that there are."""

import re
from datetime import timedelta
from pathlib import Path

import yaml

from portal.app import ROOT
from portal.audit import chain
from portal.audit.log import StaffAct, note
from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.health.metrics import figures
from portal.health.queues import QUEUES, queues
from portal.mail.models import OutboxMail
from portal.webhooks import setting as webhooks
from portal.webhooks.lining import line_up
from tests import factories
from tests.claims.encoded import png
from tests.claims.uploads import upload
from tests.factories import NOW, SHOP

ALERTS = yaml.safe_load((ROOT / "docs/alerts.yml").read_text())
LATER = NOW + timedelta(minutes=10)


def told(at=LATER):
    """What waits, and how late it is, of each queue that isn't empty."""
    db.session.rollback()
    return {each.name: (each.waits, each.late) for each in queues(at=at) if each.waits}


def emptied():
    """Let a claim's letters and dates wait no more."""
    with transaction():
        for mail in db.session.scalars(db.select(OutboxMail)):
            db.session.delete(mail)


def test_nothing_waits_in_an_empty_portal(app):
    assert {(each.name, each.waits, each.late) for each in queues(at=NOW)} == {
        (name, 0, 0.0) for name in QUEUES
    }


def test_each_queue_says_how_much_waits_and_how_late_the_oldest_is(app):
    with transaction():
        webhooks.add(SHOP, url="https://shop.example/hooks", at=NOW, loopback=False)
    chain.link_due(now=NOW)
    claim = factories.claim()
    emptied()
    upload(factories.draft(order_reference="A-2", files=0).reference, png((40, 40)))
    with transaction():
        note(StaffAct.EXPORT, at=NOW + timedelta(minutes=9), by=None)
        db.session.get_one(Claim, claim.id).rings_at = NOW + timedelta(minutes=8)
        db.session.get_one(Claim, claim.id).judge_again_at = LATER + timedelta(seconds=1)
    found = told()
    assert found.pop("audit_links")[1] == 600.0
    assert found == {
        "evidence": (1, 600.0),
        "events": (2, 600.0),
        "clocks": (1, 120.0),
    }
    line_up(now=NOW + timedelta(minutes=5))
    assert {name: told()[name] for name in told() if name in {"events", "webhooks"}} == {
        "webhooks": (1, 300.0)
    }


def test_a_payout_that_stands_still_is_late(app):
    factories.account()
    factories.order()
    claim = factories.claim()
    with transaction():
        db.session.get_one(Claim, claim.id).payout.next_try_at = NOW
    assert told()["payouts"] == (1, 600.0)


def test_what_is_not_due_yet_waits_and_is_not_late(app):
    factories.claim()
    assert told(NOW - timedelta(minutes=1))["mails"][1] == 0.0


def rules():
    return [rule for group in ALERTS["groups"] for rule in group["rules"]]


def named(pattern):
    """What the conditions of the alerts name."""
    return {name for rule in rules() for name in re.findall(pattern, rule["expr"])}


def test_every_figure_of_an_alert_is_told_and_every_queue_has_one(app):
    kept = set(re.findall(r"^# TYPE (\w+)", figures(at=NOW).decode(), re.MULTILINE))
    assert named(r"redress_\w+") <= kept
    queued = {each for names in named(r'queue=~?"([\w|]+)"') for each in names.split("|")}
    assert queued == set(QUEUES)


def test_every_figure_is_in_the_page_about_health(app):
    page = (ROOT / "docs/health.md").read_text()
    kept = re.findall(r"^# TYPE (\w+)", figures(at=NOW).decode(), re.MULTILINE)
    assert [name for name in kept if f"`{name}`" not in page] == []
    assert [name for name in QUEUES if f"`{name}`" not in page] == []


def test_each_alert_says_what_it_means_and_what_to_do_by_what_there_is(app):
    source = "".join(path.read_text() for path in Path(ROOT / "portal").rglob("*.py"))
    for rule in rules():
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert list(rule["annotations"]) == ["summary", "means", "do"]
        do = rule["annotations"]["do"]
        for words in re.findall(r"--app wsgi ([a-z]+)(?: ([a-z]+))?", do):
            command = app.cli.commands[words[0]]
            assert not words[1] or words[1] in command.commands
        for said in re.findall(r'"([^"]+)"', do):
            assert f'"{said}"' in source
