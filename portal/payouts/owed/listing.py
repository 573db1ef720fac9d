"""What is owed without asking, as pages and commands show it, and how much that is."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    func,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

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


class OwedOf(NamedTuple):
    """What one shop owes: all of it by currency, and the oldest orders of it."""

    totals: list[OwedTotal]
    oldest: list[Owed]


def standing(policy: Policy) -> Select[Owed]:
    """What of a shop is owed now: unclaimed, and by records newer than what each clause waits for.

    Nothing where the shop doesn't look for it, or its policy is held.
    """
    return select(Owed).where(_due([policy]).get(policy.id, false()), ~CLAIMED)


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
    return _totals(_due([policy]))[policy.id]


def of_each(policies: Collection[Policy], *, most: int) -> dict[str, OwedOf]:
    """What each of these shops owes, and so many of its oldest orders; three statements, however many shops."""
    found = _due(policies)
    sums, rows = _totals(found), _oldest(found, most)
    return {each.id: OwedOf(sums[each.id], rows[each.id]) for each in policies}


def _due(policies: Collection[Policy]) -> dict[str, ColumnElement[bool]]:
    """By shop, which of its orders are due by what its records say; a shop that has none of them is left out."""
    shops = {
        each.id: each.shop
        for each in policies
        if each.shop.unasked is not Unasked.OFF and not each.held
    }
    read = select(RecordsRead.shop, RecordsRead.at).where(RecordsRead.shop.in_(shops))
    return {
        shop: and_(Owed.shop == shop, Owed.owed_since <= at - shops[shop].unasked_after)
        for shop, at in db.session.execute(read)
    }


def _totals(found: dict[str, ColumnElement[bool]]) -> defaultdict[str, list[OwedTotal]]:
    sums: defaultdict[str, list[OwedTotal]] = defaultdict(list)
    if not found:
        return sums
    rows = db.session.execute(
        select(Owed.shop, Owed.currency, func.count(), func.sum(Owed.amount_minor))
        .where(or_(*found.values()), ~CLAIMED)
        .group_by(Owed.shop, Owed.currency)
        .order_by(Owed.shop, Owed.currency)
    )
    for shop, currency, count, minor in rows:
        sums[shop].append(OwedTotal(count, Money(int(minor), currency)))
    return sums


def _oldest(found: dict[str, ColumnElement[bool]], most: int) -> defaultdict[str, list[Owed]]:
    rows: defaultdict[str, list[Owed]] = defaultdict(list)
    if not found:
        return rows
    # Each part ends at its limit along the index; ranked by one window, all would be read and sorted.
    parts = [
        select(Owed)
        .where(each, ~CLAIMED)
        .order_by(Owed.owed_since, Owed.id)
        .limit(most)
        .subquery()
        .select()
        for each in found.values()
    ]
    first = aliased(Owed, union_all(*parts).subquery())
    for row in db.session.scalars(select(first).order_by(first.owed_since, first.id)):
        rows[row.shop].append(row)
    return rows
