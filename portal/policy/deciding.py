"""Deciding a case by a policy: the one decision that it leads to, whatever the unknown facts are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from portal.policy.completing import completions
from portal.policy.decision import Decision, Outcome, decision_of
from portal.policy.facts import BALANCE_REASONS, INDEX
from portal.policy.steps import verdict_of
from portal.policy.weighing import Weighing, prepared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal.policy.case import Case
    from portal.policy.decision import Verdict
    from portal.policy.document import Policy, Version
    from portal.policy.plan import Tested

_TRIED = 1000  # a hundredth of a second or so
_KEPT = 1_000  # verdicts of one plan
_REASON, _NOW, _PRICE = INDEX["claim.reason"], INDEX["now"], INDEX["order.price"]
_APPROVE, _DENY, *_ = Outcome
_AT_ANY_TIME: tuple[None, tuple[()]] = (None, ())


def decide(case: Case, policy: Policy, version: Version | None = None) -> Decision:
    """Decide ``case`` by the version of ``policy`` in force when it was submitted.

    ``version`` tries another one of the policy's versions in its place. Raises CaseError naming
    ``claim.submitted_at`` when that was before the first version.
    """
    version = version or policy.version_at(case.submitted_at)
    facts = prepared(case, version, policy.shop.currency)
    plan = version.plans[facts[_REASON]]
    verdict = plan.kept(facts)
    if verdict is None:
        w = Weighing(case, policy, version)
        decision = _decided(w)
        _keep(w, plan.tested(facts))
        return decision
    amount = facts[_PRICE].rounded() if verdict.paid else None
    opens, besides = _too_early(case, policy, version, None) if verdict.is_last else _AT_ANY_TIME
    return decision_of(
        verdict,
        policy.id,
        version,
        plan,
        facts,
        amount=amount,
        opens=opens,
        besides=besides,
        contradictions=case.contradictions,
    )


def _keep(w: Weighing, tested: Tested) -> None:
    """Keep the verdict for the claims in which the steps find the same.

    Not where something is unknown, nor where amounts other than the price were compared: then the
    decision rests on more, on how much and when.
    """
    verdicts = w.plan.verdicts
    if len(verdicts) >= _KEPT:
        return
    if w.excluded:
        verdicts[tested] = w.verdict
    elif not (None in tested or w.completed or w.amounts):
        besides = w.plan.besides(w.facts, tested)
        verdicts[(tested, *besides) if any(w.standings) else tested] = w.verdict


def at_first_sight(case: Case, policy: Policy, version: Version) -> Decision:
    """As ``decide``, without a look at what the unknown facts may turn out to be.

    Quick where many are unknown; it is left open (review, or needs_information) where they matter
    and, now and then, where they do not.
    """
    w = Weighing(case, policy, version, case.facts)
    return verdict_of(w) or _not_eligible(w)


def _decided(w: Weighing) -> Decision:
    """The decision; where facts are unknown, the one that all they may be agrees on, if any."""
    verdict = verdict_of(w)
    if verdict is None:
        return _agreed(w, _told_apart(w), denied=True) or _not_eligible(w)
    if verdict.outcome is _APPROVE or verdict.outcome is _DENY:
        return verdict
    return _agreed(w, w.hangs_on(), denied=False) or verdict


def _agreed(w: Weighing, names: list[str], *, denied: bool) -> Decision | None:
    """The one approval or refusal that every completion of the unknown facts leads to, if any.

    One fact after the other is supposed, in each way that could matter, until the steps decide;
    past ``_TRIED`` suppositions the question stays open, which is safe. ``denied`` asks only by
    which clauses, where nothing could approve.
    """
    ways = None if w.supposed else completions(w.case, names, w.version, w.policy.shop.currency)
    if ways is None:
        return None
    w.completed = True
    found: list[Decision] = []
    waiting = [ways]
    for _ in range(_TRIED):
        case = next(waiting[-1], None)
        if case is None:
            waiting.pop()
            if not waiting:
                return _joined(found, w)
            continue
        node = Weighing(case, w.policy, w.version, w.facts)
        verdict = verdict_of(node)
        unsettled = verdict is not None and verdict.outcome not in (_APPROVE, _DENY)
        names = node.hangs_on() if unsettled else _told_apart(node) if denied else []
        ways = completions(case, names, w.version, w.policy.shop.currency)
        if ways is not None:
            waiting.append(ways)
            continue
        if unsettled:
            return None
        found.append(verdict or _not_eligible(node))
        if not _same(found[0], found[-1], denied=denied):
            return None
    return None


def _same(one: Decision, other: Decision, *, denied: bool) -> bool:
    return (
        one.outcome is other.outcome
        and one.amount == other.amount
        and one.destination == other.destination
        and one.remedy == other.remedy
        and (not denied or one.claimable_from == other.claimable_from)
    )


def _joined(found: list[Decision], w: Weighing) -> Decision:
    """What they agree on; each clause that carries one of them, and of its deadlines the first."""
    first = found[0]
    return replace(
        first,
        clauses=tuple(dict.fromkeys(name for each in found for name in each.clauses)),
        claimable_from=first.claimable_from
        if all(each.claimable_from == first.claimable_from for each in found)
        else None,
        deadlines={
            name: min(each.deadlines[name] for each in found)
            for name in first.deadlines
            if all(name in each.deadlines for each in found)
        },
        automatic=all(each.automatic for each in found),
        facts=w.facts,
        _held=tuple(w.plan.looked_at(w.held)),
        _plan=w.plan,
    )


def _told_apart(w: Weighing) -> list[str]:
    """The unknown facts of the order that leave an exclusion open."""
    return [name for name in w.open_exclusions() if name.startswith("order.")]


def _not_eligible(w: Weighing) -> Decision:
    """Step 7: nothing returns the price, or nothing does so yet."""
    default = w.version.default
    return w.made(
        _DENY,
        [default] if default else [],
        cited=() if default else w.version.points.get(str(w.facts[_REASON]), ()),
        early=_too_early(w.case, w.policy, w.version, w.supplied if w.supposed else None),
    )


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
    for rule in version.opening:
        at = rule.clause.opens.at(facts) if rule.clause.opens else None
        if isinstance(at, datetime) and at > now:
            moments.setdefault(at, []).append(rule.clause.id)
    refused: tuple[str, ...] = ()
    for at in sorted(moments):
        later = case.at(at)
        then = _verdict(later, policy, version, supplied)
        if then.outcome is not _DENY:
            return at, () if version.default else tuple(moments[at])
        refused = then.clauses
    return None, refused


def _verdict(
    case: Case, policy: Policy, version: Version, supplied: Sequence[Any] | None
) -> Verdict | Decision:
    """The outcome and the clauses of a claim made at another time."""
    if supplied is not None:
        return _decided(Weighing(case, policy, version, supplied))
    facts = prepared(case, version, policy.shop.currency)
    kept = version.plans[facts[_REASON]].kept(facts)
    return decide(case, policy, version) if kept is None or kept.is_last else kept
