"""A policy's edges: on both sides of each test, each second that counts, and fit to be pasted."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from portal.edges.edges import edges
from portal.edges.reaching import Reaching, in_context
from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.facts.table import Type
from portal.policy.file.examples import as_toml, run
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import read, shops
from portal.policy.language.closures import compile_term
from portal.policy.language.tree import Compare, type_of
from tests.edges.edges_for import EACH_SHOP, edges_of
from tests.sizes import by_turns, part

SECOND = timedelta(seconds=1)
PASTED = ("client-numbers", "numberplug")


def single_tests(version):
    """Each single test with what has to be so of the others, for it alone to decide its clause."""
    for clause in version.clauses:
        for each in (clause, clause.reversed):
            if each is None:
                continue
            when = [(each.when.tree, True)] if each.when else []
            person = [(each.person_when.tree, True)] if each.person_when else []
            for condition, goals in (
                (each.when, []),
                (each.person_when, when),
                (each.finding, when + person),
            ):
                if condition:
                    for test, context in in_context(condition.tree, tuple(goals)):
                        yield each.id, test, context


@pytest.mark.long
@pytest.mark.exhaustive
@pytest.mark.parametrize("shop", part(EACH_SHOP, 3, every=5))
def test_of_each_test_two_claims_show_that_it_alone_decides(shop):
    policy = shops()[shop]
    reaching = Reaching(policy, policy.current)
    claims = [reaching.facts(edge.case) for edge in edges_of(shop)]

    def meets(goals, facts):
        return all(reaching.says(tree, facts) is wanted for tree, wanted in goals)

    without = [
        (clause, test, wanted)
        for clause, test, context in single_tests(policy.current)
        for wanted in (True, False)
        if not any(meets([(test, wanted), *context], facts) for facts in claims)
    ]
    assert without == []


@pytest.mark.long
@pytest.mark.exhaustive
@pytest.mark.parametrize("shop", part(EACH_SHOP, 3, every=5))
def test_of_each_comparison_three_claims_are_a_second_apart(shop):
    policy = shops()[shop]
    calendar = policy.current.calendar
    reaching = Reaching(policy, policy.current)
    facts = [reaching.facts(edge.case) for edge in edges_of(shop)]
    without = []
    for clause, test, _ in single_tests(policy.current):
        if not isinstance(test, Compare) or type_of(test.left) not in (Type.TIME, Type.DURATION):
            continue
        one, other = compile_term(test.left, calendar), compile_term(test.right, calendar)
        kinds = (datetime, timedelta)
        sides = [(one(each), other(each)) for each in facts]
        apart = {a - b for a, b in sides if isinstance(a, kinds) and isinstance(b, kinds)}
        without += [(clause, test, by) for by in (-SECOND, 0 * SECOND, SECOND) if by not in apart]
    assert without == []


@pytest.mark.long
@pytest.mark.exhaustive
@pytest.mark.parametrize("shop", part(EACH_SHOP, 3, every=5))
def test_an_edge_is_a_claim_with_what_the_version_says_to_it(shop):
    policy = shops()[shop]
    found = edges_of(shop)
    assert len({edge.name for edge in found}) == len(found)
    for edge in found:
        assert edge.decision == decide(parse(edge.case), policy, policy.current)


@pytest.mark.long
@pytest.mark.xdist_group("edges-numberplug")
def test_the_same_version_always_has_the_same_edges():
    policy = shops()["numberplug"]
    again = edges(policy, policy.current)
    assert [(e.name, e.case) for e in again] == [(e.name, e.case) for e in edges_of("numberplug")]


@by_turns("shop", [shop for shop in EACH_SHOP if {*shop.values} <= {*PASTED}], 1)
def test_each_edge_can_be_pasted_into_the_file_as_an_example(shop):
    text = (SHOPS / f"{shop}.toml").read_text(encoding="utf-8")
    before_examples = text[: text.index("[[version.example]]")]
    version = shops()[shop].current
    pasted = [as_toml(e.name, e.case, e.decision, version) for e in edges_of(shop)]
    policy = read((before_examples + "\n".join(pasted)).encode(), "pasted.toml")
    assert [dict(e.given) for e in policy.current.examples] == [e.case for e in edges_of(shop)]
    assert [r.differences for r in run(policy, policy.current) if r.differences] == []


def test_a_version_without_examples_has_no_edges():
    text = (SHOPS / "client-numbers.toml").read_text(encoding="utf-8")
    policy = read(text[: text.index("[version.ordinary")].encode(), "none.toml")
    assert edges(policy, policy.current) == ()


@pytest.mark.xdist_group("edges-numberplug")
def test_an_edge_says_what_it_is_the_edge_of():
    names = [edge.name for edge in edges_of("numberplug")]
    said = "NP-3.5: the order was cancelled more than 30 seconds after it was placed"
    assert [name for name in names if re.fullmatch(re.escape(said) + ".*", name)][:3] == [
        f"{said}: a second before",
        f"{said}: at",
        f"{said}: a second after",
    ]
    at = next(edge for edge in edges_of("numberplug") if edge.name == f"{said}: at")
    moments = [
        datetime.fromisoformat(at.case["order"][key]) for key in ("ordered_at", "cancelled_at")
    ]
    assert moments == [
        datetime(2026, 3, 2, 10, tzinfo=UTC),
        datetime(2026, 3, 2, 10, 0, 30, tzinfo=UTC),
    ]
