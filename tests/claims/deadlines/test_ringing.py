"""What clocks have to say: colleagues are warned, owners are told, each once, whoever looks."""

from datetime import timedelta

import pytest
from sqlalchemy import literal_column, select, update

from portal.claims.deadlines.ringing import REST, ring_due
from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import Action, Clock, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import AppealRefused
from portal.claims.verbs import filing, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState
from portal.mail.models import OutboxMail
from portal.payouts import paying
from portal.people.reviewers import News, Role
from portal.people.rights import Right
from portal.versions.registry import policies
from tests import factories
from tests.factories import NOW
from tests.races import race
from tests.sizes import AT_ONCE

HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
DUE = NOW + 48 * HOUR  # NP-5.2


def ring(now):
    """Say what clocks have to say; how many claims were looked at."""
    looked = ring_due(policies=policies(), now=now)
    db.session.expire_all()
    return looked


def mails(event=None):
    """(event, address) of each mail, in the order in which they were written."""
    found = db.session.query(OutboxMail).order_by(OutboxMail.id)
    return [(mail.event, mail.recipient) for mail in found if event in {None, mail.event}]


def acts(claim):
    return [event.action for event in claim.events]


def last_mail():
    return db.session.query(OutboxMail).order_by(OutboxMail.id.desc()).first()


@pytest.fixture
def claim(app):
    """A claim of which the shop says that it is decided within 48 hours."""
    return factories.claim(shop="numberplug")


def changed(claim, verb, *, by, at, **given):
    with transaction():
        row = claim_for_change(claim.reference)
        verb(row, by=by, at=at, seen=row.version, policy=factories.policy(row.shop), **given)
    db.session.refresh(claim)


def approved(claim):
    amount = factories.policy(claim.shop).shop.automatic_limit
    changed(claim, reviewing.approve, by=factories.reviewer(), at=NOW + HOUR, amount=amount,
            override_reason="The logs were lost.")  # fmt: skip


def test_a_quarter_before_the_date_whoever_has_it_and_its_leads_are_told_once(claim):
    has_it = factories.reviewer(email="has@example.com")
    factories.reviewer(email="another@example.com")
    factories.reviewer(email="lead@example.com", role=Role.ADMIN)
    factories.reviewer(email="elsewhere@example.com", rights={("sms-service", Right.LEAD)})
    factories.reviewer(email="wants@none.example", role=Role.ADMIN, told_of=[News.OVERDUE])
    factories.reviewer(email="gone@example.com", role=Role.ADMIN, active=False)
    with transaction():
        claim_for_change(claim.reference).assignee_id = has_it.id
    db.session.refresh(claim)
    seen = claim.version
    assert ring(DUE - 12 * HOUR) == 0
    assert ring(DUE - 12 * HOUR + SECOND) == 1
    assert mails("team_near") == [
        ("team_near", "has@example.com"),
        ("team_near", "lead@example.com"),
    ]
    assert f"{claim.reference}: to be decided by" in last_mail().text
    assert (claim.version, acts(claim)[-1], claim.rings_at) == (seen, Action.WARN, DUE)
    assert ring(DUE) == 0
    assert len(mails("team_near")) == 2


def test_when_the_date_has_passed_its_owner_is_told_once_with_the_clause_and_a_new_date(claim):
    ring(DUE - HOUR)
    seen = claim.version
    assert ring(DUE + SECOND) == 1
    assert (claim.version, claim.status, claim.due_at) == (seen, Status.IN_REVIEW, DUE)
    assert claim.events[-1].data == {
        "due": DUE.isoformat(),
        "by": (DUE + SECOND + 2 * DAY).isoformat(),
    }
    assert (last_mail().event, last_mail().recipient) == ("late", claim.email)
    assert "We promised to decide by Fri 6 Mar 2026, 10:00 UTC" in last_mail().text
    assert "We now mean to decide by Sun 8 Mar 2026, 10:00 UTC" in last_mail().text
    assert "NP-5.2: " in last_mail().text
    assert [ring(DUE + 2 * SECOND), ring(DUE + 30 * DAY)] == [0, 0]
    assert len(mails("late")) == 1


def test_a_worker_that_slept_past_the_date_warns_of_nothing_any_more(claim):
    factories.reviewer(role=Role.ADMIN)
    assert ring(DUE + 5 * DAY) == 1
    assert [event for event, _ in mails()] == ["received", "late"]


def test_a_finding_after_the_warning_warns_no_second_time_of_the_same_date(claim):
    lead = factories.reviewer(role=Role.ADMIN)
    ring(DUE - HOUR)
    changed(claim, reviewing.record_finding, by=lead, at=DUE - HOUR / 2,
            finding="defect_confirmed", value=False)  # fmt: skip
    assert (ring(DUE - SECOND), len(mails("team_near")), claim.rings_at) == (0, 1, DUE)
    assert ring(DUE + SECOND) == 1
    changed(claim, reviewing.record_finding, by=lead, at=DUE + HOUR,
            finding="defect_confirmed", value=True)  # fmt: skip
    assert (ring(DUE + 9 * DAY), len(mails("late"))) == (0, 1)


