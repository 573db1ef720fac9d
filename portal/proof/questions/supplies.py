"""What a policy needs from people: answers of customers, findings of reviewers."""

from collections.abc import Iterator

import z3

from portal.policy.deciding.case import CaseFile
from portal.policy.deciding.document import OfferedReason
from portal.policy.deciding.weighing import Weighing
from portal.policy.facts.table import BY_NAME, Source
from portal.policy.file import findings
from portal.policy.file.flaws import Flaw, FlawKind
from portal.policy.language.clause import Clause
from portal.policy.language.rule import Rule
from portal.policy.language.tree import words
from portal.proof.claims.at_work import at_work, outcome_of, reads
from portal.proof.claims.search import Search
from portal.translation import kept_gettext, lazy_gettext as _

# Every claim has these, whatever its reason asks: its own pages ask for them.
_ALWAYS_ASKED = frozenset(
    {
        "account.email", "claim.reason", "claim.order_reference", "claim.destination",
        "claim.payout", "claim.payout.method", "claim.evidence",
    }
)  # fmt: skip
# What is wrong, and what the claim beside it shows.
_UNASKED = _(
    "%(clause)s reads %(fact)s, and no reason asks the customer for it: add it to the asks of a reason"
)
_UNFOUND = _("%(clause)s counts a deadline from %(fact)s, and no condition asks a reviewer for it")
_WAITS = _("%(finding)s; this claim waits for it")
_UNDATED = _("%(finding)s; this claim goes without")
_AT_WORK = _("%(finding)s; with it %(clause)s would have its say on this claim")


def unsupplied(search: Search) -> Iterator[Flaw]:
    """Customers' facts that no reason asks for, and findings that no screen offers."""
    asked = {name for reason in search.policy.shop.reasons for name in reason.asks}
    offered = findings.offered(search.version)
    for clause in search.version.clauses:
        for name in sorted(reads(clause)):
            source = BY_NAME[name].source
            if source is Source.CUSTOMER and name not in asked | _ALWAYS_ASKED:
                text = _UNASKED
                claim, shown = _waiting(search, clause, name), _WAITS
            elif (
                source is Source.REVIEWER
                and name not in offered
                and not name.startswith("findings.information_")
            ):
                text = _UNFOUND
                claim, shown = _undated(search, clause, name), _UNDATED
            else:
                continue
            if claim is None:
                claim, shown = at_work(search, clause), _AT_WORK
            said = kept_gettext(text, clause=clause.id, fact=name)
            if claim:
                said = kept_gettext(shown, finding=said, clause=clause.id)
            yield Flaw(FlawKind.NOBODY_SUPPLIES, clause.id, said, claim)


def _waiting(search: Search, clause: Clause, name: str) -> CaseFile | None:
    """A claim that is not decided because nobody has said ``name``, which the clause reads."""
    verdicts = search.verdicts
    waits = [verdicts.held[r.place].open for r in _rules(search, clause)]
    waits += [applies for asking, applies in verdicts.asks if asking is clause]
    unknown = z3.Not(search.world.facts[name].known)

    def shows(weighed: Weighing) -> bool:
        verdict = search.decision(weighed)
        return name in (*verdict.missing, *verdict.awaiting)

    return search.claim(shows, unknown, z3.Or(waits), z3.Or(verdicts.ask, verdicts.open))


def _undated(search: Search, clause: Clause, name: str) -> CaseFile | None:
    """A claim that should have a deadline from ``name``, and has none."""
    for deadline, at in clause.deadlines.items():
        if name in at.reads:
            outcome = outcome_of(deadline)

            def shows(weighed: Weighing, deadline: str = deadline, outcome: str = outcome) -> bool:
                verdict = search.decision(weighed)
                return verdict.outcome == outcome and deadline not in verdict.deadlines

            never = z3.Not(search.world.facts[name].given)
            return search.claim(shows, search.verdicts.sets(clause, deadline), never)
    return None


def _rules(search: Search, clause: Clause) -> list[Rule]:
    own = {id(each) for each in clause.sides}
    return [rule for rule in search.version.program.rules if id(rule.clause) in own]


def unanswered(search: Search) -> Iterator[Flaw]:
    """Reasons offered to customers for which nothing but the default is left to say.

    A reason is answered where a clause speaks of it, or where a clause that it points to can hold.
    """
    approving = search.verdicts.approving
    unheld = [search.verdicts.held[rule.place].no for rule in approving]
    for reason in search.policy.shop.reasons:
        if not _is_answered(search, reason):
            claim = search.claim(
                lambda w: not any(w.held[rule.place] for rule in approving),
                search.world.is_reason(reason.code),
                *unheld,
            )
            text = kept_gettext(
                "the reason %(code)s (%(label)s) is offered, and no clause answers it: such a claim is denied for want of a clause, unless the logs show something else",
                code=reason.code,
                label=repr(reason.label),
            )
            yield Flaw(FlawKind.UNANSWERED, None, text, claim)


def _is_answered(search: Search, reason: OfferedReason) -> bool:
    verdicts, world = search.verdicts, search.world
    if reason.code == "other":
        return True
    # A reason that is not known rules no clause out: the claim has to give this one.
    given = (world.facts["claim.reason"].known, world.is_reason(reason.code))
    pointed = search.version.points.get(reason.code, ())
    answers = []
    for rule in (*verdicts.denying, *search.written):
        when = rule.clause.when
        if rule.clause.id in pointed or (
            when and ("claim.reason", reason.code) in words(when.tree)
        ):
            answers.append(verdicts.held[rule.place].yes)
    return search.possible(*given, z3.Or(answers))
