"""The policy is applied to a claim: the finding is stored, and the claim goes where it sends it."""

from datetime import datetime
from typing import Any

from portal.claims.clocks.promises import await_customer, await_payment, await_person
from portal.claims.clocks.review_clock import set_clock
from portal.claims.decisions import returned
from portal.claims.decisions.casefile import case_of, has_recorded_outage, reports_itself
from portal.claims.decisions.grounds import ground_of
from portal.claims.decisions.returned import Others
from portal.claims.decisions.returns import ReturnSource
from portal.claims.decisions.sources import sourced
from portal.claims.letters import notices, to_team
from portal.claims.lifecycle import Action, Actor
from portal.claims.models import Claim, StoredDecision
from portal.claims.payout import owing
from portal.claims.payout.cooling import payable_from
from portal.claims.payout.second_person import hold_for_second, why_second
from portal.claims.verbs.offering import offer
from portal.events.ulids import key_at
from portal.ledger.payout import GONE, Payout, PayoutState, Purpose
from portal.money import Money
from portal.people.reviewers import Reviewer
from portal.policy import ENGINE
from portal.policy.deciding.case import Case, parse
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy, Version
from portal.policy.deciding.engine import decide
from portal.policy.deciding.later import changes_at
from portal.policy.language.clause import Amount
from portal.versions.queries import must_govern


def verdict(claim: Claim, *, policy: Policy, at: datetime) -> Decision:
    """What the policy says of the claim as it stands; nothing is written.

    Raises CaseError when the claim was submitted before the policy's first version.
    """
    return decide(parse(case_of(claim, at=at)), policy)


def judge(
    claim: Claim, *, policy: Policy, at: datetime, cause: Action, others: Others | None = None
) -> Decision:
    """Decide the claim and keep the decision with its case; the claim's status is not moved.

    ``others`` are what hold_others() gave for it in this very transaction, where it was called.
    Until it ends no version takes effect. Raises PolicyHasMoved where one did that this process lacks.
    """
    must_govern(policy)
    _look_back(claim, hold_others(claim) if others is None else others)
    case = case_of(claim, at=at)
    facts = parse(case)
    version = policy.version_at(facts.submitted_at)
    decision = decide(facts, policy, version)
    claim.decisions.append(
        StoredDecision(
            at=at,
            cause=cause,
            automatic=decision.automatic,
            policy_hash=version.sha256,
            engine=ENGINE,
            case=case,
            document=sourced(
                decision.as_json(),
                returned.kept_returns(claim),
                recorded=has_recorded_outage(claim),
            ),
            returned=claim.returned,
            ground=ground_of(claim, decision.as_json(), policy=policy, at=at).as_json(),
        )
    )
    claim.policy_version = str(decision.version)
    claim.outcome = decision.outcome
    claim.verdict_minor = decision.amount.whole if decision.amount else None
    claim.currency = decision.amount.currency if decision.amount else claim.currency
    claim.verdict_clause = decision.clauses[0] if decision.clauses else None
    claim.missing = list(decision.missing)
    clocks = decision.deadlines
    claim.information_due_at = clocks.get("information_due")
    _set_clocks(claim, facts, policy, version, decision)
    return decision


def hold_others(claim: Claim) -> Others:
    """The other claims about its subject; until the transaction ends nothing more goes back by them."""
    returned.hold_subject(claim)
    return returned.others_about(claim)


def _look_back(claim: Claim, others: Others) -> None:
    """Keep what has gone back of the price by now."""
    claim.returned = [each.as_json() for each in returned.look_back(claim, others=others)]


def set_clocks(claim: Claim, *, policy: Policy, at: datetime) -> None:
    """Say anew by when a person should decide the claim, and when time alone changes its verdict."""
    facts = parse(case_of(claim, at=at))
    version = policy.version_at(facts.submitted_at)
    _set_clocks(claim, facts, policy, version, decide(facts, policy, version))


def _set_clocks(
    claim: Claim, facts: Case, policy: Policy, version: Version, decision: Decision
) -> None:
    if claim.appealed_at is None:
        set_clock(claim, decision, policy, version)
    # What is approved waits for a person who may take their time: that makes no claim worse.
    waits = decision.outcome != "approve" and claim.anew_since is None
    claim.judge_again_at = changes_at(facts, policy, version, decision) if waits else None


def judge_anew(claim: Claim, *, policy: Policy, at: datetime, cause: Action) -> Decision:
    """The decision as of now, kept beside the last one when time, or what went back, has changed it."""
    must_govern(policy)
    others = hold_others(claim)
    _look_back(claim, others)
    decision = verdict(claim, policy=policy, at=at)
    kept = claim.decision.document if claim.decision else {}
    now = decision.as_json()
    if all(kept.get(name) == now[name] for name in ("outcome", "amount", "clauses")):
        return decision
    return judge(claim, policy=policy, at=at, cause=cause, others=others)


def judge_and_place(claim: Claim, *, policy: Policy, at: datetime, cause: Action) -> Decision:
    """Decide a claim that was just sent or completed, and put it where the decision sends it."""
    others = hold_others(claim)
    decision = judge(claim, policy=policy, at=at, cause=cause, others=others)
    place(
        claim, decision, policy=policy, at=at, by_itself=decision.automatic, others=others,
        letter="received",
    )  # fmt: skip
    return decision


