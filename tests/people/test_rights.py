"""What each right allows, and how rights are given and taken."""

import contextlib

import pytest
from sqlalchemy import select

from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from portal.mail import team
from portal.people import granting, signins
from portal.people.granting import LastAdmin, OwnRights, RightChange, RightsMoved
from portal.people.reviewers import News, Reviewer
from portal.people.rights import ALLOWS, EVERY_SHOP, NoRight, Right, Shops, Task
from tests import factories
from tests.factories import NOW
from tests.races import race
from tests.sizes import AT_ONCE

SHOP, OTHER = factories.SHOP, "numberplug"
ADMIN_OF_ALL = {(EVERY_SHOP, Right.ADMIN)}


def held(number):
    db.session.rollback()
    return {(each.shop, each.what) for each in db.session.get_one(Reviewer, number).held}


def stored_status(reference):
    return db.session.scalar(select(Claim.status).where(Claim.reference == reference))


def change(number, rights, *, by=None, within=None, seen=None):
    with transaction():
        person = db.session.get_one(Reviewer, number, with_for_update=True)
        boss = by and db.session.get_one(Reviewer, by)
        granting.set_rights(person, rights=rights, within=within, by=boss, at=NOW, seen=seen)


def test_each_right_allows_what_it_is_for_and_nothing_else():
    assert {
        Right.REVIEWER: {Task.LOOK, Task.DECIDE, Task.READ_POLICY},
        Right.PAYER: {Task.LOOK, Task.PAY, Task.RELEASE, Task.READ_POLICY},
        Right.LEAD: {Task.LOOK, Task.DECIDE, Task.RELEASE, Task.REOPEN, Task.REPORT, Task.READ_POLICY, Task.KEEP_POLICY},
        Right.ADMIN: {Task.READ_POLICY, Task.CONNECT, Task.RUN_TEAM},
    } == ALLOWS  # fmt: skip


def test_a_right_in_one_shop_is_none_in_another(app):
    here = factories.reviewer(rights={(SHOP, Right.PAYER)})
    everywhere = factories.reviewer(rights={(EVERY_SHOP, Right.LEAD), (OTHER, Right.PAYER)})
    assert [here.may(Task.PAY, shop) for shop in (SHOP, OTHER, EVERY_SHOP)] == [True, False, False]
    assert here.shops_for(Task.PAY) == Shops(frozenset({SHOP}))
    assert here.shops_for(Task.DECIDE) == Shops(frozenset())
    assert everywhere.shops_for(Task.DECIDE) == Shops(None)
    assert everywhere.shops_for(Task.PAY) == Shops(frozenset({OTHER}))
    assert (here.may_somewhere(Task.PAY), here.may_somewhere(Task.REOPEN)) == (True, False)


@pytest.mark.parametrize(
    ("action", "role", "status", "enough"),
    [
        (Action.DECLINE, Actor.REVIEWER, Status.IN_REVIEW, {Right.REVIEWER, Right.LEAD}),
        (Action.MARK_FAILED, Actor.PAYER, Status.APPROVED, {Right.PAYER}),
        (Action.RELEASE, Actor.PAYER, Status.APPROVED, {Right.PAYER, Right.LEAD}),
        (Action.REOPEN, Actor.LEAD, Status.DECLINED, {Right.LEAD}),
        (Action.FILE, Actor.POLICY, Status.DRAFT, {Right.PAYER}),
    ],
)
def test_no_step_is_taken_by_a_person_without_the_right_in_its_shop(
    app, action, role, status, enough
):
    made = factories.draft if status is Status.DRAFT else factories.claim
    claim = made(reason="wrong_code")
    number, before = claim.reference, claim.status
    may = set()
    for shop in (SHOP, OTHER, EVERY_SHOP):
        for right in Right:
            by = factories.reviewer(rights={(shop, right)}).id
            claim = claim_for_change(number)
            claim.status = status
            with contextlib.suppress(NoRight):
                claim.move(action, role=role, at=NOW, by=db.session.get_one(Reviewer, by))
                may.add((shop, right))
            db.session.rollback()
    assert may == {(shop, right) for shop in (SHOP, EVERY_SHOP) for right in enough}
    assert stored_status(number) is before


