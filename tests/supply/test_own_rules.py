"""Rules of our own beside bandit's, over the whole source: what is never written, whoever reads the page."""

import ast
import re
from functools import cache

import pytest

from portal.app import ROOT

SOURCES = sorted((ROOT / "portal").rglob("*.py"))
TEMPLATES = sorted(each for each in (ROOT / "templates").rglob("*") if each.is_file())
# Where SQL is put together, of names alone: a pragma's or a table's of ours, or a word of an enum.
OF_NAMES = {
    "portal/privacy/compacting.py",
    "portal/shops/machine.py",
    "portal/records/storing/rows.py",
    "portal/database/postgres.py",
}
# Where markup is made by hand: each fills a constant form, whose parts Markup escapes.
SAFE = ("paths[name]|safe", "' class=\"num\"'|safe")
OF_MARKUP = {
    "portal/config/sentences.py",
    "portal/mail/letters.py",
    "portal/web/review/deciding.py",
}


@cache
def calls():
    """Every call in the source: the file, the called name, and the call."""
    return [
        (
            str(path.relative_to(ROOT)),
            getattr(node.func, "attr", getattr(node.func, "id", "")),
            node,
        )
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    ]


def is_sql(name, call):
    """Whether it makes a statement of a text: SQLAlchemy's ``text``, not a field of that name."""
    of = getattr(getattr(call.func, "value", None), "id", "db")
    return name in {"literal_column", "exec_driver_sql"} or (name == "text" and of in {"db", "sa"})


def put_together(node):
    """Whether a text is made of parts at run time."""
    return isinstance(node, (ast.JoinedStr, ast.BinOp)) or (
        isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"format", "join"}
    )


@pytest.mark.long
def test_no_statement_is_put_together_of_what_somebody_typed():
    found = {
        file
        for file, name, call in calls()
        if is_sql(name, call) and any(map(put_together, call.args))
    }  # fmt: skip
    assert found - {"portal/database/__init__.py"} == OF_NAMES


PATTERNS = {
    "compile",
    "findall",
    "finditer",
    "fullmatch",
    "match",
    "search",
    "split",
    "sub",
    "subn",
}


def is_ours(node):
    """Whether a pattern is made of constants and of what was escaped, and of nothing else."""
    if isinstance(node, ast.JoinedStr):
        return all(map(is_ours, node.values))
    if isinstance(node, ast.FormattedValue):
        return is_ours(node.value)
    if isinstance(node, ast.BinOp):
        return is_ours(node.left) and is_ours(node.right)
    if isinstance(node, ast.Call):
        joined = getattr(node.func, "attr", "") == "join" and is_ours(node.func.value)
        return ast.unparse(node.func) == "re.escape" or (
            joined and isinstance(node.args[0], ast.GeneratorExp) and is_ours(node.args[0].elt)
        )
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.isupper())


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("'[a-z]+'", True),
        ("rf'{_KEY}+' + WORD", True),
        (r"rf'\b{re.escape(typed)}\b'", True),
        ("'|'.join(re.escape(each) for each in typed)", True),
        ("typed", False),
        ("rf'^{typed}$'", False),
        ("WORD + typed", False),
        ("'|'.join(typed)", False),
        ("'|'.join(each for each in typed)", False),
        ("row.pattern", False),
        ("given('pattern')", False),
    ],
)
def test_a_pattern_is_ours_or_it_is_escaped(written, ours):
    assert is_ours(ast.parse(written, mode="eval").body) == ours


@pytest.mark.long
def test_no_pattern_is_put_together_of_what_somebody_typed():
    for path in SOURCES:
        assert not re.search(r"from re import|import re as|\.regexp_match\(", path.read_text()), (
            path
        )
    found = [
        (file, ast.unparse(call))
        for file, name, call in calls()
        if name in PATTERNS and getattr(getattr(call.func, "value", None), "id", "") == "re"
    ]
    assert len(found) > 90
    assert [each for each in found if not is_ours(ast.parse(each[1]).body[0].value.args[0])] == []
    scripts = (ROOT / "static").glob("*.js")
    assert not any("RegExp(" in each.read_text() for each in scripts if "min" not in each.name)


@pytest.mark.long
def test_nothing_is_ordered_by_a_text():
    for file, name, call in calls():
        if name in {"order_by", "group_by"}:
            assert not any(isinstance(each, (ast.Constant, ast.JoinedStr)) for each in call.args), file  # fmt: skip


@pytest.mark.long
def test_nothing_is_run_by_a_shell_evaluated_or_made_by_chance_that_can_be_guessed():
    barred = {"eval", "exec", "system", "popen", "from_string", "mktemp"}
    named = {"eval", "exec"}  # of others' things, such as z3's models, it is another word
    found = {
        (file, name)
        for file, name, call in calls()
        if name in barred and (name not in named or isinstance(call.func, ast.Name))
    }
    assert found == set()
    for file, _, call in calls():
        assert not any(each.arg == "shell" for each in call.keywords), file


def test_markup_is_made_by_hand_in_these_places_alone():
    assert {file for file, name, _ in calls() if name == "Markup"} == OF_MARKUP


def test_no_template_lets_a_text_pass_as_markup():
    wrong = re.compile(r"\|\s*safe\b|autoescape\s+false")
    drawn = ROOT / "templates/frame/ui.html"  # of its own icons, and of a constant attribute
    assert [each for each in TEMPLATES if wrong.search(each.read_text())] == [drawn]
    said = drawn.read_text()
    assert all(each in said for each in SAFE)
    assert len(wrong.findall(said)) == len(SAFE)
