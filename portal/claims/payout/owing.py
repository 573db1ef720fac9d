"""What is owed for a claim: by when, less what is kept of it, and the rail that takes it."""

from collections.abc import Mapping
from datetime import datetime

from portal.claims.clocks.promises import await_payment
from portal.claims.decisions.casefile import charge_of
from portal.claims.models import Claim
from portal.claims.payout.cooling import cooled_at, payable_from
from portal.claims.payout.payee import digest_of
from portal.claims.payout.ways import cost_for
from portal.ledger.payout import GONE, Payout, Rail
from portal.ledger.rails import BY_ITSELF, rail_for
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy
from portal.policy.facts.table import INDEX

_PAYING = frozenset({"payout_due", "payout_limit"})


def payment_date(deadlines: Mapping[str, datetime], *, policy: Policy, at: datetime) -> datetime:
    """The date promised to whom is approved at ``at``: the policy's, where a person can keep it.

    One that has passed, or is nearer than a person can pay by, is put off to that: the shop says in
    how many of its working days, by the calendar in force at that moment. Where the policy states none the shop has a date of its own, so that
    what is owed has a place in the payers' list. The decision keeps the policy's date.
    """
    stated = deadlines.get("payout_due") or deadlines.get("payout_limit")
    kept = policy.calendar.add_working_days(at, policy.shop.paying_days)
    return max(stated, kept) if stated else at + policy.shop.payout_time


def expected_by(decision: Decision, *, policy: Policy, at: datetime) -> datetime | None:
    """By when what the policy gives is paid if it is sent at ``at``; None where it states no date.

    What a person approves first is counted from the last moment that they take for it, so that the
    date which was given before sending is kept as well.
    """
    if decision.outcome != "approve" or not decision.deadlines.keys() & _PAYING:
        return None
    if decision.automatic:
        return payment_date(decision.deadlines, policy=policy, at=at)
    approved = _decided_by(decision, policy=policy, at=at)
    facts = list(decision.facts)
    facts[INDEX["now"]] = approved
    clocks = {name: instant(facts) for name, instant in decision.verdict.clocks}
    stated = {name: each for name, each in clocks.items() if isinstance(each, datetime)}
    return payment_date(stated, policy=policy, at=approved)


def _decided_by(decision: Decision, *, policy: Policy, at: datetime) -> datetime:
    """By when a person decides what is sent at ``at``: as the version states it, else the shop."""
    version = policy.dated(str(decision.version))
    stated = [
        instant.at(decision.facts)
        for name, _, instant in (version.program.deadlines["review_"] if version else ())
        if name == "review_due"
    ]
    due = [each for each in stated if isinstance(each, datetime) and each > at]
    return max(due, default=at + policy.shop.review_time)


def promise_payment_again(claim: Claim, *, policy: Policy, at: datetime) -> None:
    """What was promised and held up meanwhile is due by a date that can be kept from now on."""
    stated = {"payout_due": claim.payout_due_at} if claim.payout_due_at else {}
    await_payment(claim, payment_date(stated, policy=policy, at=payable_from(claim, at=at)))


def take_fee(claim: Claim, *, policy: Policy) -> None:
    """Keep what the payment system keeps of the claim's payout, by the way it goes (SS-M5).

    Never more than its owner was shown before they sent the way; less where the shop keeps less by now.
    """
    payout = claim.payout
    if payout is None or payout.state in GONE:
        return
    out = payout.amount is not None and payout.destination == "payout"
    cost = cost_for(claim, claim.payout_method, payout.amount, policy=policy) if out else None
    payout.fee_minor = cost.fee.whole if cost else 0


def choose_rail(claim: Claim, payout: Payout, *, at: datetime) -> None:
    """Let it be paid as it is now, by the rail that takes it: the digest keeps what was approved."""
    take_rail(claim, payout, at=at)
    payout.claim_version = claim.version
    payout.digest = digest_of(claim, payout)


def take_rail(claim: Claim, payout: Payout, *, at: datetime) -> None:
    """Give what is due to the rail that takes it: the worker sends it at once, else a run or a person.

    For what the approval was given stays as it was.
    """
    money = payout.amount is not None  # another number is handed over by a person
    payout.rail = (
        rail_for(claim.shop, destination=payout.destination, method=claim.payout_method)
        if money
        else Rail.MANUAL
    )
    if payout.rail is Rail.ORIGINAL and not (
        payout.amount and charge_of(claim, amount=payout.amount)
    ):  # a person has to find out what to return
        payout.rail = Rail.MANUAL
    payout.next_try_at = at if payout.rail in BY_ITSELF and money else None
    if payout.rail in BY_ITSELF:
        payout.run_id = None  # a run that took it for a person's rail carries it no more
    payout.not_before = cooled_at(claim) if payout.destination == "payout" else None