def test_shops_hold_those_that_are_named_or_every_one():
    assert [shop in Shops(frozenset({SHOP})) for shop in (SHOP, OTHER)] == [True, False]
    assert [shop in Shops(None) for shop in (SHOP, OTHER)] == [True, True]
    assert SHOP not in Shops(frozenset())


def test_rights_change_in_the_shops_that_are_meant_and_each_change_is_kept(app):
    boss = factories.reviewer(name="Sam", rights=ADMIN_OF_ALL).id
    person = factories.reviewer(rights={(SHOP, Right.REVIEWER), (OTHER, Right.PAYER)}).id
    with transaction():
        signins.begin(person, at=NOW, address="127.0.0.1", browser="b")
    change(person, {(SHOP, Right.REVIEWER)}, within=[SHOP], by=boss)
    assert len(signins.live(person, at=NOW)) == 1  # nothing changed
    change(person, {(SHOP, Right.LEAD)}, within=[SHOP], by=boss)
    assert held(person) == {(SHOP, Right.LEAD), (OTHER, Right.PAYER)}
    assert signins.live(person, at=NOW) == []
    row = db.session.get_one(Reviewer, person)
    told = granting.changes_of_rights(row, shops=Shops(None))
    assert [(each.shop, each.what, each.given, each.by.name, each.at) for each in told] == [
        (SHOP, Right.REVIEWER, False, "Sam", NOW),
        (SHOP, Right.LEAD, True, "Sam", NOW),
    ]
    assert granting.changes_of_rights(row, shops=Shops(frozenset({OTHER}))) == []


@pytest.mark.parametrize(
    ("rights", "within"),
    [
        ({(OTHER, Right.REVIEWER)}, [OTHER]),
        ({(EVERY_SHOP, Right.REVIEWER)}, [EVERY_SHOP]),
        ({(SHOP, Right.REVIEWER), (OTHER, Right.LEAD)}, None),
        (set(), None),  # what they may elsewhere is not his to take
    ],
)
def test_an_admin_of_one_shop_changes_nothing_elsewhere(app, rights, within):
    boss = factories.reviewer(rights={(SHOP, Right.ADMIN)}).id
    person = factories.reviewer(rights={(SHOP, Right.REVIEWER), (OTHER, Right.PAYER)}).id
    with pytest.raises(NoRight):
        change(person, rights, within=within, by=boss)
    assert held(person) == {(SHOP, Right.REVIEWER), (OTHER, Right.PAYER)}
    with pytest.raises(NoRight), transaction():
        granting.hire(email="new@example.com", name="New", rights=rights or {(OTHER, Right.PAYER)},
                      by=db.session.get_one(Reviewer, boss), at=NOW)  # fmt: skip


def test_nobody_raises_themselves(app):
    for rights in ({(SHOP, Right.ADMIN)}, ADMIN_OF_ALL):
        boss = factories.reviewer(rights=rights).id
        with pytest.raises(OwnRights):
            change(boss, rights | {(SHOP, Right.PAYER)}, by=boss)
        assert held(boss) == rights


def test_the_last_admin_of_every_shop_stays_one(app):
    boss = factories.reviewer(rights=ADMIN_OF_ALL).id
    factories.reviewer(rights={(SHOP, Right.ADMIN)})
    gone = factories.reviewer(rights=ADMIN_OF_ALL).id
    with transaction():
        granting.dismiss(db.session.get_one(Reviewer, gone), by=None, at=NOW)
    with pytest.raises(LastAdmin):
        change(boss, {(SHOP, Right.ADMIN)})
    with pytest.raises(LastAdmin), transaction():
        granting.dismiss(db.session.get_one(Reviewer, boss), by=None, at=NOW)
    assert held(boss) == ADMIN_OF_ALL
    change(boss, ADMIN_OF_ALL | {(SHOP, Right.PAYER)})
    factories.reviewer(rights=ADMIN_OF_ALL)
    change(boss, set())
    assert held(boss) == set()


