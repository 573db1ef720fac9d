"""Deciding a case by a policy: the one decision that it leads to, whatever the unknown facts are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from portal.policy.completing import completions
from portal.policy.decision import Decision, Outcome
from portal.policy.facts import BALANCE_REASONS, INDEX
from portal.policy.steps import verdict_of
from portal.policy.weighing import Weighing

if TYPE_CHECKING:
    from portal.policy.case import Case
    from portal.policy.document import Policy, Version

_TRIED = 1000  # a hundredth of a second or so
_REASON, _NOW = INDEX["claim.reason"], INDEX["now"]
_APPROVE, _DENY, *_ = Outcome


def decide(case: Case, policy: Policy, version: Version | None = None) -> Decision:
    """Decide ``case`` by the version of ``policy`` in force when it was submitted.

    ``version`` tries another one of the policy's versions in its place. Raises CaseError naming
    ``claim.submitted_at`` when that was before the first version.
    """
    return _decided(Weighing(case, policy, version or policy.version_at(case.submitted_at)))


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
        _weighed=w,
    )


def _told_apart(w: Weighing) -> list[str]:
    """The unknown facts of the order that leave an exclusion open."""
    return [name for name in w.open_exclusions() if name.startswith("order.")]


def _not_eligible(w: Weighing) -> Decision:
    """Step 7: nothing returns the price, or nothing does so yet."""
    default = [] if w.version.default is None else [w.version.default]
    opens, later = _too_early(w)
    cited = [clause.id for clause in default]
    if not cited:
        cited += w.version.points.get(str(w.facts[_REASON]), ())
        cited += [
            rule.clause.id
            for rule in w.version.opening
            if opens and rule.clause.opens and rule.clause.opens.at(w.facts) == opens
        ]
    return w.made(_DENY, [], cited=[*cited, *later], claimable_from=opens if not later else None)


def _too_early(w: Weighing) -> tuple[datetime | None, tuple[str, ...]]:
    """When the same claim would no longer be denied, or the clauses that would deny it then."""
    now = w.facts[_NOW]
    if w.facts[_REASON] in BALANCE_REASONS:
        return None, ()
    moments = {
        moment
        for rule in w.version.opening
        if rule.clause.opens is not None
        and isinstance(moment := rule.clause.opens.at(w.facts), datetime)
        and moment > now
    }
    refused: tuple[str, ...] = ()
    for moment in sorted(moments):
        supplied = w.supplied if w.supposed else None
        verdict = _decided(Weighing(w.case.at(moment), w.policy, w.version, supplied))
        if verdict.outcome is not _DENY:
            return moment, ()
        refused = verdict.clauses
    return None, refused