def test_what_waits_for_its_owner_rings_for_nobody(claim):
    changed(claim, reviewing.ask, by=factories.reviewer(), at=NOW + HOUR,
            missing=["claim.description"], note="")  # fmt: skip
    assert (claim.status, claim.rings_at, ring(DUE + 30 * DAY)) == (
        Status.NEEDS_INFORMATION,
        None,
        0,
    )


def test_a_target_of_the_portals_own_is_late_for_nobody(app):
    claim = factories.claim(shop="activation-claims")
    assert (claim.clock, claim.rings_at) == (Clock.OWN, None)


def test_a_clock_that_stands_still_rings_when_it_runs_again(app):
    factories.account(shop="activation-claims")
    factories.order(shop="activation-claims", messages=[(NOW, "WhatsApp")])
    claim = factories.claim(shop="activation-claims", reason="major_defect",
                            description="Every second call to the number ends at once.")  # fmt: skip
    quarter = 5 * DAY / 4
    assert claim.rings_at == NOW + 5 * DAY - quarter
    by = factories.reviewer()
    asked, given = NOW + DAY, NOW + 3 * DAY
    changed(claim, reviewing.record_finding, by=by, at=asked, finding="access_requested_at",
            value=asked.isoformat())  # fmt: skip
    assert (claim.clock, claim.rings_at) == (Clock.PAUSED, None)
    changed(claim, reviewing.record_finding, by=by, at=given, finding="access_granted_at",
            value=given.isoformat())  # fmt: skip
    assert claim.rings_at == NOW + 7 * DAY - quarter
    assert ring(NOW + 7 * DAY + SECOND) == 1
    assert "AC-R3: " in last_mail().text


def test_of_a_payment_its_payers_are_warned_and_its_owner_is_told(claim):
    factories.reviewer(email="pays@example.com", may_pay=True)
    approved(claim)
    due = claim.payout_due_at
    assert claim.rings_at == due - (due - NOW - HOUR) / 4
    ring(due - SECOND)
    assert mails("team_near") == [("team_near", "pays@example.com")]
    assert "to be paid by" in last_mail().text
    ring(due + SECOND)
    assert (last_mail().event, claim.status) == ("late", Status.APPROVED)
    assert "We promised to pay you by" in last_mail().text
    assert ring(due + 30 * DAY) == 0


def test_an_extended_payment_is_told_with_its_reason_and_rings_by_its_new_date(claim):
    approved(claim)
    until = NOW + 20 * DAY
    changed(claim, paying.extend, by=factories.reviewer(), at=NOW + 2 * HOUR, until=until,
            reason="Our bank is closed.")  # fmt: skip
    assert (last_mail().event, last_mail().recipient) == ("payment_extended", claim.email)
    assert "Our bank is closed." in last_mail().text
    assert "We now pay by Tue 24 Mar 2026, 10:00 UTC" in last_mail().text
    assert claim.rings_at == until - (until - NOW - 2 * HOUR) / 4


def test_money_that_has_left_is_late_for_nobody(claim):
    approved(claim)
    with transaction():
        claim_for_change(claim.reference).payouts[-1].state = PayoutState.SENT
    late = NOW + 60 * DAY
    assert [ring(late), ring(late)] == [1, 0]
    assert mails("late") == []
    assert claim.rings_at == late + REST


def test_a_payment_that_failed_waits_without_a_word_until_it_is_owed_again(claim):
    approved(claim)
    factories.released(claim, at=NOW + HOUR)
    payer = factories.reviewer(may_pay=True)
    changed(claim, paying.mark_failed, by=payer, at=NOW + 2 * HOUR, reason="Refused.")
    assert (claim.status, ring(NOW + 60 * DAY)) == (Status.PAYOUT_FAILED, 1)
    assert mails("late") == []
    later = NOW + 61 * DAY
    changed(claim, paying.retry, by=payer, at=later, by_hand=True)
    assert (claim.status, claim.rings_at > later) == (Status.APPROVED, True)


def declined(claim):
    changed(claim, reviewing.decline, by=factories.reviewer(), at=NOW + HOUR, clause="NP-3.1",
            customer_text="It came.", override_reason="As I see it.")  # fmt: skip
    return claim.appeal_until


def test_where_nobody_appeals_in_time_the_refusal_stands_and_that_is_told(claim):
    until = declined(claim)
    assert ring(until) == 0
    assert ring(until + SECOND) == 1
    assert (claim.status, acts(claim)[-1], claim.rings_at) == (
        Status.DECLINED,
        Action.END_APPEAL,
        None,
    )
    assert last_mail().subject == f"{claim.reference}: the time to appeal is over"
    assert ring(until + 30 * DAY) == 0
    with transaction(), pytest.raises(AppealRefused):
        filing.appeal(claim_for_change(claim.reference), text="Look again.",
                      policy=factories.policy("numberplug"), at=until + DAY)  # fmt: skip


