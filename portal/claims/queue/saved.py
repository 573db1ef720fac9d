"""Views of one's own: filters and an order under a name, for oneself or for a shop's team, each with its count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Select,
    String,
    UniqueConstraint,
    and_,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.claims.counts import ClaimCount, KeptView, ViewCount
from portal.claims.lifecycle import WAITING, Status
from portal.claims.queue.orders import written
from portal.claims.queue.pages import ALL, DECIDE, Filters
from portal.claims.queue.views import CAP, WORK, Look, Tally, few_of
from portal.database import LARGEST_ID, hold
from portal.extensions import Base, db
from portal.people.reviewers import Reviewer
from portal.people.rights import Shops, Task

MOST = 20  # views that one person keeps, and that a page shows
KEPT = ("view", "shop", "reason", "outcome", "sort")  # of the filters; what is searched for passes


class TooManyViews(Exception):
    """This person keeps MOST views already."""


class SavedView(Base):
    """Filters and an order under a name; ``shared`` with whoever may look at its shop's claims."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"))
    name: Mapped[str] = mapped_column(String(60))
    shared: Mapped[bool] = mapped_column(default=False)
    view: Mapped[str] = mapped_column(String(30))
    shop: Mapped[str] = mapped_column(String(40), index=True)
    reason: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(20))
    sort: Mapped[str] = mapped_column(String(20))

    owner: Mapped[Reviewer] = relationship()

    @property
    def filters(self) -> Filters:
        """What it asks for."""
        return Filters(**{name: getattr(self, name) for name in KEPT})


def views_for(person: Reviewer, *, shops: Shops) -> list[SavedView]:
    """This person's own views and those that are shared with them, their own first; one statement.

    ``shops`` are those at whose claims they may look.
    """
    shared = and_(SavedView.shared, SavedView.shop != "", shops.among(SavedView.shop))
    mine = SavedView.owner_id == person.id
    found = (
        select(SavedView)
        .where(or_(mine, shared))
        .order_by(mine.desc(), SavedView.name, SavedView.id)
    )
    return list(db.session.scalars(found.limit(written(MOST))))


def own_view(number: int, *, of: Reviewer) -> SavedView | None:
    """One of this person's own views; None where it is another's, or none."""
    if number > LARGEST_ID:
        return None
    found = select(SavedView).where(SavedView.id == number, SavedView.owner_id == of.id)
    return db.session.scalars(found).one_or_none()


def fits(filters: Filters) -> bool:
    """Whether each of these filters is of a length that is kept."""
    columns: Any = SavedView.__table__.c
    return all(len(getattr(filters, name)) <= columns[name].type.length for name in KEPT)


def save(filters: Filters, *, name: str, shared: bool, by: Reviewer) -> SavedView:
    """Keep these filters and their order under a name; of the same name, instead of what was there.

    ``shared``, with the team of the shop that they name. Raises TooManyViews, NoRight where the
    person may not look at its claims, ValueError where they name no shop to share with.
    """
    if shared and not filters.shop:
        raise ValueError("only a view of one shop has a team to be shared with")
    if filters.shop:
        by.demand(Task.LOOK, filters.shop)
    hold(f"views of {by.id}")
    mine = list(db.session.scalars(select(SavedView).where(SavedView.owner_id == by.id)))
    kept = next((each for each in mine if each.name == name), None)
    if kept is None and len(mine) >= MOST:
        raise TooManyViews
    kept = kept or SavedView(owner_id=by.id, name=name)
    kept.shared, kept.view = shared, filters.shown
    kept.shop, kept.reason, kept.outcome, kept.sort = (
        filters.shop,
        filters.reason,
        filters.outcome,
        filters.sort,
    )
    db.session.add(kept)
    db.session.flush()
    return kept


def rename(view: SavedView, *, name: str, shared: bool) -> bool:
    """Call one's view otherwise, and share it or not; False where another of one's own has that name."""
    hold(f"views of {view.owner_id}")
    other = SavedView.owner_id == view.owner_id, SavedView.name == name, SavedView.id != view.id
    if db.session.scalar(select(SavedView.id).where(*other)) is not None:
        return False
    view.name, view.shared = name, shared and bool(view.shop)
    return True


def counted(views: Sequence[SavedView], look: Look) -> dict[int, Tally]:
    """How many claims each of these views holds; one statement, none where there are none.

    What is kept (counts.py) is summed, what follows from the clock or from payouts is counted among
    the first CAP, as for the views that everybody has.
    """
    if not views:
        return {}
    rows: Any = db.session.execute(union_all(*(_count_of(each, look) for each in views)))
    return {int(label): Tally(int(number or 0), read >= CAP) for label, number, read in rows}


def _count_of(saved: SavedView, look: Look) -> Select[Any, Any, Any]:
    label, view = str(saved.id), saved.filters.shown
    narrowed = {"shop": saved.shop, "reason": saved.reason, "outcome": saved.outcome}
    if view in WORK and view not in set(map(str, KeptView)):
        return few_of(view, look, label=label, **narrowed)
    table: Any = ViewCount if view in WORK else ClaimCount
    kept = select(literal(label), func.sum(table.count), literal(0)).where(
        look.shops.among(table.shop)
    )
    if view in WORK:
        kept = kept.where(table.view == KeptView(view))
        kept = kept.where(table.who == look.me) if view == KeptView.MINE else kept
    elif view != ALL:
        kept = kept.where(table.status.in_(WAITING if view == DECIDE else {Status(view)}))
    for name, value in narrowed.items():
        kept = kept.where(getattr(table, name) == value) if value else kept
    return kept
