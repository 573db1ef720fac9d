"""The seven steps that hold for every policy (docs/case-and-decision.md), up to the last."""

from collections.abc import Iterable, Sequence
from typing import Any

from portal.money import Money
from portal.policy.deciding.amounts import facts_of, is_returned
from portal.policy.deciding.balance import open_lists
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.plan import went_back
from portal.policy.deciding.weighing import OPEN, PERSON, REFUTED, YES, Standing, Weighing
from portal.policy.facts.table import BALANCE_REASONS, BY_NAME, INDEX, UNKNOWN, Source
from portal.policy.language.clause import Amount, Clause, Destination, Effect
from portal.policy.language.closures import known
from portal.policy.language.rule import Rule
from portal.policy.language.verdict import Outcome

_REASON, _EVIDENCE = INDEX["claim.reason"], INDEX["claim.evidence"]
# An enum's member costs a call to look up; these are read in every case.
_APPROVE, _DENY, _NEEDS_INFORMATION, _REVIEW = Outcome
_PAYOUT, _REFUNDABLE, _CUSTOMER = Destination.PAYOUT, Amount.REFUNDABLE, Source.CUSTOMER
_ANOTHER_WAY = "claim.payout"  # what is asked for where the way that was chosen can't be gone


def verdict_of(w: Weighing) -> Decision | None:
    """Take the steps in their order; None where only the last one is left (engine.py)."""
    excluded = _excluded(w)
    if excluded is not None:
        return excluded
    for rule in w.plan.approving:
        if w.held[rule.place] is not False:
            w.standings[w.standing(rule)].append(rule)
    _speak_last(w)
    refused = _already_refunded(w)
    if refused is not None:
        return refused
    verdict = unasked(w)
    if verdict is None or verdict.outcome is _DENY:
        return verdict
    return _incomplete(w) or verdict


def _excluded(w: Weighing) -> Decision | None:
    """Steps 1 and 2; and a claim that says no reason is asked for it."""
    overriding = [rule for rule in w.plan.overriding if w.held[rule.place]]
    if overriding:
        return _deny(w, overriding, excluded=True)
    if w.facts[_REASON] is UNKNOWN:
        return asked(w, [each.clause for each in w.plan.asking], ["claim.reason"])
    excluding: list[Rule] = []
    for rule in w.plan.denying:
        if w.held[rule.place] is not False:
            excludes = w.excludes(rule)
            if excludes:
                excluding.append(rule)
            elif excludes is None:
                w.undecided.append(rule)
    if excluding:
        return _deny(w, excluding, excluded=True)
    return None


def _speak_last(w: Weighing) -> None:
    """Step 6: of `other`, the clause under which a person looks at it speaks where none else does.

    While others are open it waits for them, so that it never enlarges what they pay.
    """
    if w.facts[_REASON] != "other":
        return
    last = [rule for rule in w.of(*Standing) if rule.clause.id == w.version.fallback]
    for rule in last:
        others = [
            standing
            for standing in (YES, PERSON, REFUTED, OPEN)
            if any(each is not rule for each in w.standings[standing])
        ]
        held_by = next(each for each in w.standings if rule in each)
        if others and others != [OPEN]:
            held_by.remove(rule)
        elif others and held_by is w.standings[YES]:
            held_by.remove(rule)
            w.standings[OPEN].append(rule)


def unasked(w: Weighing) -> Decision | None:
    """Steps 5 and 6 alone: what they come to where nothing that is required is missing."""
    return _approved(w) or _waiting(w) or _refuted(w)


def _already_refunded(w: Weighing) -> Decision | None:
    """Step 3: what went back leaves nothing to pay; a clause that alone has nothing left pays nothing."""
    if w.facts[_REASON] in BALANCE_REASONS or not went_back(w.facts):
        return None
    returned, stands = is_returned(w.facts), w.of(YES, PERSON, OPEN)
    left = {rule.place for rule in stands if not (returned or w.is_spent(rule))}
    for rules in (w.standings[YES], w.standings[PERSON], w.standings[OPEN]):
        if rules and not left:
            return _deny(w, rules)
        rules[:] = [rule for rule in rules if rule.place in left]
    return None


