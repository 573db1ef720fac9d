"""Money that a lead looks for in vain elsewhere: refunded unasked, and what shop and provider owe each other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select, union_all

from portal.claims.lifecycle import Origin
from portal.claims.models import Claim
from portal.database.postgres import stated
from portal.extensions import db
from portal.ledger.payout import TAKES_NOTHING, FailedKind, Payout, PayoutState
from portal.money import Money
from portal.people.rights import Shops
from portal.records.models import Order, ProviderReport

# The columns that are facts are the tables' own (records/models.py, ``lay``).
_ORDER, _REPORT = Order.__table__.c, ProviderReport.__table__.c
# As ``counts`` in portal/ledger/payout.py has it of one payout.
_COUNTS = and_(
    Payout.state.not_in(map(stated, sorted(TAKES_NOTHING))),
    or_(
        Payout.state != stated(PayoutState.FAILED),
        Payout.failed_kind.is_distinct_from(stated(FailedKind.FINAL)),
    ),
)


class UnaskedLine(NamedTuple):
    """What one clause gave back in one shop, in one currency, though nobody had asked."""

    shop: str
    clause: str
    refunds: int
    amount: Money


def unasked(*, since: datetime, until: datetime, shops: Shops) -> list[UnaskedLine]:
    """Refunds that nobody asked for, made due from ``since`` until before ``until`` (UTC), the most first.

    What was cancelled, taken back or failed for good doesn't count.
    """
    total = func.sum(Payout.amount_minor)
    found = (
        select(Claim.shop, Claim.verdict_clause, Payout.currency, func.count(), total)
        .join(Payout, Payout.claim_id == Claim.id)
        .where(
            Claim.origin == stated(Origin.POLICY),
            Payout.approved_at >= since,
            Payout.approved_at < until,
            Payout.amount_minor.is_not(None),
            _COUNTS,
            shops.among(Claim.shop),
        )
        .group_by(Claim.shop, Claim.verdict_clause, Payout.currency)
        .order_by(func.count().desc(), Claim.shop, Claim.verdict_clause, Payout.currency)
    )
    return [
        UnaskedLine(shop, clause or "", count, Money(int(minor or 0), unit or ""))
        for shop, clause, unit, count, minor in db.session.execute(found)
    ]


class Gap(StrEnum):
    """Where the provider's money and the customer's went different ways."""

    KEPT_BY_US = "kept_by_us"  # the provider gave it back to the shop, the shop not to its customer
    KEPT_BY_PROVIDER = "kept_by_provider"  # the shop gave it back, the provider kept its part


class GapLine(NamedTuple):
    """One order of which that is so: what the customer paid, and what the provider took of the shop."""

    shop: str
    order: str
    provider: str  # the provider's number of it
    ordered_at: datetime | None
    status: str | None  # as the provider has it
    delivered: bool | None
    price: Money | None
    cost: Money | None


@dataclass(slots=True)
class GapReport:
    """The orders, the newest first, how many there are, and what they come to by currency."""

    lines: list[GapLine] = field(default_factory=list)
    count: int = 0
    prices: dict[str, Money] = field(default_factory=dict)
    costs: dict[str, Money] = field(default_factory=dict)


def gaps(
    gap: Gap, *, since: datetime, until: datetime, shops: Shops, most: int | None = None
) -> GapReport:
    """Orders from ``since`` until before ``until`` (UTC) with this gap; at most so many lines, all counted.

    Only what the provider itself says is gone by (``refunded`` in its records): where it says nothing,
    nothing is found.
    """
    found = GapReport()
    for line in _gaps(gap, since, until, shops):
        found.count += 1
        if most is None or len(found.lines) < most:
            found.lines.append(line)
        for sums, money in ((found.prices, line.price), (found.costs, line.cost)):
            if money is not None:
                sums[money.currency] = sums.get(money.currency, Money(0, money.currency)) + money
    return found


def _gaps(gap: Gap, since: datetime, until: datetime, shops: Shops) -> Iterator[GapLine]:
    # By one index or the other: with both names in one condition every order would be read.
    named = Order.provider_reference == ProviderReport.reference
    own = and_(Order.provider_reference.is_(None), Order.reference == ProviderReport.reference)
    both = union_all(*(_with(by, gap, since, until, shops) for by in (named, own))).subquery()
    rows = select(both).order_by(both.c.at.desc(), both.c.shop, both.c.ordered)
    for row in db.session.execute(rows).yield_per(1000):
        yield GapLine(
            shop=row.shop,
            order=row.ordered,
            provider=row.told,
            ordered_at=row.at,
            status=row.provider_status,
            delivered=row.provider_delivered,
            price=Money.kept(row.price_minor, row.price_currency),
            cost=Money.kept(row.cost_minor, row.cost_currency),
        )


def _with(by: ColumnElement[bool], gap: Gap, since: datetime, until: datetime, shops: Shops) -> Any:
    at = func.coalesce(ProviderReport.ordered_at, Order.ordered_at, type_=Order.ordered_at.type)
    returned = or_(
        _ORDER.refunded_at.is_not(None),
        exists().where(
            Claim.shop == Order.shop,
            Claim.order_key == Order.reference_key,
            Payout.claim_id == Claim.id,
            _COUNTS,
        ),
    )
    wanted = (
        and_(_REPORT.provider_refunded.is_(True), not_(returned))
        if gap is Gap.KEPT_BY_US
        else and_(_REPORT.provider_refunded.is_(False), returned)
    )
    return (
        select(
            ProviderReport.shop, Order.reference.label("ordered"),
            ProviderReport.reference.label("told"), at.label("at"),
            _REPORT.provider_status, _REPORT.provider_delivered,
            Order.price_minor, Order.price_currency,
            ProviderReport.cost_minor, ProviderReport.cost_currency,
        )
        .join(Order, and_(Order.shop == ProviderReport.shop, by))
        .where(shops.among(ProviderReport.shop), at >= since, at < until, wanted)
    )  # fmt: skip
