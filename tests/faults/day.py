"""A portal's day in one process: claims sent, files added and checked, approvals, money, mails, webhooks.

Each act is told when it is committed, so that whoever kills the process knows what was promised by then.
What the world answers is spoiled by chance; the clock goes on to the next try when nothing else is due.
"""

from __future__ import annotations

import io
from datetime import timedelta
from random import Random

from sqlalchemy import func, select

from portal.claims.evidence import files
from portal.claims.lifecycle import WAITING
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing, reviewing
from portal.config.outward import pool
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Payout
from portal.mail.delivery import deliver_due
from portal.mail.models import MailState, OutboxMail
from portal.money import Money
from portal.payouts.rails import balance
from portal.payouts.sending import send_due
from portal.people.reviewers import Reviewer
from portal.versions.registry import policies
from portal.webhooks.models import WebhookDelivery
from portal.webhooks.sending import WebhookCaller
from tests import factories
from tests.api.program import picture
from tests.conftest import NOW
from tests.portals import portal_at

CAME = [(NOW - timedelta(minutes=50), "WhatsApp")]
PATIENCE = 0.25  # seconds that a call is waited for
PRICE = 50


class Day:
    """What one process does, and what it has promised so far."""

    def __init__(self, name, said):
        self.name, self.said, self.chance = name, said, Random(name)
        self.count, self.now, self.calls = 0, NOW, WebhookCaller()

    def submit(self):
        """A claim that the policy pays by itself, or that waits for a person."""
        self.count += 1
        order = f"K-{self.name}-{self.count}"
        by_policy = self.chance.random() < 0.6
        factories.order(reference=order, messages=[] if by_policy else CAME)
        reason = "sms_not_received" if by_policy else "wrong_code"
        row = factories.draft(order_reference=order, reason=reason)
        reference = row.reference
        with transaction():
            claim = claim_for_change(reference)
            filing.submit(claim, policy=factories.policy(), at=NOW)
        self.said.send(("submitted", reference))

    def upload(self):
        """A picture for a draft of its own, kept and checked."""
        self.count += 1
        order = f"U-{self.name}-{self.count}"
        reference = factories.draft(order_reference=order, files=0).reference
        data = picture()
        received = files.receive(io.BytesIO(data), filename="shot.png", size=len(data))
        with transaction():
            row = files.add(claim_for_change(reference), received=received, filename="shot.png",
                            at=NOW)  # fmt: skip
            db.session.flush()
            number = row.public_id
        self.said.send(("uploaded", number))
        files.check_due(now=NOW + timedelta(hours=1))

    def approve(self):
        """A claim that waited, approved by a person."""
        due = select(Claim.reference).where(Claim.status.in_(WAITING)).limit(1)
        if (reference := db.session.scalar(due)) is None:
            return
        db.session.rollback()
        with transaction():
            claim = claim_for_change(reference)
            by = db.session.scalars(select(Reviewer).limit(1)).one()
            reviewing.approve(claim, amount=Money(PRICE, "USD"), override_reason="seen", by=by, at=NOW,
                              seen=claim.version, policy=factories.policy())  # fmt: skip
        self.said.send(("approved", reference))

    def work(self):
        """Money, mails and webhooks that are due; how much that was."""
        db.session.rollback()
        done = send_due(policies=policies(), now=self.now) + deliver_due(now=self.now)
        done += self.calls.turn(now=self.now, patience=PATIENCE)
        while not self.calls.idle:
            done += self.calls.turn(now=self.now, patience=PATIENCE)
        return done

    def next_try(self):
        """When what was put off is tried again; None where nothing is."""
        waits = select(func.min(OutboxMail.due_at)).where(OutboxMail.state == MailState.WAITING)
        columns = Payout.next_try_at, WebhookDelivery.due_at
        found = [db.session.scalar(each) for each in (waits, *map(_first, columns))]
        db.session.rollback()
        return min((at for at in found if at is not None), default=None)

    def finish(self):
        """Work until nothing is left that goes on by itself."""
        while True:
            if not self.work():
                if (at := self.next_try()) is None:
                    return
                self.now = max(self.now + timedelta(seconds=1), at)

    def live(self):
        """One act after the other, by chance, until somebody kills the process."""
        acts = (self.submit, self.submit, self.upload, self.approve, self.work)
        while True:
            self.chance.choice(acts)()


def _first(column):
    return select(func.min(column))


def begin(url, folder, name, said, port):
    """Live a day on the database at ``url``; mails go to a server at ``port`` of this machine."""
    _day(url, folder, name, said, port).live()


def end(url, folder, name, said, port):
    """Do what is left to do, and end."""
    _day(url, folder, name, said, port).finish()
    said.send(("done", name))


def _day(url, folder, name, said, port):
    writing_to(url, folder, port).app_context().push()
    said.send(("ready", name))
    return Day(name, said)


def writing_to(url, folder, port, **given):
    """A portal whose mails go to a server at ``port`` of this machine, and which waits for no shop for long."""
    balance._CALLS[True] = pool(timeout=PATIENCE, inward=True)
    mails = {"mail_server": "127.0.0.1", "mail_port": port, "mail_security": "none"}
    return portal_at(url, folder, **mails | given)
