"""Deciding a case by a policy: the one decision that it leads to, whatever the unknown facts are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from portal.money import Money
from portal.policy.deciding.agreement import agreed_denial, completed
from portal.policy.deciding.amounts import amount_of
from portal.policy.deciding.balance import prepared
from portal.policy.deciding.case import Case
from portal.policy.deciding.decision import Decision, decision_of
from portal.policy.deciding.document import Policy, Version
from portal.policy.deciding.plan import Tested, is_whole
from portal.policy.deciding.steps import not_eligible, verdict_of
from portal.policy.deciding.weighing import Weighing
from portal.policy.facts.table import BALANCE_REASONS, INDEX
from portal.policy.language.clause import Amount
from portal.policy.language.turning import SECOND, halved
from portal.policy.language.verdict import Outcome

_KEPT = 1_000  # verdicts of one plan
_REASON, _NOW, _PRICE = INDEX["claim.reason"], INDEX["now"], INDEX["order.price"]
_APPROVE, _DENY, *_ = Outcome
_OUTAGE = INDEX["order.outage_time"]
_GROWING = (Amount.BY_TIME, Amount.BY_DAYS)
_LATE = timedelta(days=3660)
_AT_ANY_TIME: tuple[None, tuple[()]] = (None, ())


def decide(case: Case, policy: Policy, version: Version | None = None) -> Decision:
    """Decide ``case`` by the version of ``policy`` in force when it was submitted.

    ``version`` tries another one of the policy's versions in its place. Raises CaseError naming
    ``claim.submitted_at`` when that was before the first version.
    """
    version = version or policy.version_at(case.submitted_at)
    decision = decide_now(case, policy, version)
    if decision.outcome is _DENY and not decision.verdict.for_good:
        _look_ahead(decision, case, policy, version, None)
    return decision


def decide_now(case: Case, policy: Policy, version: Version) -> Decision:
    """As ``decide``, without a look at when a claim that is denied may be made again."""
    facts = prepared(case, version, policy.shop.currency)
    plan = version.program.plans[facts[_REASON]]
    tested = plan.tested(facts)
    verdict = plan.kept(facts, tested)
    if verdict is None:
        w = Weighing(case, policy, version, tested=tested)
        decision = _decided(w)
        if not w.completed:
            _keep(w, tested)
        return decision
    return decision_of(
        verdict,
        policy.id,
        version,
        plan,
        facts,
        amount=facts[_PRICE].rounded() if verdict.paid else None,
        contradictions=case.contradictions,
    )


def is_kept(decision: Decision) -> bool:
    """Whether all claims in which the steps find the same are decided the same, but for their times."""
    plan, facts = decision.plan, decision.facts
    return plan.kept(facts, plan.tested(facts)) is not None


def _keep(w: Weighing, tested: Tested) -> None:
    """Keep the verdict for the claims in which the steps find the same.

    Not where something is unknown, nor where amounts other than the price were compared: then the
    decision rests on more, on how much and when.
    """
    verdicts = w.plan.verdicts
    if len(verdicts) >= _KEPT or len(w.amounts) > 1 or not is_whole(w.facts):
        return
    if w.excluded or not (None in tested or any(w.standings)):
        verdicts[tested] = w.verdict
    elif None not in tested:  # the steps have looked at what was supplied, too
        w.verdict.held += w.plan.supplied(w.facts)
        verdicts[(tested, *w.plan.besides(w.facts, tested))] = w.verdict


def at_first_sight(case: Case, policy: Policy, version: Version) -> Decision:
    """As ``decide``, without a look at what the unknown facts may turn out to be.

    Quick where many are unknown; it is left open (review, or needs_information) where they matter
    and, now and then, where they do not.
    """
    w = Weighing(case, policy, version, case.facts)
    verdict = verdict_of(w)
    if verdict is None:
        verdict = not_eligible(w)
        _look_ahead(verdict, case, policy, version, case.facts)
    return verdict


def _decided(w: Weighing) -> Decision:
    verdict = verdict_of(w)
    if verdict is None:
        return agreed_denial(w) or not_eligible(w)
    if verdict.outcome is _APPROVE or verdict.outcome is _DENY:
        return verdict
    return completed(w, verdict)


def _look_ahead(
    denial: Decision, case: Case, policy: Policy, version: Version, supplied: Sequence[Any] | None
) -> None:
    """Say in a denial when it may be made again; where nothing else denies it, cite that, too."""
    denial.claimable_from, besides = _too_early(case, policy, version, supplied)
    if denial.verdict.is_last:
        denial.clauses = tuple(dict.fromkeys(denial.clauses + besides))


def _too_early(
    case: Case, policy: Policy, version: Version, supplied: Sequence[Any] | None
) -> tuple[datetime | None, tuple[str, ...]]:
    """When the same claim would no longer be denied; and the clauses to cite for the time until.

    Where it would be denied then as well, there is no such time, and those that deny it are cited.
    """
    facts: Sequence[Any] = case.facts
    if facts[_REASON] in BALANCE_REASONS:
        return _AT_ANY_TIME
    now = facts[_NOW]
    moments: dict[datetime, list[str]] = {}
    for rule in version.program.opening:
        at = rule.clause.opens.at(facts) if rule.clause.opens else None
        if isinstance(at, datetime) and at > now:
            moments.setdefault(at, []).append(rule.clause.id)
        worth = _worth_from(case, rule.pays)
        if worth is not None:
            moments.setdefault(worth, []).append(rule.clause.id)
    refused: tuple[str, ...] = ()
    for at in sorted(moments):
        later = case.at(at)
        then = _verdict(later, policy, version, supplied)
        if then.outcome is not _DENY:
            return at, () if version.default else tuple(moments[at])
        refused = then.clauses
    return None, refused


def _worth_from(case: Case, kind: Amount) -> datetime | None:
    """When a share of the price comes to something that comes to nothing yet, to the whole second."""
    if kind not in _GROWING or not isinstance(case.facts[_PRICE], Money):
        return None

    def comes_to(at: datetime) -> bool:
        amount = amount_of(kind, case.at(at).facts)
        return isinstance(amount, Money) and bool(amount.minor)

    now: Any = case.facts[_NOW]
    if not isinstance(case.facts[_OUTAGE], timedelta) or comes_to(now) or not comes_to(now + _LATE):
        return None
    return halved((now, now + _LATE), lambda at: not comes_to(at), SECOND)[1]


def _verdict(
    case: Case, policy: Policy, version: Version, supplied: Sequence[Any] | None
) -> Decision:
    """The outcome and the clauses of a claim made at another time."""
    if supplied is not None:
        w = Weighing(case, policy, version, supplied)
        return verdict_of(w) or not_eligible(w)
    return decide_now(case, policy, version)
