"""What the examples of a version leave out, and those that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.policy.document import Effect
from portal.policy.examples import as_toml, run
from portal.workbench.at_work import at_work
from portal.workbench.problems import Kind, Problem

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from portal.policy.document import Clause
    from portal.workbench.searching import Search


def lacking(search: Search, *, dead: Container[str | None] = ()) -> Iterator[Problem]:
    """Clauses that no example shows at work, each with one to paste; those that are ``dead`` have none."""
    examples = search.version.examples
    shown = {name for example in examples for name in example.expect["clauses"]}
    timed = {name for example in examples for name in example.expect.get("deadlines", ())}
    for clause in search.version.clauses:
        if clause.effect is Effect.INFORM or clause.id in shown or clause.id in dead:
            continue
        if clause.effect is Effect.SET and timed & set(clause.deadlines):
            continue
        yield _lacking(search, clause)


def _lacking(search: Search, clause: Clause) -> Problem:
    text = f"no example shows {clause.id} at work"
    claim = at_work(search, clause)
    if claim is None:
        return Problem(Kind.NO_EXAMPLE, clause.id, text)
    verdict = search.decision(search.weighed(claim))
    return Problem(
        Kind.NO_EXAMPLE,
        clause.id,
        f"{text}; if this claim is decided as it should be, add it to the file",
        claim,
        paste=as_toml(f"{clause.id} at work", claim, verdict, search.version),
    )


def failing(search: Search) -> Iterator[Problem]:
    """The examples to which the version says something else than they expect."""
    for result in run(search.policy, search.version):
        if result.differences:
            example = result.example
            yield Problem(
                Kind.FAILING_EXAMPLE,
                next(iter(example.expect["clauses"]), None),
                f"the example {example.name!r} fails: {'; '.join(result.differences)}",
                dict(example.given),
                example=example.name,
            )
