"""``policy same``: a proof, or the claim that is decided apart, each with its exit status."""

import json

import pytest

from portal.policy.file.places import SHOPS
from tests.portals import portal_at


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("same")
    return portal_at(f"sqlite:///{folder / 'none.sqlite3'}", folder).test_cli_runner()


def draft(folder, old, new):
    text = (SHOPS / "numberplug.toml").read_text(encoding="utf-8")
    assert old in text
    path = folder / "draft.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return str(path)


def test_versions_that_decide_alike_are_said_to_be_proved(runner, tmp_path):
    other = draft(
        tmp_path, 'review_due = "clock.review_from + 48', 'review_due = "clock.review_from + 72'
    )

    result = runner.invoke(args=["policy", "same", "numberplug", other])

    said, _, took = result.output.partition(" Proved in ")
    assert (result.exit_code, said) == (
        0,
        (
            f"numberplug (2025-10-20) and {other} (2025-10-20) decide alike: the same outcome, "
            "amount, destination and remedy on every plausible claim."
        ),
    )
    assert took.endswith(" s.\n")


@pytest.mark.long
def test_a_claim_that_is_decided_apart_is_printed_with_both_decisions(runner, tmp_path):
    other = draft(tmp_path, "> 30 seconds", "> 45 seconds")

    result = runner.invoke(args=["policy", "same", "numberplug", other])

    assert result.exit_code == 1
    said, facts, *_ = result.output.split("\n\n")
    head, old, new = said.splitlines()
    assert head == "They do not decide this claim alike:"
    assert old == "  numberplug (2025-10-20): deny (NP-3.5)"
    assert new.startswith(f"  {other} (2025-10-20): ")
    assert [line.split()[0] for line in facts.splitlines()][:2] == [
        "order.ordered_at",
        "order.cancelled_at",
    ]
    found = json.loads(runner.invoke(args=["policy", "same", "numberplug", other, "--json"]).output)
    assert (found["alike"], found["old"]["decides"]["clauses"]) == (False, ["NP-3.5"])


@pytest.mark.long
def test_what_can_not_be_held_against_each_other_is_refused_with_its_reason(runner, tmp_path):
    euros = draft(tmp_path, 'currency = "USD"', 'currency = "EUR"')

    result = runner.invoke(args=["policy", "same", "numberplug", euros])

    assert (result.exit_code, result.stderr) == (2, "Error: one pays in EUR and the other in USD\n")
