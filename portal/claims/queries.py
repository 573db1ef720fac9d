"""Reads of claims: always ordered, the same count of statements for one row and for many."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import joinedload, selectinload

from portal.claims.history import ClaimEvent, Ruling
from portal.claims.lifecycle import Status
from portal.claims.models import Claim, Evidence
from portal.extensions import db

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.sql.base import ExecutableOption

# What one claim's page shows, in a fixed number of statements.
EVENTS = selectinload(Claim.events).joinedload(ClaimEvent.reviewer)
DECISIONS = selectinload(Claim.decisions)
RULINGS = selectinload(Claim.rulings).joinedload(Ruling.reviewer)
EVIDENCE = selectinload(Claim.evidence)
DRAFT = joinedload(Claim.evidence)  # all that a draft has, in one statement
PAYOUT = joinedload(Claim.payouts)


# To put a statement together costs half of what it costs to ask it: what every page asks is kept.
_ONE = select(Claim).where(Claim.reference == bindparam("reference"))
_ONE_LOCKED = _ONE.with_for_update()


@cache
def _page(with_: tuple[ExecutableOption, ...]) -> Select[Claim]:
    return _ONE.options(*with_)


def claim_for_change(reference: str) -> Claim | None:
    """The claim under its row lock, to be called inside transaction(); None when there is none."""
    return db.session.execute(_ONE_LOCKED, {"reference": reference}).scalar_one_or_none()


def claim_page(
    reference: str,
    *,
    with_: Sequence[ExecutableOption] = (PAYOUT, EVENTS, DECISIONS, RULINGS, EVIDENCE),
) -> Claim | None:
    """The claim with what its page shows: five statements, however long its story."""
    found = db.session.execute(_page(tuple(with_)), {"reference": reference})
    return found.unique().scalar_one_or_none()


def draft_like(references: Sequence[str], *, shop: str, order_key: str, email: str) -> Claim | None:
    """The newest of these drafts about the same order and address, under its lock."""
    return db.session.scalars(
        select(Claim)
        .where(
            Claim.reference.in_(references),
            Claim.status == Status.DRAFT,
            Claim.shop == shop,
            Claim.order_key.is_(None) if not order_key else Claim.order_key == order_key,
            Claim.email == email,
        )
        .order_by(Claim.id.desc())
        .limit(1)
        .with_for_update()
    ).first()


def drafts_among(references: Sequence[str], *, shop: str) -> Sequence[Claim]:
    """Those of these claims of the shop that are not sent yet, the newest first."""
    if not references:
        return []
    return db.session.scalars(
        select(Claim)
        .where(Claim.reference.in_(references), Claim.status == Status.DRAFT, Claim.shop == shop)
        .order_by(Claim.id.desc())
    ).all()


def evidence_by_id(public_id: str) -> Evidence | None:
    """One file with its claim; None when there is none of this name."""
    return db.session.execute(
        select(Evidence).where(Evidence.public_id == public_id).options(joinedload(Evidence.claim))
    ).scalar_one_or_none()
