"""``keys rotate`` by the thousand: under traffic, killed on the way, nothing unreadable, nothing left on the old key."""

import base64
import threading
from random import Random

import pytest
from flask import current_app
from sqlalchemy import func, insert, select

from portal.claims.models import Claim
from portal.claims.payout.details import PayoutDetails
from portal.claims.payout.fields import Method
from portal.claims.payout.payee import _row, keyring, name_payee, payee_of, reseal_payees
from portal.database import transaction
from portal.extensions import db
from portal.health.proofs import SealKeysUnlike, SealProof
from portal.webhooks import setting as hooks
from portal.webhooks.models import WebhookEndpoint
from portal.webhooks.setting import opened_secret
from tests import factories, races
from tests.conftest import NOW
from tests.portals import portal_at, within
from tests.sizes import AT_ONCE, size

OLD = "z-2025:" + base64.b64encode(bytes(range(32))).decode()
NEW = "a-2026:" + base64.b64encode(bytes(range(32, 64))).decode()
HOOKS = 250
OTHER = "z-2025:" + base64.b64encode(bytes(range(64, 96))).decode()

# Rotates payout details and secrets of webhooks, and dies as so many lots are committed.
DIES = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from portal.claims.payout.payee import reseal_payees
from portal.extensions import db
from portal.webhooks.setting import reseal_signing
from tests.portals import portal_at

url, folder, keys, lots = sys.argv[1:]
app = portal_at(url, Path(folder), seal_keys=keys)
with app.app_context():
    committed = []

    def count(_connection):
        committed.append(1)
        if len(committed) > int(lots):
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(db.engine, "commit", count)
    reseal_signing()
    reseal_payees()
