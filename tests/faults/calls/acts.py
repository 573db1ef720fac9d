"""What a portal does that others count on, one act after the other on a claim of its own, to be broken off.

Each act says how a claim is made ready for it and what is done then; and how a claim stands is told in
words that are the same for every claim that went the same way.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial

from flask import g
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from portal.audit import chain
from portal.audit.log import AuditEntry
from portal.audit.verifying import verify as verify_log
from portal.claims.evidence import files, sweeping
from portal.claims.evidence.files import keys_of
from portal.claims.evidence.storage.chosen import storage
from portal.claims.models import Claim, Evidence
from portal.claims.payout.details import PayoutDetails
from portal.claims.payout.fields import Method
from portal.claims.payout.payee import _payee_key, _row, payee_of, reseal_payees
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState
from portal.mail.delivery import deliver_due
from portal.mail.models import OutboxMail
from portal.payouts.sending import send_due
from portal.payouts.verifying import verify as verify_ledger
from portal.sealed import Keyring, key_name
from portal.versions.registry import policies
from portal.webhooks.models import WebhookDelivery
from portal.webhooks.sending import WebhookCaller
from tests import factories
from tests.api.program import picture
from tests.conftest import NOW
from tests.faults.calls.tracing import traced
from tests.faults.day import CAME, PATIENCE, Day, writing_to
from tests.faults.world import spoilt_world
from tests.portals import portal_at, within
from tests.sizes import size
from tests.web.inspector import Browser
from tests.web.steps.signing_in import sign_in

OLD = "z-2025:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
KEYS = f"a-2026:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,{OLD}"
ACTS = ("submit", "upload", "check", "approve", "payout", "mail", "webhook", "rotation")
LATER = NOW + timedelta(hours=1)  # when all is due that waits for its time
PRESSED = {"submit", "upload", "approve"}  # by people: whoever is answered counts on it
# What a payout tells once more where the shop never had its credit and says so: it is due, and sent, again.
TOLD_AGAIN = (("payout.due", "delivered"), ("payout.sent", "delivered"))
CONNECTED = text(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)

POINTS = size(12, full=60, whole=10_000)  # at most so many of the calls of an act


def points(count, most=POINTS):
    """The numbers of the calls at which an act is broken off: the first, the last, and so many between."""
    assert count, "none of the act's calls was counted"
    step = max(1, -(-count // most))
    return sorted({*range(1, count + 1, step), count})


@contextmanager
def stage(database, folder, **given):
    """A portal on an empty database, and a world that takes what it is sent; none of its connections is open."""
    with (
        within(portal_at(database, folder, seal_keys=KEYS)),
        spoilt_world(1, share=0) as (mails, shop, receiver, port),
    ):
        db.session.remove()
        db.engine.dispose()
        # One account sends a claim for each call: more a day than an account may.
        given = {"seal_keys": KEYS, "filings_account_day": 1_000_000} | given
        app = writing_to(database, folder, port, **given)
        app.config |= {"NOW": NOW, "WTF_CSRF_ENABLED": False}
        app.jinja_env.bytecode_cache = None  # of the tests alone, and a file
        with within(app):
            yield Stage(app, mails, shop, receiver)


class Stage:
    """The portal, who is signed in, and the world."""

    def __init__(self, app, mails, shop, receiver):
        self.mails, self.shop, self.receiver = mails, shop, receiver
        self.customer, self.reviewer = Browser(app.test_client()), Browser(app.test_client())
        self.day, self.count = Day("acts", None), 0
        self.seen = self.page = None
        self.now = LATER  # the clock of the worker
        tempfile.gettempdir()  # known to whoever has been there for a while
        factories.account()
        sign_in(self.reviewer, factories.reviewer(may_pay=True))

    def ready(self, act):
        """A claim for which it is the turn of this act; its reference."""
        self.count += 1
        order = f"O-{self.count}"
        factories.order(reference=order, messages=CAME if act == "approve" else [])
        reason = "wrong_code" if act == "approve" else "sms_not_received"
        draft = factories.draft(
            order_reference=order, reason=reason, files=act not in {"upload", "check"}
        )
        reference = draft.reference
        if act in {"approve", "payout", "mail", "webhook"}:
            with transaction():
                filing.submit(claim_for_change(reference), policy=factories.policy(), at=NOW)
        if act in PRESSED:
            with self.customer.client.session_transaction() as session:
                session["drafts"] = [reference]
        self.seen = db.session.scalar(select(Claim.version).where(Claim.reference == reference))
        if act == "check":
            self._received(reference)
        if act == "payout":
            deliver_due(now=LATER)  # it waits: the next would be sent in its place
        if act == "rotation":
            self._sealed_long_ago(reference)
        self.leave()
        return reference

    def leave(self):
        """Have no connection open."""
        db.session.remove()
        db.engine.dispose()

    def do(self, act, reference):
        """The act itself: the status of its answer, whose page is kept, or how much was done."""
        g.pop("_login_user", None)
        done = getattr(self, act)(reference)
        if act not in PRESSED:
            return done
        self.page = done.text
        return done.status_code

    def forked(self, act, reference, **given):
        """The act done in a fork; what it began in the database has ended as well."""
        before = self._connected()
        told = traced(partial(self.do, act, reference), **given)
        # PostgreSQL finishes the statement of who was killed, and only then sees that nobody listens.
        while not self._connected() <= before:
            time.sleep(0.005)
        return told

    def _connected(self):
        if db.engine.dialect.name == "sqlite":
            return set()
        found = set(db.session.scalars(CONNECTED))
        self.leave()
        return found

    def submit(self, reference):
        said = {"way": "balance", "description": "I asked for the code twice and nothing came."}
        return self.customer.client.post(f"/new/{reference}/result", data=said)

    def upload(self, reference):
        sent = {"files": (io.BytesIO(picture()), "shot.png")}
        return self.customer.client.post(f"/evidence/{reference}", data=sent)

    def approve(self, reference):
        said = {"approve-seen": self.seen, "approve-amount": "0.50", "approve-override": "Seen."}
        return self.reviewer.client.post(f"/review/{reference}/approve", data=said)

    def check(self, _reference):
        return files.check_due(now=self.now)

    def payout(self, _reference):
        return send_due(policies=policies(), now=self.now)

    def mail(self, _reference):
        return deliver_due(now=self.now)

    def webhook(self, _reference):
        calls = WebhookCaller()
        done = calls.turn(now=self.now, patience=PATIENCE)
        while not calls.idle:
            done += calls.turn(now=self.now, patience=PATIENCE)
        return done

    def rotation(self, _reference):
        return reseal_payees()[0]

    def _received(self, reference):
        data = picture()
        received = files.receive(io.BytesIO(data), filename="shot.png", size=len(data))
        with transaction():
            files.add(claim_for_change(reference), received=received, filename="shot.png", at=NOW)

    def _sealed_long_ago(self, reference):
        old, details = Keyring.parse([OLD]), PayoutDetails(Method.OTHER, description="By cheque")
        with transaction():
            claim = claim_for_change(reference)
            claim.payout_method = details.method.value
            claim.payout_sealed = old.seal(details.to_bytes(), bound_to=_row(reference))
            claim.payout_masked = [list(line) for line in details.masked()]
            claim.payee_key = _payee_key(details, old)

    def standing(self, reference):
        """How the claim stands, and all that hangs on it."""
        db.session.rollback()
        claim = db.session.scalars(select(Claim).where(Claim.reference == reference)).one()
        mails = select(OutboxMail).where(OutboxMail.about == reference)
        noted = select(AuditEntry.act).where(AuditEntry.claim == reference)
        hooks = select(WebhookDelivery).where(WebhookDelivery.about.contains(reference))
        found = {
            "status": claim.status,
            "history": [event.action for event in claim.events],
            "payouts": [payout.state for payout in claim.payouts],
            "mails": sorted((mail.event, mail.state) for mail in db.session.scalars(mails)),
            "noted": sorted(db.session.scalars(noted)),
            "files": [(file.state, len(file.views)) for file in claim.evidence],
            "webhooks": sorted((each.type, each.state) for each in db.session.scalars(hooks)),
            "sealed with": claim.payout_sealed and key_name(claim.payout_sealed),
            "money to": (details := payee_of(claim)) and details.description,
        }
        self.leave()
        return found

    def other(self, now):
        """A turn of another worker by its clock; what the first holds in the database is left to it."""
        self.day.now = now
        turns = partial(files.check_due, now=now), partial(deliver_due, now=now)
        for turn in (*turns, reseal_payees, self.day.work):
            with suppress(OperationalError):
                turn()
        self.leave()

    def finish(self, after=timedelta(hours=1)):
        """Each of the worker's turns until nothing is left to do, when nothing is leased any more."""
        now = LATER + after
        while files.check_due(now=now):
            pass
        reseal_payees()
        deliver_due(now=now)  # a mail that waits would be left out for the next
        self.day.now = now
        self.day.finish()
        self.leave()

    def told_again(self, reference, end):
        """``end``, and told once more for each look-up of a credit that the shop never had."""
        keys = select(Payout.key).join(Claim, Claim.id == Payout.claim_id)
        keys = db.session.scalars(keys.where(Claim.reference == reference)).all()
        again = TOLD_AGAIN * sum(self.shop.missed[key] for key in keys)
        self.leave()
        return end | {"webhooks": sorted([*end["webhooks"], *again])}

    def left_once(self, reference):
        """Whether what the claim sent arrived, and came to effect once."""
        claim = db.session.scalars(select(Claim).where(Claim.reference == reference)).one()
        mails = select(OutboxMail.message_id).where(OutboxMail.about == reference)
        copies = [self.mails.kept[name] for name in db.session.scalars(mails)]
        assert all(len(set(each)) == 1 and len(each) <= 2 for each in copies)
        keys = [payout.key for payout in claim.payouts if payout.state is PayoutState.PAID]
        assert len(keys) <= 1
        assert set(keys) <= self.shop.credited.keys()
        hooks = select(WebhookDelivery.event).where(WebhookDelivery.about.contains(reference))
        taken = Counter(headers["webhook-id"] for headers, _, _, status in self.receiver.calls
                        if status < 300)  # fmt: skip
        assert all(1 <= taken[name] <= 2 for name in db.session.scalars(hooks))
        self.leave()

    def sound(self):
        """Whether database, ledger and audit log are whole."""
        if db.engine.dialect.name == "sqlite":
            assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"
        assert list(verify_ledger()) == []
        while chain.link_due(now=NOW):
            pass
        assert verify_log([], now=NOW + timedelta(days=1)) is None
        self.leave()

    def swept(self):
        """How many files nobody knew, after a day; and those that rows know are all there, and no other."""
        later = NOW.now(NOW.tzinfo) + timedelta(days=2)
        count = sweeping.sweep(now=later)
        rows = db.session.scalars(select(Evidence)).all()
        known = {key for row in rows for key in keys_of(row.original_key, row.views, row.originals)}
        assert set(storage().written_before(later)) == known
        self.leave()
        return count
