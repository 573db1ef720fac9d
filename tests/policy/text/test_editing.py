"""Changing a policy file by its lines: the change is there, and every other byte is as it was."""

import copy
import random
import tomllib
from datetime import date
from difflib import SequenceMatcher

import pytest
from hypothesis import given, strategies as st

from portal.policy.file.places import shop_files
from portal.policy.text import editing
from portal.policy.text.blocks import NotByLines, clause_block, toml

NEW = date(2031, 5, 1)
ODD = '''\
# [[version]] in a comment
[shop]
id = "odd"

[[ "version" ]] # the first
in_force = 2025-01-01   # in force
text = """
[[version]]
in_force = 2031-05-01
"""

  [[version.clause]]
  id = 'A-1' # one
  words = [
    "[[version.clause]]", # not a header
    'id = "A-2"',
  ]
  deadlines.payout_due = "now"
  wording = """Say "when" [or
  never]."""   # said

[version.clause.reversed]
when = "a # b"

[version.points]
other = ["A-1"]
at = 2025-01-01 10:00:00Z # a time with a space

[[version.clause]]
id = "A-2"
wording = \'\'\'it's\'\'\'
automatic = false

[[version]]
in_force = 2026-01-01
[[version.clause]]
id = "A-1"
wording = "later"'''
FIRST = date(2025, 1, 1)


def newest(text):
    return max(version["in_force"] for version in tomllib.loads(text)["version"])


def clauses(data, in_force):
    (version,) = (each for each in data["version"] if each["in_force"] == in_force)
    return {clause["id"]: clause for clause in version["clause"]}


@pytest.fixture(params=shop_files(), ids=lambda path: path.stem)
def text(request):
    return request.param.read_text()


@pytest.mark.one_in(4)
def test_any_change_of_a_clause_is_there_and_touches_only_its_lines(text):
    chance, in_force = random.Random(5), newest(text)
    before = tomllib.loads(text)
    for _ in range(20):
        clause_id = chance.choice(sorted(clauses(before, in_force)))
        clause = clauses(before, in_force)[clause_id]
        changes = {
            key: chance.choice(
                [
                    None,
                    "".join(chance.choices("ab \"\\\n\t'#[]=…😀\x7f\x01", k=12)),
                    ["NP-1", 'a"b', "]"],
                    True,
                    7,
                    {"payout_due": "now", "odd key": "x"},
                ]
            )
            for key in chance.sample(["wording", "when", "requires", "reading", "reversed"], 3)
        }
        expected = copy.deepcopy(before)
        wanted = clauses(expected, in_force)[clause_id]
        wanted |= changes
        for key in [key for key, value in changes.items() if value is None]:
            del wanted[key]

        after = editing.with_clause(text, in_force, clause_id, changes)

        assert tomllib.loads(after) == expected
        block = clause_block(text, in_force, clause_id)
        assert after.startswith(text[: block.start])
        assert after.endswith(text[block.end :])
        assert clause == clauses(before, in_force)[clause_id]


@pytest.mark.long
@pytest.mark.one_in(4)
def test_only_the_lines_of_the_changed_keys_change(text):
    in_force = newest(text)
    for clause_id in clauses(tomllib.loads(text), in_force):
        after = editing.with_clause(text, in_force, clause_id, {"wording": "Otherwise."})
        old, new = text.splitlines(), after.splitlines()
        changed = [
            (old[a:b], new[c:d])
            for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
            if what != "equal"
        ]
        ((was, now),) = changed
        assert len(was) == 1
        assert was[0].startswith("wording = ")
        assert now == ['wording = "Otherwise."']


@pytest.mark.one_in(4)
def test_a_change_to_what_is_there_changes_no_byte(text):
    in_force = newest(text)
    for clause_id, clause in clauses(tomllib.loads(text), in_force).items():
        assert editing.with_clause(text, in_force, clause_id, clause) == text
    assert editing.with_date(text, in_force, in_force) == text


def test_a_copy_of_the_newest_version_stands_at_the_end_and_can_be_taken_out(text):
    in_force = newest(text)
    after = editing.with_copy(text, in_force, NEW)
    assert after.startswith(text)
    data, before = tomllib.loads(after), tomllib.loads(text)
    added = data["version"].pop()
    assert data == before
    (original,) = (each for each in before["version"] if each["in_force"] == in_force)
    assert added == original | {"in_force": NEW}
    assert editing.without(after, frozenset({NEW})) == text


def test_a_date_changes_only_in_its_own_version():
    after = editing.with_date(ODD, date(2026, 1, 1), NEW)
    assert after == ODD.replace("in_force = 2026-01-01", "in_force = 2031-05-01")
    assert editing.with_date(ODD, FIRST, NEW) == ODD.replace(
        "in_force = 2025-01-01   #", "in_force = 2031-05-01   #"
    )