def test_a_look_that_comes_too_early_ends_no_time_to_appeal(claim):
    until = declined(claim)
    with transaction():
        claim_for_change(claim.reference).rings_at = NOW + 2 * HOUR
    assert ring(NOW + 3 * HOUR) == 1
    assert (acts(claim)[-1], claim.rings_at, mails("appeal_ended")) == (Action.DECLINE, until, [])
    assert ring(until + SECOND) == 1
    assert mails("appeal_ended") == [("appeal_ended", claim.email)]


def test_who_appealed_is_told_of_no_end(claim):
    until = declined(claim)
    factories.evidence(claim, on_appeal=True)
    with transaction():
        filing.appeal(claim_for_change(claim.reference), text="Look again.",
                      policy=factories.policy("numberplug"), at=until)  # fmt: skip
    assert ring(until + 30 * DAY) == 0


def test_a_claim_that_cannot_be_told_of_costs_the_others_nothing(claim):
    factories.order(shop="numberplug", reference="B-1")
    other = factories.claim(shop="numberplug", order_reference="B-2")
    with transaction():
        claim_for_change(claim.reference).decisions[-1].document = {}
    late = DUE + SECOND
    assert (ring(late), ring(late)) == (2, 0)
    assert mails("late") == [("late", other.email)]
    assert claim.rings_at == late + REST


def test_a_claim_that_cannot_be_warned_of_costs_the_others_no_warning(claim):
    factories.reviewer(email="lead@example.com", role=Role.ADMIN)
    factories.order(shop="numberplug", reference="B-1")
    others = [factories.claim(shop="numberplug", order_reference=f"B-{n}") for n in range(2, 9)]
    with transaction():
        unread = update(ClaimEvent).where(ClaimEvent.claim_id == claim.id)
        db.session.execute(unread.values(action=literal_column("'unknown'")))
    near = DUE - HOUR
    assert [ring(near), ring(near)] == [8, 0]
    assert len(mails("team_near")) == 3  # of four claims, of two and of one
    assert [(acts(each)[-1], each.rings_at) for each in others] == [(Action.WARN, DUE)] * 7
    rings = db.session.scalar(select(Claim.rings_at).where(Claim.id == claim.id))
    assert rings == near + REST


def test_a_colleague_whom_no_mail_reaches_costs_the_others_no_warning(claim):
    factories.reviewer(email="nowhere", role=Role.ADMIN)
    factories.reviewer(email="lead@example.com", role=Role.ADMIN)
    assert [ring(DUE - HOUR), ring(DUE - HOUR)] == [1, 0]
    assert mails("team_near") == [("team_near", "lead@example.com")]
    assert (acts(claim)[-1], claim.rings_at) == (Action.WARN, DUE)


class PutOff(dict):
    """Policies; while the first claim is told of, the date of another is put off, and little is left of it."""

    def __getitem__(self, shop):
        db.session.execute(
            update(Claim)
            .where(Claim.order_reference == "B-2", Claim.due_at == DUE)
            .values(due_at=DUE + HOUR, rings_at=DUE)
        )
        return super().__getitem__(shop)


def test_a_date_that_is_put_off_while_others_are_told_of_rings_when_it_comes(claim):
    factories.reviewer(role=Role.ADMIN)
    factories.order(shop="numberplug", reference="B-1")
    other = factories.claim(shop="numberplug", order_reference="B-2")
    late = DUE + SECOND
    assert ring_due(policies=PutOff(policies()), now=late) == 2
    db.session.expire_all()
    assert mails("late") == [("late", claim.email)]
    assert (other.due_at, other.rings_at) == (DUE + HOUR, DUE)
    assert ring(late) == 1
    assert (acts(other)[-1], other.rings_at) == (Action.WARN, DUE + HOUR)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("at", [DUE - HOUR, DUE + HOUR])
@AT_ONCE
def test_workers_that_look_at_once_say_each_thing_once(app, at):
    factories.reviewer(role=Role.ADMIN)
    claims = [
        factories.claim(shop="numberplug", order_reference=f"C-{number}") for number in range(3)
    ]
    race(app, [lambda: ring_due(policies=policies(), now=at)] * 3)
    db.session.expire_all()
    told = Action.WARN if at < DUE else Action.RUN_LATE
    assert [acts(claim).count(told) for claim in claims] == [1, 1, 1]
    lines = "".join(mail.text for mail in db.session.query(OutboxMail)
                    if mail.event in {"team_near", "late"})  # fmt: skip
    assert [lines.count(f"{claim.reference}") for claim in claims] == [
        lines.count(claims[0].reference)
    ] * 3
    assert len(mails("late")) == (3 if at > DUE else 0)


@pytest.mark.long
def test_many_are_warned_of_with_the_statements_of_one_and_a_line_of_history_each(app, statements):
    factories.reviewer(role=Role.ADMIN)
    factories.claim(shop="numberplug", order_reference="D-0")
    statements.clear()
    ring(DUE - HOUR)
    one = len(statements)
    for number in range(1, 13):
        factories.claim(shop="numberplug", order_reference=f"D-{number}")
    statements.clear()
    assert ring(DUE - HOUR / 2) == 12
    assert len(statements) <= one + 11  # PostgreSQL writes the lines together
    assert "And 2 more." in last_mail().text
    assert db.session.query(Claim).filter(Claim.rings_at == DUE).count() == 13
