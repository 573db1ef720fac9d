"""``policy decide``, ``list`` and ``show``: what is printed, and with which exit status."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.portals import portal_at

ROOT = Path(__file__).resolve().parents[2]
PRICE = {"amount": "0.50", "currency": "USD"}
EXPIRED = {
    "account": {"email": "ana@example.org", "status": "active"},
    "order": {
        "reference": "A-1", "kind": "activation", "service": "WhatsApp", "country": "GB",
        "price": PRICE, "ordered_at": "2026-03-02T10:00:00Z",
        "expires_at": "2026-03-02T10:20:00Z", "messages": [],
    },
    "claim": {
        "reason": "sms_not_received", "submitted_at": "2026-03-02T11:00:00Z",
        "service_name": "WhatsApp", "order_reference": "A-1",
        "description": "No code came.", "destination": "balance",
    },
}  # fmt: skip
ARRIVED = EXPIRED | {
    "order": EXPIRED["order"]
    | {"messages": [{"received_at": "2026-03-02T10:03:00Z", "service": "WhatsApp"}]}
}


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("commands")
    return portal_at(f"sqlite:///{folder / 'none.sqlite3'}", folder).test_cli_runner()


@pytest.fixture
def decide(runner):
    def run(policy, case, **more):
        return runner.invoke(args=["policy", "decide", policy, str(case)], **more)

    return run


def lines(*cases):
    return "".join(
        (case if isinstance(case, str) else json.dumps(case)) + "\n" for case in cases
    ).encode()


def short(text):
    return [
        (found["outcome"], found["clauses"])
        if "outcome" in found
        else (found["error"], found["line"])
        for found in map(json.loads, text.splitlines())
    ]


def test_one_case_gives_the_whole_decision(decide, tmp_path):
    (tmp_path / "case.json").write_text(json.dumps(EXPIRED, indent=2))
    result = decide("numberplug", tmp_path / "case.json")
    decision = json.loads(result.stdout)
    trace = decision.pop("trace")
    assert (result.exit_code, result.stderr) == (0, "")
    assert decision == {
        "policy": "numberplug",
        "version": "2025-10-20",
        "outcome": "approve",
        "destination": "balance",
        "remedy": "refund",
        "amount": PRICE,
        "clauses": ["NP-2.1"],
        "missing": [],
        "awaiting": [],
        "claimable_from": None,
        "deadlines": {"payout_due": "2026-03-02T11:00:00Z"},
        "automatic": True,
        "contradictions": [],
    }
    assert ("NP-2.1", True) in {(entry["clause"], entry["held"]) for entry in trace}


def test_lines_give_a_decision_each_in_the_same_order(decide, tmp_path):
    (tmp_path / "cases.jsonl").write_bytes(lines(EXPIRED, ARRIVED, EXPIRED))
    result = decide("numberplug", tmp_path / "cases.jsonl")
    assert (result.exit_code, short(result.stdout)) == (
        0,
        [("approve", ["NP-2.1"]), ("deny", ["NP-3.1"]), ("approve", ["NP-2.1"])],
    )


def test_a_bad_line_gets_its_error_in_place_and_the_others_are_decided(decide, tmp_path):
    odd = EXPIRED | {"order": EXPIRED["order"] | {"kind": "boat"}}
    (tmp_path / "cases.jsonl").write_bytes(lines(odd, ARRIVED) + b'{"\xff": 1}\n' + lines(EXPIRED))
    result = decide("numberplug", tmp_path / "cases.jsonl")
    first, second, third, fourth = short(result.stdout)
    assert (result.exit_code, second, fourth) == (
        1,
        ("deny", ["NP-3.1"]),
        ("approve", ["NP-2.1"]),
    )
    assert first == ("order.kind: write one of activation, rental", 1)
    assert third[0].startswith("case: not JSON")
    assert third[1] == 3


@pytest.mark.parametrize(
    ("given", "status", "expected"),
    [
        (json.dumps(EXPIRED, indent=2).encode(), 0, "approve"),
        (json.dumps(EXPIRED).encode(), 0, "approve"),
        (b"", 2, "case: not JSON"),
        (b"[]", 2, "case: "),
        (b"{", 2, "case: not JSON"),
        (b"\xff\xfe", 2, "case: not JSON"),
    ],
)
def test_standard_input_may_hold_one_case(decide, given, status, expected):
    result = decide("numberplug", "-", input=given)
    assert result.exit_code == status
    assert expected in (result.stderr if status else json.loads(result.stdout)["outcome"])


def test_standard_input_may_hold_lines_of_which_the_first_is_broken(decide):
    result = decide("numberplug", "-", input=lines("{broken", EXPIRED))
    assert result.exit_code == 1
    assert short(result.stdout)[1] == ("approve", ["NP-2.1"])


@pytest.mark.parametrize(
    ("part", "value", "field"),
    [
        ("order", {"kind": "boat"}, "order.kind"),
        ("order", {"ordered_at": "yesterday"}, "order.ordered_at"),
        ("order", {"price": {"amount": "-1", "currency": "USD"}}, "order.price"),
        ("claim", {"reason": "greed"}, "claim.reason"),
        ("claim", {"submitted_at": None}, "claim.submitted_at"),
        ("claim", {"submitted_at": "2020-01-01T00:00:00Z"}, "claim.submitted_at"),
    ],
)
def test_a_case_that_does_not_fit_ends_with_2_and_its_field(decide, part, value, field):
    case = EXPIRED | {part: EXPIRED[part] | value}
    result = decide("numberplug", "-", input=json.dumps(case).encode())
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {field}")


def test_half_of_a_surrogate_pair_leaves_as_its_escape(decide):
    case = EXPIRED | {"claim": EXPIRED["claim"] | {"description": "no \ud83d code"}}
    result = decide("numberplug", "-", input=json.dumps(case).encode())
    assert (result.exit_code, json.loads(result.stdout)["outcome"]) == (0, "approve")


def test_a_policy_may_be_a_file(decide, tmp_path):
    copy = tmp_path / "own.toml"
    copy.write_bytes((ROOT / "portal/policy/shops/numberplug.toml").read_bytes())
    result = decide(str(copy), "-", input=json.dumps(EXPIRED).encode())
    assert (result.exit_code, json.loads(result.stdout)["clauses"]) == (0, ["NP-2.1"])


def test_a_policy_that_is_nowhere_or_broken_ends_with_2(decide, tmp_path):
    (tmp_path / "own.toml").write_text("[shop]\n")
    nowhere = decide("nobody", "-", input=b"{}")
    broken = decide(str(tmp_path / "own.toml"), "-", input=b"{}")
    assert (nowhere.exit_code, broken.exit_code) == (2, 2)
    assert "nobody is neither a shop" in nowhere.stderr
    assert "own.toml: " in broken.stderr


def test_a_file_that_is_nowhere_ends_with_2(decide, tmp_path):
    assert decide("numberplug", tmp_path / "none.json").exit_code == 2


def test_list_names_each_shop_with_its_date(runner):
    result = runner.invoke(args=["policy", "list"])
    assert [line.split()[0] for line in result.stdout.splitlines()] == [
        "activation-claims",
        "client-numbers",
        "didvirtualnumbers",
        "numberplug",
        "sms-service",
    ]


def test_show_prints_every_clause(runner):
    result = runner.invoke(args=["policy", "show", "numberplug"])
    assert result.exit_code == 0
    assert {"NP-1.1", "NP-2.1", "NP-3.5", "NP-7"} <= set(result.stdout.split())


@pytest.mark.long
def test_a_reader_that_goes_away_early_is_no_error(tmp_path):
    (tmp_path / "cases.jsonl").write_bytes(lines(*[EXPIRED] * 400))
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite3'}"}
    with subprocess.Popen(
        [
            sys.executable, "-m", "flask", "--app", "wsgi",
            "policy", "decide", "numberplug", tmp_path / "cases.jsonl",
        ],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        first = process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
    assert (json.loads(first)["outcome"], said) == ("approve", b"")


def test_two_versions_are_told_apart_in_words(runner, tmp_path):
    shop = ROOT / "portal" / "policy" / "shops" / "numberplug.toml"
    longer = tmp_path / "longer.toml"
    longer.write_text(shop.read_text().replace("> 30 seconds", "> 45 seconds"))
    told = runner.invoke(args=["policy", "diff", "numberplug", str(longer)])
    rest = " and what you ordered did not turn out to be unavailable no later than the cancellation"
    assert (told.exit_code, told.output) == (
        0,
        (
            "NP-3.5: when it applies changed (30 seconds became 45 seconds)\n"
            f"    was: you cancelled the order more than 30 seconds after it was placed{rest}\n"
            f"    now: you cancelled the order more than 45 seconds after it was placed{rest}\n"
        ),
    )
    refused = runner.invoke(args=["policy", "diff", "numberplug", "nowhere"])
    assert refused.exit_code == 2
    assert "nowhere is neither a shop" in refused.output