def _incomplete(w: Weighing) -> Decision | None:
    """Step 4: required information is missing that could still lead to an approval."""
    candidates = w.of(YES, PERSON, OPEN)
    settled = bool(w.standings[YES])
    asking: list[Clause] = []
    missing: dict[str, None] = {}
    ways = [each for each in w.plan.methods if w.held[each.place] is not False]
    payout = _PAYOUT in map(w.goes_to, candidates) or any(
        way.clause.confirmed == "payout" and w.asked_after(way.clause, candidates) for way in ways
    )
    for each in w.plan.asking:
        clause = each.clause
        if each.place is not None and w.held[each.place] is False:
            continue
        if settled and clause.only_unsettled:
            continue
        if clause.effect is Effect.REVIEW and not w.asked_after(clause, candidates):
            continue
        names = each.missing(w.supplied, payout=payout)
        if names:
            asking.append(clause)
            missing.update(dict.fromkeys(names))
    if not settled and not w.facts[_EVIDENCE]:
        wanting = [rule.clause for rule in w.of(PERSON, OPEN) if rule.clause.evidence]
        if wanting:
            asking = wanting + asking
            missing["claim.evidence"] = None
    return asked(w, asking, list(missing)) if missing else None


def _approved(w: Weighing) -> Decision | None:
    rules = w.standings[YES]
    if not rules:
        return None
    replacing = [rule for rule in rules if w.replaces(rule)]
    if replacing:  # the remedy is the customer's choice, whatever else would return the price
        names = w.open_exclusions() + w.refund_unknown
        return _unsettled(w, replacing, names) if names else _replaced(w, replacing)
    valued = [(rule, w.amount(rule)) for rule in rules]
    known = [(rule, amount) for rule, amount in valued if amount is not UNKNOWN]
    if not known:
        names = [name for rule in rules for name in facts_of(rule.pays, w.facts)]
        return _unsettled(w, rules, [*names, *w.open_exclusions()])
    best, amount = max(known, key=lambda each: (w.goes_to(each[0]) is w.asked, each[1].minor))
    destination = w.goes_to(best)
    carrying = [rule for rule, value in known if value == amount and w.goes_to(rule) is destination]
    rivals = [rule for rule in w.standings[OPEN] if _could_better(w, rule, best, amount)]
    names = w.open_exclusions() + w.open_rules(rivals) + w.refund_unknown
    if len(known) < len(valued) and amount != w.most and best.pays is not _REFUNDABLE:
        for rule, value in valued:
            if value is UNKNOWN:
                names += facts_of(rule.pays, w.facts)
    if names:
        return _unsettled(w, carrying + rivals, names)
    return _settle(w, carrying, amount, destination)


def _replaced(w: Weighing, carrying: list[Rule]) -> Decision:
    return w.made(
        _APPROVE,
        [rule.clause for rule in carrying],
        destination=str(w.goes_to(carrying[0])),
        remedy="replacement",
    )


def _could_better(w: Weighing, rule: Rule, best: Rule, amount: Money) -> bool:
    goes = w.goes_to(rule)
    if goes is not w.goes_to(best) and goes is w.asked:
        return True
    return rule.pays is not best.pays and amount != w.most


def _settle(w: Weighing, carrying: list[Rule], amount: Money, goes: Destination) -> Decision:
    """Approve, unless a clause about the way of paying needs a person first."""
    cited = [rule.clause for rule in carrying]
    for method in w.plan.methods:
        clause, held = method.clause, w.held[method.place]
        if clause.on is not goes or held is False or clause.finding is None:
            continue
        if held is None and clause.when is not None:
            return _unsettled(w, [method], clause.when.open_facts(w.facts))
        found = clause.finding.holds(w.facts)
        if found is None:
            return _unsettled(w, [method], clause.finding.open_facts(w.facts))
        if not found and clause.refused == "deny":
            return _deny(w, [method])
        if not found and clause.refused == "ask":
            return asked(w, [clause], [_ANOTHER_WAY])
        goes = Destination(clause.confirmed if found else clause.refused)
        cited.append(clause)
        break
    return w.made(
        _APPROVE,
        cited,
        destination=str(goes),
        remedy="refund",
        amount=amount,
        clocks=w.clocks("payout_", carrying, goes),
        by_itself=goes is not _PAYOUT
        and any(rule.proved_by_logs and rule.clause.automatic for rule in carrying)
        and not any(rule.clause.person_when and _needs_person(w, rule) for rule in carrying),
    )


