"""Payout details in full, for a person who pays: each look is a line of the claim's history."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert

from portal.audit.log import AuditEntry
from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import Action, Actor, Status, next_status
from portal.claims.models import Claim
from portal.claims.payout.details import PayoutDetails
from portal.claims.payout.payee import payee_of
from portal.claims.payout.second_person import refuse_own
from portal.claims.refusals import NeedsReason
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.people.rights import Task
from portal.translation import gettext


def reveal(claim: Claim, *, by: Reviewer, at: datetime, why: str) -> PayoutDetails | None:
    """The details in full, and who looked when and why; None where none were given.

    The claim stays as it is: whoever has it before them goes on. Raises NotAllowed where nothing is
    to be paid, NoRight, NeedsReason, NeedsAnother on one's own claim, SealError. Security checks F 47.
    """
    by.demand(Task.PAY, claim.shop)
    next_status(claim.status, Action.REVEAL, Actor.PAYER)
    refuse_own(claim, by)
    if not why.strip():
        raise NeedsReason(gettext("Write why you need the details in full."), field="why")
    note_look(claim, by=by, at=at, why=why.strip())
    return payee_of(claim)


def note_look(claim: Claim, *, by: Reviewer, at: datetime, why: str) -> None:
    """Keep that somebody saw the details in full, and why; the claim stays as it is."""
    note_looks([(claim.id, claim.reference, claim.status)], shop=claim.shop, by=by, at=at, why=why)


def note_looks(
    claims: Iterable[tuple[int, str, Status]], *, shop: str, by: Reviewer, at: datetime, why: str
) -> None:
    """Keep of each of these claims of a shop (id, reference, status) that somebody saw its details in full.

    As plain rows: the file of a run names thousands, and a look is told to nobody.
    """
    claims = list(claims)
    rows = [
        {
            "claim_id": number,
            "at": at,
            "action": Action.REVEAL,
            "role": Actor.PAYER,
            "reviewer_id": by.id,
            "before": status,
            "after": status,
            "internal": why,
            "data": {},
        }
        for number, _, status in claims
    ]
    looked = {"at": at, "act": Action.REVEAL, "role": Actor.PAYER, "who_id": by.id, "shop": shop}
    if rows:
        db.session.execute(insert(ClaimEvent), rows)
        db.session.execute(
            insert(AuditEntry),
            [looked | {"claim": name, "became": status} for _, name, status in claims],
        )
