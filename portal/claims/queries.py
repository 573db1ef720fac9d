"""Reads of claims: always ordered, the same count of statements for one row and for many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from portal.claims.models import Claim, ClaimEvent, Ruling
from portal.extensions import db

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.sql.base import ExecutableOption

# What one claim's page shows, in a fixed number of statements.
EVENTS = selectinload(Claim.events).joinedload(ClaimEvent.reviewer)
DECISIONS = selectinload(Claim.decisions)
RULINGS = selectinload(Claim.rulings).joinedload(Ruling.reviewer)
EVIDENCE = selectinload(Claim.evidence)
PAYOUT = joinedload(Claim.payout)


def claim_for_change(reference: str) -> Claim | None:
    """The claim under its row lock, to be called inside transaction(); None when there is none."""
    return db.session.execute(
        select(Claim).where(Claim.reference == reference).with_for_update()
    ).scalar_one_or_none()


def claim_page(
    reference: str,
    *,
    with_: Sequence[ExecutableOption] = (PAYOUT, EVENTS, DECISIONS, RULINGS, EVIDENCE),
) -> Claim | None:
    """The claim with what its page shows: five statements, however long its story."""
    return db.session.execute(
        select(Claim).where(Claim.reference == reference).options(*with_)
    ).scalar_one_or_none()
