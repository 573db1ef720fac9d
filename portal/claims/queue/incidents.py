"""Incidents: bursts of claims of one shop about one service and country, found as claims are sent.

An incident is a span of time. Which claims are of it follows from their own columns: what was ordered and
when it was sent. So nothing of a claim is written for it, and one that names another order leaves it by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Index,
    Select,
    String,
    exists,
    func,
    select,
    true,
)
from sqlalchemy.orm import Mapped, aliased, load_only, mapped_column

from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queue.orders import written
from portal.database import LARGEST_ID, UTCDateTime, hold
from portal.extensions import Base, db
from portal.people.rights import Shops
from portal.policy.deciding.document import Shop
from portal.policy.facts.number import NUMBER
from portal.translation import gettext, ngettext

USUAL = timedelta(days=7)  # what was usual is looked for in the days before
LOOKED_AT = 200  # claims by which it is told, where there were more
NEWEST = 100  # incidents that are listed
CAP = 1000  # claims of one incident that are counted
MOST = 50  # claims of one incident that are listed
_REPORTED_BY = {fact.reported_by for fact in NUMBER if fact.reported_by}
_BY = (Claim.shop, Claim.service, Claim.country, Claim.submitted_at, Claim.id)
_WAITS = Claim.waiting == true()
WAITING_INDEX = "ix_claims_burst_waiting"
Index("ix_claims_burst", *_BY)
Index(WAITING_INDEX, *_BY, sqlite_where=_WAITS, postgresql_where=_WAITS)


class Incident(Base):
    """A burst of claims about one service and country: the first and the last of them were sent then."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index("ix_incidents_about", "shop", "service", "country", "last_at"),
        Index("ix_incidents_last_at", "last_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(String(40))
    service: Mapped[str] = mapped_column(String(120))
    country: Mapped[str] = mapped_column(String(60))
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    # The outage that a person recorded it as; without an end it goes on.
    outage_from: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outage_until: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Burst(NamedTuple):
    """An incident with how many of its claims ``wait`` for a person, of how many that were ``sent``: CAP at most."""

    incident: Incident
    waits: int
    sent: int

    @property
    def told(self) -> str:
        """How many claims were sent, as a sentence says it."""
        return in_words(self.sent)


class OfIncident(NamedTuple):
    """A claim of an incident that waits, and of its outage: that goes on by the records, that it reports, that can be recorded."""

    claim: Claim
    outage: bool
    reports: bool
    lacks: bool


def watch(claim: Claim, *, shop: Shop) -> Incident | None:
    """The incident of which this claim is that is being sent: begun, or gone on with; None where there is none.

    It begins with ``incident_claims`` more within ``incident_time`` than are usual in that time, and goes
    on for as long as so many come. To be called inside transaction(); one statement, some more in a burst.
    Of several claims each is watched after all were decided, in the order of ``watched_as``: until the
    transaction ends nobody else begins an incident about the same, or goes on with it.
    """
    few, length, at = shop.incident_claims, shop.incident_time, claim.submitted_at
    if not (few and claim.service and claim.country and at):
        return None
    about = Claim.shop == claim.shop, Claim.service == claim.service, Claim.country == claim.country
    lately = select(Claim.submitted_at).where(
        *about, Claim.submitted_at > at - USUAL, Claim.submitted_at <= at, Claim.id != claim.id
    )
    most = LOOKED_AT + few
    found = db.session.scalars(lately.order_by(Claim.submitted_at.desc()).limit(most))
    times = [each for each in found if each]
    since = at - length
    burst = [at, *(each for each in times if each > since)]
    if len(burst) < few:
        return None
    hold(f"incident {claim.shop} {claim.service} {claim.country}")
    last = db.session.scalars(
        select(Incident)
        .where(
            Incident.shop == claim.shop,
            Incident.service == claim.service,
            Incident.country == claim.country,
            Incident.last_at >= since,
        )
        .order_by(Incident.last_at.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        before = times[len(burst) - 1 :]
        looked_back = since - times[-1] if len(times) == most else USUAL - length
        if len(burst) < few + _usual(len(before), looked_back, length):
            return None
        last = Incident(
            shop=claim.shop, service=claim.service, country=claim.country, since=burst[-1]
        )
        db.session.add(last)
    last.last_at = max(last.last_at or at, at)  # a claim that was sent later may be kept already
    return last


def watched_as(claim: Claim) -> tuple[str, str]:
    """In which order several claims of a shop are watched: one for all, so that no two wait for each other."""
    return claim.service or "", claim.country or ""


def _usual(claims: int, looked_back: timedelta, length: timedelta) -> int:
    """How many of these claims came in a time of this length, whole ones alone."""
    return int(claims * (length / looked_back)) if looked_back > timedelta() else 0


def incident_of(claim: Claim) -> Burst | None:
    """The incident of which the claim is, with its counts; None where it is of none. One statement at most."""
    if not (claim.service and claim.country and claim.submitted_at):
        return None
    at = claim.submitted_at
    found = _counted(Incident).where(
        Incident.shop == claim.shop,
        Incident.service == claim.service,
        Incident.country == claim.country,
        Incident.last_at >= at,
        Incident.since <= at,
    )
    row = db.session.execute(found.order_by(Incident.last_at).limit(1)).first()
    return Burst(*row) if row else None


def incident(number: int, *, shops: Shops) -> Burst | None:
    """The incident of this number with its counts; None where these shops have none of it."""
    if number > LARGEST_ID:
        return None
    found = _counted(Incident).where(Incident.id == number, shops.among(Incident.shop))
    row = db.session.execute(found).first()
    return Burst(*row) if row else None


def incidents(shops: Shops) -> list[Burst]:
    """Of the NEWEST incidents of these shops those of which claims wait, the newest first; one statement."""
    newest = aliased(Incident, _newest(shops).subquery())
    found = _counted(newest).where(_any_waits(newest)).order_by(newest.last_at.desc(), newest.id)
    return [Burst(*row) for row in db.session.execute(found)]


def how_many(shops: Shops) -> Select[Any]:
    """How many ``incidents`` finds, as a statement."""
    newest = aliased(Incident, _newest(shops).subquery())
    return select(func.count()).select_from(newest).where(_any_waits(newest))


def claims_of(burst: Burst, *, most: int = MOST) -> list[OfIncident]:
    """The claims of an incident that wait for a person, the first that was sent first; ``most`` of them."""
    found = (
        select(
            Claim,
            Claim.facts["order"]["outage_reported_at"],
            Claim.facts["order"]["outage_ended_at"],
            Claim.facts["order"]["kind"],
        )
        .where(*within(burst.incident), _WAITS)
        .with_hint(Claim, f"INDEXED BY {WAITING_INDEX}", "sqlite")
        .options(
            load_only(
                Claim.reference, Claim.shop, Claim.status, Claim.reason, Claim.outcome,
                Claim.verdict_clause, Claim.order_reference, Claim.submitted_at, Claim.due_at, Claim.clock,
                Claim.outage,
            )
        )
    )  # fmt: skip
    rows = db.session.execute(found.order_by(Claim.submitted_at, Claim.id).limit(most))
    return [
        OfIncident(
            claim,
            outage=reported is not None and ended is None,
            reports=reported is None and ended is None and claim.reason in _REPORTED_BY,
            lacks=reported is None and ended is None and kind == "rental",
        )
        for claim, reported, ended, kind in rows
    ]


def lacks_outage(of: Incident) -> bool:
    """Whether an outage can be recorded of a claim of it that waits; one statement, which reads none but its own."""
    order = Claim.facts["order"]
    told = (order[name].as_string().is_(None) for name in ("outage_reported_at", "outage_ended_at"))
    found = select(Claim.id).where(
        *within(of), _WAITS, order["kind"].as_string() == "rental", *told
    )
    found = found.with_hint(Claim, f"INDEXED BY {WAITING_INDEX}", "sqlite")
    return db.session.scalar(found.limit(1)) is not None


def verdicts_in(burst: Burst) -> Sequence[Any]:
    """By outcome and clause how many of an incident's claims wait for their first decision, the most first.

    Of the first CAP of them that the policy approves or denies: what lies behind follows as these are decided.
    """
    first = select(Claim.outcome, Claim.verdict_clause).where(
        *within(burst.incident),
        _WAITS,
        Claim.status == Status.IN_REVIEW,
        Claim.outcome.in_(["approve", "deny"]),
    )
    first = first.with_hint(Claim, f"INDEXED BY {WAITING_INDEX}", "sqlite")
    few = first.order_by(Claim.submitted_at, Claim.id).limit(written(CAP)).subquery()
    by = few.c.outcome, few.c.verdict_clause
    many = func.count()
    return db.session.execute(select(*by, many).group_by(*by).order_by(many.desc(), *by)).all()


def in_words(claims: int) -> str:
    """So many claims of an incident, as a sentence says it: where CAP were counted there may be more."""
    if claims < CAP:
        return ngettext("%(num)s claim", "%(num)s claims", claims)
    return gettext("more than %(most)s claims", most=CAP - 1)


def within(of: Any) -> tuple[ColumnElement[bool], ...]:
    """What makes a claim one of this incident, or of each of these."""
    return (
        Claim.shop == of.shop,
        Claim.service == of.service,
        Claim.country == of.country,
        Claim.submitted_at >= of.since,
        Claim.submitted_at <= of.last_at,
    )


def _newest(shops: Shops) -> Select[Any]:
    found = select(Incident).where(shops.among(Incident.shop))
    return found.order_by(Incident.last_at.desc(), Incident.id).limit(written(NEWEST))


def _any_waits(of: Any) -> ColumnElement[bool]:
    waits = select(Claim.id).where(*within(of), _WAITS)
    waits = waits.with_hint(Claim, f"INDEXED BY {WAITING_INDEX}", "sqlite")
    return exists(waits.correlate(of))


def _counted(of: Any) -> Select[Any]:
    def count(index: str, *more: ColumnElement[bool]) -> Any:
        few = select(Claim.id).where(*within(of), *more).limit(written(CAP)).correlate(of)
        few = few.with_hint(Claim, f"INDEXED BY {index}", "sqlite")
        return select(func.count()).select_from(few.subquery()).scalar_subquery()

    return select(of, count(WAITING_INDEX, _WAITS), count("ix_claims_burst"))
