"""Access to a customer's host, for a while: asked for, given, refused or never answered (AC-R4).

What opens the host is sealed as payout details are, shown to a person by a look that is kept, and
deleted when it was used, when the claim is decided (``Claim.move``), and when its time is over.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, select

from portal.claims.history import ClaimEvent
from portal.claims.letters import notices
from portal.claims.lifecycle import Action, Actor, NotAllowed, next_status
from portal.claims.models import Claim
from portal.claims.payout.payee import keyring
from portal.claims.payout.resealing import reseal_column
from portal.claims.payout.second_person import refuse_own
from portal.claims.refusals import NeedsReason
from portal.claims.verbs.reviewing import unmoved
from portal.claims.wanted.requested import judge_request
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.people.rights import Task
from portal.policy.deciding.document import Policy
from portal.policy.file.findings import offered
from portal.translation import gettext

REQUESTED, GRANTED, REFUSED = "access_requested_at", "access_granted_at", "access_refused"

Index("ix_claims_access_until", Claim.access_until)


class AccessStanding(StrEnum):
    """How a request for access stands."""

    NEVER = "never"
    SILENT = "silent"  # asked for, and not answered
    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class HostAccess:
    """What opens the host: where it is, as whom, and the secret."""

    where: str
    login: str
    secret: str


def speaks_of_access(claim: Claim, *, policy: Policy) -> bool:
    """Whether the version that the claim is judged by says anything of access (AC-R4)."""
    names = offered(policy.version_at(claim.submitted_at or claim.created_at))
    return not {f"findings.{name}" for name in (REQUESTED, REFUSED)}.isdisjoint(names)


def standing(claim: Claim) -> AccessStanding:
    """How the last request stands; what a reviewer recorded by hand counts as well."""
    if claim.findings.get(REFUSED):
        return AccessStanding.REFUSED
    if claim.findings.get(REQUESTED) is None:
        return AccessStanding.NEVER
    return AccessStanding.SILENT if claim.findings.get(GRANTED) is None else AccessStanding.GRANTED


def waits_for_owner(claim: Claim) -> bool:
    """Whether its owner is asked for access and can still say yes or no; whoever refused can think again."""
    asked = standing(claim) in {AccessStanding.SILENT, AccessStanding.REFUSED}
    return asked and claim.waiting and request_of(claim) is not None


def request_of(claim: Claim) -> ClaimEvent | None:
    """The last request through the claim's page; its note says what for."""
    return next((each for each in reversed(claim.events) if each.action is Action.ASK_ACCESS), None)


def ask_for_access(
    claim: Claim, *, note: str, by: Reviewer, at: datetime, seen: int, policy: Policy
) -> None:
    """Ask its owner for access, saying what for; a clock that the policy pauses stands still from now.

    Asked once more, the clock counts from the new request. Raises ClaimHasMoved, NeedsReason without
    a word to the customer, NeedsAnother, NotAllowed where the policy says nothing of access.
    """
    unmoved(claim, seen, by=by)
    if not speaks_of_access(claim, policy=policy):
        raise NotAllowed(claim.status, Action.ASK_ACCESS, Actor.REVIEWER)
    if not note.strip():
        raise NeedsReason(gettext("Write what you need to reach, and what for."), field="note")
    kept = {name: value for name, value in claim.findings.items() if name not in {GRANTED, REFUSED}}
    claim.findings = kept | {REQUESTED: at.isoformat()}
    claim.access_sealed = claim.access_until = None
    claim.move(Action.ASK_ACCESS, role=Actor.REVIEWER, at=at, by=by, note=note.strip())
    judge_request(claim, policy=policy, at=at, cause=Action.ASK_ACCESS)
    notices.tell(claim, "access_asked", policy=policy, at=at)


def grant_access(claim: Claim, *, host: HostAccess, policy: Policy, at: datetime) -> None:
    """Its owner lets us in: the clock goes on. Raises NotAllowed where nobody asks for it."""
    if not waits_for_owner(claim):
        raise NotAllowed(claim.status, Action.GRANT_ACCESS, Actor.CUSTOMER)
    kept = {name: value for name, value in claim.findings.items() if name != REFUSED}
    claim.findings = kept | {GRANTED: at.isoformat()}
    told = json.dumps(asdict(host)).encode()
    claim.access_sealed = keyring().seal(told, bound_to=_row(claim.reference))
    claim.access_until = at + policy.shop.access_time
    claim.move(Action.GRANT_ACCESS, role=Actor.CUSTOMER, at=at)
    judge_request(claim, policy=policy, at=at, cause=Action.GRANT_ACCESS)


def refuse_access(claim: Claim, *, policy: Policy, at: datetime) -> None:
    """Its owner lets nobody in: the policy says what follows, and a person decides (AC-R4).

    Raises NotAllowed where nobody asks for it, or it was refused already.
    """
    if standing(claim) is not AccessStanding.SILENT or not waits_for_owner(claim):
        raise NotAllowed(claim.status, Action.REFUSE_ACCESS, Actor.CUSTOMER)
    claim.findings = claim.findings | {REFUSED: True}
    claim.move(Action.REFUSE_ACCESS, role=Actor.CUSTOMER, at=at)
    judge_request(claim, policy=policy, at=at, cause=Action.REFUSE_ACCESS)


def look_at_access(claim: Claim, *, by: Reviewer, at: datetime, why: str) -> HostAccess | None:
    """What opens the host, and who looked when and why; None where it is deleted.

    The claim stays as it is: whoever has it before them goes on. Raises NotAllowed, NoRight,
    NeedsReason, NeedsAnother on one's own claim, SealError.
    """
    by.demand(Task.DECIDE, claim.shop)
    next_status(claim.status, Action.LOOK_AT_ACCESS, Actor.REVIEWER)
    refuse_own(claim, by)
    if not why.strip():
        raise NeedsReason(gettext("Write what you do there."), field="why")
    if claim.access_sealed is None:
        return None
    opened = keyring().open_sealed(claim.access_sealed, bound_to=_row(claim.reference))
    claim.move(Action.LOOK_AT_ACCESS, role=Actor.REVIEWER, at=at, by=by, internal=why.strip())
    return HostAccess(**json.loads(opened))


def end_access(claim: Claim, *, by: Reviewer, at: datetime) -> None:
    """It was used: what opens the host is deleted. Nothing happens where it is gone already."""
    refuse_own(claim, by)
    if claim.access_sealed is not None:
        claim.move(Action.END_ACCESS, role=Actor.REVIEWER, at=at, by=by)


def forget_due(*, now: datetime, limit: int = 50) -> int:
    """Delete what opens hosts and was not used in its time; returns of how many claims."""
    found = select(Claim.id).where(Claim.access_until <= now).limit(limit)
    numbers = list(db.session.scalars(found))
    db.session.rollback()  # idle looks take no write lock
    for number in numbers:
        with transaction():
            one = select(Claim).where(Claim.id == number).with_for_update(skip_locked=True)
            claim = db.session.scalar(one)
            if claim and claim.access_until and claim.access_until <= now:
                claim.move(Action.FORGET_ACCESS, role=Actor.POLICY, at=now)
    return len(numbers)


def reseal_access() -> tuple[int, list[str]]:
    """Seal with the first key what an older one sealed: how many, and which could not be opened."""
    sealed = Claim.access_sealed
    return reseal_column(sealed, Claim.reference, bound_to=_row, called="access of claim")


def _row(reference: str) -> str:
    return f"host_access:{reference}"
