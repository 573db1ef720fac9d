"""Identity documents for an order: asked for with what they are for, given, or refused (CN-V.N3, DV-CN2).

The policies refuse an order that needs them where the customer agreed to that and then does not
supply them. What the customer agrees to is shown as it is asked, and kept as it was shown.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, exists, select

from portal.claims.decisions.casefile import records_need_no_identity
from portal.claims.evidence.files import keys_of
from portal.claims.evidence.storage.chosen import drop
from portal.claims.history import LegalHold
from portal.claims.letters import notices
from portal.claims.lifecycle import Action, Actor, EvidenceState, NotAllowed
from portal.claims.models import Claim, Evidence
from portal.claims.refusals import Incomplete, NeedsReason
from portal.claims.verbs.reviewing import unmoved
from portal.claims.wanted.requested import judge_request
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.policy.deciding.document import Policy
from portal.policy.facts.claim import IDENTITY
from portal.translation import gettext

FACT = "account.identity_documents"
LONGEST = 365  # days for which documents are kept

Index("ix_claims_identity_until", Claim.identity_until)


def speaks_of_identity(claim: Claim, *, policy: Policy) -> bool:
    """Whether the claim's version reads it, and the shop's records don't say it: records come first."""
    version = policy.version_at(claim.submitted_at or claim.created_at)
    sides = [each for clause in version.clauses for each in clause.sides]
    read = any(FACT in test.reads for side in sides for test in side.tests)
    silent = records_need_no_identity(claim.facts.get("account") or {})
    return read and silent and claim.order_key is not None


def wants_documents(claim: Claim) -> bool:
    """Whether its owner is asked for them and can still say yes or no; whoever refused can think again."""
    return claim.waiting and (claim.identity or {"answer": "provided"})["answer"] != "provided"


def ask_for_identity(
    claim: Claim,
    *,
    purpose: str,
    days: int,
    by: Reviewer,
    at: datetime,
    seen: int,
    policy: Policy,
) -> None:
    """Ask its owner for documents: what for, and for how many days they are kept once given.

    Raises ClaimHasMoved, NeedsReason without a purpose, NeedsAnother, NotAllowed where the policy
    reads nothing of them or the records say it already.
    """
    unmoved(claim, seen, by=by)
    if not speaks_of_identity(claim, policy=policy) or not 0 < days <= LONGEST:
        raise NotAllowed(claim.status, Action.ASK_IDENTITY, Actor.REVIEWER)
    if not purpose.strip():
        raise NeedsReason(gettext("Write what the documents are for."), field="purpose")
    agreement: dict[str, Any] = {"purpose": purpose.strip(), "days": days}
    claim.identity = agreement | {"asked_at": at.isoformat(), "answer": None}
    claim.move(Action.ASK_IDENTITY, role=Actor.REVIEWER, at=at, by=by, note=purpose.strip(),
               data={"days": days})  # fmt: skip
    judge_request(claim, policy=policy, at=at, cause=Action.ASK_IDENTITY)
    notices.tell(claim, "identity_asked", policy=policy, at=at)


def as_document(file: Evidence) -> None:
    """This file is an identity document: no evidence of what happened.

    Though its owner never says that they agree, it is kept no longer than they were shown.
    """
    file.kind = IDENTITY
    claim = file.claim
    if claim.identity is not None and claim.identity_until is None:
        claim.identity_until = file.added_at + timedelta(days=claim.identity["days"])


def documents_of(claim: Claim) -> list[Evidence]:
    """The identity documents that were given and could be read, or are still to be."""
    return [
        file
        for file in claim.evidence
        if file.kind == IDENTITY and file.state is not EvidenceState.REFUSED
    ]


def give_identity(claim: Claim, *, policy: Policy, at: datetime) -> None:
    """Its owner agrees, and has added what they give. Raises NotAllowed, Incomplete without a file."""
    agreement = claim.identity
    if agreement is None or not wants_documents(claim):
        raise NotAllowed(claim.status, Action.GIVE_IDENTITY, Actor.CUSTOMER)
    if not documents_of(claim):
        raise Incomplete("identity")
    claim.identity = agreement | {"answer": "provided"}
    claim.identity_until = at + timedelta(days=agreement["days"])
    claim.move(Action.GIVE_IDENTITY, role=Actor.CUSTOMER, at=at)
    judge_request(claim, policy=policy, at=at, cause=Action.GIVE_IDENTITY)


def refuse_identity(claim: Claim, *, policy: Policy, at: datetime) -> None:
    """Its owner gives none: the policy says what follows, and a person decides. Raises NotAllowed.

    What they had added, and never agreed to, is due to be deleted at once.
    """
    agreement = claim.identity
    if agreement is None or not wants_documents(claim) or agreement["answer"]:
        raise NotAllowed(claim.status, Action.REFUSE_IDENTITY, Actor.CUSTOMER)
    claim.identity = agreement | {"answer": "refused"}
    if all(event.action is not Action.GIVE_IDENTITY for event in claim.events):
        claim.identity_until = claim.identity_until and at
    claim.move(Action.REFUSE_IDENTITY, role=Actor.CUSTOMER, at=at)
    judge_request(claim, policy=policy, at=at, cause=Action.REFUSE_IDENTITY)


def forget_documents_due(*, now: datetime, limit: int = 50) -> int:
    """Delete the documents whose time is over, and their bytes; returns of how many claims. A legal hold keeps them."""
    held = exists().where(LegalHold.claim_id == Claim.id)
    found = select(Claim.id).where(Claim.identity_until <= now, ~held).limit(limit)
    numbers = list(db.session.scalars(found))
    db.session.rollback()  # idle looks take no write lock
    for number in numbers:
        keys: list[str] = []
        with transaction():
            one = select(Claim).where(Claim.id == number, ~held).with_for_update(skip_locked=True)
            claim = db.session.scalar(one)
            if claim and claim.identity_until and claim.identity_until <= now:
                keys = _forget(claim, at=now)
        drop(keys)
    return len(numbers)


def _forget(claim: Claim, *, at: datetime) -> list[str]:
    """Take the documents off the claim; the keys of their bytes, to delete after the commit."""
    keys: list[str] = []
    for file in [each for each in claim.evidence if each.kind == IDENTITY]:
        keys += keys_of(file.original_key, file.views, file.originals)
        claim.evidence.remove(file)
        db.session.delete(file)
    claim.identity_until = None
    claim.move(Action.FORGET_IDENTITY, role=Actor.POLICY, at=at)
    return keys
