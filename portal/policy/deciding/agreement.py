"""Where facts are unknown: what all that they may be agrees on, or what is to be asked."""

from collections.abc import Iterator
from dataclasses import replace

from portal.policy.deciding.case import Case
from portal.policy.deciding.completions import completions
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.steps import asked, not_eligible, unasked, verdict_of
from portal.policy.deciding.weighing import Weighing
from portal.policy.facts.table import BY_NAME, INDEX, RECORDED, UNKNOWN
from portal.policy.language.clause import Destination, Effect
from portal.policy.language.verdict import Outcome

_TRIED = 1000  # some hundredths of a second
_EVIDENCE, _REASON = INDEX["claim.evidence"], INDEX["claim.reason"]
# Asked of the customer where a decision hangs on it, required or not.
_OPEN_TO_CUSTOMERS = ("claim.reason",)
_METHOD = "claim.payout.method"
_PAYOUT = Destination.PAYOUT
_APPROVE, _DENY, _ASK, _REVIEW = Outcome


class _TooManyError(Exception):
    """There are more ways to complete the unknown facts than are tried."""


class _Budget:
    """How many more suppositions are tried for one claim."""

    def __init__(self) -> None:
        self.left = _TRIED

    def node(self, case: Case, w: Weighing) -> Weighing:
        """The claim with something supposed. Raises _TooManyError."""
        self.left -= 1
        if self.left < 0:
            raise _TooManyError
        return Weighing(case, w.policy, w.version, w.supplied)


def completed(w: Weighing, verdict: Decision) -> Decision:
    """``verdict``, unless what is unknown cannot change it, or needs less to be asked, or more.

    Each completion of the logs is decided: where all come to the same, that is it. Where some wait
    for the customer, all that these wait for is asked, and nothing else; where none does, what the
    logs leave open decides. Past ``_TRIED`` suppositions the question stays open, which is safe.
    """
    names = w.hangs_on()
    if not any(_ways(w.case, names, w, of_logs=of_logs) for of_logs in (True, False)):
        return verdict
    w.completed = True
    requirable = _requirable(w)
    found: list[Decision] = []
    asking: list[Decision] = []
    apart = False
    try:
        for leaf in _leaves(w, verdict, _Budget()):
            if leaf.outcome is _ASK:
                asking.append(leaf)
            elif leaf.outcome is _REVIEW or (found and not _same(found[0], leaf)):
                apart = True
            else:
                found.append(leaf)
            if apart and not requirable:
                return verdict
            if requirable and requirable <= {name for each in asking for name in each.missing}:
                break
    except _TooManyError:
        found_first = [verdict] if verdict.outcome is _ASK else []
        return _asked(w, [*found_first, *asking]) if asking else verdict
    if asking:
        return _asked(w, asking)
    if apart or not found:
        return unasked(w) or verdict
    return _joined(found, w)


def agreed_denial(w: Weighing) -> Decision | None:
    """The denial by all the clauses that completions rest on, where nothing could approve.

    It is denied in any case; the question is by what. None where no exclusion is open.
    """
    found: list[Decision] = []
    ways = _ways(w.case, _told_apart(w), w, of_logs=True)
    waiting = [] if ways is None else [ways]
    budget = _Budget()
    while waiting:
        case = next(waiting[-1], None)
        if case is None:
            waiting.pop()
            continue
        w.completed = True
        try:
            node = budget.node(case, w)
        except _TooManyError:
            return None
        verdict = verdict_of(node)
        ways = _ways(case, _told_apart(node), w, of_logs=True)
        if ways is None:
            found.append(verdict or not_eligible(node))
        else:
            waiting.append(ways)
    return _joined(found, w) if found else None


