"""Like claims are decided by one press: each with its own history, ruling and letter, or left as it was with why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.desk.acts import BulkState, act_of
from portal.claims.desk.doubts import second_wanted
from portal.claims.desk.groups import Group, claimed_twice, groups, listed, waiting_in
from portal.claims.desk.rehearsing import Rehearsed
from portal.claims.desk.together import decide_group, rehearse, undo_lines
from portal.claims.letters.links import status_link
from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.queue.orders import Cursor
from portal.claims.verbs import filing, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.people.reviewers import Reviewer
from portal.people.rights import ANY_SHOP, Right, Shops
from tests import factories
from tests.claims.desk.like_claims import APPROVED, DENIED, approved, denied
from tests.conftest import NOW
from tests.races import race

SOON = NOW + timedelta(seconds=20)
KEY = "k" * 22
WORDS = "We can't refund this claim."


@pytest.fixture
def ana(app):
    return factories.reviewer(name="Ana").id


@pytest.fixture
def bo(app):
    return factories.reviewer(name="Bo").id


def seen(claims):
    return [(claim.reference, claim.version) for claim in claims]


def shops_own(**said):
    whole = factories.policy()
    return replace(whole, shop=replace(whole.shop, **said))


def decide(group, chosen, by, *, key=KEY, at=NOW, policy=None):
    return decide_group(
        group,
        chosen,
        key=key,
        by=db.session.get_one(Reviewer, by),
        at=at,
        policy=policy or factories.policy(group.shop),
        saying=lambda claim: f"{WORDS} {claim.reference}",
    )


def undo(chosen, by, *, key=KEY, at=SOON, shop=DENIED.shop):
    db.session.rollback()
    person = db.session.get_one(Reviewer, by)
    act = act_of(key, by=person)
    return undo_lines(act, chosen, by=person, at=at, policy=factories.policy(shop))


def became(by, key=KEY):
    """What became of each claim: reference -> (state, why)."""
    db.session.rollback()
    act = act_of(key, by=db.session.get_one(Reviewer, by))
    return {line.claim.reference: (line.state, line.why) for line in act.lines}


def stored(references):
    db.session.rollback()
    return listed(references, shop=DENIED.shop)


def letters(reference):
    found = select(OutboxMail.event).where(OutboxMail.about == reference)
    return list(db.session.scalars(found.order_by(OutboxMail.id)))


def test_claims_wait_in_groups_by_shop_verdict_and_clause(app):
    denied(3)
    approved(2)
    factories.claim(reason="wrong_code", order_reference="W-1")  # waits for a finding
    assert groups(ANY_SHOP) == [(DENIED, 3), (APPROVED, 2)]
    assert groups(Shops(frozenset({"numberplug"}))) == []
    with transaction():
        claim = claim_for_change(waiting_in(DENIED)[0].reference)
        filing.withdraw(claim, policy=factories.policy(), at=NOW)
    assert groups(ANY_SHOP) == [(APPROVED, 2), (DENIED, 2)]


def test_a_group_is_listed_by_time_left_a_part_at_a_time(app):
    references = [claim.reference for claim in denied(5)]
    first = waiting_in(DENIED, most=2)
    assert [claim.reference for claim in first] == references[:2]
    rest = waiting_in(DENIED, after=Cursor(first[-1].due_at, first[-1].id))
    assert [claim.reference for claim in rest] == references[2:]
    assert waiting_in(APPROVED) == []


def test_each_claim_is_declined_with_its_own_history_ruling_and_letter(app, ana):
    chosen = seen(denied(3))
    assert decide(DENIED, chosen, ana) is True
    assert set(became(ana).values()) == {(BulkState.DECIDED, None)}
    for claim in stored([reference for reference, _ in chosen]):
        last = claim.events[-1]
        assert (claim.status, last.action, last.reviewer_id, last.at) == (
            Status.DECLINED, Action.DECLINE, ana, NOW)  # fmt: skip
        ruling = claim.ruling
        assert (ruling.clause, ruling.customer_text, ruling.override_reason) == (
            "SS-N3", f"{WORDS} {claim.reference}", None)  # fmt: skip
        assert letters(claim.reference) == ["received", "declined"]
    assert groups(ANY_SHOP) == []


def test_each_claim_is_approved_as_the_policy_says(app, ana):
    chosen = seen(approved(2))
    decide(APPROVED, chosen, ana)
    for claim in stored([reference for reference, _ in chosen]):
        assert (claim.status, claim.payout.amount) == (Status.APPROVED, Money(50, "USD"))
        assert (claim.ruling.approved, claim.ruling.clause) == (True, "SS-G5")
        assert letters(claim.reference)[-1] == "approved"


def test_a_second_press_of_the_same_button_decides_nothing(app, ana):
    chosen = seen(denied(2))
    assert [decide(DENIED, chosen, ana), decide(DENIED, chosen, ana)] == [True, False]
    for claim in stored([reference for reference, _ in chosen]):
        assert [event.action for event in claim.events].count(Action.DECLINE) == 1
    assert decide(DENIED, chosen, ana, key="m" * 22) is True
    assert set(became(ana, "m" * 22).values()) == {(BulkState.REFUSED, "You decided it already.")}


def test_what_moved_meanwhile_is_left_with_why_and_the_rest_is_done(app, ana, bo):
    claims = denied(5)
    chosen = seen(claims)
    first, second, third, fourth, _fifth = (reference for reference, _ in chosen)
    with transaction():
        reviewing.decline(
            claim_for_change(first), clause="SS-N3", customer_text=WORDS, at=NOW,
            by=db.session.get_one(Reviewer, bo), seen=chosen[0][1], policy=factories.policy(),
        )  # fmt: skip
        reviewing.approve(
            claim_for_change(second), amount=Money(20, "USD"), override_reason="Seen.", at=NOW,
            by=db.session.get_one(Reviewer, bo), seen=chosen[1][1], policy=factories.policy(),
        )  # fmt: skip
        filing.withdraw(claim_for_change(third), policy=factories.policy(), at=NOW)
        claim_for_change(fourth).email = factories.EMAIL
        db.session.get_one(Reviewer, ana).email = factories.EMAIL
    chosen[3] = fourth, chosen[3][1] + 1
    decide(DENIED, chosen, ana)
    came = list(became(ana).values())
    assert came[:3] == [
        (BulkState.REFUSED, "Bo declined it meanwhile."),
        (BulkState.REFUSED, "Bo approved it meanwhile."),
        (BulkState.REFUSED, "It changed since you looked at it."),
    ]
    assert came[3][0] is BulkState.REFUSED and came[3][1].startswith("This claim is your own:")
    assert came[4] == (BulkState.DECIDED, None)


def test_a_claim_of_another_group_is_not_decided_by_this_one(app, ana):
    (yes,), (no,) = approved(1), denied(1)
    decide(DENIED, seen([yes, no]), ana)
    assert list(became(ana).values()) == [
        (BulkState.REFUSED, "It changed since you looked at it."),
        (BulkState.DECIDED, None),
    ]
    elsewhere = Group("numberplug", *DENIED[1:])
    decide(elsewhere, seen([yes]), ana, key="m" * 22)
    assert became(ana, "m" * 22) == {}


def test_what_time_made_another_verdict_is_left_to_a_person(app, ana):
    (claim,) = denied(1)
    with transaction():
        claim.findings = {"claim_verified": True}
        claim.facts = claim.facts | {"order": claim.facts["order"] | {"messages": []}}
    decide(DENIED, seen([claim]), ana)
    assert list(became(ana).values()) == [(BulkState.REFUSED, "The policy says otherwise by now.")]
    assert stored([claim.reference])[0].status is Status.IN_REVIEW


def test_who_has_no_right_in_the_shop_decides_nothing(app):
    chosen = seen(denied(1))
    payer = factories.reviewer(rights={("sms-service", Right.PAYER)}).id
    decide(DENIED, chosen, payer)
    assert list(became(payer).values()) == [
        (BulkState.REFUSED, "Whoever did it has no right to it in this shop.")
    ]


def test_a_second_person_is_wanted_as_for_one(app, ana):
    policy = shops_own(second_person_above=Money(40, "USD"))
    claims = approved(1)
    assert [second_wanted(claim, policy=policy) for claim in claims] == [True]
    assert [second_wanted(claim, policy=factories.policy()) for claim in claims] == [False]
    assert [second_wanted(claim, policy=policy) for claim in denied(1)] == [False]
    decide(APPROVED, seen(claims), ana, policy=policy)
    (claim,) = stored([claims[0].reference])
    assert (claim.status, claim.payout.state) == (Status.APPROVED, PayoutState.HELD)


def test_more_than_one_person_lets_go_a_day_is_left_to_another(app, ana):
    chosen = seen(approved(3))
    decide(APPROVED, chosen, ana, policy=shops_own(person_ceiling=Money(100, "USD")))
    came = list(became(ana).values())
    assert [state for state, _ in came] == [*[BulkState.DECIDED] * 2, BulkState.REFUSED]
    assert came[2][1].startswith("One person lets go at most 1.00 USD a day in this shop")


def test_all_or_one_is_undone_while_nobody_was_told(app, ana):
    chosen = seen(denied(3))
    decide(DENIED, chosen, ana)
    after = seen(stored([reference for reference, _ in chosen]))
    assert undo(after[:1], ana) == 1
    assert undo(after, ana) == 2
    assert set(became(ana).values()) == {(BulkState.UNDONE, None)}
    for claim in stored([reference for reference, _ in chosen]):
        assert (claim.status, claim.events[-1].action) == (Status.IN_REVIEW, Action.UNDO)
        assert letters(claim.reference) == ["received"]
    assert groups(ANY_SHOP) == [(DENIED, 3)]


def test_what_can_be_undone_no_more_stands_with_why(app, ana):
    chosen = seen(denied(2))
    decide(DENIED, chosen, ana)
    (told, _), (moved, _) = chosen
    with transaction():
        mails = select(OutboxMail).where(OutboxMail.about == told, OutboxMail.event == "declined")
        db.session.scalars(mails).one().attempts = 1
    after = seen(stored([told, moved]))
    assert undo([after[0], (moved, after[1][1] - 1), ("2222-2222", 1)], ana) == 0
    assert list(became(ana).values()) == [
        (BulkState.DECIDED, "The customer has been told already."),
        (BulkState.DECIDED, "It has moved on since you decided it."),
    ]


def test_the_letter_is_shown_before_and_nothing_of_it_is_kept(app, ana):
    (claim,) = denied(1)
    before = (claim.version, letters(claim.reference))
    said = {"by": db.session.get_one(Reviewer, ana), "at": SOON, "policy": factories.policy(),
            "saying": lambda _: WORDS}  # fmt: skip
    letter = rehearse(DENIED, *seen([claim]), **said)
    ends = "declined, you can appeal until Wed 18 Mar 2026, 10:00 UTC"
    assert letter.subject == f"{claim.reference}: {ends}"
    assert WORDS in letter.text
    assert status_link(claim.reference) not in letter.text
    (now,) = stored([claim.reference])
    assert (now.status, now.version, letters(now.reference)) == (Status.IN_REVIEW, *before)
    assert groups(ANY_SHOP) == [(DENIED, 1)]
    refused = rehearse(DENIED, (claim.reference, 1), **said)
    assert refused == Rehearsed(why="It changed since you looked at it.")


def test_another_persons_press_is_not_shown(app, ana, bo):
    decide(DENIED, seen(denied(1)), ana)
    assert act_of(KEY, by=db.session.get_one(Reviewer, bo)) is None


def test_two_who_decide_the_same_group_at_once_decide_each_claim_once(app, ana, bo):
    chosen = seen(denied(6))
    keys = {ana: "a" * 22, bo: "b" * 22}
    backwards = {ana: chosen, bo: chosen[::-1]}
    acts = [lambda who=who: decide(DENIED, backwards[who], who, key=keys[who]) for who in keys]
    assert race(app, acts) == [True, True]
    came = {who: became(who, keys[who]) for who in keys}
    for reference, _ in chosen:
        mine, theirs = came[ana][reference], came[bo][reference]
        assert sorted([mine[0], theirs[0]]) == [BulkState.DECIDED, BulkState.REFUSED]
        assert {mine[1], theirs[1]} in (
            {None, "Ana declined it meanwhile."},
            {None, "Bo declined it meanwhile."},
        )
    for claim in stored([reference for reference, _ in chosen]):
        decided = [e for e in claim.events if e.role is Actor.REVIEWER]
        assert [event.action for event in decided] == [Action.DECLINE]
        assert letters(claim.reference) == ["received", "declined"]


def test_one_button_pressed_twice_at_once_decides_once(app, ana):
    chosen = seen(denied(3))
    acts = [lambda: decide(DENIED, chosen, ana)] * 2
    assert sorted(race(app, acts)) == [False, True]
    assert set(became(ana).values()) == {(BulkState.DECIDED, None)}
    rows = db.session.scalars(select(Claim)).all()
    assert [len(claim.rulings) for claim in rows] == [1, 1, 1]


@pytest.mark.parametrize(("name", "value"), [("email", "kim@example.com"), ("account_id", "u-17")])
def test_a_balance_that_another_claim_is_about_wants_a_look(app, name, value):
    first, second, other = (factories.claim(order_reference=f"T-{number}") for number in range(3))
    with transaction():
        for claim in (first, second, other):
            claim.order_key = claim.email = None
            setattr(claim, name, value)
        setattr(other, name, "another")
    assert claimed_twice([first, other]) == {first.id}
    assert claimed_twice([second, first]) == {first.id, second.id}
    assert claimed_twice([other]) == set()
