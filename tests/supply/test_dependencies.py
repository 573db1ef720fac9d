"""Each package has its reason and a licence that may be used beside ours, and none is older than what is mended."""

import ast
import importlib.metadata
import re
from functools import cache

import pytest

from portal.app import ROOT
from tests.supply.audit import said_of
from tests.supply.locked import asked_for, locked, rows

# What may be used beside MIT by a program that imports it as it comes.
ALLOWED = {
    *("0BSD", "Apache-2.0", "Artistic-1.0-Perl", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC"),
    *("LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0"),
    *("PSF-2.0", "Unlicense", "Zlib"),
}
LOCKED = locked("requirements.txt", "requirements-workbench.txt")
REASONS = rows("package", "for", "imported by", "brings in")


distributions = cache(importlib.metadata.packages_distributions)


def modules_of(package):
    """The names under which a package is imported."""
    names = distributions()
    return {module for module, given in names.items() if package in {each.lower().replace("_", "-") for each in given}}  # fmt: skip


def called(node):
    """The name of what a call calls."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def imported_in(module):
    """The packages' modules that one of ours imports, at once or late."""
    room = ROOT / module.replace(".", "/")
    path = room / "__init__.py" if room.is_dir() else room.with_suffix(".py")
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Call) and called(node) in {"late", "import_module"}:
            named = [each.value for each in node.args if isinstance(each, ast.Constant)]
            found |= {each.partition(".")[0] for each in named}
    return found


def test_each_package_that_is_asked_for_has_its_reason():
    assert {row[0] for row in REASONS} == asked_for()
    assert [row[0] for row in REASONS if not row[1]] == []


def test_each_is_imported_where_its_row_says_or_comes_through_one_that_is():
    for name, _, where, _ in REASONS:
        if where.startswith("through "):
            assert where.removeprefix("through ").lower() in asked_for()
        else:
            assert imported_in(where.strip("`")) & modules_of(name), name


def test_what_each_brings_in_is_locked_and_nothing_else_is():
    brought = {name for *_, names in REASONS for name in names.split(", ") if name}
    assert brought | asked_for() == set(locked("requirements.txt"))


def test_each_package_has_a_licence_that_may_be_used():
    said = dict(rows("package", "licence"))
    assert set(said) == set(LOCKED)
    for name, licence in said.items():
        parts = [each.strip() for one in licence.split(" OR ") for each in one.split(" AND ")]
        assert set(parts) <= ALLOWED, name


def test_the_licences_are_those_that_packages_say():
    for name, licence in rows("package", "licence"):
        try:
            own = importlib.metadata.metadata(name)["License-Expression"]
        except importlib.metadata.PackageNotFoundError:  # of another platform
            continue
        assert own in {None, licence}, name


def test_no_package_is_older_than_what_is_mended():
    def number(version):
        return [int(part) for part in re.findall(r"\d+", version)]

    for name, least, why in rows("package", "at least", "because"):
        assert number(LOCKED[name]) >= number(least), why


@pytest.mark.parametrize("file", ["", "-workbench", "-dev"])
def test_every_package_is_locked_by_its_hashes(file):
    text = (ROOT / f"requirements{file}.txt").read_text()
    blocks = re.split(r"^(?=[A-Za-z0-9_.-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(locked(f"requirements{file}.txt"))
    assert [each.partition("==")[0] for each in blocks if "--hash=sha256:" not in each] == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"dependencies": [{"name": "one", "vulns": []}]}, "1 of 2 locked packages were audited"),
        ({"dependencies": [{"name": "one", "vulns": [{"id": "PYSEC-1"}]}, {"name": "two", "vulns": []}]},
         "one: PYSEC-1"),
        ({"dependencies": [{"name": "one", "vulns": []}, {"name": "two", "skip_reason": "gone"}]},
         "1 of 2 locked packages were audited"),
        (None, "no advisories could be reached: nothing was audited"),
    ],
)  # fmt: skip
def test_an_audit_that_reached_less_than_all_is_no_clean_one(answer, said):
    assert said_of(answer, {"one": "1", "two": "2"}) == (said, False)


def test_an_audit_of_all_that_found_nothing_is_clean():
    answer = {"dependencies": [{"name": "One", "vulns": []}, {"name": "two", "vulns": []}]}
    assert said_of(answer, {"one": "1", "two": "2"}) == ("2 of 2 locked packages were audited, none has an advisory", True)  # fmt: skip
