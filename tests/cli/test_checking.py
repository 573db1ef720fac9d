"""``policy check``: what is printed for a person, and with which exit status."""

import json

import pytest

from portal.policy.file.places import SHOPS
from tests.portals import portal_at


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checks")
    return portal_at(f"sqlite:///{folder / 'none.sqlite3'}", folder).test_cli_runner()


@pytest.mark.long
def test_a_shop_that_is_whole_has_nothing_to_mend(runner):
    result = runner.invoke(args=["policy", "check", "activation-claims"])

    assert result.exit_code == 0
    head, _, settled = result.output.partition("\n\nSettled in the file\n")
    assert head == "activation-claims, in force from 2024-01-01"
    assert settled.startswith(
        "  AC-D1 after AC-2: R3: money that the provider should have returned by itself knows no\n"
        "    five days; a person settles it.\n"
        "  AC-1 after AC-R2, AC-R3: These clauses are made for numbers and products that fail\n"
        "    after their SMS.\n"
        "  AC-R4 before AC-R1, AC-2, AC-R2, AC-R3: R1: access refused ends a claim, whatever it\n"
        "    rests on.\n"
        "  AC-X1 after AC-R1, AC-2: What the logs prove comes before the reason given. R5: a late\n"
        "    AC-2, which a person settles, does so, too.\n"
        "  AC-X2 after AC-R1, AC-2: What the logs prove comes before the reason given. R5: a late\n"
        "    AC-2, which a person settles, does so, too.\n"
        "\nNothing to mend; checked in "
    )


def test_a_flaw_is_printed_with_its_clause_its_line_and_a_claim(runner, tmp_path):
    text = (SHOPS / "activation-claims.toml").read_text(encoding="utf-8")
    path = tmp_path / "draft.toml"
    path.write_text(text.replace('beats = ["AC-R1", "AC-2", ', 'beats = ["AC-2", '))
    line = text[: text.index('id = "AC-R4"')].count("\n") + 1

    result = runner.invoke(args=["policy", "check", str(path)])

    assert result.exit_code == 1
    assert f"  AC-R4 (line {line}): contradiction\n" in result.output
    _, _, shown = result.output.partition("with because\n\n")
    first, rest, *_ = shown.split("\n\n")
    assert [line.split()[0] for line in first.splitlines()] == [
        "order.ordered_at",
        "order.expires_at",
        "order.cancelled_at",
        "order.messages",
        "claim.reason",
        "claim.submitted_at",
        "findings.access_refused",
    ]
    assert "      order.cancelled_at       not given\n" in first
    assert first.endswith("\n      findings.access_refused  true")
    assert "      claim.amount             2.00 USD\n" in rest
    assert "1 thing to mend; checked in " in result.output


@pytest.mark.long
def test_a_claim_is_printed_fact_by_fact_lists_and_amounts_in_a_line(runner):
    result = runner.invoke(args=["policy", "check", "sms-service"])

    assert (
        "      top_ups                  at 2026-03-03T12:00:00Z, amount 5.00 USD, "
        "method_refundable false\n"
    ) in result.output
    assert '{"' not in result.output


@pytest.mark.long
def test_a_clause_without_an_example_is_printed_with_one_to_paste(runner, tmp_path):
    text = (SHOPS / "activation-claims.toml").read_text(encoding="utf-8")
    at = text.index('[[version.example]]\nname = "it does not fit')
    path = tmp_path / "draft.toml"
    path.write_text(text[:at], encoding="utf-8")

    result = runner.invoke(args=["policy", "check", str(path)])

    assert result.exit_code == 1
    shown = result.output[result.output.index("[[version.example]]\n") :]
    path.write_text(text[:at] + shown.partition("\n\n")[0], encoding="utf-8")
    assert runner.invoke(args=["policy", "check", str(path)]).exit_code == 0


@pytest.mark.long
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


@pytest.mark.long
def test_a_sender_from_whom_no_mail_could_leave_is_to_be_mended(runner, tmp_path):
    text = (SHOPS / "activation-claims.toml").read_text(encoding="utf-8")
    before = next(line for line in text.splitlines() if line.startswith("sender"))
    path = tmp_path / "draft.toml"
    path.write_text(text.replace(before, 'sender = { name = "A, B; [C]", email = "refunds@" }'))

    result = runner.invoke(args=["policy", "check", str(path)])

    assert result.exit_code == 1
    said = " ".join(result.output.split())
    assert (
        "To mend sender No mail of this shop can leave: 'refunds@' is no e-mail address."
        " Write one, such as refunds@example.com." in said
    )

    path.write_text(text.replace(before, 'sender = { name = "A, B; [C]", email = "r@a.example" }'))
    assert runner.invoke(args=["policy", "check", str(path)]).exit_code == 0
