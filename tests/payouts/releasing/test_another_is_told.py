"""A run above the shop's limit: those who may release it are told, each as they chose, and its maker isn't."""

from dataclasses import replace

from sqlalchemy import select

from portal.extensions import db
from portal.mail.models import DailyLine, OutboxMail
from portal.money import Money
from portal.people.reviewers import News
from portal.people.rights import Right
from tests import factories
from tests.conftest import NOW
from tests.payouts.runs import BY_HAND, made, owed, payer, policies


def limited(**given):
    """The shop's policy where two people let go what is above 0.99 USD."""
    policy = policies()[factories.SHOP]
    shop = {"second_person_above": Money(99, "USD")} | given
    return replace(policy, shop=replace(policy.shop, **shop))


def told():
    """(address, subject) of each mail of a run; not to those who approved what is in it."""
    db.session.rollback()
    named = OutboxMail.recipient.not_like("reviewer%")
    found = select(OutboxMail).where(OutboxMail.event == "team_run", named).order_by(OutboxMail.id)
    return [(mail.recipient, mail.subject) for mail in db.session.scalars(found)]


def test_those_who_may_release_it_are_told_as_they_chose_and_nobody_else(app):
    owed(), owed()
    pia = factories.reviewer(email="pia@example.com", name="Pia", may_pay=True).id
    kai = factories.reviewer(email="kai@example.com", may_pay=True)
    daily = factories.reviewer(
        email="lee@example.com", may_pay=True, told_of=[], told_daily=[News.SECOND]
    ).id
    factories.reviewer(email="no@example.com", may_pay=True, told_of=[News.PAYOUT])
    factories.reviewer(email="gone@example.com", may_pay=True, active=False)
    factories.reviewer(email="lead@example.com", rights={(factories.SHOP, Right.LEAD)})
    factories.reviewer(email="elsewhere@example.com", rights={("numberplug", Right.PAYER)})
    key = made(BY_HAND, pia, policy=limited())
    subject = "SMS Service: a payout run waits for another person"
    assert told() == [(kai.email, subject)]
    mail = db.session.scalar(select(OutboxMail).where(OutboxMail.recipient == kai.email))
    assert mail.text == (
        "A payout run waits for another person to release it: who made it can't.\n\n"
        "SMS Service: payouts 2, in all 1.00 USD, made by Pia.\n\n"
        f"http://localhost/payouts/runs/{key}\n\n"
        "Choose which mails you get: http://localhost/account\n"
    )
    (line,) = db.session.scalars(select(DailyLine))
    assert (line.reviewer_id, line.news, line.shop, line.at, line.subject, line.path) == (
        daily,
        News.SECOND,
        factories.SHOP,
        NOW,
        subject,
        f"/payouts/runs/{key}",
    )


def test_of_a_run_that_its_maker_may_release_nobody_is_told(app):
    factories.reviewer(email="kai@example.com", may_pay=True)
    owed()
    made(BY_HAND, payer(), policy=limited())
    owed(), owed()
    made(BY_HAND, payer("Ada"), policy=limited(second_person=False))
    assert told() == []


def test_a_colleague_whom_no_mail_reaches_costs_no_run(app):
    owed()
    pia = factories.reviewer(email="pia@example.com", may_pay=True).id
    factories.reviewer(email="nowhere", may_pay=True)
    factories.reviewer(email="kai@example.com", may_pay=True)
    made(BY_HAND, pia, policy=limited(second_person_above=Money(1, "USD")))
    assert [address for address, _ in told()] == ["kai@example.com"]