@AT_ONCE
def test_of_the_last_two_admins_taken_away_at_once_one_stays(app):
    numbers = [factories.reviewer(rights=ADMIN_OF_ALL).id for _ in range(2)]
    came = race(app, [lambda number=number: change(number, set()) for number in numbers])
    assert sorted(isinstance(each, LastAdmin) for each in came) == [False, True], came
    assert sorted(len(held(number)) for number in numbers) == [0, 1]


def test_who_was_dismissed_may_nothing_more(app):
    rights = {(SHOP, right) for right in Right} | {(EVERY_SHOP, Right.REVIEWER)}
    gone = factories.reviewer(rights=rights).id
    with transaction():
        granting.dismiss(db.session.get_one(Reviewer, gone), by=None, at=NOW)
    assert held(gone) == rights
    row = db.session.get_one(Reviewer, gone)
    for task in Task:
        assert (row.may(task, SHOP), row.may_somewhere(task), row.shops_for(task)) == (
            False, False, Shops(frozenset()),
        )  # fmt: skip
        with pytest.raises(NoRight, match=r"^Whoever did it has no right to it in this shop\.$"):
            row.demand(task, SHOP)


def test_an_admin_of_one_shop_ends_the_sign_ins_of_those_who_work_in_it_alone(app):
    boss = factories.reviewer(rights={(SHOP, Right.ADMIN)}).id
    here = factories.reviewer(rights={(SHOP, Right.REVIEWER)}).id
    everywhere = factories.reviewer(rights=ADMIN_OF_ALL).id
    with transaction():
        for number in (here, everywhere):
            signins.begin(number, at=NOW, address="127.0.0.1", browser="b")
    for number in (here, everywhere):
        change(number, {(SHOP, Right.PAYER)}, within=[SHOP], by=boss)
    assert held(everywhere) == ADMIN_OF_ALL | {(SHOP, Right.PAYER)}
    assert [len(signins.live(number, at=NOW)) for number in (here, everywhere)] == [0, 1]


def test_rights_that_are_others_than_were_seen_are_left_as_they_are(app):
    person = factories.reviewer(rights={(SHOP, Right.REVIEWER), (OTHER, Right.PAYER)}).id
    seen = {(SHOP, Right.REVIEWER)}
    for within, shown in (([SHOP], set()), (None, seen), ([SHOP, OTHER], seen), ([OTHER], seen)):
        with pytest.raises(RightsMoved):
            change(person, {(SHOP, Right.LEAD)}, within=within, seen=shown)
    assert held(person) == {(SHOP, Right.REVIEWER), (OTHER, Right.PAYER)}
    change(person, {(SHOP, Right.LEAD)}, within=[SHOP], seen=seen)
    assert held(person) == {(SHOP, Right.LEAD), (OTHER, Right.PAYER)}


def test_mail_about_a_shop_goes_to_those_who_do_something_there(app):
    here = factories.reviewer(rights={(SHOP, Right.LEAD)}).id
    factories.reviewer(rights={(OTHER, Right.LEAD)})
    factories.reviewer(rights={(SHOP, Right.PAYER)})
    everywhere = factories.reviewer(rights={(EVERY_SHOP, Right.REVIEWER)}).id
    found = team.able(News.APPEAL, shop=SHOP)
    assert [person.id for person in found] == [here, everywhere]


def test_who_is_added_has_the_rights_and_they_are_kept_as_given(app):
    with transaction():
        person = granting.hire(email="Ny@Example.com", name=" Ny ", by=None, at=NOW,
                               rights=[(SHOP, Right.PAYER), (SHOP, Right.PAYER)])  # fmt: skip
        number = person.id
    assert held(number) == {(SHOP, Right.PAYER)}
    (told,) = db.session.scalars(select(RightChange)).all()
    assert (told.reviewer_id, told.shop, told.what, told.given, told.by_id) == (
        number, SHOP, Right.PAYER, True, None,
    )  # fmt: skip
