"""A whole life: kept, gone on with, put back elsewhere; nothing leaves twice, and then it goes on."""

import threading
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from portal import epoch, worker
from portal.audit.log import AuditEntry
from portal.claims.evidence.storage.chosen import storage
from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState, Rail
from portal.mail.models import MailState, OutboxMail
from portal.payouts import setting
from portal.payouts.verifying import verify
from portal.webhooks import setting as webhooks
from tests import factories
from tests.factories import SHOP
from tests.payouts.shops import crediting
from tests.webhooks.receiver import receiving

KEY = "0123456789abcdef0123456789abcdef"


def work(app, until=lambda: True, *, turns=4):
    """Run the worker for some turns of each lane, and until what is asked for came."""
    stop, seen = threading.Event(), []
    lanes = worker.Lane.QUICK, worker.Lane.MONEY, worker.Lane.CALLS
    jobs = [job for job in worker.JOBS if job.lane in lanes]

    def look(*, now):
        seen.append(now)
        enough = len(seen) >= turns and until()
        if enough or len(seen) > 400:
            stop.set()
        db.session.rollback()
        return 0

    with capture_logs() as logs:
        worker.run(app, stop, jobs=(*jobs, worker.Job("look", look, in_copies=True)), idle=0.1)
    return [each["event"] for each in logs]


@pytest.fixture
def shop():
    with crediting() as shop:
        yield shop


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


def begin(shop, receiver):
    """A shop that pays balances by itself and is called; one claim to its balance, one by hand."""
    at = datetime.now(UTC)
    with transaction():
        given = {"url": shop.url}
        shop.secret = setting.set_rail(SHOP, Rail.BALANCE, given=given, at=at, loopback=True).secret
        receiver.secret = webhooks.add(SHOP, url=receiver.url, types=(), at=at, loopback=True)[1]
    factories.account()
    factories.order()
    storage().create(BytesIO(b"a picture"), limit=100, key=KEY)
    claimed()


def claimed(reference="A-1001"):
    at = datetime.now(UTC) - timedelta(seconds=90)
    if reference != "A-1001":
        factories.order(reference=reference)
    row = factories.claim(at=at, order_reference=reference, files=0)
    factories.evidence(row, at=at, original_key=KEY)
    return row.reference


def by_hand():
    """A payout that a person pays."""
    at = datetime.now(UTC) - timedelta(seconds=90)
    claim = db.session.scalars(select(Claim)).first()
    return factories.keep(
        Payout(claim_id=claim.id, purpose="appeal", destination="payout", remedy="refund",
               rail=Rail.MANUAL, amount_minor=100, currency="USD", approved_at=at)
    ).id  # fmt: skip


def payouts():
    db.session.rollback()
    return [(each.rail, each.state) for each in db.session.scalars(select(Payout).order_by(Payout.id))]  # fmt: skip


def left(post, receiver, shop):
    return (
        sorted(post.came),
        len(receiver.calls),
        len([each for each in shop.calls if each[0] == "POST"]),
    )


@pytest.mark.long
def test_nothing_of_a_copy_leaves_twice_and_then_it_goes_on(
    database, elsewhere, portal, post, shop, receiver, tmp_path
):
    with portal(database) as here:
        begin(shop, receiver)
        assert epoch.keep(now=datetime.now(UTC))
        kept = here.test_cli_runner().invoke(args=["backup", str(tmp_path / "kept")])
        assert (kept.exit_code, "1 files (0.0 MB)" in kept.output) == (0, True), kept.output
        work(
            here,
            lambda: (
                payouts() == [(Rail.BALANCE, PayoutState.PAID)]
                and post.came
                and receiver.events.count("payout.paid")
            ),
        )
        assert payouts() == [(Rail.BALANCE, PayoutState.PAID)]
        gone = left(post, receiver, shop)
        assert gone[0] and gone[1] and gone[2] == 1

    with portal(elsewhere, "there") as there:
        run = there.test_cli_runner().invoke
        put = run(args=["restore", str(tmp_path / "kept")])
        assert put.exit_code == 0, put.output
        assert storage().size(KEY) == len(b"a picture")
        logs = work(there, turns=8)
        assert logs.count("a copy, so nothing leaves") == 1
        assert left(post, receiver, shop) == gone
        assert payouts() == [(Rail.BALANCE, PayoutState.DUE)]
        answer = there.test_client().get("/readyz")
        assert (answer.status_code, answer.json["copy"]) == (
            200, "restored, and not reconciled: nothing leaves")  # fmt: skip

        refused = run(args=["restore", "reconcile"], input="n\n")
        assert refused.exit_code == 1
        assert "payouts due, by a rail that pays by itself: 1" in refused.output
        assert epoch.is_apart()
        done = run(args=["restore", "reconcile"], input="y\ny\n")
        assert done.exit_code == 0, done.output
        assert "paid meanwhile 1, never arrived 0, not known 0, held for a person 0" in done.output
        assert payouts() == [(Rail.BALANCE, PayoutState.PAID)]
        assert list(verify()) == []
        assert not epoch.is_apart()
        assert db.session.scalars(select(AuditEntry.act)).all()[-1] == "reconcile_copy"
        mails = set(db.session.scalars(select(OutboxMail.state)))
        assert mails == {MailState.PARKED}

        claimed("A-1002")
        work(
            there,
            lambda: (
                payouts()[1:] == [(Rail.BALANCE, PayoutState.PAID)]
                and len(post.came) > len(gone[0])
            ),
        )
        assert payouts() == [(Rail.BALANCE, PayoutState.PAID)] * 2
        assert len(post.came) == len(set(post.came))
        keys = [headers["webhook-id"] for headers, *_ in receiver.calls]
        assert len(keys) == len(set(keys))
        assert left(post, receiver, shop)[2] == 2
