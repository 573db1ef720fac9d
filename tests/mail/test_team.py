"""The team is told by e-mail what waits for it: each person what they chose, nobody twice."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from portal.claims.letters import to_team
from portal.claims.models import Claim
from portal.claims.verbs import filing, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.people.reviewers import News, Role
from tests import factories
from tests.factories import NOW
from tests.races import race
from tests.versions.drafts import admin, ready


def team_mails():
    db.session.rollback()
    found = db.session.scalars(
        select(OutboxMail).where(OutboxMail.event.startswith("team_")).order_by(OutboxMail.id)
    )
    return [(mail.recipient, mail.subject) for mail in found]


def told(at):
    db.session.rollback()
    return to_team.tell_overdue(now=at)


def test_a_passed_date_is_told_once_a_day_at_most_and_only_where_something_is_new(app):
    factories.reviewer(email="dana@example.com")
    due = factories.claim().due_at
    assert told(due - timedelta(seconds=1)) == 0
    assert told(due) == 1
    assert team_mails() == [("dana@example.com", "1 claim is overdue")]
    assert told(due + timedelta(days=3)) == 0
    later = factories.claim(order_reference="B-2", at=due + timedelta(days=1)).due_at
    assert told(later) == 1
    assert team_mails()[1:] == [("dana@example.com", "2 claims are overdue")]


def test_what_is_to_be_paid_is_told_to_those_who_may_pay(app):
    factories.reviewer(email="dana@example.com")
    factories.reviewer(email="nora@example.com", may_pay=True)
    factories.account()
    factories.order()
    due = factories.claim().due_at
    assert told(due) == 1
    assert team_mails() == [("nora@example.com", "1 claim is overdue")]


def test_somebody_whom_no_mail_reaches_costs_the_others_nothing_of_what_is_overdue(app):
    factories.reviewer(email="nowhere")
    factories.reviewer(email="dana@example.com")
    due = factories.claim().due_at
    assert [told(due), told(due)] == [2, 0]
    assert team_mails() == [("dana@example.com", "1 claim is overdue")]


def test_an_overdue_claim_is_told_once_though_two_workers_look(app):
    factories.reviewer(email="dana@example.com")
    due = factories.claim().due_at
    race(app, [lambda: to_team.tell_overdue(now=due)] * 4)
    assert team_mails() == [("dana@example.com", "1 claim is overdue")]


def test_an_appeal_is_told_to_all_but_the_person_whose_decision_it_is_about(app):
    decider = factories.reviewer(email="dana@example.com")
    factories.reviewer(email="marta@example.com")
    factories.reviewer(email="otto@example.com", told_of=[News.OVERDUE])
    factories.reviewer(email="gone@example.com", active=False)
    claim = factories.claim()
    with transaction():
        reviewing.decline(
            claim, clause="SS-N3", customer_text="No.", by=decider, at=NOW, seen=claim.version,
            policy=factories.policy(), override_reason="As I see it.",
        )  # fmt: skip
    factories.evidence(claim, on_appeal=True)
    with transaction():
        filing.appeal(
            db.session.get_one(Claim, claim.id),
            text="Look again.",
            policy=factories.policy(),
            at=NOW,
        )
    assert team_mails() == [
        ("marta@example.com", f"{claim.reference}: an appeal waits for a decision")
    ]
    (mail,) = db.session.scalars(select(OutboxMail).where(OutboxMail.event == "team_appeal"))
    assert mail.text == (
        "An appeal waits for a decision.\n\n"
        f"SMS Service, claim {claim.reference}. To be decided by Fri 6 Mar 2026, 10:00 UTC, by"
        " another person than the first time.\n\n"
        f"http://localhost/review/{claim.reference}\n\n"
        "Choose which mails you get: http://localhost/account\n"
    )


def test_a_version_that_waits_is_told_to_the_admins_who_can_publish_it(app):
    author, other = admin(email="nora@example.com"), admin(email="otto@example.com")
    factories.reviewer(email="dana@example.com", role=Role.REVIEWER)
    ready(by=author)
    assert team_mails() == [
        (other.email, "numberplug: a policy version waits to be published"),
    ]
