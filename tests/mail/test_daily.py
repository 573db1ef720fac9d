"""What somebody chose to hear of once a day comes at eight, in one mail, once, and of their shops alone."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.claims.letters import daily, to_team
from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.mail import team
from portal.mail.models import DailyLine, OutboxMail
from portal.people.reviewers import News, Reviewer
from portal.people.rights import Right
from portal.versions.registry import policies
from tests import factories
from tests.factories import NOW, SHOP
from tests.races import killed, race

MORNING = datetime(2026, 3, 5, 7, 0, tzinfo=UTC)  # eight in Berlin, the morning after NOW
KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from sqlalchemy import event
from portal.claims.letters import daily
from portal.extensions import db
from portal.versions.registry import policies
from tests.portals import portal_at, within

database, folder, at = sys.argv[1:]
with within(portal_at(database, Path(folder))):
    @event.listens_for(db.session, "after_flush")
    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)
    daily.tell_daily(policies=policies(), now=datetime.fromisoformat(at))
"""


def wants_daily(**given):
    return factories.reviewer(
        **{"told_of": [], "told_daily": [str(each) for each in News], "zone": "Europe/Berlin"}
        | given
    )


def payout_failed(*, claim="7K3F-9QXM", shop=SHOP, at=NOW):
    with transaction():
        team.tell(
            team.able(News.PAYOUT, shop=shop), News.PAYOUT, path=f"/review/{claim}", at=at, of=shop,
            claim=claim, name="SMS Service",
        )  # fmt: skip


def told(at):
    db.session.rollback()
    return daily.tell_daily(policies=policies(), now=at)


def mails():
    db.session.rollback()
    found = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id))
    return [(mail.recipient, mail.subject) for mail in found]


def lines():
    db.session.rollback()
    return len(db.session.scalars(select(DailyLine)).all())


ONE = "What came since your last mail: 1 thing"


@pytest.fixture
def pia(app):
    return wants_daily(email="pia@example.com", may_pay=True).id


def test_it_comes_at_eight_of_the_persons_own_zone_and_once(pia):
    payout_failed()
    payout_failed(claim="AB2C-DE3F", at=NOW + timedelta(minutes=1))
    assert (mails(), lines()) == ([], 2)
    assert told(MORNING - timedelta(seconds=1)) == 0
    assert told(MORNING + timedelta(seconds=1)) == 1
    assert told(MORNING + timedelta(minutes=1)) == 0
    assert mails() == [("pia@example.com", "What came since your last mail: 2 things")]
    assert lines() == 0
    (mail,) = db.session.scalars(select(OutboxMail))
    assert mail.text == (
        "What came since your last daily mail:\n\n"
        "Wed 4 Mar 2026, 11:00 UTC+1: 7K3F-9QXM: a payout failed\nhttp://localhost/review/7K3F-9QXM\n\n"
        "Wed 4 Mar 2026, 11:01 UTC+1: AB2C-DE3F: a payout failed\nhttp://localhost/review/AB2C-DE3F\n\n"
        "You get this mail once a day at most. Choose which mails you get: http://localhost/account\n"
    )


def test_what_comes_after_eight_waits_for_the_next_day(pia):
    payout_failed()
    told(MORNING + timedelta(minutes=1))
    payout_failed(claim="AB2C-DE3F", at=MORNING + timedelta(minutes=2))
    assert told(MORNING + timedelta(hours=23, minutes=59)) == 0
    assert told(MORNING + timedelta(hours=24, minutes=1)) == 1
    assert mails() == [("pia@example.com", ONE)] * 2


def test_without_a_zone_of_their_own_it_is_the_shops(app):
    zone = factories.policy().shop.time_zone
    rights = {(SHOP, Right.PAYER)}
    person = wants_daily(zone=None, rights=rights)
    assert daily.zone_of(person, policies()).key == zone
    assert daily.zone_of(wants_daily(rights=rights), policies()).key == "Europe/Berlin"


