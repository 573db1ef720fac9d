"""Who did what to which claim and when: the history of all claims, the newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select

from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.models import Claim
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.people.rights import EVERY_SHOP, HeldRight, Shops


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which acts are asked for, of ``since`` to before ``until`` (UTC); what is None asks for nothing."""

    shops: Shops
    since: datetime
    until: datetime
    person: int | None = None  # their id
    action: Action | None = None


class ActivityLine(NamedTuple):
    """One line of a claim's history; ``person`` is None where no colleague did it."""

    id: int
    at: datetime
    reference: str
    shop: str
    action: Action
    role: Actor
    after: Status
    person: str | None


_ACTS = (
    select(
        ClaimEvent.id, ClaimEvent.at, Claim.reference, Claim.shop, ClaimEvent.action,
        ClaimEvent.role, ClaimEvent.after, Reviewer.name,
    )
    .join(Claim, Claim.id == ClaimEvent.claim_id)
    .outerjoin(Reviewer, Reviewer.id == ClaimEvent.reviewer_id)
    .order_by(ClaimEvent.id.desc())
)  # fmt: skip


def acts(wanted: Wanted, *, most: int, before: int | None = None) -> list[ActivityLine]:
    """At most so many acts, the newest first, those before the one with the id ``before``; one statement."""
    found = _ACTS.where(
        wanted.shops.among(Claim.shop),
        ClaimEvent.at >= wanted.since,
        ClaimEvent.at < wanted.until,
    )
    if wanted.person is not None:
        found = found.where(ClaimEvent.reviewer_id == wanted.person)
    if wanted.action is not None:
        found = found.where(ClaimEvent.action == wanted.action)
    if before is not None:
        found = found.where(ClaimEvent.id < before)
    return [ActivityLine(*row) for row in db.session.execute(found.limit(most))]


def people(shops: Shops) -> dict[int, str]:
    """Who works in these shops, by name: nobody of another is told."""
    here = or_(shops.among(HeldRight.shop), HeldRight.shop == EVERY_SHOP)
    named = select(Reviewer.id, Reviewer.name).join(Reviewer.held).where(here).distinct()
    rows = db.session.execute(named.order_by(Reviewer.name, Reviewer.id))
    return {row.id: row.name for row in rows}