@pytest.mark.parametrize(
    ("clause_id", "changes", "was", "now"),
    [
        ("A-1", {"wording": "Now."}, '"""Say "when" [or\n  never]."""', '"Now."'),
        (
            "A-1",
            {"words": ["x"]},
            ODD[ODD.index('[\n    "[[v') : ODD.index("  deadlines")],
            '["x"]\n',
        ),
        ("A-1", {"deadlines.payout_due": "now + 1 day"}, 'due = "now"', 'due = "now + 1 day"'),
        ("A-1", {"reversed.when": "b"}, '"a # b"', '"b"'),
        ("A-1", {"reversed.reading": "R."}, 'when = "a', 'reading = "R."\nwhen = "a'),
        ("A-1", {"reversed": None}, '[version.clause.reversed]\nwhen = "a # b"\n', ""),
        ("A-2", {"part": "P"}, 'id = "A-2"\nw', 'id = "A-2"\npart = "P"\nw'),
        ("A-2", {"automatic": True}, "= false", "= true"),
        ("A-2", {"automatic": None}, "automatic = false\n", ""),
        ("A-2", {"also": ("A-1",)}, "= false\n", '= false\nalso = ["A-1"]\n'),
    ],
)
def test_a_file_written_otherwise_than_ours_is_changed_as_well(clause_id, changes, was, now):
    assert ODD.count(was) == 1
    assert editing.with_clause(ODD, FIRST, clause_id, changes) == ODD.replace(was, now)


def test_a_table_takes_the_place_of_its_dotted_keys():
    after = editing.with_clause(ODD, FIRST, "A-1", {"deadlines": {"review_due": "now"}})
    ending = 'never]."""   # said\n'
    assert after == ODD.replace('  deadlines.payout_due = "now"\n', "").replace(
        ending, ending + 'deadlines = { review_due = "now" }\n'
    )


def test_a_key_can_be_added_at_the_end_of_a_file_without_a_last_line_end():
    after = editing.with_clause(ODD, date(2026, 1, 1), "A-1", {"when": "x"})
    assert after == ODD + '\nwhen = "x"'


@pytest.mark.parametrize(
    ("text", "in_force", "clause_id", "changes", "message"),
    [
        (ODD, FIRST, "A-9", {"wording": "x"}, "There is no A-9 in this version."),
        (ODD, NEW, "A-1", {"wording": "x"}, "There is no version of 2031-05-01."),
        (ODD, FIRST, "A-2", {"reversed.when": "x"}, "There is no reversed to add when to."),
        (ODD, FIRST, "A-2", {"when": 1.5}, "A policy file has no such value: 1.5."),
        (
            'version = [{ in_force = 2025-01-01, clause = [{ id = "A-1" }] }]\n',
            FIRST,
            "A-1",
            {"when": "x"},
            "The file writes this in its own way. Change it in the text.",
        ),
        (
            '[[version]]\nin_force = 2025-01-01\nclause = [{ id = "A-1" }]\n',
            FIRST,
            "A-1",
            {"when": "x"},
            "The file writes this in its own way. Change it in the text.",
        ),
    ],
)
def test_what_cannot_be_changed_by_lines_is_refused(text, in_force, clause_id, changes, message):
    with pytest.raises(NotByLines) as refused:
        editing.with_clause(text, in_force, clause_id, changes)
    assert str(refused.value) == message


def test_what_differs_in_a_version_is_named():
    assert editing.differing(ODD, ODD, FIRST) == ()
    other = ODD.replace("it's", "its").replace('other = ["A-1"]', "other = []")
    other = other.replace('id = "odd"', 'id = "odd"\nname = "Odd"')
    assert editing.differing(ODD, other, FIRST) == ("A-2", "points", "shop.name")


VALUES = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES)
def test_every_value_is_written_so_that_it_is_read_back(value):
    assert tomllib.loads(f"it = {toml(value)}") == {"it": value}


def test_each_clause_is_found_on_its_line():
    for path in shop_files():
        text = path.read_text(encoding="utf-8")
        lines, found = text.split("\n"), editing.lines(text)
        version = tomllib.loads(text)["version"][0]
        own = found[str(version["in_force"])]
        assert list(own.clauses) == [each["id"] for each in version["clause"]]
        for clause_id, (header, line) in own.clauses.items():
            assert lines[header - 1 : header + 1] == ["[[version.clause]]", f'id = "{clause_id}"']
            assert line == header + 1
        assert [lines[line - 1] for line in own.examples] == ["[[version.example]]"] * len(
            version["example"]
        )
    header, _ = editing.lines(ODD)["2025-01-01"].clauses["A-1"]
    assert header == ODD[: ODD.index("  [[ver")].count("\n") + 1
    assert editing.lines("version = [") == {}
