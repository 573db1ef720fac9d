"""Examples are read with the version that they explain, and are no part of its hash."""

import re
import tomllib

import pytest

from portal.policy.deciding.document import PolicyError
from portal.policy.file.examples import run
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import read, shops

FILE = (SHOPS / "numberplug.toml").read_text(encoding="utf-8").partition("\n# Examples: ")[0]
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


def with_expectation(expect):
    old = '{ outcome = "deny", clauses = ["NP-3.2"] }'
    return version_of(FILE + EXAMPLE.replace(old, expect))


@pytest.mark.parametrize(
    ("expect", "reason"),
    [
        ('{ outcome = "no", clauses = [] }', "'outcome' is not one of approve, deny"),
        ('{ outcome = "deny" }', "'clauses' is missing"),
        ('{ outcome = "deny", clauses = ["NP-9"] }', "unknown clause 'NP-9'"),
        ('{ outcome = "approve", clauses = [], amount = "0,50" }', "amount: write the amount"),
        ('{ outcome = "deny", clauses = [], deadlines = { soon = "now" } }', "unknown key 'soon'"),
        ('{ outcome = "deny", clauses = [], because = "so" }', "unknown key 'because'"),
    ],
)
def test_an_expectation_that_no_decision_can_meet_is_refused(expect, reason):
    with pytest.raises(PolicyError, match=f"example 'one message came': {re.escape(reason)}"):
        with_expectation(expect)


def test_an_ordinary_claim_of_another_shape_is_refused_in_words():
    claim = '{ reason = "sms_not_received", submitted_at = 2026-03-02T10:30:00Z }'
    text = EXAMPLE.replace(claim, "true").replace("given =", 'without = ["claim.reason"]\ngiven =')
    with pytest.raises(PolicyError, match="example 'one message came': claim: write an object"):
        version_of(FILE + text)


@pytest.mark.parametrize("shop", shops())
def test_the_examples_of_a_shop_hold(shop):
    policy = shops()[shop]
    assert policy.current.examples
    assert [r.differences for r in run(policy, policy.current) if r.differences] == []


@pytest.mark.parametrize("shop", shops())
def test_each_clause_that_can_decide_or_be_cited_has_an_example(shop):
    version = shops()[shop].current
    cited = {name for example in version.examples for name in example.expect["clauses"]}
    deciding = {c.id for c in version.clauses if c.effect in ("deny", "approve", "ask", "review")}
    assert deciding - cited == set()


def test_a_failing_example_says_what_was_expected_and_what_is():
    text = (SHOPS / "activation-claims.toml").read_text(encoding="utf-8")
    shorter = text.replace(
        "claim.submitted_at <= order.ordered_at + 5 days",
        "claim.submitted_at <= order.ordered_at + 4 days",
    )
    policy = read(shorter.encode(), "shorter.toml")
    said = {r.example.name: r.differences for r in run(policy, policy.current) if r.differences}
    assert said == {
        "five days to the second are in time": (
            "clauses: AC-R1, AC-2 was expected, and it is AC-2, AC-R1",
        ),
        "unusable after its SMS, shown on the fifth day": (
            "outcome: review was expected, and it is deny",
            "clauses: AC-R2 was expected, and it is AC-1",
            "awaiting: findings.claim_verified was expected, and it is nothing",
        ),
        "a defect reported when the five days end": (
            "outcome: review was expected, and it is deny",
            "clauses: AC-R3 was expected, and it is AC-1",
            "awaiting: findings.defect_confirmed was expected, and it is nothing",
        ),
    }


def test_an_example_may_do_without_a_fact_of_the_ordinary_claim():
    lacking = EXAMPLE.replace("given = ", 'without = ["order.kind", "now"]\ngiven = ')
    (example,) = version_of(FILE + lacking).examples
    assert example.given == {
        "order": {"messages": [{"service": "X"}]},
        "claim": {"reason": "sms_not_received", "submitted_at": "2026-03-02T10:30:00Z"},
    }