def _needs_person(w: Weighing, rule: Rule) -> bool:
    """Whether a clause that asks for a person only at times does so now."""
    when = rule.clause.person_when
    return when is not None and when.holds(w.facts) is not False


def _waiting(w: Weighing) -> Decision | None:
    people, unknown = w.standings[PERSON], w.standings[OPEN]
    if not people and not unknown:
        return None
    names = [
        name
        for rule in people
        if rule.clause.finding
        for name in rule.clause.finding.open_facts(w.facts)[:1]  # one after the other
    ]
    names += w.open_rules(unknown) + w.open_exclusions()
    cited = people + unknown
    for method in w.plan.methods:
        clause = method.clause
        likely = any(w.goes_to(rule) is clause.on for rule in cited)
        if likely and w.held[method.place] is True and clause.finding:
            wanted = clause.finding.open_facts(w.facts)
            names += wanted
            cited = [*cited, method] if wanted else cited
    return _unsettled(w, cited, names)


def _refuted(w: Weighing) -> Decision | None:
    """The findings that settled a clause against the claim."""
    rules = w.standings[REFUTED]
    if not rules:
        return None
    return w.made(_DENY, [w.version.default] if w.version.default else [r.clause for r in rules])


def not_eligible(w: Weighing) -> Decision:
    """Step 7: nothing returns the price, or nothing does so yet."""
    default = w.version.default
    return w.made(
        _DENY,
        [default] if default else [],
        cited=() if default else w.version.points.get(str(w.facts[_REASON]), ()),
        is_last=True,
    )


def _deny(w: Weighing, rules: list[Rule], *, excluded: bool = False) -> Decision:
    w.excluded = excluded
    for_good = excluded and any(rule.at_any_time and not rule.beaten_by for rule in rules)
    return w.made(_DENY, [rule.clause for rule in rules], for_good=for_good)


def asked(w: Weighing, clauses: list[Clause], missing: list[str]) -> Decision:
    """What the customer is asked for, and by which clauses."""
    return w.made(
        _NEEDS_INFORMATION,
        clauses,
        missing=tuple(missing),
        clocks=w.clocks("information_", [], None),
    )


def _unsettled(w: Weighing, rules: list[Rule], names: Iterable[str]) -> Decision:
    """Unknown facts decide: ask the customer for theirs, else send it to a person."""
    names = list(dict.fromkeys(names))
    customer = [name for name in names if BY_NAME[name].source is _CUSTOMER]
    if customer:
        return asked(w, [rule.clause for rule in rules], customer)
    return w.made(
        _REVIEW,
        [rule.clause for rule in rules],
        awaiting=_paths(names, w.facts, w.case.absent, open_lists(w.case)),
        clocks=w.clocks("review_", rules, None),
    )


def _paths(
    names: Iterable[str], facts: Sequence[Any], absent: frozenset[str], lists: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Where to supply the unknown facts ``names``: contract paths, an absent object by its own.

    ``lists`` are the lists with unknown rows, which stand for what is derived from them.
    """
    found: dict[str, None] = {}
    for name in names:
        fact = BY_NAME[name]
        under = [n for n in fact.stands_on if n in lists or not known(n, facts)]
        under = under or list(fact.stands_on)
        for path in under or [name]:
            top = path.partition(".")[0]
            found[top if top in absent and top in ("order", "account") else path] = None
    return tuple(found)
