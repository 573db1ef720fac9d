"""docs/policy-format.md: its blocks are a whole policy, and it has an example of every construct."""

import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from portal.policy.facts.table import REASONS
from portal.policy.file.examples import run
from portal.policy.file.reading import read
from portal.policy.file.schema import ExpectTable, Table
from portal.policy.file.values import DEADLINES
from portal.policy.language import tree as c
from portal.policy.language.clause import Amount, ClauseKind, Destination, Effect
from portal.policy.language.parsing import UNITS, parse
from portal.words.conditions import condition

PAGE = (Path(__file__).parents[3] / "docs" / "policy-format.md").read_text(encoding="utf-8")
ROWS = re.findall(
    r"^\| `([^`]+)` \| ([^`|]+) \|$", PAGE.partition("## Conditions")[2], re.MULTILINE
)


@pytest.fixture(scope="module")
def content():
    """The page's blocks, one after the other: what it says is a whole policy file."""
    return "".join(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))


def test_every_reason_is_listed():
    listed = re.search(r"The codes of the reasons that a shop may offer: (.*)\.", PAGE)[1]
    assert tuple(re.findall(r"`(\w+)`", listed)) == REASONS


@pytest.fixture(scope="module")
def policy(content):
    return read(content.encode(), "policy-format.md")


def trees(policy):
    for clause in policy.current.clauses:
        for each in (clause, clause.reversed):
            if each:
                found = (each.when, each.finding, each.person_when)
                yield from (test.tree for test in found if test)
    yield from (parse(text) for text, _ in ROWS)


def shapes(node):
    if isinstance(node, tuple):
        return {name for each in node for name in shapes(each)}
    if not is_dataclass(node):
        return set()
    inner = {name for field in fields(node) for name in shapes(getattr(node, field.name))}
    return inner | {type(node)}


def test_the_blocks_are_a_policy_whose_examples_hold(policy):
    assert [result.differences for result in run(policy, policy.current)] == [()] * 5


def test_every_condition_reads_as_the_page_says():
    assert len(ROWS) > 15
    assert [(text, condition(parse(text))) for text, _ in ROWS] == ROWS


def test_every_kind_effect_amount_and_destination_has_an_example(policy):
    clauses = policy.current.clauses
    assert {clause.effect for clause in clauses} == set(Effect)
    shown = {clause.kind for clause in clauses}
    # Kinds that only inform are all alike: one stands for them.
    alike = {ClauseKind.INFORMATION, ClauseKind.APPEAL, ClauseKind.EVIDENCE_WEIGHT}
    assert shown == set(ClauseKind) - alike
    assert all(f"{kind}" in PAGE for kind in alike)
    assert {clause.amount for clause in clauses} - {None} == set(Amount)
    assert {clause.destination for clause in clauses} - {None} == set(Destination)


def tables(kind=Table):
    """The tables of the schema, with their keys as a file has them."""
    for table in kind.__subclasses__():
        yield table, [field.alias or name for name, field in table.model_fields.items()]
        yield from tables(table)


def test_every_key_and_deadline_has_an_example(content):
    keys = {key for table, keys in tables() if table is not ExpectTable for key in keys}
    assert {"from", "appeal_review", "information_time", "reversed", "without", "yields_to"} < keys
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}( =|\])", content)] == []
    assert [name for name in DEADLINES if f"{name} = " not in content] == []
    assert [name for name in ExpectTable.model_fields if f"`{name}`" not in PAGE] == []


def test_every_shape_operator_and_unit_of_a_condition_has_an_example(policy):
    shown = set().union(*map(shapes, trees(policy)))
    assert shown == {
        c.And, c.By, c.Compare, c.Duration, c.Empty, c.FactTerm, c.Happened, c.In, c.Not,
        c.Number, c.Or, c.Stated, c.Sum, c.Word,
    }  # fmt: skip
    written = " ".join(text for text, _ in ROWS)
    assert [sign for sign in ("<", "<=", ">", ">=", "=") if f" {sign} " not in written] == []
    plurals = {unit for unit in UNITS if unit.endswith("s")} | {"months", "working days"}
    assert [unit for unit in sorted(plurals) if f"`{unit}`" not in PAGE] == []
