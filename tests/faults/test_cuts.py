"""The database is cut off at each statement of an act: it is done as a whole or not at all, and done again."""

from __future__ import annotations

import pytest
from flask import g
from sqlalchemy import func, select

from portal.audit.log import AuditEntry
from portal.claims.lifecycle import Status
from portal.claims.models import Claim, ClaimEvent
from portal.extensions import db
from portal.ledger.payout import Payout
from portal.mail.models import OutboxMail
from portal.payouts.verifying import verify
from tests import factories
from tests.faults.cutting import cut_at
from tests.sizes import AT_ONCE
from tests.web.attacker import Attacker, address, rule_of
from tests.web.routes import DRAFT, REVIEWER

WRITTEN = (ClaimEvent, Payout, OutboxMail, AuditEntry)


def rows():
    db.session.rollback()
    return [db.session.scalar(select(func.count()).select_from(table)) for table in WRITTEN]


def whole(reference, before):
    """Whether the act was done: all of it, or nothing."""
    found = rows()
    status = db.session.scalar(select(Claim.status).where(Claim.reference == reference))
    if status is before[0]:
        assert found == before[1]
        return False
    assert all(now > then for now, then in zip(found, before[1], strict=True))
    return True


def walk(press, reference):
    """Press with the database cut off at one statement after the other, until it is done."""
    before, answers, number = (status_of(reference), rows()), [], 0
    while not whole(reference, before):
        number += 1
        g.pop("_login_user", None)  # each press looks anew who is signed in
        with cut_at(number) as said:
            answers.append(press().status_code)
        assert said["cut"] or number > said["statements"], number
    assert list(verify()) == []
    return answers


def status_of(reference):
    db.session.rollback()
    return db.session.scalar(select(Claim.status).where(Claim.reference == reference))


@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(600)
@AT_ONCE
def test_a_claim_is_sent_as_a_whole_or_not_at_all(app, record_property):
    attacker = Attacker(app, DRAFT, None)
    factories.account()
    factories.order()
    reference = factories.draft().reference
    client = attacker.browser.client
    with client.session_transaction() as session:
        session["drafts"] = [reference]
    said = {"way": "balance", "description": "I asked for the code twice and nothing came."}
    answers = walk(lambda: client.post(f"/new/{reference}/result", data=said), reference)
    record_property("figure", f"cut off at {len(answers) - 1} statements")
    assert status_of(reference) is Status.APPROVED
    assert answers == [503] * (len(answers) - 1) + [303]


@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(600)
@AT_ONCE
def test_a_claim_is_approved_as_a_whole_or_not_at_all(app, record_property):
    attacker = Attacker(app, REVIEWER, "waiting")
    reference = attacker.claim.reference
    path = address(rule_of(app, "deciding.approve"), attacker.good)
    said = attacker.seen | {"approve-amount": "0.50", "approve-override": "Seen."}
    client = attacker.browser.client
    answers = walk(lambda: client.post(path, data=said), reference)
    record_property("figure", f"cut off at {len(answers) - 1} statements")
    assert status_of(reference) is Status.APPROVED
    # What is read after it is done, to show the next page, may be cut off as well.
    assert set(answers[:-1]) == {503}
