"""Claims that wait for their first decision and are alike: one shop, one verdict, by one clause."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Index, func, select, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from portal.claims.counts import waiting_alike
from portal.claims.decisions.returned import NOT_CLAIMED
from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queue.incidents import WAITING_INDEX, Incident, within
from portal.claims.queue.orders import Cursor
from portal.extensions import db
from portal.people.rights import Shops

MOST = 50  # claims that are listed at once, and decided by one press


class Group(NamedTuple):
    """By what claims are alike: ``outcome`` is approve or deny, by which ``clause`` of which shop."""

    shop: str
    outcome: str
    clause: str

    def holds(self, claim: Claim) -> bool:
        """Whether the claim waits in it now."""
        stands = Group(claim.shop, claim.outcome or "", claim.verdict_clause or "")
        return claim.status is Status.IN_REVIEW and stands == self


Index(
    "ix_claims_group",
    Claim.verdict_clause, Claim.shop, Claim.outcome, Claim.status, Claim.due_at, Claim.id,
)  # fmt: skip
# What a line of a list tells of a claim: a fixed number of statements, however many are listed.
_TOLD = (
    joinedload(Claim.assignee),
    selectinload(Claim.decisions),
    selectinload(Claim.events).joinedload(ClaimEvent.reviewer),
    selectinload(Claim.rulings),
    selectinload(Claim.payouts),
    selectinload(Claim.evidence),
)


def groups(shops: Shops) -> list[tuple[Group, int]]:
    """The groups of these shops in which claims wait, with how many do, the largest first; one statement."""
    return [(Group(*key), count) for *key, count in waiting_alike(shops)]


def waiting_in(
    group: Group,
    *,
    most: int = MOST,
    after: Cursor | None = None,
    incident: Incident | None = None,
) -> Sequence[Claim]:
    """The claims of the group that follow ``after``, the nearest deadline first; ``most`` of them.

    Of those of an ``incident`` the first that was sent comes first.
    """
    found = select(Claim).where(
        Claim.verdict_clause == group.clause,
        Claim.shop == group.shop,
        Claim.outcome == group.outcome,
        Claim.status == Status.IN_REVIEW,
    )
    order = Claim.submitted_at if incident else Claim.due_at
    if after is not None:
        found = found.where(tuple_(order, Claim.id) > tuple_(after.key, after.id))
    if incident:
        found = found.where(*within(incident), Claim.waiting == true())
    # To SQLite, which knows no sizes, the index of a shop's status looks as good; it isn't.
    index = WAITING_INDEX if incident else "ix_claims_group"
    found = found.with_hint(Claim, f"INDEXED BY {index}", "sqlite")
    ordered = found.order_by(order, Claim.id).limit(most)
    return db.session.scalars(ordered.options(*_TOLD)).all()


def listed(references: Sequence[str], *, shop: str) -> list[Claim]:
    """These claims of the shop with all that a list tells of them, in this order; none for what is no claim."""
    found = select(Claim).where(Claim.reference.in_(references), Claim.shop == shop)
    by_name = {claim.reference: claim for claim in db.session.scalars(found.options(*_TOLD))}
    return [by_name[each] for each in references if each in by_name]


def claimed_twice(claims: Sequence[Claim]) -> set[int]:
    """The ids of those of the shop's claims about whose order, or balance, there is another one too.

    Three statements: what was taken back, and what was not sent, is no claim.
    """
    by_order = _twice(claims, Claim.order_key)
    without = [claim for claim in claims if not claim.order_key]
    by_email, by_account = (
        # So that no index is taken by it, which would read all claims about a balance.
        _twice(without, column, func.coalesce(Claim.order_key, "") == "")
        for column in (Claim.email, Claim.account_id)
    )
    return {
        claim.id
        for claim in claims
        if claim.order_key in by_order
        or (not claim.order_key and (claim.email in by_email or claim.account_id in by_account))
    }


def _twice(
    claims: Sequence[Claim],
    column: InstrumentedAttribute[str | None],
    *where: ColumnElement[bool],
) -> set[str | None]:
    """What of these claims' values of the column several claims of their shops have."""
    values = {getattr(claim, column.key) for claim in claims} - {None}
    found = select(column).where(
        Claim.status.not_in(NOT_CLAIMED),
        Claim.shop.in_({claim.shop for claim in claims}),
        column.in_(values),
        *where,
    )
    return set(db.session.scalars(found.group_by(column).having(func.count() > 1)))
