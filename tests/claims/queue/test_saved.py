"""Views of one's own: for oneself or for a shop's team, each counting what it shows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.claims.queue import views
from portal.claims.queue.pages import ALL, VIEWS, Filters, queue_page
from portal.claims.queue.saved import (
    MOST,
    SavedView,
    TooManyViews,
    counted,
    rename,
    save,
    views_for,
)
from portal.claims.queue.views import Look, Tally
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.people.rights import ANY_SHOP, NoRight, Right, Shops, Task
from tests import factories
from tests.conftest import NOW
from tests.races import race

SHOP, OTHER = factories.SHOP, "numberplug"


def keep(filters, name="Mine", *, by, shared=False):
    with transaction():
        return save(filters, name=name, shared=shared, by=db.session.get(Reviewer, by)).id


def names(person):
    db.session.rollback()
    found = db.session.get(Reviewer, person)
    return [view.name for view in views_for(found, shops=found.shops_for(Task.LOOK))]


def reviewer(*shops):
    return factories.reviewer(rights={(shop, Right.REVIEWER) for shop in shops}).id


def test_a_view_is_ones_own_unless_it_is_shared_with_the_team_of_its_shop(app):
    ana, omar, eva = reviewer(SHOP), reviewer(SHOP, OTHER), reviewer(OTHER)
    keep(Filters(shop=SHOP, sort="-amount"), "Dear ones", by=ana, shared=True)
    keep(Filters(shop=SHOP), "Mine", by=ana)
    keep(Filters(view="all"), "All", by=omar)
    assert (names(ana), names(omar), names(eva)) == (
        ["Dear ones", "Mine"],
        ["All", "Dear ones"],
        [],
    )
    view = db.session.scalars(db.select(SavedView).where(SavedView.name == "Dear ones")).one()
    assert view.filters == Filters(view="decide", shop=SHOP, sort="-amount")


def test_no_view_is_kept_of_a_shop_that_one_may_not_look_at(app):
    eva = reviewer(OTHER)
    with pytest.raises(NoRight):
        keep(Filters(shop=SHOP), by=eva)
    with pytest.raises(ValueError, match="one shop"):
        keep(Filters(), by=eva, shared=True)
    assert names(eva) == []


def test_the_same_name_is_one_view_and_another_of_ones_own_names_is_not_taken(app):
    ana = reviewer(SHOP)
    first = keep(Filters(view="all"), by=ana)
    assert keep(Filters(view="paid"), by=ana) == first
    other = keep(Filters(), "Other", by=ana)
    with transaction():
        view = db.session.get_one(SavedView, other)
        assert not rename(view, name="Mine", shared=False)
        assert rename(view, name="Third", shared=True)
    assert names(ana) == ["Mine", "Third"]
    assert not db.session.get_one(SavedView, other).shared  # it has no shop


def test_one_person_keeps_so_many_at_most_also_at_once(app):
    ana = reviewer(SHOP)
    for number in range(MOST - 1):
        keep(Filters(), f"V{number}", by=ana)
    came = race(app, [lambda n=n: keep(Filters(), f"W{n}", by=ana) for n in range(3)])
    assert [type(each) for each in came if not isinstance(each, int)] == [TooManyViews] * 2
    assert len(names(ana)) == MOST


@pytest.mark.long
@pytest.mark.parametrize("shops", [ANY_SHOP, Shops(frozenset({SHOP}))])
def test_each_view_counts_what_it_shows_in_one_statement(app, statements, shops):
    ana = reviewer(SHOP)
    for number in range(5):
        factories.claim(
            order_reference=f"A-{number}", reason="other" if number % 2 else "wrong_code"
        )
    factories.claim(shop=OTHER)
    kinds = [Filters(view=view, **more) for view in sorted(VIEWS)
             for more in ({}, {"reason": "other"}, {"shop": SHOP})]  # fmt: skip
    late = NOW + timedelta(days=30)
    look = Look(shops, ana, late, late + timedelta(hours=1))
    shown = [Tally(len(queue_page(each, look=look).rows)) for each in kinds]
    saved = [
        SavedView(
            id=number, view=each.view, shop=each.shop, reason=each.reason, outcome="", sort=""
        )
        for number, each in enumerate(kinds)
    ]
    statements.clear()
    assert list(counted(saved, look).values()) == shown
    assert len(statements) == 1
    assert counted([], look) == {}


def test_beyond_the_cap_a_view_says_that_there_are_more(app, monkeypatch):
    for number in range(4):
        factories.claim(order_reference=f"A-{number}")
    monkeypatch.setattr(views, "CAP", 3)
    late = NOW + timedelta(days=30)
    saved = SavedView(id=1, view="overdue", shop="", reason="", outcome="", sort="")
    assert str(counted([saved], Look(ANY_SHOP, 1, late, late))[1]) == "3"
    assert ALL in VIEWS
