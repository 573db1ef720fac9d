"""Each thing that a shop needs is examined, and what isn't well says what to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import delete

from portal.children.shut_in import offered
from portal.config.settings import Mode
from portal.database import transaction
from portal.extensions import db
from portal.health.beats import WorkerBeat, beat
from portal.ledger.payout import Rail
from portal.payouts import setting
from portal.records.models import RecordsRead
from portal.shops.doctor import Health, examine
from portal.webhooks import setting as webhooks
from tests import factories
from tests.payouts.shops import crediting

SHOP = "numberplug"
WELL, UNSURE, ILL = Health.WELL, Health.UNSURE, Health.ILL


@pytest.fixture
def now():
    """The signature of a call and the clocks beside each other are of this moment."""
    return datetime.now(UTC)


@pytest.fixture
def shop(app, names, now):
    """A shop with everything: records of today, a worker, a sender that is believed, a balance call."""
    names.texts = {"numberplug.example": ["v=spf1 -all"], "_dmarc.numberplug.example": ["v=DMARC1; p=none"]}  # fmt: skip
    with crediting() as shop:
        with transaction():
            db.session.add(RecordsRead(shop=SHOP, at=now))
            given = {"url": shop.url}
            shop.secret = setting.set_rail(SHOP, Rail.BALANCE, given=given, at=now, loopback=True).secret  # fmt: skip
        beat(now=now)
        yield shop


# What it says on this machine.
FILES = (
    (WELL, "each is opened in a process that is shut in")
    if offered()
    else (UNSURE, "no process can be shut in here: only PNG, JPEG and WebP pictures are taken")
)


def seen(now, policy=None, **given):
    """Each thing's health by its name."""
    found = examine(policy or factories.policy(SHOP), clock=lambda: now, **given)
    return {each.name: (each.health, each.seen) for each in found}


def test_a_shop_that_has_all_is_well_but_for_its_mail_server(shop, now):
    found = seen(now)
    clock = found.pop("clock")
    assert clock[0] is WELL
    assert found == {
        "policy": (WELL, "checked, in force since 2025-10-20"),
        "records": (WELL, f"last taken in at {now:%Y-%m-%d %H:%M}Z"),
        "mail server": (UNSURE, "none is set: mails stay in the mailbox page"),
        "sender's domain": (WELL, "numberplug.example has SPF and DMARC; DKIM was not looked for"),
        "balance call": (WELL, "it answers: no credit of a key it never had"),
        "webhooks": (UNSURE, "none is set: nothing is called"),
        "worker": (WELL, "there"),
        "files of strangers": FILES,
    }


def test_a_shop_that_has_nothing_is_told_what_to_do(app, names, now):
    found = {each.name: each for each in examine(factories.policy(SHOP), clock=lambda: now)}
    told = {name: (each.health, each.seen, each.todo) for name, each in found.items()}
    assert told["records"] == (
        ILL,
        "no order was ever taken in",
        "push the orders that changed, or: flask --app wsgi records import numberplug FILE",
    )
    assert told["sender's domain"][:2] == (ILL, "numberplug.example has no SPF, DMARC")
    assert told["balance call"] == (
        UNSURE,
        "none is set: refunds to the balance wait for a person",
        "flask --app wsgi rails set numberplug balance --url ADDRESS",
    )
    assert told["worker"] == (ILL, "never seen", "start one: flask --app wsgi worker")


def test_old_records_a_silent_worker_and_a_missing_key_are_told(shop, now):
    later = now + timedelta(days=1, seconds=1)
    found = seen(later, selector="key1")
    assert found["records"][0] is ILL
    assert found["worker"] == (ILL, f"last seen at {now:%Y-%m-%d %H:%M}Z")
    assert found["sender's domain"] == (ILL, "numberplug.example has no DKIM")


@pytest.mark.one_in(2)
@pytest.mark.parametrize("wrong", [timedelta(seconds=90), timedelta(days=-1)])
def test_a_clock_that_is_apart_from_others_is_told(shop, now, wrong):
    told = {each.name: each for each in examine(factories.policy(SHOP), clock=lambda: now + wrong)}
    health, seen, todo = told["clock"].health, told["clock"].seen, told["clock"].todo
    seconds, _, place = seen.partition(" s apart from ")
    assert abs(int(seconds) - wrong.total_seconds()) <= 3
    assert place in {"the database", urlsplit(shop.url).netloc}
    assert (health, todo) == (ILL, "set the clocks by NTP")


def test_where_others_reach_the_portal_nothing_of_its_own_network_is_called(shop, now, app):
    settings = app.extensions["settings"]
    app.extensions["settings"] = settings.model_copy(update={"mode": Mode.PRODUCTION})
    found = seen(now)
    why = "its address leads into the portal's own network"
    said = f"asked for a credit it never had it said unknown {why}"
    assert found["balance call"] == (ILL, said)
    assert urlsplit(shop.url).netloc not in found["clock"][1]
    assert shop.calls == []


def test_a_name_server_that_fails_leaves_it_open(shop, names, now):
    names.silent = True
    assert seen(now)["sender's domain"][0] is UNSURE


def test_a_policy_that_decides_nothing_is_told(shop, now):
    held = replace(factories.policy(SHOP), held="It was not checked.")
    assert seen(now, held)["policy"] == (ILL, "It was not checked.")


def test_a_balance_call_that_knows_no_look_up_is_told(shop, now):
    shop.look_up = lambda _key: (500, {})
    assert seen(now)["balance call"] == (
        ILL,
        "asked for a credit it never had it said unknown it answered 500",
    )


def test_a_webhook_that_takes_nothing_or_is_stopped_is_told(shop, now):
    with transaction():
        url = "https://shop.example/hooks?of=redress"
        key = webhooks.add(SHOP, url=url, at=now, loopback=False)[0].key
    assert seen(now)["webhooks"] == (WELL, "none of them fails")
    told = (ILL, "https://shop.example/hooks is stopped, or takes nothing")
    with transaction():
        webhooks.endpoint_for_change(key).failing_since = now
    assert seen(now)["webhooks"] == told
    with transaction():
        endpoint = webhooks.endpoint_for_change(key)
        endpoint.failing_since = None
        webhooks.pause(endpoint, at=now)
    assert seen(now)["webhooks"] == told


def test_nothing_is_changed(shop, now):
    seen(now)
    assert [call[0] for call in shop.calls] == ["GET"]


@pytest.mark.parametrize("well", [True, False])
def test_the_command_ends_with_one_where_something_is_ill(app, shop, now, well, on_disk):
    if not well:
        with transaction():
            db.session.execute(delete(WorkerBeat))
    done = app.test_cli_runner().invoke(args=["shop", "doctor", SHOP])
    assert done.exit_code == ("NOT WELL" in done.output)
    assert done.exit_code == (0 if well and on_disk else 1)
    assert ("worker: well: there" in done.output) is well
    assert ("worker: NOT WELL: never seen\n    start one: " in done.output) is not well
