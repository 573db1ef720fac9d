"""The house: its docs name files that are there, no folder is overfull, and one name is one thing."""

import ast
import copy
import re
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import sizes

ROOT = Path(__file__).parents[1]
PORTAL = ROOT / "portal"
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
MOST = 14
# One worker parses portal/, and all of these ask it.
pytestmark = pytest.mark.xdist_group("house")
TOP = {"docs", "templates", "tests", "migrations", "static", "portal"}


@pytest.fixture(scope="module")
def modules():
    """Each module of portal/ by its path, parsed once."""
    return {
        path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PORTAL.rglob("*.py"))
    }


def test_each_path_in_the_architecture_is_there():
    named = set(re.findall(r"`([\w./*-]+(?:/|\.py|\.html|\.toml|\.md))`", ARCHITECTURE))
    missing = [
        path
        for path in sorted(named)
        if path != "columns/"
        and not any(list(base.glob(path.rstrip("/"))) for base in (ROOT, PORTAL))
    ]
    assert missing == []


def test_each_document_that_the_code_names_is_there():
    named = re.compile(r"(?<![\w/.-])(?:docs/)?([\w/-]+\.md)\b")
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for top in ("portal", "templates", "migrations")
        for path in (ROOT / top).rglob("*")
        if path.suffix in {".py", ".html", ".mjml", ".toml"}
        for name in named.findall(path.read_text(encoding="utf-8"))
        if not any((base / name).exists() for base in (ROOT, ROOT / "docs"))
    }
    assert missing == set()


def test_one_file_of_the_portal_asks_for_what_htmx_sends():
    named = {
        str(path.relative_to(PORTAL))
        for path in PORTAL.rglob("*.py")
        if re.search(r'"HX-', path.read_text(encoding="utf-8"))
    }
    assert named == {"web/frame/htmx.py", "web/frame/headers.py"}


@pytest.mark.parametrize("top", ["portal", "templates", "tests"])
def test_no_folder_but_the_commands_holds_more_than_fourteen_files(top):
    overfull = {
        str(folder.relative_to(ROOT)): count
        for folder in [ROOT / top, *(ROOT / top).rglob("*/")]
        if folder.name not in {"__pycache__", "cli"}
        and (count := sum(1 for each in folder.iterdir() if each.is_file())) > MOST
    }
    assert overfull == {}


def _defined(tree):
    """The classes and type aliases that a module defines."""
    for node in tree.body:
        for each in [node, *(node.body if isinstance(node, ast.If) else [])]:
            if isinstance(each, ast.ClassDef):
                yield each.name
                continue
            target = each.targets[0] if isinstance(each, ast.Assign) else None
            if isinstance(each, ast.AnnAssign) and ast.unparse(each.annotation) == "TypeAlias":
                target = each.target
            if isinstance(target, ast.Name):
                name = target.id
                if name[:1].isupper() and not name.isupper():
                    yield name


def test_no_class_and_no_alias_has_the_name_of_another(modules):
    rooms = defaultdict(list)
    for path, tree in modules.items():
        for name in _defined(tree):
            rooms[name].append(str(path.relative_to(PORTAL)))
    assert {name: found for name, found in rooms.items() if len(found) > 1} == {}


def test_no_function_is_written_twice(modules):
    named = defaultdict(list)
    for path, tree in modules.items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                named[node.name].append((str(path.relative_to(PORTAL)), node))
    bodies = defaultdict(list)
    for name, found in named.items():
        for path, node in found if len(found) > 1 else ():
            said = 1 if ast.get_docstring(node) else 0
            body = ast.dump(ast.Module(body=node.body[said:], type_ignores=[]))
            bodies[name, body].append(path)
    assert [found for found in bodies.values() if len(found) > 1] == []


def _shape(function):
    """What a function does, whatever it and its own names are called; None of a single statement."""
    said = 1 if ast.get_docstring(function) else 0
    body = ast.Module(body=copy.deepcopy(function.body[said:]), type_ignores=[])
    if len(body.body) < 2:
        return None
    given = [each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)]
    called = {name: f"given {place}" for place, name in enumerate(given)}
    names = [each for each in ast.walk(body) if isinstance(each, ast.Name)]
    for each in names:
        if isinstance(each.ctx, ast.Store):
            called.setdefault(each.id, f"own {len(called)}")
    for each in names:
        each.id = called.get(each.id, each.id)
    return ast.dump(body)


