"""The life of one claim by chance: deeds, jumps of time, workers that are killed; and what always holds of it."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import event

from portal.claims.clocks.promises import promised_by_us
from portal.claims.deadlines.lapsing import lapse_due
from portal.claims.deadlines.ringing import REST, ring_due
from portal.claims.lifecycle import ENDED, TRANSITIONS, WAITING, Action, Actor, Status
from portal.claims.models import Claim
from portal.claims.verbs import judging
from portal.claims.verbs.replacing import end_unanswered
from portal.claims.wanted.access import forget_due
from portal.claims.wanted.identity import documents_of, forget_documents_due
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import UNDER_WAY
from portal.mail.delivery import deliver_due
from portal.mail.models import MailState, OutboxMail
from portal.money import Money
from portal.policy.facts.table import INDEX
from portal.versions.registry import policies
from tests import factories
from tests.claims.deadlines.deeds import DEEDS, LEAD, REFUSED, WANTED

SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (1, 60, 3600, 86400))
# Fridays before the clocks of Europe go forward, and back.
STARTS = (datetime(2026, 3, 27, 9, tzinfo=UTC), datetime(2026, 10, 23, 9, tzinfo=UTC))
DEFECT = {
    "reason": "major_defect",
    "description": "Every second call to the number ends after a minute.",
}
# Down for three days at the start; the policy reads identity documents of it.
RENTED = {"kind": "rental", "price_minor": 1200}
# What the claim is: its shop, its order and what its owner said.
KINDS = {
    "defect": ("activation-claims", {"messages": True}, DEFECT),
    "defect, another number": ("activation-claims", {"messages": True},
                               DEFECT | {"remedy": "replacement"}),
    "code, no file": ("sms-service", {"messages": True}, {"reason": "wrong_code", "files": 0}),
    "code": ("sms-service", {"messages": True}, {"reason": "wrong_code"}),
    "large": ("sms-service", {"price_minor": 600}, {}),
    "unknown": ("numberplug", None, {}),
    "rental": ("client-numbers", RENTED, {"reason": "rental_outage", "asked": Money(400, "USD")}),
}  # fmt: skip
# Sundays in which the clocks of Berlin go forward, and back: 01:00 UTC is the moment.
NIGHTS = (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))
# Of what was done so, its owner has exactly one letter of this name.
LETTERS = {
    Action.RUN_LATE: "late",
    Action.EXTEND: "payment_extended",
    Action.END_APPEAL: "appeal_ended",
    Action.ASK_ACCESS: "access_asked",
    Action.ASK_IDENTITY: "identity_asked",
}
OPENS = {Action.GRANT_ACCESS}
SHUTS = {Action.ASK_ACCESS, Action.END_ACCESS, Action.FORGET_ACCESS}
DECIDED = {"approved", "appeal_decided", "returned"}
_numbers = itertools.count(1)


def _without_policies(job):
    def work(*, policies, now):
        return job(now=now)

    return work


WORKERS = (
    lapse_due,
    ring_due,
    end_unanswered,
    *map(_without_policies, (forget_due, forget_documents_due, deliver_due)),
)


class Killed(BaseException):
    """The worker's process is gone: what it had not committed is as if it had never been."""


