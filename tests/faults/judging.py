"""What was promised, held to what the database, the storage and the log of acts have of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

from sqlalchemy import select, text

from portal.audit.chain import link_due
from portal.audit.log import AuditEntry
from portal.audit.verifying import verify as verify_log
from portal.claims.evidence.storage.chosen import storage
from portal.claims.lifecycle import Action, EvidenceState, Status
from portal.claims.models import Claim, ClaimEvent, Evidence
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState
from portal.payouts.verifying import verify
from tests.conftest import NOW


def whole(promised):
    """The database is sound and holds everything that was promised: each a kind and a name."""
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"
    claims = {claim.reference: claim for claim in db.session.scalars(select(Claim))}
    for what, name in promised:
        if what == "submitted":
            assert claims[name].status is not Status.DRAFT
        elif what == "approved":
            assert len(claims[name].payouts) == 1
    assert list(verify()) == []


def kept_whole(promised):
    """Each file that was promised is there with all its bytes."""
    kept = {file.public_id: file for file in db.session.scalars(select(Evidence))}
    for name in (name for what, name in promised if what == "uploaded"):
        file = kept[name]
        keys = [view["key"] for view in file.views] or [file.original_key]
        assert file.state in {EvidenceState.READY, EvidenceState.CHECKING}
        assert all(storage().size(key) for key in keys)


def each_step_noted():
    """Every step of every claim is in the log of acts, once."""
    steps = select(Claim.reference, ClaimEvent.action).join(Claim, Claim.id == ClaimEvent.claim_id)
    noted = select(AuditEntry.claim, AuditEntry.act).where(AuditEntry.act.in_(list(Action)))
    assert Counter(map(tuple, db.session.execute(noted))) == Counter(
        map(tuple, db.session.execute(steps))
    )


def logged_whole():
    """The log's chain is as it was written, and every act can be put into it."""
    while link_due(now=NOW):
        pass
    assert verify_log([], now=NOW + timedelta(days=365)) is None


def nothing_twice(price):
    """No more of any order is owed and gone than ``price`` (minor units), and no part of it is owed twice."""
    parts, sums = defaultdict(list), Counter()
    for payout in db.session.scalars(select(Payout)):
        parts[payout.claim_id].append((payout.purpose, payout.turn))
        if payout.counts:
            sums[payout.claim_id] += payout.amount_minor
    assert all(len(set(each)) == len(each) for each in parts.values())
    assert max(sums.values()) <= price


def steps_there(references):
    """Each claim has at least as many steps as it is named here, once for each act that was promised."""
    of = select(Claim.reference).join(ClaimEvent, ClaimEvent.claim_id == Claim.id)
    assert Counter(references) - Counter(db.session.scalars(of)) == {}


def credited_as_told(shop):
    """What the shop credited is told as paid, but where a person said that it failed."""
    gone = {PayoutState.PAID, PayoutState.REVERSED}
    kept = select(Claim, Payout).join(Payout, Payout.claim_id == Claim.id)
    others = kept.where(Payout.key.in_(shop.credited), Payout.state.not_in(gone))
    found = {
        payout.key: (payout.state, [event.action for event in claim.events])
        for claim, payout in db.session.execute(others)
    }
    assert {key: told for key, told in found.items() if Action.MARK_FAILED not in told[1]} == {}
