"""In a language that nobody speaks, nothing that is said of a policy is left in plain letters."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from portal.advice.nearest_miss import said_of
from portal.policy.deciding.case import parse as parse_case
from portal.policy.facts.table import ALL, Type
from portal.policy.file.reading import shops
from portal.policy.language.json_values import CaseError
from portal.policy.language.parsing import parse
from portal.policy.language.tree import ConditionError, Not
from portal.words.aspects import aspects, shop_wide
from portal.words.clauses import applies, clause
from portal.words.conditions import condition, fact
from portal.words.diagram import drawing, steps
from portal.words.differences import differences
from tests import pseudo
from tests.words.atoms import atoms

pytestmark = pytest.mark.usefixtures("pseudo_language")
# A list's last "and" and "or" are Babel's, which has the English "or" for Esperanto.
LISTS = pseudo.known(["kaj", "or"])
CASES = Path(__file__).parents[1] / "policy" / "cases"


def of_the_shop(version):
    """What a version says in the shop's own words: they are nobody's to translate but the shop's."""
    days = version.calendar
    found = [
        "kaj",
        "or",
        version.fallback,
        str(version.automatic_limit),
        days.country,
        str(days.zone),
    ]
    for each in version.clauses:
        found += [each.id, each.wording, each.part, each.reading, each.because]
        found += [each.reversed.id] if each.reversed else []
    return [each for each in found if each]


def told(version):
    """All that is said of a version in the portal's own words."""
    for each in version.clauses:
        yield from (clause(each), applies(each))
        for about, aspect in aspects(each).items():
            yield from (str(about), aspect.words)
    for about, aspect in shop_wide(version).items():
        yield from (str(about), aspect.words)
    for reason in (None, *version.points):
        way = steps(version, reason)
        for step in way:
            yield from (str(step.title), str(step.when), str(step.end.value))
            yield from (rule.words for rule in step.rules)
        yield from (line.text for box in drawing(way, wordy=False).boxes for line in box.lines)


@pytest.mark.parametrize("shop", sorted(shops()))
def test_a_shop_s_policy_is_said_whole(shop):
    for version in shops()[shop].versions:
        data = pseudo.known(of_the_shop(version))
        assert {text for text in told(version) if pseudo.plain(text, data)} == set()


def test_every_test_of_every_fact_is_said_whole():
    trees = [tree for text in atoms() for tree in (parse(text), Not(parse(text)))]
    assert {text for tree in trees if pseudo.plain(text := condition(tree), LISTS)} == set()
    assert [each.name for each in ALL if pseudo.plain(fact(each.name), LISTS)] == []


def test_a_difference_is_said_whole():
    policies = shops().values()
    pairs = [pair for policy in policies for pair in pairwise(policy.versions)]
    pairs += list(pairwise(policy.current for policy in policies))
    for old, new in pairs:
        data = pseudo.known(of_the_shop(old) + of_the_shop(new))
        for each in differences(old, new):
            texts = (str(each.about), each.was, each.now, each.values)
            assert [pseudo.plain(text, data) for text in texts] == ["", "", "", ""]


@pytest.mark.parametrize("shop", sorted(shops()))
def test_what_would_have_helped_is_said_whole(shop):
    policy, told_of = shops()[shop], 0
    for line in (CASES / f"{shop}.jsonl").read_text().splitlines()[::5]:
        try:
            said = said_of(parse_case(json.loads(line)["case"]), policy)
        except CaseError:
            continue
        told_of += said is not None
        assert pseudo.plain(said or "", LISTS) == ""
    assert told_of > 2


def test_each_word_of_the_table_of_facts_is_translated():
    kept = {
        text
        for each in ALL
        for text in (
            each.noun, each.label, each.staff_label, each.yes, each.no, each.missing,
            each.unconfirmed, *(each.over or ()), *each.again.values(),
            *(said for pair in each.words.values() for said in pair),
            *(words for asked in filter(None, [each.asks, each.asks_when, each.form])
              for words in (asked.title, asked.hint, asked.never, asked.applies, asked.empty,
                            *asked.answers.values())),
        )
        if pseudo.plain(str(text).replace("%(length)s", "").replace("%(times)s", ""), LISTS)
    }  # fmt: skip
    assert kept == set()
    assert {each.type for each in ALL} == set(Type)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("order.cancelled_at", ["order.cancelled_at"]),
        ("order.kind = plane", ["order.kind", "plane", "order.kind = plane"]),
        ("order.kind happened", ["order.kind", "order.kind happened"]),
        ("now > order.expires_at + 5", ["seconds, minutes, hours, days, months, working days",
                                        "now > order.expires_at + 5"]),
        ("order.spoon happened", ["order.spoon", "order.spoon happened"]),
        ("(order.operational", ["order.operational", "(order.operational"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_condition_is_said_whole(text, data):
    with pytest.raises(ConditionError) as refused:
        parse(text)
    assert pseudo.plain(str(refused.value), pseudo.known([repr(text), *data])) == ""
