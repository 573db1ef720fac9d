"""Who has a claim open: told for a minute, and of no weight for anything else."""

from datetime import timedelta

from portal.claims.history import ClaimEvent
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.queue.pages import Filters, queue_page
from portal.claims.queue.presence import Presence, be_there, forget_due, who_is_there
from portal.claims.queue.views import Look
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.people.rights import ANY_SHOP
from tests import factories
from tests.conftest import NOW
from tests.races import apart, race

SECOND = timedelta(seconds=1)


def there(claim, *, me, at=NOW):
    db.session.rollback()
    return who_is_there(claim, me=me, at=at)


def two(app):
    names = "Omar Diaz", "Mara Lind"
    omar, mara = (factories.reviewer(name=name).id for name in names)
    claim = factories.claim().id
    db.session.rollback()
    return claim, omar, mara


def test_each_sees_who_else_has_a_claim_open_and_nobody_after_a_minute(app):
    claim, omar, mara = two(app)
    assert there(claim, me=mara) == []
    be_there(claim, me=omar, at=NOW)
    assert (there(claim, me=mara), there(claim, me=omar)) == (["Omar Diaz"], [])
    be_there(claim, me=mara, at=NOW)
    assert there(claim, me=0) == ["Mara Lind", "Omar Diaz"]
    assert there(claim, me=mara, at=NOW + 59 * SECOND) == ["Omar Diaz"]
    assert there(claim, me=mara, at=NOW + 60 * SECOND) == []
    be_there(claim, me=omar, at=NOW + 20 * SECOND)
    assert there(claim, me=mara, at=NOW + 79 * SECOND) == ["Omar Diaz"]


def test_who_is_no_longer_there_is_forgotten(app):
    claim, omar, mara = two(app)
    be_there(claim, me=omar, at=NOW)
    be_there(claim, me=mara, at=NOW + 30 * SECOND)
    assert forget_due(now=NOW + 59 * SECOND) == 0
    assert forget_due(now=NOW + 60 * SECOND) == 1
    assert db.session.scalars(db.select(Presence.reviewer_id)).all() == [mara]


def test_who_works_here_no_longer_is_nowhere(app):
    claim, omar, mara = two(app)
    be_there(claim, me=omar, at=NOW)
    with transaction():
        db.session.get_one(Reviewer, omar).active = False
    assert there(claim, me=mara) == []


def test_the_list_tells_it_of_each_line_by_no_statement_more(app, statements):
    claim, omar, mara = two(app)
    other = factories.claim(order_reference="B-2").id
    be_there(claim, me=omar, at=NOW)
    be_there(other, me=mara, at=NOW)
    be_there(other, me=omar, at=NOW)
    db.session.rollback()
    statements.clear()
    page = queue_page(Filters(), look=Look(ANY_SHOP, mara, NOW, NOW))
    assert {row.id: row.also_there for row in page.rows} == {
        claim: "Omar Diaz is looking at it",
        other: "Omar Diaz is looking at it",
    }
    assert len(statements) == 3, statements


def test_it_is_no_event_and_no_new_version(app):
    claim, omar, _ = two(app)
    asked = db.select(Claim.version), db.select(db.func.count()).select_from(ClaimEvent)
    before = [db.session.scalar(each) for each in asked]
    db.session.rollback()
    be_there(claim, me=omar, at=NOW)
    assert [db.session.scalar(each) for each in asked] == before


def test_it_waits_for_nobody_who_decides_the_claim(app):
    claim, omar, mara = two(app)
    reference = db.session.get_one(Claim, claim).reference
    with transaction():
        claim_for_change(reference)
        assert apart(app, lambda: be_there(claim, me=omar, at=NOW)) is None
    be_there(claim, me=omar, at=NOW)
    assert there(claim, me=mara) == ["Omar Diaz"]


def test_two_signs_of_one_person_at_once_are_one(app):
    claim, omar, mara = two(app)
    assert race(app, [lambda: be_there(claim, me=omar, at=NOW)] * 6) == [None] * 6
    assert there(claim, me=mara) == ["Omar Diaz"]
