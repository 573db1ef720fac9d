"""``policy test`` and ``edges``: what fails is said with an exit status, edges are lines of JSON."""

import json

import pytest

from portal.policy.file.places import SHOPS
from tests.portals import portal_at

TEXT = (SHOPS / "numberplug.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("commands")
    return portal_at(f"sqlite:///{folder / 'none.sqlite3'}", folder).test_cli_runner()


def test_examples_that_hold_are_counted(runner):
    done = runner.invoke(args=["policy", "test", "numberplug"])
    assert (done.exit_code, done.output) == (
        0,
        "numberplug, in force from 2025-10-20: 37 of 37 examples hold\n",
    )


def test_a_failing_example_is_named_with_what_differs(runner, tmp_path):
    file = tmp_path / "stricter.toml"
    file.write_text(TEXT.replace("> 30 seconds", "> 29 seconds"), encoding="utf-8")
    done = runner.invoke(args=["policy", "test", str(file)])
    assert done.exit_code == 1
    assert done.output == (
        "FAILED  cancelled after 30 seconds\n"
        "        outcome: approve was expected, and it is deny\n"
        "        amount: 0.50 USD was expected, and it is nothing\n"
        "        destination: balance was expected, and it is nothing\n"
        "numberplug, in force from 2025-10-20: 36 of 37 examples hold\n"
    )


def test_what_is_neither_shop_nor_file_ends_with_2(runner):
    done = runner.invoke(args=["policy", "test", "nobody"])
    assert done.exit_code == 2
    assert "nobody is neither a shop" in done.output


def test_edges_of_a_clause_are_lines_of_json(runner):
    done = runner.invoke(args=["policy", "edges", "numberplug", "--clause", "NP-3.5"])
    assert done.exit_code == 0
    rows = [json.loads(line) for line in done.output.splitlines()]
    assert all(set(row) == {"name", "case", "decision"} for row in rows)
    said = {row["name"]: row["decision"] for row in rows}
    name = "NP-3.5: the order was cancelled more than 30 seconds after it was placed"
    assert [said[f"{name}: {when}"]["outcome"] for when in ("a second before", "at")] == [
        "approve",
        "approve",
    ]
    assert said[f"{name}: a second after"] == {"outcome": "deny", "clauses": ["NP-3.5"]}


@pytest.mark.long
def test_a_summary_ends_with_a_count(runner):
    done = runner.invoke(args=["policy", "edges", "numberplug", "--summary", "--clause", "NP-3.5"])
    lines = done.output.splitlines()
    outcomes = [line.split()[0] for line in lines[:-2]]
    assert lines[-1].startswith(f"{len(outcomes)} claims: ")
    assert f"{outcomes.count('deny')} deny" in lines[-1]
