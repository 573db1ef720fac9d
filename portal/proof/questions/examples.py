"""What the examples of a version leave out, and those that fail."""

from collections.abc import Container, Iterator

from portal.policy.file.examples import as_toml, run
from portal.policy.file.flaws import Flaw, FlawKind
from portal.policy.language.clause import Clause, Effect
from portal.proof.claims.at_work import at_work
from portal.proof.claims.search import Search
from portal.translation import kept_gettext, kept_list


def lacking(search: Search, *, dead: Container[str | None] = ()) -> Iterator[Flaw]:
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


def _lacking(search: Search, clause: Clause) -> Flaw:
    text = kept_gettext("no example shows %(clause)s at work", clause=clause.id)
    claim = at_work(search, clause)
    if claim is None:
        return Flaw(FlawKind.NO_EXAMPLE, clause.id, text)
    verdict = search.decision(search.weighed(claim))
    text = kept_gettext(
        "%(finding)s; if this claim is decided as it should be, add it to the file",
        finding=text,
    )
    paste = as_toml(f"{clause.id} at work", claim, verdict, search.version)
    return Flaw(FlawKind.NO_EXAMPLE, clause.id, text, claim, paste=paste)


def failing(search: Search) -> Iterator[Flaw]:
    """The examples to which the version says something else than they expect."""
    for result in run(search.policy, search.version):
        if result.differences:
            example = result.example
            text = kept_gettext(
                "the example %(example)s fails: %(differences)s",
                example=repr(example.name),
                differences=kept_list(result.differences, between="; "),
            )
            clause, given = next(iter(example.expect["clauses"]), None), dict(example.given)
            yield Flaw(FlawKind.FAILING_EXAMPLE, clause, text, given, example=example.name)
