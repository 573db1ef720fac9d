"""Reads of policy versions: always ordered, the same count of statements for one row and for many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import defer, joinedload, selectinload

from portal.database import hold
from portal.extensions import db
from portal.policy.deciding.document import Policy
from portal.versions.lifecycle import OPEN, Stage, State
from portal.versions.models import Answer, PolicyEvent, PolicyVersion, SecondPersonSwitch
from portal.versions.refusals import PolicyHasMoved

# What a version's page shows, in a fixed number of statements; a result is read where it is shown.
PEOPLE = (joinedload(PolicyVersion.author), joinedload(PolicyVersion.published_by))
ANSWERS = selectinload(PolicyVersion.answers).options(
    joinedload(Answer.asked_by), joinedload(Answer.seen_by), defer(Answer.result)
)
PUBLISHED_OF = "published of {shop}"  # held by who publishes, shared by those who decide
EVENTS = selectinload(PolicyVersion.events).joinedload(PolicyEvent.by)


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of a shop in a list; ``row`` is None for one that stands in the file."""

    in_force: date
    stage: Stage
    sha256: str
    row: PolicyVersion | None


def version_for_change(number: int) -> PolicyVersion | None:
    """The version under its row lock, to be called inside transaction(); None when there is none."""
    return db.session.execute(
        select(PolicyVersion)
        .where(PolicyVersion.id == number)
        .options(ANSWERS)
        .with_for_update(of=PolicyVersion)
    ).scalar_one_or_none()


def version_page(number: int) -> PolicyVersion | None:
    """The version with its people, answers and events: three statements."""
    return db.session.execute(
        select(PolicyVersion).where(PolicyVersion.id == number).options(*PEOPLE, ANSWERS, EVENTS)
    ).scalar_one_or_none()


def draft_of(shop: str) -> PolicyVersion | None:
    """The shop's open draft; there is at most one."""
    return db.session.execute(
        select(PolicyVersion).where(PolicyVersion.open_key == shop)
    ).scalar_one_or_none()


def newest_published(shop: str) -> PolicyVersion | None:
    """The last version that was published in the browser, and whose text governs; None without any.

    What is published of the shop stays so until the transaction ends: nobody else publishes or
    withdraws meanwhile. To be called with the row that is to change under its lock.
    """
    hold(PUBLISHED_OF.format(shop=shop))
    return db.session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.shop == shop, PolicyVersion.state == State.PUBLISHED)
        .order_by(PolicyVersion.id.desc())
        .limit(1)
        .options(defer(PolicyVersion.text))
    ).first()


def must_govern(policy: Policy) -> None:
    """Raise PolicyHasMoved where the shop published a version at once that ``policy`` lacks.

    Within transaction(), by whoever decides: until it ends none takes effect at once. Only a shop
    that allows it is looked up; of any other each process has what is scheduled in time.
    """
    if not policy.shop.at_once:
        return
    hold(PUBLISHED_OF.format(shop=policy.id), shared=True)
    newest = db.session.scalar(
        select(PolicyVersion.in_force)
        .where(PolicyVersion.shop == policy.id, PolicyVersion.state == State.PUBLISHED)
        .order_by(PolicyVersion.id.desc())
        .limit(1)
    )
    if newest is not None and policy.dated(str(newest)) is None:
        raise PolicyHasMoved(policy.id)


def rows_of(shop: str) -> Sequence[PolicyVersion]:
    """Every version made in the browser, the latest begun first; those thrown away too."""
    return db.session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.shop == shop)
        .order_by(PolicyVersion.id.desc())
        .options(*PEOPLE)
    ).all()


def every_row() -> dict[str, list[PolicyVersion]]:
    """What was made in the browser by shop, the latest begun first, without texts and results.

    Two statements; what was thrown away is left out.
    """
    rows = db.session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.state != State.DISCARDED)
        .order_by(PolicyVersion.id.desc())
        .options(*PEOPLE, defer(PolicyVersion.text), ANSWERS)
    )
    found: dict[str, list[PolicyVersion]] = {}
    for row in rows:
        found.setdefault(row.shop, []).append(row)
    return found


def timeline(
    policy: Policy, *, at: datetime, rows: Sequence[PolicyVersion] | None = None
) -> list[VersionLine]:
    """The draft, then what was published, the newest first; where each stands ``at`` that instant.

    ``rows`` are what was made in the browser for the shop, where that is known already.
    """
    rows = rows_of(policy.id) if rows is None else rows
    rows = [row for row in rows if row.state is not State.DISCARDED]
    published = {row.in_force: row for row in rows if row.state is State.PUBLISHED}
    withdrawn = {row.in_force for row in rows if row.state is State.WITHDRAWN}
    # What was published or withdrawn a moment ago, and this process has not read yet, lies ahead.
    known = {
        each.in_force: each
        for each in policy.versions
        if each.in_force in published or each.in_force not in withdrawn
    }
    listed = [
        VersionLine(
            row.in_force,
            Stage.SCHEDULED if row.state is State.PUBLISHED else Stage(row.state),
            row.sha256,
            row,
        )
        for row in rows
        if row.state is not State.PUBLISHED or row.in_force not in known
    ]
    listed += [
        VersionLine(in_force, stage(policy, in_force, at=at), each.sha256, published.get(in_force))
        for in_force, each in known.items()
    ]
    return sorted(
        listed,
        key=lambda line: (
            line.row is not None and line.row.state in OPEN,
            policy.calendar.start(line.in_force),
        ),
        reverse=True,
    )


def stage(policy: Policy, in_force: date, *, at: datetime) -> Stage:
    """Where a published version stands: scheduled, in force, or ended by the next one."""
    first = policy.calendar.start(in_force)
    starts = [version.starts_at for version in policy.versions if version.starts_at >= first]
    if starts[0] > at:
        return Stage.SCHEDULED
    return Stage.ENDED if len(starts) > 1 and starts[1] <= at else Stage.IN_FORCE


def last_switch(shop: str) -> SecondPersonSwitch | None:
    """What was last said of it; None where the shop has wanted a second person ever since."""
    found = select(SecondPersonSwitch).where(SecondPersonSwitch.shop == shop)
    return db.session.scalars(found.order_by(SecondPersonSwitch.id.desc()).limit(1)).first()