class Life(RuleBasedStateMachine):
    """One claim about an order of its own."""

    @initialize(kind=st.sampled_from(sorted(KINDS)), start=st.sampled_from(STARTS))
    def send_it(self, kind, start):
        shop, order, said = KINDS[kind]
        self.now, number = start, next(_numbers)
        self.email, reference = f"owner{number}@example.com", f"L-{number}"
        if order is not None:
            given = dict(order)
            came = [(start - 50 * MINUTE, "WhatsApp")] if given.pop("messages", False) else []
            when = {"ordered_at": start - HOUR, "expires_at": start - 40 * MINUTE,
                    "revealed_at": start - HOUR, "messages": came}  # fmt: skip
            if order is RENTED:
                when = {"ordered_at": start - 9 * DAY, "expires_at": None,
                        "paid_from": start - 9 * DAY, "paid_until": start + 21 * DAY,
                        "outage_reported_at": start - 3 * DAY}  # fmt: skip
            factories.account(shop=shop, email=self.email)
            factories.order(shop=shop, reference=reference, account_email=self.email,
                            **when, **given)  # fmt: skip
        row = factories.claim(shop=shop, order_reference=reference, email=self.email, at=start,
                              **said)  # fmt: skip
        self.number, self.reference = row.id, row.reference
        self.asks = kind not in {"large", "unknown", "code", "code, no file"}

    def claim(self):
        db.session.rollback()
        db.session.expire_all()
        return db.session.get_one(Claim, self.number)

    def mails(self):
        return db.session.query(OutboxMail).filter_by(about=self.reference).all()

    @rule(deed=st.sampled_from(DEEDS), who=st.integers(0, 2))
    def act(self, deed, who):
        self.now += SECOND
        try:
            with transaction():
                deed(db.session.get_one(Claim, self.number), who, self.now)
        except REFUSED:
            pass

    @precondition(lambda self: self.asks)
    @rule(deed=st.sampled_from(WANTED), who=st.integers(0, 2))
    def ask_its_owner(self, deed, who):
        self.act(deed, who)

    @rule(
        by=st.one_of(
            st.integers(1, 90).map(lambda n: n * MINUTE),
            st.integers(1, 80).map(lambda n: n * HOUR),
            st.integers(1, 40).map(lambda n: n * DAY),
        )
    )
    def wait(self, by):
        self.now += by

    @rule(which=st.integers(0, 5), off=st.sampled_from((-SECOND, timedelta(), SECOND)))
    def wait_for_a_date(self, which, off):
        """To the very second of what is to come, or beside it."""
        row = self.claim()
        dates = (row.due_at, row.rings_at, row.judge_again_at, row.appeal_until,
                 row.access_until, row.identity_until, *NIGHTS)  # fmt: skip
        coming = sorted({each for each in dates if each and each + off > self.now})
        if coming:
            self.now = coming[which % len(coming)] + off

    @rule(first=st.permutations(WORKERS), commits=st.integers(0, 4))
    def kill_a_worker(self, first, commits):
        """After so many commits, as the next one is about to be made."""
        self.now += SECOND

        made = itertools.count()

        def end(_session):
            if next(made) >= commits:
                raise Killed

        event.listen(db.session, "before_commit", end)
        try:
            for worker in first:
                worker(policies=policies(), now=self.now)
        except Killed:
            pass
        finally:
            event.remove(db.session, "before_commit", end)
            db.session.rollback()

    @rule(first=st.permutations(WORKERS))
    def work(self, first):
        """A worker does all that is due; another one, started at once, finds nothing of it left."""
        self.now += SECOND
        self._work(first)
        told = self._told()
        self._work(reversed(first))
        assert self._told() == told
        self._nothing_is_left()

    def _work(self, workers):
        for worker in workers:
            for _ in range(50):
                if not worker(policies=policies(), now=self.now):
                    break

    def _told(self):
        return [each.action for each in self.claim().events], len(self.mails())

    def _nothing_is_left(self):
        row = self.claim()
        acts = [each.action for each in row.events]
        past = row.due_at is not None and row.due_at < self.now
        sent = row.payout is not None and row.payout.state in UNDER_WAY
        if promised_by_us(row) and past and not sent:
            late = [each.data["due"] for each in row.events if each.action is Action.RUN_LATE]
            assert row.due_at.isoformat() in late
        if row.status is Status.DECLINED and row.appeal_until < self.now:
            assert acts[-1] is Action.END_APPEAL
        if row.status is Status.NEEDS_INFORMATION and row.due_at:
            assert row.due_at >= self.now  # closed where a clause says so; else it waits on
        assert (
            row.rings_at is None
            or row.rings_at >= self.now
            or (sent and row.rings_at <= self.now + REST)
        )
        assert not self._is_owed_a_refund(row)
        waiting = [each.due_at for each in self.mails() if each.state is not MailState.SENT]
        assert all(due > self.now for due in waiting)  # until when a decision can be undone
        assert row.access_until is None or row.access_until > self.now
        assert row.identity_until is None or row.identity_until > self.now

    def _is_owed_a_refund(self, row):
        """Whether AC-R3 gives the price since nobody mended what was confirmed, and no worker did it."""
        acts = [each.action for each in row.events]
        if row.status is not Status.IN_REVIEW or row.anew_since or Action.ASK in acts:
            return False
        said = judging.verdict(row, policy=policies()[row.shop], at=self.now)
        ends = said.facts[INDEX["clock.rectify_by"]]
        found = [each.at for each in row.events if each.action is Action.RECORD_FINDING]
        return (
            said.outcome == "approve"
            and said.clauses == ("AC-R3",)
            and said.remedy == "refund"
            and found[-1] <= ends < self.now
        )

    @invariant()
    @precondition(lambda self: hasattr(self, "number"))
    def its_history_is_one_of_the_table(self):
        row = self.claim()
        stands = Status.DRAFT
        for each in row.events:
            assert each.before is stands
            assert TRANSITIONS[each.before, each.action] == (each.role, each.after)
            stands = each.after
        assert (row.status, row.waiting) == (stands, stands in WAITING)
        assert row.due_at is None or row.status not in ENDED
        assert row.rings_at is None or row.status not in ENDED - {Status.DECLINED}

    @invariant()
    @precondition(lambda self: hasattr(self, "number"))
    def each_date_is_told_of_once(self):
        events = self.claim().events
        for action in (Action.WARN, Action.RUN_LATE):
            told = Counter(each.data["due"] for each in events if each.action is action)
            assert max(told.values(), default=1) == 1
        refused = [each for each in events if each.after is Status.DECLINED]
        ends = [each for each in refused if each.action is Action.END_APPEAL]
        assert len(ends) <= len(refused) - len(ends)

    @invariant()
    @precondition(lambda self: hasattr(self, "number"))
    def each_consequence_has_its_letter_and_no_second_one(self):
        events, mails = self.claim().events, self.mails()
        done = Counter(each.action for each in events)
        for action, name in LETTERS.items():
            assert done[action] == sum(each.event == name for each in mails)
        for each in events:
            letters = [mail.event for mail in mails if mail.created_at == each.at]
            if each.action is Action.LAPSE:
                assert letters == ["declined"]
            if each.action is Action.APPROVE and each.role is Actor.POLICY:
                assert len(DECIDED & {*letters}) == 1
        assert {each.attempts for each in mails} <= {0, 1}
        doubled = Counter((each.event, each.created_at) for each in mails)
        assert max(doubled.values(), default=1) == 1
        near = db.session.query(OutboxMail).filter_by(event="team_near", recipient=LEAD)
        assert done[Action.WARN] == sum(self.reference in each.text for each in near)

    @invariant()
    @precondition(lambda self: hasattr(self, "number"))
    def what_its_owner_gave_is_kept_no_longer_than_they_were_told(self):
        row = self.claim()
        acts = [each.action for each in row.events]
        assert (row.access_sealed is None) is (row.access_until is None)
        if row.access_sealed:
            assert row.status in {*WAITING, Status.NEEDS_INFORMATION}
            opened = [each for each in acts if each in OPENS | SHUTS]
            assert opened[-1] is Action.GRANT_ACCESS
        if documents_of(row):
            assert row.identity_until is not None
            assert acts.index(Action.ASK_IDENTITY) >= 0
        given = acts.count(Action.GIVE_IDENTITY)
        assert acts.count(Action.FORGET_IDENTITY) <= given + acts.count(Action.ASK_IDENTITY)

    @invariant()
    @precondition(lambda self: hasattr(self, "number"))
    def nobody_is_late_while_access_is_awaited(self):
        awaited = False
        for each in self.claim().events:
            found = each.data.get("finding") if each.action is Action.RECORD_FINDING else None
            if each.action is Action.ASK_ACCESS or found == "access_requested_at":
                awaited = True
            if each.action is Action.GRANT_ACCESS or found == "access_granted_at":
                awaited = False
            late = each.action is Action.RUN_LATE and each.before is Status.IN_REVIEW
            assert not (late and awaited)

    @invariant()
    @precondition(lambda self: hasattr(self, "number"))
    def no_more_is_owed_than_was_paid(self):
        row = self.claim()
        owed = sum(each.amount_minor or 0 for each in row.payouts if each.counts)
        price = row.facts.get("order", {}).get("price")
        if price:  # where the portal knows no order a person says what it was
            assert owed <= Money.exact(**price).rounded().whole
