"""Which mutants a module has, which are left out by rule, and that each said to mean the same is one."""

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from tests.mutation.changes import changes
from tests.mutation.modules import ALIKE, MODULES
from tests.mutation.results import Results, name, table

ROOT = Path(__file__).parents[2]


def mutants(source):
    """Each change's name, and the line of the first statement that differs."""
    source = dedent(source).strip()
    before = ast.unparse(ast.parse(source)).splitlines()
    for place in range(len(list(changes(source, ast.parse(source))))):
        tree = ast.parse(source)
        change = list(changes(source, tree))[place]
        change.apply()
        after = ast.unparse(tree).splitlines()
        differing = [new.strip() for old, new in zip(before, after, strict=False) if old != new]
        yield change.what, differing[0]


def test_each_slip_of_a_hand_is_tried():
    source = """
        def owed(price, gone, *, all_of_it=False):
            if price < gone and not all_of_it:
                raise ValueError
            left = max(price - gone, 1)
            note(left)
            return left
    """
    assert list(mutants(source)) == [
        ("False becomes True", "def owed(price, gone, *, all_of_it=True):"),
        ("the condition negated", "if not (price < gone and (not all_of_it)):"),
        ("And becomes Or", "if price < gone or not all_of_it:"),
        ("Lt becomes LtE", "if price <= gone and (not all_of_it):"),
        ("no Not", "if price < gone and all_of_it:"),
        ("removed", "if False:"),
        ("max becomes min", "left = min(price - gone, 1)"),
        ("Sub becomes Add", "left = max(price + gone, 1)"),
        ("1 becomes 2", "left = max(price - gone, 2)"),
        ("1 becomes 0", "left = max(price - gone, 0)"),
        ("removed", "if False:"),
        ("returns None", "return None"),
    ]


def test_of_a_table_each_entry_is_left_out_and_each_number_is_another():
    source = """
        MAY = {"payer": frozenset({LOOK, PAY})}
        DIGITS = {"JPY": 0}
    """
    assert list(mutants(source)) == [
        ("no 'payer'", "MAY = {}"),
        ("no LOOK", "MAY = {'payer': frozenset({PAY})}"),
        ("no PAY", "MAY = {'payer': frozenset({LOOK})}"),
        ("no 'JPY'", "DIGITS = {}"),
        ("0 becomes 1", "DIGITS = {'JPY': 1}"),
        ("0 becomes -1", "DIGITS = {'JPY': -1}"),
    ]


def test_what_no_test_is_to_tell_is_left_out():
    source = '''
        """Words."""
        from elsewhere import log
        FIRST, SECOND = 1, 2
        class Row(Base):
            """Words."""
            name: Mapped[str | None] = mapped_column(String(40), default=1)
            @validates("name", 1)
            def kept(self, held: int | None = None) -> int | None:
                """Words."""
                assert held is not None
                held = zip(held, strict=True)
                log.info("told", count=1)
                raise Refused(gettext("at most %(most)s", most=1), 2)
    '''
    assert list(mutants(source)) == [("removed", "if False:")]


@pytest.mark.parametrize("module", [*MODULES])
def test_what_is_said_to_mean_the_same_is_a_mutant_of_its_module(module):
    source = (ROOT / module).read_text(encoding="utf-8")
    found = {name(each) for each in changes(source, ast.parse(source))}
    assert {each for each in ALIKE.get(module, {}) if each not in found} == set()


def test_tests_are_named_that_are_there():
    named = {each for tests in MODULES.values() for each in tests}
    assert {each for each in named if not (ROOT / each).exists()} == set()
    assert set(ALIKE) <= set(MODULES)


def test_what_became_of_mutants_is_kept_until_the_text_changes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = "def f(a):\n    return a + 1\n"
    added, returned = list(changes(source, ast.parse(source)))[:2]
    kept = Results("m.py", source)
    kept.of["mutants"] = 4
    kept.add(added, "killed")
    kept.add(returned, "survived")
    assert table() == (
        "| module | mutants | asked | killed | timed out | survived | score |\n"
        "|---|---|---|---|---|---|---|\n"
        "| `m.py` | 4 | 2 | 1 | 0 | 1 | 50.0 % |\n"
        "| all of them | 4 | 2 | 1 | 0 | 1 | 50.0 % |\n"
    )
    again = Results("m.py", source)
    assert [again.is_killed(each) for each in (added, returned)] == [True, False]
    assert not Results("m.py", f"{source}\n").is_killed(added)
