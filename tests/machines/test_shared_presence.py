"""Who has a claim open is kept in the Redis that all processes share, where there is one."""

from datetime import timedelta

from portal.claims.queue.pages import Filters, queue_page
from portal.claims.queue.presence import Presence, be_there, forget_due, who_is_there
from portal.claims.queue.views import Look
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.people.rights import ANY_SHOP
from tests import factories
from tests.conftest import NOW

SECOND = timedelta(seconds=1)


def there(claim, *, me, at=NOW):
    db.session.rollback()
    return who_is_there(claim, me=me, at=at)


def two():
    omar, mara = (factories.reviewer(name=name).id for name in ("Omar Diaz", "Mara Lind"))
    return factories.claim().id, omar, mara


def test_each_sees_who_else_has_a_claim_open_and_nobody_after_a_minute(app, shared):
    claim, omar, mara = two()
    assert there(claim, me=mara) == []
    be_there(claim, me=omar, at=NOW)
    assert (there(claim, me=mara), there(claim, me=omar)) == (["Omar Diaz"], [])
    be_there(claim, me=mara, at=NOW + 30 * SECOND)
    assert there(claim, me=0, at=NOW + 59 * SECOND) == ["Mara Lind", "Omar Diaz"]
    assert there(claim, me=0, at=NOW + 60 * SECOND) == ["Mara Lind"]
    with transaction():
        db.session.get_one(Reviewer, mara).active = False
    assert there(claim, me=0, at=NOW + 60 * SECOND) == []
    assert db.session.scalar(db.select(db.func.count()).select_from(Presence)) == 0
    assert forget_due(now=NOW + 90 * SECOND) == 0
    assert [shared.ttl(key) for key in shared.keys("presence:*")] == [60]


def test_the_list_tells_it_by_one_statement_more_where_somebody_is_there(app, shared, statements):
    claim, omar, mara = two()
    other = factories.claim(order_reference="B-2").id

    def listed():
        db.session.rollback()
        statements.clear()
        page = queue_page(Filters(), look=Look(ANY_SHOP, mara, NOW, NOW))
        return {row.id: row.also_there for row in page.rows}, len(statements)

    assert listed() == ({claim: "", other: ""}, 3)
    be_there(claim, me=omar, at=NOW)
    be_there(claim, me=mara, at=NOW)
    assert listed() == ({claim: "Omar Diaz is looking at it", other: ""}, 4)


def test_where_it_does_not_answer_nobody_is_said_to_be_there_and_the_list_is_shown(
    app, mortal, counting_at
):
    counting_at(mortal.uri)
    claim, omar, mara = two()
    be_there(claim, me=omar, at=NOW)
    mortal.stop()
    be_there(claim, me=omar, at=NOW)
    assert there(claim, me=mara) == []
    db.session.rollback()
    page = queue_page(Filters(), look=Look(ANY_SHOP, mara, NOW, NOW))
    assert [row.also_there for row in page.rows] == [""]