def place(
    claim: Claim,
    decision: Decision,
    *,
    policy: Policy,
    at: datetime,
    by_itself: bool,
    others: Others,
    letter: str | None,
) -> None:
    """Put a claim where its decision sends it.

    Only an approval that the policy marks automatic, proved by the logs, to the balance, within
    the shop's limit and what is left of the price goes through ``by_itself``; a refusal always
    waits for a person, and so does an order that another address claims as well, what is decided
    anew, and every claim of a policy that is held. ``letter`` tells
    the customer of one that goes to a person.
    """
    if decision.outcome == "needs_information":
        # The asking is itself a fact: the customer's time runs from it (SS-N4).
        claim.findings = {"information_requested_at": at.isoformat()} | claim.findings
        told = _last_asked(claim) == set(decision.missing)
        claim.move(Action.ASK, role=Actor.POLICY, at=at, data={"missing": list(decision.missing)})
        await_customer(claim, claim.information_due_at)
        if not told:
            notices.tell(claim, "needs_information", policy=policy, at=at)
    elif (
        by_itself and decision.amount and undisputed(claim, decision, policy=policy, others=others)
    ):
        settle(claim, decision, policy=policy, role=Actor.POLICY, at=at, amount=decision.amount,
               others=others)  # fmt: skip
    else:
        claim.move(Action.REFER, role=Actor.POLICY, at=at)
        await_person(claim)
        if letter:
            notices.tell(claim, letter, policy=policy, at=at)


def _last_asked(claim: Claim) -> set[str]:
    """What the policy last asked the customer for, and told in a mail that says the same still."""
    asks = [event for event in claim.events if event.action is Action.ASK]
    return set(asks[-1].data["missing"]) if asks and asks[-1].role is Actor.POLICY else set()


def undisputed(claim: Claim, decision: Decision, *, policy: Policy, others: Others) -> bool:
    """Whether it is left of the price and given once, nobody else claims the order, and no person has to decide.

    A share of the price for a time that goes on is given once, too: of a later claim about the same
    outage a person takes off what was given for its first days. So does a person look where no record
    has the outage, and the claim itself is its report, or a person recorded it.
    """
    if policy.held or claim.anew_since:
        return False
    if returned.was_taken_back(claim, others):
        return False
    returns = returned.kept_returns(claim)
    ours = any(each.source is ReturnSource.PORTAL for each in returns)
    own = claim.decision is not None and bool(reports_itself(claim.decision.case))
    if (ours or own or claim.outage) and _pays_for_time(
        decision, policy.version_at(claim.submitted_at or claim.created_at)
    ):
        return False
    left = returned.remainder(claim.facts, returns)
    return (left is None or returned.is_within(decision.amount, left)) and all(
        holder.is_same(claim.holder) for holder in returned.claimants(others)
    )


def _pays_for_time(decision: Decision, version: Version) -> bool:
    kinds = {version.clause(name).amount for name in decision.clauses}
    return not kinds.isdisjoint((Amount.BY_TIME, Amount.BY_DAYS))


def _open_payout(claim: Claim, amount: Money | None) -> Payout | None:
    """The claim's payout that an approval adds to or owes anew; None where it takes one of its own."""
    given = claim.payouts[-1] if claim.payouts else None
    if given is None or given.state in GONE:
        return None
    return given if not given.counts or (amount and given.amount) else None


def _purpose(claim: Claim) -> tuple[Purpose, int]:
    """For what another payout of the claim is, and the how many-th of its kind it would be."""
    given = [payout.purpose for payout in claim.payouts]
    if not given:
        return Purpose.CLAIM, 1
    taken_back = claim.payouts[-1].state is PayoutState.REVERSED
    again = taken_back or Purpose.APPEAL in given
    purpose = Purpose.CORRECTION if again else Purpose.APPEAL
    return purpose, given.count(purpose) + 1


def settle(
    claim: Claim,
    decision: Decision,
    *,
    policy: Policy,
    role: Actor,
    at: datetime,
    amount: Money | None,
    others: Others,
    by: Reviewer | None = None,
    note: str | None = None,
    action: Action = Action.APPROVE,
) -> None:
    """Write what is owed and tell the customer; the unique row a claim and purpose makes it once.

    ``amount`` is None for a replacement, which its owner is asked to accept first; ``action`` is
    another where that was refused. What an appeal wins comes on top of the part that was given
    before: still owed they are one, paid already the rest is a payout of its own. Clocks come from
    the decision (T, M4, 4.2 clauses). What two people let go is held for the second.
    """
    payout = _open_payout(claim, amount)
    if payout is None:
        purpose, turn = _purpose(claim)
        payout = Payout(
            key=key_at("PO-", at),
            purpose=purpose,
            turn=turn,
            state=PayoutState.DUE,
            fee_minor=0,
            held=[],
            approved_at=at,
        )
        claim.payouts.append(payout)
    if payout.amount is None or not payout.counts:
        payout.destination = decision.destination or claim.destination or "balance"
        payout.remedy = "refund" if amount else decision.remedy or "refund"
    payout.approve(amount, at=at)
    owing.take_fee(claim, policy=policy)
    said: dict[str, Any] = {"amount": amount.as_json(), "payout": payout.key} if amount and by else {}  # fmt: skip
    if why := why_second(claim, payout, others=others, by=by, policy=policy):
        said["held"] = why
    claim.move(action, role=role, at=at, by=by, note=note or None, data=said)
    owing.choose_rail(claim, payout, at=at)
    if hold_for_second(payout, why, at=at):
        to_team.tell_of_second(claim, payout, policy=policy, at=at)
    claim.payout_limit_at = decision.deadlines.get("payout_limit")
    await_payment(
        claim, owing.payment_date(decision.deadlines, policy=policy, at=payable_from(claim, at=at))
    )
    if amount is None:
        await_payment(claim, offer(claim, at=at))
    notices.tell(claim, "approved", policy=policy, at=at)
