"""What a policy needs from people: answers, findings, and examples of each clause."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import z3

from portal.policy import findings
from portal.policy.conditions import And, Compare, In, Not, Or, Stated, Word
from portal.policy.document import Effect
from portal.policy.examples import run
from portal.policy.facts import BY_NAME, Source
from portal.workbench.problems import Kind, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.policy.document import Clause, Policy, Reason, Version
    from portal.workbench.searching import Search

# Every claim has these, whatever its reason asks: its own pages ask for them.
_ALWAYS_ASKED = frozenset(
    {
        "account.email", "claim.reason", "claim.order_reference", "claim.destination",
        "claim.payout", "claim.payout.method", "claim.evidence",
    }
)  # fmt: skip


def unsupplied(search: Search) -> Iterator[Problem]:
    """Customers' facts that no reason asks for, and findings that no screen offers."""
    asked = {name for reason in search.policy.shop.reasons for name in reason.asks}
    offered = findings.offered(search.version)
    for clause in search.version.clauses:
        for name in sorted(_reads(clause)):
            source = BY_NAME[name].source
            if source is Source.CUSTOMER and name not in asked | _ALWAYS_ASKED:
                yield Problem(
                    Kind.NOBODY_SUPPLIES,
                    clause.id,
                    f"{clause.id} reads {name}, and no reason asks the customer for it: "
                    "add it to the asks of a reason",
                )
            elif (
                source is Source.REVIEWER
                and name not in offered
                and not name.startswith("findings.information_")
            ):
                yield Problem(
                    Kind.NOBODY_SUPPLIES,
                    clause.id,
                    f"{clause.id} counts a deadline from {name}, and no condition asks a reviewer "
                    "for it",
                )


def _reads(clause: Clause) -> set[str]:
    found: set[str] = {*clause.requires, *clause.requires_for_payout}
    for each in (clause, clause.reversed):
        if each is None:
            continue
        instants = [*each.deadlines.values(), each.opens]
        for part in (each.when, each.finding, each.person_when, *instants):
            found |= set(part.reads) if part else set()
        if each.remedy_asked:
            found.add("claim.remedy")
    return found


def unanswered(search: Search) -> Iterator[Problem]:
    """Reasons offered to customers for which nothing but the default is left to say.

    A reason is answered where a clause speaks of it, or where a clause that it points to can hold.
    """
    for reason in search.policy.shop.reasons:
        if not _is_answered(search, reason):
            claim = search.claim(
                lambda w: not any(w.held[rule.place] for rule in search.verdicts.approving),
                search.world.is_reason(reason.code),
            )
            yield Problem(
                Kind.UNANSWERED,
                None,
                f"the reason {reason.code} ({reason.label!r}) is offered, and no clause answers it: "
                "every such claim is denied for want of a clause",
                claim,
            )


def _is_answered(search: Search, reason: Reason) -> bool:
    verdicts, world = search.verdicts, search.world
    if reason.code == "other":
        return True
    # A reason that is not known rules no clause out: the claim has to give this one.
    given = (world.facts["claim.reason"].known, world.is_reason(reason.code))
    pointed = search.version.points.get(reason.code, ())
    answers = []
    for rule in (*verdicts.denying, *search.written):
        when = rule.clause.when
        if rule.clause.id in pointed or (when and reason.code in words(when.tree)):
            answers.append(verdicts.held[rule.place].yes)
    return search.possible(*given, z3.Or(answers))


def words(part: object) -> Iterator[object]:
    """The words that a condition compares with."""
    match part:
        case Word(value):
            yield value
        case In(_, values):
            yield from values
        case tuple():
            for each in part:
                yield from words(each)
        case Compare() | Not() | Stated() | And() | Or():
            for field in fields(part):
                yield from words(getattr(part, field.name))


def examples_lacking(policy: Policy, version: Version) -> Iterator[Problem]:
    """Clauses that no example shows at work, and examples that fail."""
    shown = {name for example in version.examples for name in example.expect["clauses"]}
    timed = {name for example in version.examples for name in example.expect.get("deadlines", ())}
    for clause in version.clauses:
        if clause.effect is Effect.INFORM or clause.id in shown:
            continue
        if clause.effect is Effect.SET and timed & set(clause.deadlines):
            continue
        yield Problem(Kind.NO_EXAMPLE, clause.id, f"no example shows {clause.id} at work")
    for result in run(policy, version):
        if result.differences:
            yield Problem(
                Kind.FAILING_EXAMPLE,
                next(iter(result.example.expect["clauses"]), None),
                f"the example {result.example.name!r} fails: {'; '.join(result.differences)}",
                dict(result.example.given),
            )