"""


def details(number):
    return PayoutDetails(Method.OTHER, description=f"By cheque number {number}, to Ada Lind")


def paid_out(count):
    """So many claims that name a payee, quickly."""
    first = factories.draft(files=0)
    with transaction():
        name_payee(db.session.merge(first), details=details(0))
    db.session.rollback()
    row = dict(db.session.execute(select(Claim.__table__)).mappings().one())
    row = {name: value for name, value in row.items() if name not in {"id", "open_key"}}
    rows = []
    for number in range(1, count):
        reference = f"T{number:03d}-{number:04d}"
        sealed = keyring().seal(details(number).to_bytes(), bound_to=_row(reference))
        rows.append(row | {"reference": reference, "payout_sealed": sealed})
    with transaction():
        db.session.execute(insert(Claim.__table__), rows)


def called(count):
    """So many addresses that hear of events, quickly."""
    with transaction():
        hooks.add("shop", url="https://shop.example/hooks", at=NOW, loopback=False)
    row = dict(db.session.execute(select(WebhookEndpoint.__table__)).mappings().one())
    rows = []
    for number in range(1, count):
        key = f"WH-{number:026d}"
        sealed = keyring().seal(b"a secret", bound_to=hooks._bound_to(key))
        rows.append(row | {"id": row["id"] + number, "key": key, "secret_sealed": sealed})
    with transaction():
        db.session.execute(insert(WebhookEndpoint.__table__), rows)


def on_key(name, column=Claim.payout_sealed):
    db.session.rollback()
    found = select(func.count()).where(column.startswith(f"s1.{name}."))
    return db.session.scalar(found)


@pytest.mark.long
def test_killed_on_the_way_it_goes_on_and_all_is_readable_throughout(database, tmp_path):
    rotated(database, tmp_path, count=250, kills=1)


@pytest.mark.long
@pytest.mark.timeout(500)
@AT_ONCE
def test_by_the_thousand_and_killed_five_times(database, tmp_path):
    rotated(database, tmp_path, count=size(1_000, full=10_000), kills=5)


def rotated(database, tmp_path, *, count, kills):
    """Rotate under traffic, killed so often on the way."""
    with within(portal_at(database, tmp_path, seal_keys=OLD)):
        paid_out(count)
        called(HOOKS)
        ids = list(db.session.scalars(select(Claim.id)))
        endpoints = list(db.session.scalars(select(WebhookEndpoint.id)))
    app = portal_at(database, tmp_path, seal_keys=f"{NEW},{OLD}")
    stop, seen, wrong = threading.Event(), [], []

    def traffic(seed):
        """Reads one after the other, and now and then a customer names another payee."""
        random = Random(seed)
        with app.app_context():
            while not stop.is_set():
                number = random.choice(ids)
                try:
                    if payee_of(db.session.get_one(Claim, number)).method is Method.OTHER:
                        seen.append(number)
                    opened_secret(db.session.get_one(WebhookEndpoint, random.choice(endpoints)))
                    db.session.rollback()
                    if len(seen) % 20 == 0:
                        with transaction():
                            claim = db.session.get_one(Claim, number, with_for_update=True)
                            name_payee(claim, details=details(number))
                except Exception as error:  # noqa: BLE001 - whatever went wrong is the result
                    wrong.append(error)
                    return
                finally:
                    db.session.remove()
                stop.wait(0.01)

    readers = [threading.Thread(target=traffic, args=(seed,)) for seed in range(2)]
    for each in readers:
        each.start()
    try:
        for lots in range(kills):
            races.killed(DIES, database, str(tmp_path), f"{NEW},{OLD}", str(min(lots, 2)))
        with app.app_context():
            done, refused = reseal_payees()
    finally:
        stop.set()
        for each in readers:
            each.join(60)
    assert (wrong, refused, len(seen) > 5) == ([], [], True)
    assert 0 < done < count
    with within(app):
        assert (on_key("z-2025"), on_key("a-2026")) == (0, count)
        assert app.test_cli_runner().invoke(args=["keys", "rotate"]).exit_code == 0
        secrets = WebhookEndpoint.secret_sealed
        assert (on_key("z-2025", secrets), on_key("a-2026", secrets)) == (0, HOOKS)
    with within(portal_at(database, tmp_path, seal_keys=NEW)):
        opened = {payee_of(claim).method for claim in db.session.scalars(select(Claim))}
        assert opened == {Method.OTHER}
        assert list(db.session.scalars(select(SealProof.name))) == ["a-2026"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (NEW, "the key z-2025 is missing, which sealed what is here"),
        (f"{NEW},{OTHER}", "the key z-2025 is another one than the one that sealed"),
    ],
)
def test_a_missing_or_a_wrong_key_stops_the_start(database, tmp_path, keys, said):
    with within(portal_at(database, tmp_path, seal_keys=OLD)):
        paid_out(2)
    with pytest.raises(SealKeysUnlike, match=said) as refused:
        portal_at(database, tmp_path, seal_keys=keys)
    secrets = [key.partition(":")[2] for key in (OLD, NEW, OTHER)]
    assert not any(secret in str(refused.value) for secret in secrets)


def test_a_key_that_is_gone_for_good_is_named_as_lost(database, tmp_path):
    with within(portal_at(database, tmp_path, seal_keys=OLD)):
        paid_out(2)
    with within(portal_at(database, tmp_path, seal_keys=NEW, seal_keys_lost="z-2025")):
        assert current_app.test_cli_runner().invoke(args=["keys", "rotate"]).exit_code == 1
        assert on_key("z-2025") == 2


def test_before_there_were_proofs_the_rows_themselves_are_asked(database, tmp_path):
    with within(portal_at(database, tmp_path, seal_keys=OLD)):
        paid_out(2)
        with transaction():
            db.session.query(SealProof).delete()
    with pytest.raises(SealKeysUnlike, match="not among them"):
        portal_at(database, tmp_path, seal_keys=NEW)
    with within(portal_at(database, tmp_path, seal_keys=f"{NEW},{OLD}")):
        assert sorted(db.session.scalars(select(SealProof.name))) == ["a-2026", "z-2025"]


def test_a_key_that_nothing_is_sealed_with_any_more_can_go_after_another_start(database, tmp_path):
    with within(portal_at(database, tmp_path, seal_keys=OLD)):
        paid_out(2)
    with within(portal_at(database, tmp_path, seal_keys=f"{NEW},{OLD}")):
        assert sorted(db.session.scalars(select(SealProof.name))) == ["a-2026", "z-2025"]
        assert current_app.test_cli_runner().invoke(args=["keys", "rotate"]).exit_code == 0
    portal_at(database, tmp_path, seal_keys=f"{NEW},{OLD}")
    with within(portal_at(database, tmp_path, seal_keys=NEW)):
        assert list(db.session.scalars(select(SealProof.name))) == ["a-2026"]
