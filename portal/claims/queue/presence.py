"""Who has a claim open now: said by the page itself, and forgotten a minute after it fell silent.

It is kept in a table, or in the Redis that all processes share, where there is one: a claim's set of
who gave a sign, each with when.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, String, Table, delete, func, null, select, type_coerce
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from portal.claims.models import Claim
from portal.database import UTCDateTime, insert_or, transaction, writing
from portal.extensions import Base, SharedStore, db, limiter
from portal.people.reviewers import Reviewer
from portal.translation import listed, ngettext

LAPSES = timedelta(seconds=60)  # without a sign, nobody is there any more
AGAIN = timedelta(seconds=10)  # two signs within it are one
BETWEEN = "\n"  # the names of several in one text

log = structlog.get_logger(__name__)


class Presence(Base):
    """That one person has one claim open: no event of it, and of no weight for a decision.

    It has no foreign keys: to look for the claim's row would wait for whoever decides it.
    """

    __tablename__ = "presences"

    claim_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reviewer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


def also_there(*, me: int, at: datetime) -> ColumnElement[str | None]:
    """The names of those who have the claim of a statement open at ``at``, but for ``me``; BETWEEN them.

    NULL where the table doesn't have them (``names_elsewhere``).
    """
    if limiter.shared is not None:
        return type_coerce(null(), String)
    names = select(func.aggregate_strings(Reviewer.name, BETWEEN))
    there = (
        Presence.claim_id == Claim.id,
        Presence.reviewer_id == Reviewer.id,
        Presence.reviewer_id != me,
        Presence.seen_at > at - LAPSES,
        Reviewer.active,
    )
    return names.where(*there).correlate(Claim).scalar_subquery()


def names_elsewhere(claims: Collection[int], *, me: int, at: datetime) -> Mapping[int, list[str]]:
    """The same of each of these claims from the Redis that all share; nobody's where that doesn't answer.

    One question, and a statement where somebody is there.
    """
    shared = limiter.shared
    found = (
        shared.told(lambda _: _signs(shared, claims, me=me, at=at)) if shared and claims else None
    )
    people = {person for signs in (found or {}).values() for person in signs}
    if not found or not people:
        return {}
    who = select(Reviewer.id, Reviewer.name).where(Reviewer.id.in_(people), Reviewer.active)
    names = {row.id: row.name for row in db.session.execute(who)}
    return {
        claim: sorted(names[person] for person in signs if person in names)
        for claim, signs in found.items()
    }


def names_in(told: str | None) -> list[str]:
    """The names that ``also_there`` found, in their order."""
    return sorted(told.split(BETWEEN)) if told else []


def told_of(names: list[str]) -> str:
    """That these people are looking at it, as a sentence; empty where nobody is."""
    if not names:
        return ""
    return ngettext(
        "%(names)s is looking at it",
        "%(names)s are looking at it",
        len(names),
        names=listed(names),
    )


def who_is_there(claim_id: int, *, me: int, at: datetime) -> list[str]:
    """The names of those who have this claim open at ``at``, but for ``me``; one statement."""
    if limiter.shared is not None:
        return names_elsewhere([claim_id], me=me, at=at).get(claim_id, [])
    told = select(also_there(me=me, at=at)).select_from(Claim).where(Claim.id == claim_id)
    return names_in(db.session.scalar(told))


def be_there(claim_id: int, *, me: int, at: datetime) -> None:
    """Note that this person has the claim open, on a connection of its own; not in transaction().

    It waits for nobody: while somebody else writes to SQLite it is left to the page's next sign.
    """
    if (shared := limiter.shared) is not None:
        shared.told(lambda _: _give_sign(shared, claim_id, me, at))
        return
    new = insert_or(_TABLE).values(claim_id=claim_id, reviewer_id=me, seen_at=at)
    sign = new.on_conflict_do_update(
        index_elements=[_TABLE.c.claim_id, _TABLE.c.reviewer_id],
        set_={"seen_at": new.excluded.seen_at},
        where=_TABLE.c.seen_at < at - AGAIN,
    )
    try:
        with writing(0), db.engine.begin() as connection:
            connection.execute(sign)
    except OperationalError:
        log.info("a look at a claim not noted")


def _give_sign(shared: SharedStore, claim_id: int, me: int, at: datetime) -> None:
    key = _key(claim_id)
    with shared.redis.pipeline() as all_or_none:
        all_or_none.zadd(key, {str(me): at.timestamp()})
        all_or_none.zremrangebyscore(key, "-inf", (at - LAPSES).timestamp())
        all_or_none.expire(key, LAPSES)
        all_or_none.execute()


def _signs(
    shared: SharedStore, claims: Collection[int], *, me: int, at: datetime
) -> dict[int, list[int]]:
    """Who gave a sign within LAPSES, by claim."""
    with shared.redis.pipeline(transaction=False) as questions:
        for claim in claims:
            questions.zrangebyscore(_key(claim), f"({(at - LAPSES).timestamp()}", "+inf")
        told = questions.execute()
    found = zip(claims, told, strict=True)
    return {claim: [int(each) for each in signs if int(each) != me] for claim, signs in found}


def _key(claim_id: int) -> str:
    return f"presence:{claim_id}"


def forget_due(*, now: datetime) -> int:
    """Delete who isn't there any more; how many rows that were."""
    old = Presence.seen_at <= now - LAPSES
    if db.session.scalar(select(Presence.claim_id).where(old).limit(1)) is None:
        return 0
    with transaction():
        return len(
            db.session.scalars(delete(Presence).where(old).returning(Presence.claim_id)).all()
        )


_TABLE: Table = Presence.__table__  # type: ignore[assignment]  # Base says FromClause
