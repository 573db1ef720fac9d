"""Examples are read with the version that they explain, and are no part of its hash."""

import tomllib

import pytest

from portal.policy.document import PolicyError
from portal.policy.loading import SHOPS, read

FILE = (SHOPS / "numberplug.toml").read_text(encoding="utf-8").partition("\n[version.ordinary]")[0]
EXAMPLE = """
[version.ordinary]
now = 2026-03-02T10:30:00Z
order = { kind = "activation", messages = [] }
claim = { reason = "sms_not_received", submitted_at = 2026-03-02T10:30:00Z }

[[version.example]]
name = "one message came"
given = { order.messages = [{ service = "X" }] }
expect = { outcome = "deny", clauses = ["NP-3.2"] }
"""


def version_of(text):
    return read(text.encode(), "p.toml").current


def test_an_example_states_only_what_differs_from_the_ordinary_claim():
    (example,) = version_of(FILE + EXAMPLE).examples
    assert example.name == "one message came"
    assert example.given == {
        "now": "2026-03-02T10:30:00Z",
        "order": {"kind": "activation", "messages": [{"service": "X"}]},
        "claim": {"reason": "sms_not_received", "submitted_at": "2026-03-02T10:30:00Z"},
    }
    assert example.expect == {"outcome": "deny", "clauses": ["NP-3.2"]}


def test_an_example_that_is_no_claim_is_refused_with_its_name():
    with pytest.raises(
        PolicyError, match=r"example 'one message came': order.messages: write a list"
    ):
        version_of(FILE + EXAMPLE.replace('[{ service = "X" }]', '"X"'))


@pytest.mark.parametrize(
    "change",
    [("", EXAMPLE), ('name = "NumberPlug"\n', 'name = "Another"\n'), ("# NumberPlug", "# Other")],
)
def test_words_and_examples_leave_the_hash_of_a_version_alone(change):
    old, new = change
    changed = FILE.replace(old, new, 1) if old else FILE + new
    assert tomllib.loads(changed) is not None
    assert version_of(changed).sha256 == version_of(FILE).sha256


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("> 30 seconds", "> 31 seconds"),
        ("is not a ground for a return", "is no ground for a return"),
        ('automatic_limit = "5.00"', 'automatic_limit = "6.00"'),
        ('time_zone = "UTC"', 'time_zone = "Europe/Berlin"'),
    ],
)
def test_what_a_decision_rests_on_changes_the_hash(old, new):
    assert version_of(FILE.replace(old, new)).sha256 != version_of(FILE).sha256
