"""Adding, removing, moving and renaming what a policy file lists: every other byte is as it was."""

import copy
import random
import tomllib
from datetime import date

import pytest

from portal.policy.file.places import shop_files
from portal.policy.text import placing
from portal.policy.text.blocks import NotByLines

FIRST = date(2025, 1, 1)
FILE = """\
[shop]
id = "odd" # the shop

[[version]]
in_force = 2025-01-01
other = "A-3"

[version.points]
wrong_code = ["A-1", 'A-2'] # both

# About the first.
# Two lines.
[[version.clause]]
id = "A-1"
effect = "approve"
also = ["A-2"]
wording = "A-1 pays"

  # Indented.
  [[version.clause]]
  id = "A-2" # the second
  effect = "deny"
  yields_to = ["A-1"]
  [version.clause.deadlines]
  payout_due = "now"

[version.ordinary]
claim = { reason = "A-1" }

[[version.clause]]
id = "A-3"
effect = "inform"

[[version.example]] # the first
name = "one"
expect = { outcome = "approve", clauses = ["A-1", "A-2"] }

[[version.example]]
name = "two"
[version.example.expect]
outcome = "deny"
clauses = ["A-2"]

[[version]]
in_force = 2026-01-01
[[version.clause]]
id = "A-1\""""
ADDED = """
[[version.clause]]
id = "A-9"
effect = "deny"
when = "x"
yields_to = ["A-1"]
"""
SAID = {"effect": "deny", "yields_to": ["A-1"], "when": "x", "id": "A-9"}


@pytest.mark.parametrize(
    ("after", "was", "now"),
    [
        ("A-1", 'wording = "A-1 pays"\n', f'wording = "A-1 pays"\n{ADDED}'),
        ("A-2", 'payout_due = "now"\n', f'payout_due = "now"\n{ADDED}'),
        ("", "# About the first.", f"{ADDED.strip()}\n\n# About the first."),
    ],
)
def test_a_clause_is_added_behind_another_or_first(after, was, now):
    assert placing.with_clause_added(FILE, FIRST, SAID, after=after) == FILE.replace(was, now)


def test_a_clause_is_added_at_the_end_of_a_file_without_a_last_line_end():
    after = placing.with_clause_added(FILE, date(2026, 1, 1), {"id": "A-2"}, after="A-1")
    assert after == f'{FILE}\n\n[[version.clause]]\nid = "A-2"\n'


def test_a_removed_clause_takes_its_comments_its_examples_and_its_number_along():
    after = placing.without_clause(FILE, FIRST, "A-1")
    start, end = FILE.index("# About"), FILE.index("  # Indented")
    one, two = (
        FILE.index("[[version.example]] # the"),
        FILE.index('[[version.example]]\nname = "two'),
    )
    wanted = FILE[:start] + FILE[end:one] + FILE[two:]
    assert after == wanted.replace("""["A-1", 'A-2'] # both""", '["A-2"] # both').replace(
        '  yields_to = ["A-1"]\n', ""
    )


@pytest.mark.parametrize(
    ("clause", "up", "order"),
    [
        ("A-1", True, "123"),
        ("A-1", False, "213"),
        ("A-2", True, "213"),
        ("A-2", False, "132"),
        ("A-3", False, "123"),
    ],
)
def test_a_clause_moves_with_its_comments_past_its_neighbour(clause, up, order):
    after = placing.with_clause_moved(FILE, FIRST, clause, up=up)
    found = tomllib.loads(after)["version"][0]["clause"]
    assert [each["id"] for each in found] == [f"A-{number}" for number in order]
    assert sorted(after.splitlines()) == sorted(FILE.splitlines())
    lines = after.splitlines()
    assert lines[lines.index("# About the first.") + 2 :][:2] == [
        "[[version.clause]]",
        'id = "A-1"',
    ]
    assert lines[lines.index("  # Indented.") + 2] == '  id = "A-2" # the second'


