"""The daily mail: what somebody chose to hear of once a day, at eight in their own zone."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import func, select

from portal.claims.letters.to_team import overdue_of
from portal.database import transaction
from portal.extensions import db
from portal.mail import team
from portal.mail.models import DailyLine
from portal.people.reviewers import TOLD_TO, News, Reviewer, Telling
from portal.people.rights import EVERY_SHOP
from portal.policy.deciding.document import Policy
from portal.translation import among_us, ngettext

log = structlog.get_logger(__name__)

HOUR = 8  # o'clock
APART = timedelta(hours=20)  # two of them, though the zone is changed between


def tell_daily(*, policies: Mapping[str, Policy], now: datetime) -> int:
    """Write the daily mail of each person for whom it is time; how many people that were.

    Mail and lines go in one transaction for each person: broken off, it is written once all the same.
    What is of a shop in which somebody has no right to it any more is dropped. Whoever can't be told
    keeps their lines for the next look, and the others get theirs.
    """
    return sum(_told(number, policies, now=now) for number in _due(policies, now=now))


def _told(number: int, policies: Mapping[str, Policy], *, now: datetime) -> bool:
    """Whether this worker wrote the person's mail."""
    try:
        with transaction():
            one = select(Reviewer).where(Reviewer.id == number)
            person = db.session.scalar(one.with_for_update(skip_locked=True))
            if person is None or not _is_time(person, _first(number), policies, now=now):
                return False  # another worker was at it
            _tell(person, policies, now=now)
    except Exception:
        log.exception("daily mail not written", person=number)
        return False
    return True


def zone_of(person: Reviewer, policies: Mapping[str, Policy]) -> ZoneInfo:
    """The zone that the person chose, else that of a shop in which they hold a right."""
    theirs = (policies[shop] for shop in sorted(policies) if _works_in(person, shop))
    shop = next(theirs, None)
    return ZoneInfo(person.zone or (shop.shop.time_zone if shop else "UTC"))


def _works_in(person: Reviewer, shop: str) -> bool:
    return any(each.shop in (shop, EVERY_SHOP) for each in person.held)


def _due(policies: Mapping[str, Policy], *, now: datetime) -> list[int]:
    """Whose lines wait for a mail that is due; an idle look takes no write lock."""
    waiting = (
        select(Reviewer, func.min(DailyLine.at))
        .join(DailyLine, DailyLine.reviewer_id == Reviewer.id)
        .group_by(Reviewer.id)
        .order_by(Reviewer.id)
    )
    return [
        person.id
        for person, first in db.session.execute(waiting).all()
        if _may_be_time(person, first, policies, now=now)
    ]


def _may_be_time(
    person: Reviewer, first: datetime | None, policies: Mapping[str, Policy], *, now: datetime
) -> bool:
    """Whether it is time, or can't be told of this one person: that is found again under their lock."""
    try:
        return _is_time(person, first, policies, now=now)
    except (ValueError, KeyError):
        return True


def _first(number: int) -> datetime | None:
    oldest = select(func.min(DailyLine.at)).where(DailyLine.reviewer_id == number)
    return db.session.scalar(oldest)


def _is_time(
    person: Reviewer, first: datetime | None, policies: Mapping[str, Policy], *, now: datetime
) -> bool:
    """Whether eight o'clock has come since the first line, and no mail was written for it."""
    local = now.astimezone(zone_of(person, policies))
    eight = local.replace(hour=HOUR, minute=0, second=0, microsecond=0, fold=0)
    last = (eight if eight <= local else eight - timedelta(days=1)).astimezone(UTC)
    told = person.daily_at
    return (
        first is not None
        and first < last
        and (told is None or (told < last and now - told >= APART))
    )


def _tell(person: Reviewer, policies: Mapping[str, Policy], *, now: datetime) -> None:
    person.daily_at = now
    zone = zone_of(person, policies)
    mine = select(DailyLine).where(DailyLine.reviewer_id == person.id)
    told: list[tuple[datetime, str, str]] = []
    late: DailyLine | None = None
    for line in db.session.scalars(mine.order_by(DailyLine.at, DailyLine.id)).all():
        if _is_theirs(person, line):
            if line.news is News.OVERDUE:
                late = line
            else:
                told.append((line.at.astimezone(zone), line.subject, line.path))
        db.session.delete(line)
    count = overdue_of(person, now=now)[0] if late else 0
    if late and count:  # as it is by now
        with among_us():
            said = ngettext("%(num)s claim is overdue", "%(num)s claims are overdue", count)
        told.append((now.astimezone(zone), said, late.path))
    if told:
        team.tell_daily(person, told, at=now)


def _is_theirs(person: Reviewer, line: DailyLine) -> bool:
    """Whether the person still wants to hear of it, and may."""
    task = TOLD_TO[line.news]
    may = person.may_somewhere(task) if line.shop == EVERY_SHOP else person.may(task, line.shop)
    return may and person.telling(line.news) is not Telling.NEVER
