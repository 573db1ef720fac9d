"""Claims that are multiplied: samples sent at some instant, really decided, and brought to an end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from portal.claims.clocks.promises import await_payment
from portal.claims.decisions.grounds import policys_ground
from portal.claims.history import Ruling
from portal.claims.lifecycle import Action, Actor, EvidenceState, Status
from portal.claims.models import Claim, Evidence
from portal.claims.payout.owing import payment_date
from portal.claims.verbs.judging import judge
from portal.demo.loading import MARKED
from portal.demo.records import Log, RecordRow
from portal.demo.samples import SAMPLES, DemoSample
from portal.ledger.payout import Payout, PayoutState, Purpose
from portal.money import Money
from portal.payouts.answers import payment_key
from portal.policy.deciding.document import Policy
from portal.policy.facts.table import BALANCE_REASONS

# Stand for the customer's address and order until a claim of its own is made of the plot.
EMAIL, ORDER = "customer@token.example", "ORDER-TOKEN"

OPEN_SHARE = 0.2  # of all claims: those of the last days, which still wait for somebody
OPEN_DAYS, ALL_DAYS = 4, 180
UNANSWERED_SHARE = 0.08  # sent without a description, so that the policy asks for one
WORDS = (
    "I waited as long as the page told me to and nothing came.",
    "The page said that something went wrong, see the screenshot.",
    "I tried twice on two days with the same result each time.",
    "It stopped in the middle, and the price was taken all the same.",
)
DECLINED = "The logs of your order and the policy leave no room for a refund here."
PAYEE = [["Method", "Bank transfer (IBAN)"], ["IBAN", "DE •••• 3000"]]


def plot(
    policies: Mapping[str, Policy], *, now: datetime, chance: Random, views: list[dict[str, Any]]
) -> Claim:
    """A claim, in no database, about one of the samples, sent before ``now`` (UTC), decided then, and dealt with since.

    ``views`` is what its files show, where it has any.
    """
    sample = chance.choice(SAMPLES)
    fresh = chance.random() < OPEN_SHARE
    age = chance.uniform(0.05, OPEN_DAYS) if fresh else chance.uniform(OPEN_DAYS, ALL_DAYS)
    policy = policies[sample.shop]
    sent = max(now - timedelta(seconds=int(age * 86400)), policy.versions[0].starts_at)
    claim = _drafted(sample, sent, chance)
    if claim.description:
        claim.evidence = [_file(views, sent) for _ in range(chance.randint(1, 3))]
    claim.move(Action.SUBMIT, role=Actor.CUSTOMER, at=sent)
    _judged(claim, policy, sent)
    if not fresh:
        _end(claim, policy, sent, chance)
    return claim


def _drafted(sample: DemoSample, sent: datetime, chance: Random) -> Claim:
    told = chance.random() >= UNANSWERED_SHARE
    balance = sample.reason in BALANCE_REASONS
    price = Money.parse(**(sample.logs[-1].row.get("price") or sample.logs[1].row["amount"]))
    claim = Claim(
        shop=sample.shop,
        status=Status.DRAFT,
        version=1,
        email=EMAIL,
        email_confirmed_at=sent,
        order_reference=None if balance else ORDER,
        order_key=None if balance else ORDER,
        reason=sample.reason,
        service_name=str(sample.logs[0].row.get("service", "WhatsApp")),
        description=chance.choice(WORDS) if told else None,
        destination=sample.says.get("destination"),
        remedy=sample.says.get("remedy"),
        number_used=sample.says.get("number_used"),
        asked_minor=price.minor,
        currency=price.currency,
        terms_confirmed_at=sent,
        order_known=True,
        facts=_facts(sample, sent),
        findings={},
        missing=[],
        created_at=sent - timedelta(minutes=6),
        submitted_at=sent,
    )
    if claim.destination == "payout" or sample.reason == "unused_balance":
        claim.destination = "payout"
        claim.payout_method, claim.payout_masked = "iban", PAYEE
    return claim


def _file(views: list[dict[str, Any]], sent: datetime) -> Evidence:
    return Evidence(
        public_id="",
        filename="screenshot.png",
        kind="screenshot",
        media_kind="png",
        size=views[0]["size"],
        added_at=sent,
        on_appeal=False,
        state=EvidenceState.READY,
        views=views,
        lacks=[],
        due_at=sent,
        attempts=1,
    )


def _facts(sample: DemoSample, sent: datetime) -> dict[str, Any]:
    rows = [_plain(log, sent) for log in sample.logs]
    account = {"email": EMAIL} | MARKED.get(sample.email, {})
    if sample.reference:
        return {"account": account, "order": rows[0] | {"reference": ORDER}}
    return {
        "account": account | {"status": rows[0].get("status", "active")},
        "top_ups": [row for row in rows[1:] if "method" in row],
        "purchases": [
            {name: value for name, value in row.items() if name != "reference"}
            for row in rows[1:]
            if "method" not in row
        ],
    }


def _plain(log: Log, sent: datetime) -> RecordRow:
    """A log's line as the contract has it, without the columns that only a file needs."""
    row = log.written(sent)
    for name in ("record", "account_email", "email", "top_ups_known", "purchases_known"):
        row.pop(name, None)
    return row


