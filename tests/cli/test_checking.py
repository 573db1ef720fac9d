"""``policy check``: what is printed for a person, and with which exit status."""

import json

import pytest

from portal.policy.loading import SHOPS
from tests.conftest import _app


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checks")
    return _app(f"sqlite:///{folder / 'none.sqlite3'}", folder).test_cli_runner()


def test_a_shop_that_is_whole_has_nothing_to_mend(runner):
    result = runner.invoke(args=["policy", "check", "activation-claims"])

    assert result.exit_code == 0
    assert result.output.startswith("activation-claims, in force from 2024-01-01\n")
    assert "AC-R4 before AC-R3: R1: access refused ends a claim" in result.output
    assert "Nothing to mend; checked in " in result.output


def test_a_flaw_is_printed_with_its_clause_its_line_and_a_claim(runner, tmp_path):
    text = (SHOPS / "activation-claims.toml").read_text(encoding="utf-8")
    path = tmp_path / "draft.toml"
    path.write_text(text.replace('beats = ["AC-R1", "AC-2", ', 'beats = ["AC-2", '))
    line = text[: text.index('id = "AC-R4"')].count("\n") + 1

    result = runner.invoke(args=["policy", "check", str(path)])

    assert result.exit_code == 1
    assert f"  AC-R4 (line {line}): contradiction\n" in result.output
    assert '"access_refused": true' in result.output
    assert "1 thing to mend; checked in " in result.output


def test_the_findings_are_printed_as_json(runner):
    result = runner.invoke(args=["policy", "check", "numberplug@2025-10-20", "--json"])

    found = json.loads(result.output)
    assert (found["shop"], found["version"], found["clean"]) == ("numberplug", "2025-10-20", True)
    assert set(found) == {
        "shop", "version", "sha256", "clean", "problems", "notes", "precedences", "seconds",
    }  # fmt: skip


def test_what_is_no_policy_is_refused_with_the_reason(runner):
    result = runner.invoke(args=["policy", "check", "nowhere"])

    assert result.exit_code == 1
    assert "nowhere is neither a shop" in result.output
