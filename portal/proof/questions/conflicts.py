"""Clauses that meet: contradictions, the precedences that settle them, and claims that none catches."""

from collections.abc import Iterator

import z3

from portal.policy.deciding.weighing import Standing, Weighing
from portal.policy.file.flaws import Flaw, FlawKind, StatedPrecedence
from portal.policy.language.clause import ClauseKind
from portal.policy.language.rule import Rule
from portal.proof.claims.search import Search
from portal.translation import kept_gettext

Found = tuple[list[Flaw], list[StatedPrecedence]]

_STANDS = (Standing.YES, Standing.PERSON)


def conflicts(search: Search) -> Found:
    """Each denying and approving clause that hold together, by whether the file says which wins.

    Overriding clauses come before all others, and an exclusion that rests only on the reason
    yields to what the logs prove (step 2 of docs/case-and-decision.md): these need no word.
    """
    problems: list[Flaw] = []
    settled: list[StatedPrecedence] = []
    for denying in search.verdicts.denying:
        clause = denying.clause
        if clause.kind is ClauseKind.OVERRIDING:
            continue
        pays = {rule.clause.id for rule in search.written}
        stated_of = (*clause.yields_to, *clause.beats)
        problems += [_idle(search, denying, other) for other in stated_of if other not in pays]
        for approving in search.written:
            other = approving.clause.id
            stated = [way for way in ("yields_to", "beats") if other in getattr(clause, way)]
            if not stated and approving.place in denying.beaten_by:
                continue
            loses = approving.place in denying.beaten_by
            claim = _meet(search, denying, approving, approving if loses else denying)
            if claim is None and stated and not _may_meet(search, denying, approving):
                problems.append(_idle(search, denying, other))
            elif claim is not None and not stated:
                problems.append(_contradiction(denying, other, claim))
            elif claim is not None and ("beats" in stated) is loses:
                problems.append(_not_kept(denying, other, claim, loses=loses))
            elif claim is not None:
                wins = other if loses else clause.id
                settled.append(StatedPrecedence(clause.id, other, wins, clause.because, claim))
    return _once(problems), _first(settled)


def holes(search: Search) -> Iterator[Flaw]:
    """For each reason offered, a claim that only the default clause catches, if there is one.

    A claim that merely comes too early is none.
    """
    verdicts, world = search.verdicts, search.world
    default = search.version.default
    later = [
        z3.And(opens.given, opens.value > world.facts["now"].value)
        for rule in search.version.program.opening
        if rule.clause.opens
        for opens in (world.terms.read(rule.clause.opens.term),)
    ]
    for reason in search.policy.shop.reasons:
        claim = search.claim(
            lambda w: _by_default(search, w),
            verdicts.by_default,
            world.is_reason(reason.code),
            z3.Not(z3.Or(later)),
        )
        if claim is not None:
            pointed = search.version.points.get(reason.code, ())
            caught = (default.id,) if default else pointed
            text = kept_gettext(
                "%(reason)s (%(code)s): no clause speaks of a claim like this; it is denied because nothing applies, citing %(clauses)s",
                reason=reason.label,
                code=reason.code,
                clauses=", ".join(caught),
            )
            yield Flaw(FlawKind.HOLE, default.id if default else None, text, claim, others=pointed)


def _by_default(search: Search, weighed: Weighing) -> bool:
    if any(weighed.held[rule.place] for rule in search.verdicts.denying):
        return False
    if any(weighed.standing(rule) is not Standing.NO for rule in search.verdicts.approving):
        return False
    verdict = search.decision(weighed)
    return verdict.outcome == "deny" and verdict.claimable_from is None


def _meet(search: Search, denying: Rule, approving: Rule, wins: Rule) -> dict[str, object] | None:
    """A claim on which both hold; one that the winner decides, where there is any."""
    verdicts = search.verdicts
    stands = verdicts.standings[approving.place]
    both = [verdicts.held[denying.place].yes, z3.Or(stands.yes, stands.person)]

    def hold(weighed: Weighing) -> bool:
        return weighed.held[denying.place] is True and weighed.standing(approving) in _STANDS

    def decides(weighed: Weighing) -> bool:
        verdict = search.decision(weighed)
        return hold(weighed) and verdict.clauses[:1] == (wins.clause.id,)

    before = [rule for rule in verdicts.approving if rule.place < wins.place]
    alone = [
        z3.Not(verdicts.carries[r.place]) for r in (*verdicts.denying, *before) if r is not wins
    ]
    return search.claim(
        decides, *both, verdicts.carries[wins.place], z3.Not(verdicts.ask), *alone
    ) or search.claim(hold, *both)


def _may_meet(search: Search, denying: Rule, approving: Rule) -> bool:
    held = search.verdicts.held
    return search.possible(held[denying.place].yes, held[approving.place].yes)


def _contradiction(denying: Rule, other: str, claim: dict[str, object]) -> Flaw:
    ours = denying.clause.id
    text = kept_gettext(
        '%(ours)s denies this claim and %(other)s approves it, and the file does not say which comes first: write beats = ["%(other)s"] or yields_to = ["%(other)s"] in %(ours)s, with because',
        ours=ours,
        other=other,
    )
    return Flaw(FlawKind.CONTRADICTION, ours, text, claim, others=(other,))


def _idle(search: Search, denying: Rule, other: str) -> Flaw:
    """The stated order that never matters, with a claim on which the denying clause alone holds."""
    ours = denying.clause.id
    held = search.verdicts.held[denying.place].yes
    text = kept_gettext(
        "%(ours)s states an order with %(other)s, and no claim that %(ours)s denies is one that %(other)s approves: take %(other)s out",
        ours=ours,
        other=other,
    )
    claim = search.claim(lambda weighed: weighed.held[denying.place] is True, held)
    return Flaw(FlawKind.IDLE_PRECEDENCE, ours, text, claim, others=(other,))


def _not_kept(denying: Rule, other: str, claim: dict[str, object], *, loses: bool) -> Flaw:
    ours = denying.clause.id
    way = (
        kept_gettext("%(other)s decides, since the logs prove it", other=other)
        if loses
        else kept_gettext("%(ours)s decides", ours=ours)
    )
    text = kept_gettext(
        "%(ours)s says that it comes before %(other)s, and on this claim %(way)s",
        ours=ours,
        other=other,
        way=way,
    )
    return Flaw(FlawKind.PRECEDENCE_NOT_KEPT, ours, text, claim, others=(other,))


def _once(problems: list[Flaw]) -> list[Flaw]:
    """One for each kind and pair: a clause and its other way round have the same number."""
    return list({(each.kind, each.text): each for each in problems}.values())


def _first(settled: list[StatedPrecedence]) -> list[StatedPrecedence]:
    found: dict[tuple[str, str], StatedPrecedence] = {}
    for each in settled:
        found.setdefault((each.clause, each.other), each)
    return list(found.values())
