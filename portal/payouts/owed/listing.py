"""What is owed without asking, as pages and commands show it, and how much that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, tuple_

from portal.claims.decisions.returned import NOT_CLAIMED
from portal.claims.models import Claim
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState
from portal.money import Money
from portal.payouts.owed.models import Owed
from portal.policy.deciding.document import Policy, Unasked
from portal.records.models import RecordsRead

# Somebody claims it, or it was decided, or some of it went out: it is owed by that claim alone.
CLAIMED = exists().where(
    Claim.shop == Owed.shop,
    Claim.order_key == Owed.order_key,
    or_(
        Claim.status.not_in(NOT_CLAIMED),
        Claim.payouts.any(Payout.state != PayoutState.CANCELLED),
    ),
)


@dataclass(frozen=True, slots=True)
class OwedTotal:
    """How many orders of a shop are owed for, and what they come to, in one currency."""

    count: int
    amount: Money


def standing(policy: Policy) -> Select[Owed]:
    """What of a shop is owed now: unclaimed, and by records newer than what each clause waits for.

    Nothing where the shop doesn't look for it, or its policy is held.
    """
    return select(Owed).where(*_open(policy))


def _open(policy: Policy) -> list[ColumnElement[bool]]:
    shop = policy.shop
    read_at = db.session.scalar(select(RecordsRead.at).where(RecordsRead.shop == shop.id))
    if shop.unasked is Unasked.OFF or policy.held or read_at is None:
        return [Owed.id.is_(None)]
    return [Owed.shop == shop.id, Owed.owed_since <= read_at - shop.unasked_after, ~CLAIMED]


def page_of(
    policy: Policy, *, after: tuple[datetime, int] | None = None, most: int | None = None
) -> Sequence[Owed]:
    """The next so many that are owed, or all, the oldest first, behind the row of ``after``."""
    found = standing(policy).order_by(Owed.owed_since, Owed.id).limit(most)
    if after is not None:
        found = found.where(tuple_(Owed.owed_since, Owed.id) > tuple_(*after))
    return db.session.scalars(found).all()


def totals(policy: Policy) -> list[OwedTotal]:
    """What all of it comes to, by currency."""
    rows = db.session.execute(
        select(Owed.currency, func.count(), func.sum(Owed.amount_minor))
        .where(*_open(policy))
        .group_by(Owed.currency)
        .order_by(Owed.currency)
    )
    return [OwedTotal(count, Money(int(minor), currency)) for currency, count, minor in rows]