def test_eight_is_eight_on_both_sides_of_the_change_of_clocks(app):
    wants_daily(email="pia@example.com", may_pay=True)
    before = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    payout_failed(at=before)
    assert told(datetime(2026, 3, 29, 5, 59, tzinfo=UTC)) == 0  # 07:59 in summer time
    assert told(datetime(2026, 3, 29, 6, 1, tzinfo=UTC)) == 1


def test_two_workers_write_it_once(app, pia):
    payout_failed()
    race(app, [lambda: daily.tell_daily(policies=policies(), now=MORNING + timedelta(1))] * 4)
    assert mails() == [("pia@example.com", ONE)]


def test_a_worker_that_is_killed_while_it_writes_loses_and_doubles_nothing(
    app, database, tmp_path, pia
):
    payout_failed()
    at = MORNING + timedelta(minutes=1)
    db.session.rollback()
    killed(KILLED, database, str(tmp_path), at.isoformat())
    assert (mails(), lines()) == ([], 1)
    assert told(at) == 1
    assert (mails(), lines()) == ([("pia@example.com", ONE)], 0)


@pytest.mark.parametrize("lost", [{"email": "nowhere"}, {"zone": "No/Where"}])
def test_where_it_can_not_be_written_nothing_of_it_is_lost_and_others_get_theirs(pia, lost):
    lee = wants_daily(email="lee@example.com", may_pay=True).id
    payout_failed()
    with transaction():
        for name, value in lost.items():
            setattr(db.session.get_one(Reviewer, pia), name, value)
    at = MORNING + timedelta(minutes=1)
    assert pia < lee
    assert [told(at), told(at)] == [1, 0]
    assert mails() == [("lee@example.com", ONE)]
    assert lines() == 1
    with transaction():
        person = db.session.get_one(Reviewer, pia)
        person.email, person.zone = "pia@example.com", "Europe/Berlin"
    assert told(at) == 1
    assert mails() == [("lee@example.com", ONE), ("pia@example.com", ONE)]


def test_of_a_shop_that_somebody_has_no_right_to_by_then_nothing_is_told(app):
    person = wants_daily(
        email="pia@example.com", rights={(SHOP, Right.PAYER), ("numberplug", Right.PAYER)}
    ).id
    payout_failed()
    payout_failed(claim="AB2C-DE3F", shop="numberplug")
    with transaction():
        one = db.session.get_one(Reviewer, person)
        one.held = [each for each in one.held if each.shop != "numberplug"]
    told(MORNING + timedelta(minutes=1))
    assert mails() == [("pia@example.com", ONE)]
    (mail,) = db.session.scalars(select(OutboxMail))
    assert "AB2C-DE3F" not in mail.text + mail.html


def test_at_once_is_at_once_and_not_is_not(app):
    wants_daily(email="now@example.com", may_pay=True, told_of=["payout"], told_daily=[])
    wants_daily(email="not@example.com", may_pay=True, told_of=[], told_daily=["appeal"])
    payout_failed()
    assert (mails(), lines()) == ([("now@example.com", "7K3F-9QXM: a payout failed")], 0)


def test_what_is_overdue_is_told_as_it_is_when_the_mail_is_written(app):
    wants_daily(email="dana@example.com")
    first = factories.claim()
    due = first.due_at
    to_team.tell_overdue(now=due)
    factories.claim(order_reference="B-2")
    told(due + timedelta(days=1))
    (mail,) = db.session.scalars(select(OutboxMail).where(OutboxMail.event == "team_daily"))
    assert "2 claims are overdue" in mail.text
    to_team.tell_overdue(now=due + timedelta(days=2))
    db.session.rollback()
    with transaction():
        for claim in db.session.scalars(select(Claim)):
            claim.waiting = False
    told(due + timedelta(days=4))
    found = db.session.scalars(select(OutboxMail).where(OutboxMail.event == "team_daily")).all()
    assert (len(found), lines()) == (1, 0)
