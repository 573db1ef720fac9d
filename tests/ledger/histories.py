"""What happens to one order in a shop: claims about it, runs, refunds unasked, and what the records say."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from io import BytesIO

from sqlalchemy import bindparam, select, update

from portal.claims.decisions.ownership import CLAIMED
from portal.claims.models import Claim
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing, replacing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import UNDER_WAY, FailedKind, Payout, PayoutState, counts, try_key
from portal.ledger.runs import PayoutRun
from portal.payouts import releasing, runs
from portal.payouts.owed import refunding, searching
from portal.payouts.rails.rail import Became, RailAnswer
from portal.records.importer import import_file
from portal.records.models import Message, Order
from tests import factories
from tests.factories import NOW, SHOP
from tests.ledger.deeds import (
    DEEDS,
    IBANS,
    OF_NUMBERS,
    PRICE,
    REFUSED,
    approve,
    find,
    person,
    release,
)
from tests.payouts.runs import answered, marked

NUMBERS = "activation-claims"  # whose policy gives another number
GONE = UNDER_WAY | {PayoutState.PAID}
# To put a statement together costs as much as to ask it: what each step asks is kept.
_THEIRS = Claim.email.in_(bindparam("people", expanding=True))
_CLAIMS = select(Claim.reference).where(_THEIRS).order_by(Claim.id)
_PAYOUTS = (
    select(Payout).join(Claim, Claim.id == Payout.claim_id).where(_THEIRS).order_by(Payout.id)
)
_SUMS = (
    select(Payout.state, Payout.failed_kind, Payout.amount_minor)
    .join(Claim, Claim.id == Payout.claim_id)
    .where(_THEIRS)
)
_ORDER = Order.shop == bindparam("shop"), Order.reference == bindparam("order")
_HELD, _REFUNDED = select(Order).where(*_ORDER), select(Order.refunded_minor).where(*_ORDER)


class History:
    """One order and two people; ``chance`` draws what is done next, and by whom.

    Where the ``records`` tell of refunds of their own, nobody lets money go in spite of them.
    """

    def __init__(self, number, chance, *, records):
        self.chance, self.records = chance, records
        self.shop = NUMBERS if number % 5 == 4 else SHOP
        self.order = f"H-{number}"
        self.people = (f"ana{number}@example.com", f"bo{number}@example.com")
        ago = timedelta(days=7) if self.shop == NUMBERS else timedelta(hours=3)
        self.ordered = NOW - ago
        some = number % 2 or self.shop == NUMBERS
        came = [(self.ordered + timedelta(minutes=10), "WhatsApp")] if some else []
        with transaction():
            factories.order(shop=self.shop, reference=self.order, account_email=self.people[0],
                            ordered_at=self.ordered, revealed_at=self.ordered, messages=came,
                            expires_at=self.ordered + timedelta(minutes=20))  # fmt: skip
        deeds = [let_the_records if each is release and records else each for each in DEEDS]
        if self.shop == NUMBERS:
            deeds += [find, find, approve, approve, *OF_NUMBERS]
        around = [self.file_one] * 4 + [self.make_run] * 4 + [self.release_run, self.pay_run,
                  self.read_answers, self.read_answers, self.give_up_run, self.pay_owed,
                  self.pay_owed, self.pay_owed, self.move_order]  # fmt: skip
        if records:
            around += [self.refund_by_the_shop, self.refund_by_the_shop, self.change_currency]
        if self.shop == NUMBERS:
            around.append(self.end_offers)
        self.deeds = [*(partial(self.to_a_claim, each) for each in deeds), *around]

    def step(self):
        """Whether what was drawn was done."""
        try:
            self.chance.choice(self.deeds)()
        except REFUSED:
            return False
        return True

    def claims(self):
        return db.session.scalars(_CLAIMS, {"people": self.people}).all()

    def payouts(self, *states):
        found = db.session.scalars(_PAYOUTS, {"people": self.people}).all()
        return [each for each in found if not states or each.state in states]

    def held(self):
        return db.session.scalars(_HELD, self._named()).one()

    def _named(self):
        return {"shop": self.shop, "order": self.order}

    def to_a_claim(self, deed):
        with transaction():
            if found := self.claims():
                deed(self.chance, claim_for_change(self.chance.choice(found)))

    def file_one(self):
        """One of two people claims it under some spelling, most often whose order it is."""
        chance, spelled = self.chance, [self.order, self.order.lower().replace("-", " ")]
        numbers = self.shop == NUMBERS
        reasons = ["major_defect"] if numbers else ["wrong_code", "sms_not_received"]
        at = NOW - timedelta(days=6 if numbers else 0)
        with transaction():
            owner = (
                self.held().account_email if chance.random() < 0.9 else chance.choice(self.people)
            )
            row = factories.draft(
                shop=self.shop, email=owner, order_reference=chance.choice(spelled),
                reason=chance.choice(reasons), at=at,
                **({"remedy": chance.choice(["replacement"] * 3 + ["refund"])} if numbers else {}),
            )  # fmt: skip
            if chance.random() < 0.3:
                row.destination = "payout"
                name_payee(row, details=read("iban", {"holder": "Kim", "iban": IBANS[0]}))
            filing.submit(row, policy=factories.policy(self.shop), at=at)

    def make_run(self):
        """A run is made of what is due by hand, or by the bank's file."""
        due = {each.id: each.rail for each in self.payouts(PayoutState.DUE)}
        if due:
            rail = self.chance.choice([*due.values()])
            with transaction():
                runs.make(runs.Lot(self.shop, rail, "", "USD"), chosen=due.keys(),
                          by=person(self.chance), at=NOW,
                          policy=factories.policy(self.shop))  # fmt: skip
            if self.chance.random() < 0.6:
                self.release_run()

    def runs(self):
        of = select(Payout.run_id).join(Claim, Claim.id == Payout.claim_id)
        mine = of.where(Claim.email.in_(self.people))
        return db.session.scalars(select(PayoutRun).where(PayoutRun.id.in_(mine))).all()

    def a_run(self):
        found = self.runs()
        return self.chance.choice(found) if found else None

    def release_run(self):
        if run := self.a_run():
            policies = {self.shop: factories.policy(self.shop)}
            releasing.release(run.key, by=person(self.chance), at=NOW, policies=policies)

    def give_up_run(self):
        if run := self.a_run():
            with transaction():
                runs.discard(runs.run_for_change(run.key), by=run.made_by, at=NOW)

    def pay_run(self):
        if run := self.a_run():
            marked(run.key, f"B-{self.chance.random()}", person(self.chance).id, at=NOW)

    def read_answers(self):
        """A file says of a payout that was in a run, of this try or of the one before, what became of it."""
        runs_of = {run.id: run for run in self.runs()}
        if found := [each for each in self.payouts() if each.run_id in runs_of]:
            payout = self.chance.choice(found)
            attempt = self.chance.choice([payout.attempts, payout.attempts, payout.attempts - 1])
            answer = RailAnswer(
                self.chance.choice([Became.PAID, Became.PAID, Became.FAILED, Became.PENDING]),
                kind=self.chance.choice([*FailedKind]), reference=f"F-{self.chance.random()}",
                detail="Shut",
            )  # fmt: skip
            answered(runs_of[payout.run_id].key, [(try_key(payout.key, attempt), answer)],
                     person(self.chance).id, at=NOW)  # fmt: skip

    def pay_owed(self):
        """What is owed without asking is looked for and paid, as far as it is."""
        policy = factories.policy(self.shop)
        searching.search_due(policies={self.shop: policy}, now=NOW)
        refunding.refund_each([self.order], policy=policy, at=NOW)

    def end_offers(self):
        """Nobody answered in time."""
        policies = {self.shop: factories.policy(self.shop)}
        replacing.end_unanswered(policies=policies, now=NOW + timedelta(days=8))

    def move_order(self):
        """A file of records has the order for the other account; refused while a claim is about it."""
        held = self.held()
        row = {
            "record": "order", "reference": self.order, "kind": "activation",
            "account_email": next(each for each in self.people if each != held.account_email),
            "price": {"amount": "0.50", "currency": held.price_currency},
            "ordered_at": held.ordered_at.isoformat(), "expires_at": held.expires_at.isoformat(),
            "service": "WhatsApp", "country": "GB",
            "messages": [{"received_at": each.received_at.isoformat(), "service": each.service}
                         for each in db.session.scalars(select(Message).where(Message.order_id == held.id))],
        }  # fmt: skip
        if held.refunded_at:
            part = {"amount": f"0.{held.refunded_minor:02}", "currency": held.refunded_currency}
            row |= {"refunded_at": held.refunded_at.isoformat(), "refunded": part}
        db.session.rollback()
        with transaction():
            import_file(self.shop, BytesIO(json.dumps(row).encode()), at=NOW, claimed=CLAIMED)

    def refund_by_the_shop(self):
        """The shop returns by itself a part of what has not left yet, and its records tell so."""
        with transaction():
            held = self.held()
            left = PRICE - (held.refunded_minor or 0) - self.gone()
            if left > 0:
                held.refunded_at = NOW
                held.refunded_minor = (held.refunded_minor or 0) + self.chance.randint(1, left)
                held.refunded_currency = "USD"

    def change_currency(self):
        """The records name another currency than before, and back."""
        with transaction():
            other = {"USD": "EUR", "EUR": "USD"}[self.held().price_currency]
            of = Order.shop == self.shop, Order.reference == self.order
            db.session.execute(update(Order).where(*of).values(price_currency=other))

    def gone(self):
        return sum(each.amount_minor or PRICE for each in self.payouts(*GONE))

    def came_to(self):
        """What takes its part of the price by now, and what has gone back, the shop's own refunds too."""
        payouts = db.session.execute(_SUMS, {"people": self.people}).all()
        owed = sum(minor or PRICE for state, kind, minor in payouts if counts(state, kind))
        gone = sum(minor or PRICE for state, _, minor in payouts if state in GONE)
        gone += db.session.scalars(_REFUNDED, self._named()).one() or 0
        db.session.rollback()
        return owed, gone


def let_the_records(chance, row):
    """Let go what is held, but for what the records say."""
    if row.payout and all(each["kind"] != "records" for each in row.payout.held):
        release(chance, row)