def test_a_renamed_clause_is_renamed_wherever_its_version_names_it():
    after = placing.with_clause_renamed(FILE, FIRST, "A-1", "B-7")
    head, mark, rest = FILE.partition("[[version]]\nin_force = 2026")
    for was, now in (
        ("[\"A-1\", 'A-2']", "[\"B-7\", 'A-2']"),
        ('id = "A-1"', 'id = "B-7"'),
        ('yields_to = ["A-1"]', 'yields_to = ["B-7"]'),
        ('clauses = ["A-1", "A-2"]', 'clauses = ["B-7", "A-2"]'),
    ):
        assert was in head
        head = head.replace(was, now)
    assert after == head + mark + rest
    assert 'other = "B-3"' in placing.with_clause_renamed(FILE, FIRST, "A-3", "B-3")


def test_an_example_is_added_behind_the_last_and_expects_what_it_is_told():
    example = '[[version.example]]\nname = "three"\nexpect = { outcome = "deny", clauses = [] }\n'
    after = placing.with_example_added(FILE, FIRST, example)
    was = '[version.example.expect]\noutcome = "deny"\nclauses = ["A-2"]\n'
    assert after == FILE.replace(was, f"{was}\n{example}")
    told = placing.with_expected(after, FIRST, "three", {"outcome": "review", "clauses": ["A-3"]})
    assert told == after.replace(
        'expect = { outcome = "deny", clauses = [] }',
        'expect = { outcome = "review", clauses = ["A-3"] }',
    )
    both = tomllib.loads(placing.with_expected(FILE, FIRST, "two", {"clauses": ["A-3"]}))
    assert both["version"][0]["example"][1] == {"name": "two", "expect": {"clauses": ["A-3"]}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: placing.without_clause(FILE, FIRST, "A-9"), "There is no A-9 in this version."),
        (
            lambda: placing.without_clause(FILE, FIRST, "A-3"),
            "A-3 is what holds for the reason other. Name another rule there first.",
        ),
        (
            lambda: placing.with_clause_added(FILE, FIRST, {"id": "A-9"}, after="A-8"),
            "There is no A-8 in this version.",
        ),
        (
            lambda: placing.with_clause_moved(
                'version = [{ in_force = 2025-01-01, clause = [{ id = "A" }, { id = "B" }] }]\n',
                FIRST, "A", up=False,
            ),
            "The file writes this in its own way. Change it in the text.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_placed_by_lines_is_refused(change, message):
    with pytest.raises(NotByLines) as refused:
        change()
    assert str(refused.value) == message


@pytest.mark.one_in(4)
@pytest.mark.parametrize("path", shop_files(), ids=lambda path: path.stem)
def test_any_order_of_changes_to_a_shops_file_is_what_was_meant(path):
    text, chance = path.read_text(), random.Random(7)
    newest = max(each["in_force"] for each in tomllib.loads(text)["version"])
    for step in range(12):
        data = tomllib.loads(text)
        version = next(each for each in data["version"] if each["in_force"] == newest)
        place = chance.randrange(1, len(version["clause"]))
        table = version["clause"][place]
        match step % 3:
            case 0:
                text = placing.with_clause_moved(text, newest, table["id"], up=True)
                clauses = version["clause"]
                clauses[place - 1], clauses[place] = clauses[place], clauses[place - 1]
            case 1:
                added = {"id": f"N-{step}", "kind": "information", "wording": 'A "word".'}
                text = placing.with_clause_added(text, newest, added, after=table["id"])
                version["clause"].insert(place + 1, added)
            case 2:
                text = placing.without_clause(text, newest, f"N-{step - 1}")
                version["clause"] = [e for e in version["clause"] if e["id"] != f"N-{step - 1}"]
        assert tomllib.loads(text) == data


@pytest.mark.long
def test_a_long_row_of_comments_is_passed_in_a_moment():
    text = FILE.replace("# About the first.\n", "#\n" * 100_000)
    data = copy.deepcopy(tomllib.loads(text))
    clauses = data["version"][0]["clause"]
    clauses[0], clauses[1] = clauses[1], clauses[0]
    assert tomllib.loads(placing.with_clause_moved(text, FIRST, "A-1", up=False)) == data
