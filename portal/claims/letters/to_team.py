"""The team is told of an appeal as it comes, and of what is overdue: once a day at most, and only of something new."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select
from sqlalchemy.orm import selectinload

from portal.claims.letters.dates import local
from portal.claims.lifecycle import Clock, Status
from portal.claims.models import Claim
from portal.claims.payout.second_person import is_first
from portal.database import UTCDateTime, transaction
from portal.extensions import db
from portal.ledger.payout import Payout
from portal.ledger.runs import PayoutRun
from portal.mail import team
from portal.mail.letters import Event
from portal.people.reviewers import News, Reviewer, Telling, holds
from portal.people.rights import EVERY_SHOP, Task
from portal.policy.deciding.document import Policy

PAUSE = timedelta(days=1)  # between two such mails to one person
LISTED = 10
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def tell_of_appeal(claim: Claim, *, policy: Policy, at: datetime) -> None:
    """Tell those who chose it that an appeal waits; not the person whose decision it is about."""
    decided = claim.ruling
    people = [
        person
        for person in team.able(News.APPEAL, shop=claim.shop)
        if decided is None or person.id != decided.reviewer_id
    ]
    _tell_of(claim, News.APPEAL, people, policy=policy, at=at, due=local(claim.due_at, policy))


def tell_of_second(claim: Claim, payout: Payout, *, policy: Policy, at: datetime) -> None:
    """Tell those who may let a payout go as its second person that it waits for one; nobody who approved it."""
    people = [
        person
        for person in team.able(News.SECOND, shop=claim.shop)
        if not is_first(claim, payout, person)
    ]
    _tell_of(claim, News.SECOND, people, policy=policy, at=at)


def tell_of_run(run: PayoutRun, *, policy: Policy, at: datetime) -> None:
    """Tell those who may release a run that it waits for another person than the one who made it."""
    people = [
        person
        for person in team.able(News.SECOND, shop=run.shop)
        if person.id != run.made_by_id and person.may(Task.PAY, run.shop)
    ]
    team.tell(
        people,
        News.SECOND,
        path=f"/payouts/runs/{run.key}",
        at=at,
        of=run.shop,
        letter=Event.TEAM_RUN,
        name=policy.shop.name,
        count=run.count,
        sum=run.sum,
        who=run.made_by.name,
    )


def tell_of_failure(claim: Claim, *, by: Reviewer | None, policy: Policy, at: datetime) -> None:
    """Tell those who pay in the shop that a payout failed; not who said so (``by``)."""
    people = [
        person
        for person in team.able(News.PAYOUT, shop=claim.shop)
        if by is None or person.id != by.id
    ]
    _tell_of(claim, News.PAYOUT, people, policy=policy, at=at)


def tell_handed(
    claim: Claim, to: Reviewer, *, by: Reviewer, noted: bool, policy: Policy, at: datetime
) -> None:
    """Tell somebody that a colleague handed the claim over to them, where they chose to hear of it.

    Whether a note waits with it (``noted``), and not what it says: that stays on the claim's page.
    """
    _tell_one_of(claim, News.HANDED, [to], by=by, policy=policy, at=at, noted=noted)


def tell_named(
    claim: Claim, people: Iterable[Reviewer], *, by: Reviewer, policy: Policy, at: datetime
) -> None:
    """Tell those of these people who chose it that a colleague named them in a note, not what it says."""
    _tell_one_of(claim, News.NAMED, people, by=by, policy=policy, at=at)


def _tell_one_of(
    claim: Claim,
    news: News,
    people: Iterable[Reviewer],
    *,
    by: Reviewer,
    policy: Policy,
    at: datetime,
    **said: Any,
) -> None:
    """Tell of what a colleague did to one claim, with the way to it."""
    others = [person for person in people if person.id != by.id]
    _tell_of(claim, news, others, policy=policy, at=at, who=by.name, **said)


def _tell_of(
    claim: Claim,
    news: News,
    people: Iterable[Reviewer],
    *,
    policy: Policy,
    at: datetime,
    **said: Any,
) -> None:
    team.tell(
        people,
        news,
        path=f"/review/{claim.reference}",
        at=at,
        of=claim.shop,
        claim=claim.reference,
        name=policy.shop.name,
        **said,
    )


def warn_of(claims: Sequence[Claim], *, at: datetime) -> None:
    """Warn that little time is left of these: who has one in hand, who leads its shop, who pays what is owed.

    Each who chose it gets one mail of all that are theirs, in the caller's transaction.
    """
    if not claims:
        return
    everybody = select(Reviewer).where(Reviewer.active).options(selectinload(Reviewer.held))
    for person in db.session.scalars(everybody.order_by(Reviewer.id)):
        theirs = [claim for claim in claims if _is_warned(person, claim)]
        if not theirs:
            continue
        theirs.sort(key=lambda each: (each.due_at or at, each.id))
        rows = [(claim.reference, claim.due_at, claim.waiting) for claim in theirs]
        shops = {claim.shop for claim in theirs}
        of = shops.pop() if len(shops) == 1 else EVERY_SHOP
        team.tell(
            [person],
            News.NEAR,
            path="/review",
            at=at,
            of=of,
            count=len(rows),
            rows=rows[:LISTED],
        )


def _is_warned(person: Reviewer, claim: Claim) -> bool:
    has_it = claim.assignee_id == person.id and person.may(Task.LOOK, claim.shop)
    pays = not claim.waiting and person.may(Task.PAY, claim.shop)
    return has_it or pays or person.may(Task.REOPEN, claim.shop)


def tell_overdue(*, now: datetime) -> int:
    """Mail those who chose it and for whom a date has passed since their last mail; how many.

    A date of the review counts for those who decide in the claim's shop, one of a payout for those
    who pay there.
    """
    due = select(Reviewer).where(
        Reviewer.active,
        or_(Reviewer.overdue_told_at.is_(None), Reviewer.overdue_told_at <= now - PAUSE),
        or_(
            exists().where(_waiting(), *_passed(now), holds(Task.DECIDE, Claim.shop)),
            exists().where(_owed(), *_passed(now), holds(Task.PAY, Claim.shop)),
        ),
    )
    if db.session.scalars(due.limit(1)).first() is None:  # idle looks take no write lock
        return 0
    with transaction():
        people = list(db.session.scalars(due.with_for_update(skip_locked=True)))
        for person in people:
            _tell(person, now=now)
    return len(people)


def _tell(person: Reviewer, *, now: datetime) -> None:
    person.overdue_told_at = now
    if person.telling(News.OVERDUE) is Telling.NEVER:
        return
    count, rows = overdue_of(person, now=now)
    team.tell([person], News.OVERDUE, path="/review", at=now, count=count, rows=rows)


def overdue_of(
    person: Reviewer, *, now: datetime
) -> tuple[int, list[tuple[str, datetime | None, bool]]]:
    """How many claims are past their date that this person decides or pays, and the oldest of them.

    Of each the reference, the date, and whether a decision waits.
    """
    decides = and_(_waiting(), person.shops_for(Task.DECIDE).among(Claim.shop))
    pays = and_(_owed(), person.shops_for(Task.PAY).among(Claim.shop))
    mine = and_(or_(decides, pays), Claim.due_at <= now)
    count = db.session.scalars(select(func.count()).select_from(Claim).where(mine)).one()
    oldest = select(Claim).where(mine).order_by(Claim.due_at, Claim.id).limit(LISTED)
    return count, [
        (each.reference, each.due_at, each.waiting) for each in db.session.scalars(oldest)
    ]


def _passed(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The date has passed, and not yet when this person was last told: a range of an index."""
    told = func.coalesce(Reviewer.overdue_told_at, literal(_NEVER, UTCDateTime()))
    return Claim.due_at <= now, Claim.due_at > told


def _owed() -> ColumnElement[bool]:
    return Claim.status == Status.APPROVED


def _waiting() -> ColumnElement[bool]:
    """Waits for a person, by a clock that runs: it stands still while something is awaited."""
    return and_(Claim.waiting, Claim.clock.is_distinct_from(Clock.PAUSED))
