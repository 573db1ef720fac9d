"""The column copy follows the stored decisions, and holds the last of each claim."""

from datetime import timedelta

from portal.claims.decisions import copying
from portal.claims.lifecycle import Action
from portal.claims.verbs import judging
from portal.columns.writing import manifest, writing
from portal.database import transaction
from portal.policy.deciding.case import parse
from portal.replay.reading import Copied
from tests import factories
from tests.factories import NOW, SHOP

LATER = NOW + copying.EVERY


def copied():
    """The numbers of the claims copied for the shop, with how long each description is."""
    extent = manifest(copying.folder()).shops.get(SHOP)
    if extent is None:
        return {}
    copy = Copied(copying.folder(), SHOP, extent)
    lengths = copy.column("claim.description").tolist()
    return dict(zip(copy.column("claim_id").tolist(), lengths, strict=True))


def sent(reference, **given):
    factories.order(reference=reference)
    return factories.claim(order_reference=reference, **given)


def test_decisions_are_copied_a_minute_after_the_first_of_them(app):
    first = sent("A-1", description="x" * 40)
    assert copying.copy_due(now=LATER - timedelta(seconds=1)) == 0
    assert copied() == {}
    second = sent("A-2", at=NOW + timedelta(seconds=20), description="y" * 33)
    assert copying.copy_due(now=LATER) == 2
    assert copied() == {first.id: 40, second.id: 33}
    assert copying.copy_due(now=LATER + copying.EVERY) == 0


def test_decisions_of_the_last_seconds_wait_for_the_next_turn(app):
    first = sent("A-1")
    young = LATER - copying.SETTLED + timedelta(seconds=1)
    second = sent("A-2", at=young)
    assert copying.copy_due(now=LATER) == 1
    assert set(copied()) == {first.id}
    assert copying.copy_due(now=young + copying.EVERY) == 1
    assert set(copied()) == {first.id, second.id}


def test_a_newer_decision_takes_the_place_of_the_claims_older_one(app):
    claim = sent("A-1", description="a" * 30)
    assert copying.copy_due(now=LATER) == 1
    with transaction():
        claim.description = "b" * 50
        judging.judge(claim, policy=factories.policy(), at=LATER, cause=Action.REFER)
    copying.up_to_date(now=LATER + copying.SETTLED)
    assert copied() == {claim.id: 50}


def test_a_turn_copies_so_many_and_the_next_one_goes_on(app):
    for number in range(3):
        sent(f"A-{number}")
    turns = [copying.copy_due(now=LATER, limit=2) for _ in range(3)]
    assert turns == [2, 1, 0]
    assert len(copied()) == 3


def test_bringing_up_to_date_tells_how_it_goes_and_leaves_nothing(app, monkeypatch):
    monkeypatch.setattr(copying, "BATCH", 2)
    for number in range(3):
        sent(f"A-{number}")
    assert copying.to_copy() == 3
    told = []
    folder = copying.up_to_date(now=LATER, told=told.append)
    assert (folder, told) == (copying.folder(), [2, 1])
    assert copying.to_copy() == 0
    assert len(copied()) == 3


def test_a_writer_at_work_is_left_alone(app):
    sent("A-1")
    with writing(copying.folder(), source="", wait=True):
        assert copying.copy_due(now=LATER) == 0
    assert copying.copy_due(now=LATER) == 1


def test_the_copy_of_another_database_is_begun_again(app):
    claim = sent("A-1")
    with writing(copying.folder(), source="a claim of another database", wait=True) as copy:
        copy.add(SHOP, 99, parse(claim.decision.case))
        copy.keep(1_000)
    assert copying.to_copy() == 1
    copying.up_to_date(now=LATER)
    assert set(copied()) == {claim.id}


def test_a_case_that_no_longer_fits_is_counted_and_left_out(app):
    claim = sent("A-1")
    with transaction():
        claim.decision.case = claim.decision.case | {"order": 7}
    copying.up_to_date(now=LATER)
    assert manifest(copying.folder()).shops[SHOP].left_out == 1
    assert copied() == {}