def _leaves(w: Weighing, verdict: Decision, budget: _Budget) -> Iterator[Decision]:
    """The decision of each completion of the logs: one fact after the other, each way that matters.

    What a customer leaves unknown is asked for, unless all that it may be comes to the same.
    """
    names = w.hangs_on()
    ways = _ways(w.case, names, w, of_logs=True)
    if ways is None:
        yield _by_customer(w, names, verdict, budget)
        return
    for case in ways:
        node = budget.node(case, w)
        found = verdict_of(node)
        if found is None:
            yield not_eligible(node)
        elif found.outcome in (_APPROVE, _DENY):
            yield found
        else:
            yield from _leaves(node, found, budget)


def _by_customer(w: Weighing, names: list[str], verdict: Decision, budget: _Budget) -> Decision:
    """A completion of which only the customer could still say something."""
    found: list[Decision] = []
    for case in _ways(w.case, names, w, of_logs=False) or ():
        node = budget.node(case, w)
        each = verdict_of(node) or not_eligible(node)
        leaves = [each] if each.outcome in (_APPROVE, _DENY) else _leaves(node, each, budget)
        for leaf in leaves:
            if leaf.outcome not in (_APPROVE, _DENY) or (found and not _same(found[0], leaf)):
                return verdict
            found.append(leaf)
    return _joined(found, w) if found else verdict


def _ways(case: Case, names: list[str], w: Weighing, *, of_logs: bool) -> Iterator[Case] | None:
    """The ways in which the first of these facts may be, of the logs' own or of the customer's."""
    names = [name for name in names if (BY_NAME[name].source in RECORDED) is of_logs]
    return completions(case, names, w.version, w.policy.shop.currency)


def _requirable(w: Weighing) -> set[str]:
    """All that the customer may still have to supply, whatever the unknown facts turn out to be."""
    payout = _PAYOUT in map(w.goes_to, w.plan.approving) or any(
        each.clause.confirmed == "payout" and w.confirms(each.clause) for each in w.plan.methods
    )
    found: set[str] = set()
    for each in w.plan.asking:
        if each.place is not None and w.held[each.place] is False:
            continue
        if each.clause.effect is not Effect.REVIEW or w.confirms(each.clause):
            found.update(each.missing(w.supplied, payout=payout))
    if not w.facts[_EVIDENCE] and any(rule.clause.evidence for rule in w.plan.approving):
        found.add("claim.evidence")
    read = {name for each in w.plan.methods if each.clause.when for name in each.clause.when.reads}
    if payout and _METHOD in read and w.facts[INDEX[_METHOD]] is UNKNOWN:
        found.add(_METHOD)
    return found | {name for name in _OPEN_TO_CUSTOMERS if w.facts[INDEX[name]] is UNKNOWN}


def _asked(w: Weighing, asking: list[Decision]) -> Decision:
    """One question for all that completions ask for, in the order of the plan."""
    missing = dict.fromkeys(name for each in asking for name in each.missing)
    ids = {name for each in asking for name in each.clauses}
    rules = (*w.plan.approving, *w.plan.methods)
    clauses = [rule.clause for rule in rules] + [each.clause for each in w.plan.asking]
    cited = {clause.id: clause for clause in clauses if clause.id in ids}
    return asked(w, [*cited.values()], [*missing])


def _same(one: Decision, other: Decision) -> bool:
    return (
        one.outcome is other.outcome
        and one.amount == other.amount
        and one.destination == other.destination
        and one.remedy == other.remedy
    )


def _joined(found: list[Decision], w: Weighing) -> Decision:
    """What they agree on; each clause that carries one of them, and of its deadlines the first."""
    first = found[0]
    return replace(
        first,
        clauses=tuple(dict.fromkeys(name for each in found for name in each.clauses)),
        deadlines={
            name: min(each.deadlines[name] for each in found)
            for name in first.deadlines
            if all(name in each.deadlines for each in found)
        },
        automatic=all(each.automatic for each in found),
        facts=w.facts,
        verdict=replace(
            first.verdict, held=tuple(w.plan.looked_at(w.held)), is_last=False, for_good=False
        ),
        plan=w.plan,
    )


def _told_apart(w: Weighing) -> list[str]:
    """The unknown facts of the order that leave an exclusion open."""
    return [name for name in w.open_exclusions() if name.startswith("order.")]