def _judged(claim: Claim, policy: Policy, at: datetime) -> None:
    decision = judge(claim, policy=policy, at=at, cause=Action.SUBMIT)
    if decision.outcome == "needs_information":
        claim.findings = {"information_requested_at": at.isoformat()}
        claim.move(Action.ASK, role=Actor.POLICY, at=at, data={"missing": list(decision.missing)})
        claim.due_at = claim.information_due_at
    elif decision.automatic:
        _owe(claim, policy, at=at, role=Actor.POLICY)
    else:
        claim.move(Action.REFER, role=Actor.POLICY, at=at)
        claim.due_at = claim.review_due_at


def _owe(claim: Claim, policy: Policy, *, at: datetime, role: Actor) -> None:
    document = claim.decisions[-1].document
    claim.payouts.append(
        Payout(
            purpose=Purpose.CLAIM,
            destination=document["destination"] or claim.destination or "balance",
            remedy=document["remedy"] or "refund",
            amount_minor=claim.verdict_minor,
            currency=claim.currency,
            state=PayoutState.DUE,
            approved_at=at,
        )
    )
    claim.move(Action.APPROVE, role=role, at=at)
    clocks = {name: datetime.fromisoformat(due) for name, due in document["deadlines"].items()}
    claim.payout_limit_at = clocks.get("payout_limit")
    await_payment(claim, payment_date(clocks, policy=policy, at=at))


def _end(claim: Claim, policy: Policy, sent: datetime, chance: Random) -> None:
    """What people did within the two days after; a few claims stay where they are."""
    at = sent + timedelta(seconds=chance.randint(3600, 2 * 86400))
    if claim.status is Status.NEEDS_INFORMATION:
        claim.move(Action.WITHDRAW, role=Actor.CUSTOMER, at=at)
        claim.due_at = None
    elif claim.status is Status.IN_REVIEW and claim.outcome == "approve":
        _rule(claim, approved=True, at=at)
        _owe(claim, policy, at=at, role=Actor.REVIEWER)
    elif claim.status is Status.IN_REVIEW:
        _rule(claim, approved=False, at=at)
        claim.move(Action.DECLINE, role=Actor.REVIEWER, at=at, note=DECLINED)
        claim.appeal_until = at + timedelta(days=policy.shop.appeal_days)
        claim.due_at = None
    if claim.status is Status.APPROVED and chance.random() < 0.95:
        _pay(claim, at=at + timedelta(hours=20), chance=chance)


def _rule(claim: Claim, *, approved: bool, at: datetime) -> None:
    as_the_policy_says = claim.outcome == ("approve" if approved else "deny")
    claim.rulings.append(
        Ruling(
            at=at,
            approved=approved,
            amount_minor=claim.verdict_minor if approved else None,
            clause=claim.verdict_clause or "",
            customer_text="" if approved else DECLINED,
            internal_note="",
            override_reason=None
            if as_the_policy_says
            else "Nothing in the files supports the claim.",
            on_appeal=False,
            ground=policys_ground(claim).as_json() if as_the_policy_says else None,
        )
    )


def _pay(claim: Claim, *, at: datetime, chance: Random) -> None:
    payout = claim.payout
    if payout is None:
        raise ValueError("an approved claim owes something")
    if payout.destination == "payout" and chance.random() < 0.05:
        claim.move(Action.MARK_FAILED, role=Actor.PAYER, at=at, note="The bank sent it back.")
        payout.state, payout.failed_reason = PayoutState.FAILED, "The bank sent it back."
        return
    reference = f"PAY-{chance.randrange(10**8):08d}"
    claim.move(Action.MARK_PAID, role=Actor.PAYER, at=at, data={"reference": reference})
    payout.state, payout.settled_at, payout.payer_reference = PayoutState.PAID, at, reference
    payout.payer_reference_key = payment_key(reference)
    claim.due_at = None
