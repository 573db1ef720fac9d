"""When a shop switched the second person off, or on again, is kept from the day it was first seen."""

from dataclasses import replace

from sqlalchemy import select

from portal.extensions import db
from portal.versions import jobs
from portal.versions.models import SecondPersonSwitch
from portal.versions.registry import policies
from tests.factories import NOW, SHOP


def kept():
    found = db.session.scalars(select(SecondPersonSwitch).order_by(SecondPersonSwitch.id))
    return [(each.shop, each.needed, each.at, each.by) for each in found]


def said(monkeypatch, *, needed):
    governing = policies().governing(SHOP)
    shop = replace(governing.policy.shop, second_person=needed)
    changed = replace(governing, policy=replace(governing.policy, shop=shop))
    monkeypatch.setitem(policies()._governing, SHOP, changed)


def test_each_change_is_a_row_and_nothing_else_is(app, monkeypatch):
    assert (jobs.note_switches(now=NOW), kept()) == (0, [])
    said(monkeypatch, needed=False)
    assert (jobs.note_switches(now=NOW), jobs.note_switches(now=NOW)) == (1, 0)
    assert kept() == [(SHOP, False, NOW, None)]
    said(monkeypatch, needed=True)
    assert jobs.note_switches(now=NOW) == 1
    assert kept()[1:] == [(SHOP, True, NOW, None)]
