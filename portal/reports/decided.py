"""What was decided in a span of time, by person, shop, reason, clause or week: counted from the history."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import aliased

from portal.claims.history import ClaimEvent, Ruling
from portal.claims.lifecycle import ANEW, Action, Actor
from portal.claims.models import Claim
from portal.extensions import db
from portal.ledger.payout import Payout
from portal.money import Money
from portal.people.reviewers import Reviewer
from portal.people.rights import Shops

LONGEST = timedelta(days=366)  # a report over more is asked for in parts
DECIDES = frozenset(
    {Action.APPROVE, Action.DECLINE, Action.UPHOLD, Action.UPHOLD_PAID, Action.UPHOLD_FAILED}
)

_later = aliased(ClaimEvent)
# A claim whose amount a person set has its currency in what was made due.
_CURRENCY = func.coalesce(
    Claim.currency,
    select(func.max(Payout.currency)).where(Payout.claim_id == Claim.id).scalar_subquery(),
).label("currency")


class Grouping(StrEnum):
    """What each line of a report is about."""

    PERSON = "person"
    SHOP = "shop"
    REASON = "reason"
    CLAUSE = "clause"
    WEEK = "week"  # its Monday, UTC


class Decided(NamedTuple):
    """One decision that stands: a person's, or the policy's own where ``person`` is None."""

    at: datetime
    reference: str
    shop: str
    reason: str | None
    person: str | None
    clause: str | None
    approved: bool
    amount: Money | None
    on_appeal: bool
    override: str | None
    waited: timedelta | None
    promised: datetime | None  # by when a clause or the shop's file promised it

    def key(self, by: Grouping) -> str:
        """Which line it counts in; empty for the policy's own, and where there is none."""
        if by is Grouping.WEEK:
            day = self.at.astimezone(UTC).date()
            return (day - timedelta(days=day.weekday())).isoformat()
        return str(getattr(self, by.value) or "")


@dataclass(slots=True)
class ReportLine:
    """What the decisions of one key come to; ``money`` is what was approved, by currency."""

    key: str
    decided: int = 0
    approved: int = 0
    declined: int = 0
    automatic: int = 0  # by the policy alone
    otherwise: int = 0  # than the policy says
    appeals: int = 0
    turned: int = 0  # appeals that were approved
    promised: int = 0  # those that were promised by a time
    kept: int = 0  # and came by then
    money: dict[str, Money] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)  # seconds

    @property
    def usual_wait(self) -> timedelta | None:
        """From the claim, or the appeal, to the decision: half of them took less (the median)."""
        return timedelta(seconds=median(self.waits)) if self.waits else None

    def add(self, one: Decided) -> None:
        """Count one decision."""
        self.decided += 1
        self.approved += one.approved
        self.declined += not one.approved
        self.automatic += one.person is None
        self.otherwise += bool(one.override)
        self.appeals += one.on_appeal
        self.turned += one.on_appeal and one.approved
        self.promised += one.promised is not None
        self.kept += one.promised is not None and one.at <= one.promised
        if one.approved and one.amount:
            unit = one.amount.currency
            self.money[unit] = self.money.get(unit, Money(0, unit)) + one.amount
        if one.waited is not None:
            self.waits.append(one.waited.total_seconds())


@dataclass(slots=True)
class Report:
    """The lines, the most decisions first (weeks by date), all of them together, and what was overridden."""

    lines: list[ReportLine]
    total: ReportLine
    overrides: list[Decided]


def report(by: Grouping, *, since: datetime, until: datetime, shops: Shops) -> Report:
    """What was decided from ``since`` until before ``until`` (UTC) in these shops, in two statements.

    A decision that was undone, or taken back later, doesn't count.
    """
    lines: dict[str, ReportLine] = defaultdict(lambda: ReportLine(""))
    total, overrides = ReportLine(""), []
    for one in _decided(since, until, shops):
        line = lines[one.key(by)]
        line.key = one.key(by)
        line.add(one)
        total.add(one)
        if one.override:
            overrides.append(one)
    if by is Grouping.WEEK:
        ordered = sorted(lines.values(), key=lambda line: line.key)
    else:
        ordered = sorted(lines.values(), key=lambda line: (-line.decided, line.key))
    return Report(ordered, total, sorted(overrides, key=lambda one: one.at, reverse=True))


def _decided(since: datetime, until: datetime, shops: Shops) -> Iterator[Decided]:
    """Each decision that stands, by the index of who did what when."""
    rows = db.session.execute(select(Reviewer.id, Reviewer.name))
    people = {row.id: row.name for row in rows}
    span = and_(ClaimEvent.at >= since, ClaimEvent.at < until)
    by_person = ClaimEvent.reviewer_id.in_(people)
    by_policy = ClaimEvent.reviewer_id.is_(None)
    alone = and_(by_policy, ClaimEvent.role == Actor.POLICY, ClaimEvent.action == Action.APPROVE)
    taken_back = exists().where(
        _later.claim_id == ClaimEvent.claim_id, _later.id > ClaimEvent.id, _later.action.in_(ANEW)
    )
    yield from _rows(and_(span, alone, ~taken_back), shops, {})
    yield from _rows(and_(span, by_person, ClaimEvent.action.in_(DECIDES)), shops, people)


def _rows(which: ColumnElement[bool], shops: Shops, people: dict[int, str]) -> Iterator[Decided]:
    rows = (
        select(
            ClaimEvent.at, ClaimEvent.reviewer_id, Claim.reference, Claim.shop, Claim.reason,
            _CURRENCY, Claim.verdict_minor, Claim.verdict_clause, Claim.submitted_at,
            Claim.appealed_at, Ruling.approved, Ruling.amount_minor, Ruling.clause,
            Ruling.on_appeal, Ruling.override_reason, Ruling.taken_back_at, Ruling.promised_at,
        )
        .join(Claim, Claim.id == ClaimEvent.claim_id)
        .outerjoin(Ruling, and_(Ruling.claim_id == ClaimEvent.claim_id, Ruling.at == ClaimEvent.at))
        .where(which, shops.among(Claim.shop))
    )  # fmt: skip
    for row in db.session.execute(rows).yield_per(1000):
        person = people.get(row.reviewer_id)
        one = Decided(
            at=row.at,
            reference=row.reference,
            shop=row.shop,
            reason=row.reason,
            person=person,
            clause=row.clause if person else row.verdict_clause,
            approved=row.approved if person else True,
            amount=Money.kept(row.amount_minor if person else row.verdict_minor, row.currency),
            on_appeal=bool(row.on_appeal),
            override=row.override_reason,
            waited=_wait(row.appealed_at if row.on_appeal else row.submitted_at, row.at),
            promised=row.promised_at if person else None,
        )
        if one.approved is not None and row.taken_back_at is None:
            yield one


def _wait(began: datetime | None, at: datetime) -> timedelta | None:
    return at - began if began and began <= at else None
