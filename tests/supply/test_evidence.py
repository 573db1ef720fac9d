"""What docs/security.md and docs/asvs.csv name as held by a test is held by one that is there."""

import csv
import re

from portal.app import ROOT

CHECKS = (ROOT / "docs/security.md").read_text()
NUMBERED = dict(re.findall(r"^\| (\d+) \| ([^|]+) \|", CHECKS, re.MULTILINE))
ASVS = list(csv.DictReader((ROOT / "docs/asvs.csv").read_text().splitlines()))
TESTS = re.compile(r"tests/[\w/]+(?:\.py(?:::test_\w+)?|/\*)")


def there(named):
    """Whether the file is there, and the test in it."""
    path, _, name = named.partition("::")
    if path.endswith("/*"):
        return any((ROOT / path.removesuffix("/*")).glob("test_*.py"))
    file = ROOT / path
    return file.is_file() and (not name or re.search(rf"def {name}\(", file.read_text()) is not None)  # fmt: skip


def test_every_test_that_is_named_is_there():
    named = [*TESTS.findall(CHECKS), *(each for row in ASVS for each in TESTS.findall(row["what"]))]
    assert len(named) > 100
    assert [each for each in named if not there(each)] == []


def test_each_check_says_what_holds_it_or_that_nothing_does_yet():
    rows = [line.strip("|").split("|") for line in CHECKS.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) == len(NUMBERED) == 67
    for number, holds, by, figure in rows:
        assert holds.strip(), number
        assert figure.strip(), number
        assert TESTS.search(by) or by.strip() == figure.strip() == "not yet", number


def test_each_requirement_of_asvs_is_answered_by_a_check_a_setting_or_a_reason():
    assert [sum(row["level"] == level for row in ASVS) for level in "12"] == [70, 183]
    assert len({row["requirement"] for row in ASVS}) == len(ASVS)
    assert {row["by"] for row in ASVS} <= {
        *("check", "setting", "document", "does not apply", "reason", "not yet")
    }
    for row in ASVS:
        assert row["what"], row
        if row["by"] == "check" and not TESTS.search(row["what"]):
            assert set(re.findall(r"\b\d+\b", row["what"])) & set(NUMBERED), row


def test_the_documents_that_answer_are_there():
    for row in ASVS:
        for name in re.findall(r"\b(?:docs|portal)/[\w/.-]+\w", row["what"]):
            assert (ROOT / name).exists(), name