def test_no_two_functions_of_any_name_do_the_same(modules):
    shapes = defaultdict(list)
    for path, tree in modules.items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and (shape := _shape(node)):
                shapes[shape].append(f"{path.relative_to(PORTAL)}: {node.name}")
    assert [found for found in shapes.values() if len(found) > 1] == []


def test_no_file_is_longer_than_three_hundred_lines_and_no_test_than_four_hundred():
    long = {
        str(path.relative_to(ROOT)): lines
        for top, most in (("portal", 300), ("tests", 400))
        for path in (ROOT / top).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > most
    }
    assert long == {}


def test_no_import_stands_inside_a_function(modules):
    inside = {
        f"{path.relative_to(PORTAL)}: {node.name}"
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(each, ast.Import | ast.ImportFrom) for each in ast.walk(node))
    }
    assert inside == set()


def test_no_test_module_is_a_room_for_others():
    borrowed = re.compile(r"^\s*from (tests\b\S*\.test_\w+) import ", re.MULTILINE)
    lent = {
        f"{path.relative_to(ROOT)}: {room}"
        for path in (ROOT / "tests").rglob("*.py")
        for room in borrowed.findall(path.read_text(encoding="utf-8"))
    }
    assert lent == set()


@pytest.mark.parametrize(
    ("path", "name", "marks", "daily"),
    [
        ("claims/verbs/test_filing.py", "test_a_second_click_does_nothing", {}, ["sqlite"]),
        (
            "claims/verbs/test_filing.py",
            "test_another_address_has_to_be_confirmed_again",
            {},
            ["postgres"],
        ),
        ("events/test_feed.py", "test_one", {}, ["sqlite"]),
        ("events/test_feed.py", "test_any", {}, ["postgres"]),
        (
            "events/test_feed.py",
            "test_one",
            {"daily_on": sizes.AT_ONCE.mark},
            ["sqlite", "postgres"],
        ),
        ("web/customer/test_claim.py", "test_any", {}, ["sqlite"]),
        (
            "web/test_hostile_input.py",
            "test_any",
            {"daily_on": pytest.mark.daily_on("postgres").mark},
            ["postgres"],
        ),
    ],
)
def test_the_database_that_a_run_leaves_out_is_asked_in_another(path, name, marks, daily):
    test = SimpleNamespace(path=ROOT / "tests" / path, name=name, get_closest_marker=marks.get)
    both = ["sqlite", "postgres"]
    in_ci = both if path.startswith("events/") else daily
    assert asked(test, None, without="other_database") == in_ci
    assert asked(test, None, without="long") == daily
    assert asked(test, "full", without="") == both
    assert asked(test, "full", without="other_database") == in_ci


def asked(test, run, *, without):
    kinds = sizes.databases(test, run)
    return [kind.values[0] for kind in kinds if without not in {mark.name for mark in kind.marks}]


def test_of_the_cases_of_one_test_a_part_is_left_and_one_at_least_is_kept():
    def case(name, number, **marks):
        marks = {name: getattr(pytest.mark, name)(*args).mark for name, args in marks.items()}
        found = SimpleNamespace(
            originalname=name, parent=SimpleNamespace(nodeid="a"), number=number
        )
        found.get_closest_marker, found.long = marks.get, "long" in marks
        found.add_marker = lambda name: setattr(found, name, True)
        return found

    seven = [case("test_seven", number, one_in=[3]) for number in range(7)]
    two = [case("test_two", number, one_in=[3]) for number in range(2)]
    long = [case("test_two", 2, one_in=[3], long=[])]
    other = [case("test_other", 0)]
    sizes.share([*seven, *two, *long, *other])
    assert [each.number for each in seven if not each.long] in ([0, 3, 6], [1, 4], [2, 5])
    assert len([each for each in two if not each.long]) == 1
    assert [each.long for each in (*long, *other)] == [True, False]


def test_what_is_asked_on_both_databases_is_there():
    asked = sizes.ASKED_ON_BOTH | sizes.BY_TURNS
    assert [str(path) for path in asked if not path.exists()] == []


def test_tests_of_one_group_are_left_to_one_worker(request):
    grouped = getattr(
        request.config.option, "loadgroup", False
    )  # by `--dist loadgroup`, in a worker
    assert request.node.nodeid.endswith("@house") is grouped
