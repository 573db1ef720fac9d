"""People who file and decide, and workers who send what is due: each a process that lives until it is killed."""

from __future__ import annotations

import time
import traceback

from sqlalchemy import func, select

from portal.audit.chain import link_due
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from tests.faults.day import Day, end, writing_to
from tests.ledger.deeds import DEEDS, REFUSED, hear, send
from tests.races import pipe, started

BY_PEOPLE = [deed for deed in DEEDS if deed not in {send, hear}]  # the rail itself is asked here
IDLE = 0.05  # seconds
BROKE = "broke"
_ANY = select(Claim.reference).where(Claim.status != Status.DRAFT).order_by(func.random()).limit(1)


class Person(Day):
    """Files claims and their pictures, and does to any claim what people do, as another one does meanwhile."""

    def deed(self):
        """Something by chance to a claim by chance; told where it was done and not refused."""
        if (reference := db.session.scalar(_ANY)) is None:
            return
        db.session.rollback()
        deed = self.chance.choice(BY_PEOPLE)
        try:
            with transaction():
                row = claim_for_change(reference)
                before = len(row.events)
                deed(self.chance, row)
                done = len(row.events) > before
        except REFUSED:
            return
        if done:
            self.said.send((deed.__name__, reference))

    def live(self):
        """Until somebody kills the process."""
        acts = (self.submit, self.submit, self.upload, *[self.deed] * 5)
        while True:
            self.chance.choice(acts)()


class Worker(Day):
    """Sends what is due and chains the log; its clock goes on to the next try where nothing else is due."""

    def live(self):
        """Until somebody kills the process."""
        while True:
            done = self.work()
            link_due(now=self.now)
            if done:
                self.said.send(("sent", done))
            else:
                self.now = max(self.now, self.next_try() or self.now)
                time.sleep(IDLE)


def live(kind, url, folder, name, said, port):
    """Be a ``Person`` or a ``Worker`` on the database at ``url``, mails going to ``port`` of this machine.

    What it dies of, other than by being killed, is told as ``BROKE``.
    """
    try:
        writing_to(url, folder, port).app_context().push()
        kind(name, said).live()
    except Exception:  # noqa: BLE001 - told to the test, which fails by it
        said.send((BROKE, traceback.format_exc()))


def finished(database, folder, port):
    """A process of its own does all that is left to do, and ends."""
    heard, said = pipe()
    process = started(end, database, folder, "last", said, port)
    said.close()
    assert [heard.recv(), heard.recv()] == [("ready", "last"), ("done", "last")]
    process.join()
