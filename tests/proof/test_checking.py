"""``check``: the five shops are whole, their contradictions settled, and each kind of flaw is found."""

import json
import re
from functools import cache, partial

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.facts.reasons import CODES
from portal.policy.facts.table import BY_NAME
from portal.policy.file.examples import EXPECTED
from portal.policy.file.naming import named_version
from portal.policy.file.places import SHOPS
from portal.policy.language.clause import Destination
from portal.policy.language.verdict import Outcome
from portal.policy.text.editing import Lines, lines
from portal.proof.checking import answer, check
from portal.proof.claims.search import PATIENCE, Search
from portal.translation import again, speaking
from portal.words.parts import words_of
from tests import pseudo
from tests.sizes import by_turns

# Each denying clause with the approving ones that it comes before ("over") or gives way to ("under"),
# wherever both hold on some claim: exactly these pairs meet, and each has its reason in the file.
SETTLED = {
    "activation-claims": """
        AC-D1 under AC-2
        AC-1 under AC-R2 AC-R3
        AC-R4 over AC-R1 AC-2 AC-R2 AC-R3
        AC-X1 under AC-R1 AC-2
        AC-X2 under AC-R1 AC-2
    """,
    "client-numbers": """
        CN-V.N1 over CN-V.C1 CN-V.B3
        CN-V.N1 under CN-V.B1
        CN-V.N3 over CN-V.C1 CN-V.C2 CN-V.B1 CN-V.B2 CN-V.B3
        CN-V.N5 over CN-V.C1 CN-V.C2 CN-V.B1 CN-V.B2 CN-V.B3
        CN-V.N6 over CN-V.C1 CN-V.C2 CN-V.B1 CN-V.B2 CN-V.B3
        CN-V.N8 under CN-V.C1 CN-V.C2 CN-V.B1 CN-V.B2 CN-V.B3 CN-D.B1
        CN-V.N10 under CN-V.C1 CN-V.C2 CN-V.B1 CN-V.B2 CN-V.B3 CN-D.B1
    """,
    "didvirtualnumbers": """
        DV-BN1 over DV-C1 DV-B3 DV-B4
        DV-BN1 under DV-B1
        DV-BN2 over DV-C1 DV-C2 DV-B2 DV-B3
        DV-CN2 over DV-C1 DV-C2 DV-B1 DV-B2 DV-B3 DV-B4
        DV-CN4 over DV-C1 DV-C2 DV-B1 DV-B2 DV-B3 DV-B4
    """,
    "numberplug": """
        NP-3.1 over NP-2.3
        NP-3.2 under NP-2.1 NP-2.2 NP-3.5
        NP-3.2 over NP-2.3
        NP-3.3 under NP-2.1 NP-2.2
        NP-3.3 over NP-2.3
        NP-3.4 over NP-2.1 NP-2.3
        NP-3.5 over NP-2.3
        NP-3.6 under NP-2.1 NP-2.2
        NP-3.6 over NP-2.3
    """,
    "sms-service": """
        SS-N3 over SS-G10 SS-G1 SS-G3 SS-G11 SS-G7 SS-G8 SS-O1
        SS-N4 under SS-G2 SS-G4 SS-G10 SS-G1 SS-G3 SS-G11
        SS-N4 over SS-G5 SS-G6 SS-G7 SS-G8 SS-G9 SS-O1 SS-M5 SS-N9
        SS-N7 over SS-G10 SS-G1 SS-G3 SS-G11 SS-G7 SS-G8 SS-O1
    """,
}
# The reasons for which a claim may fall to "nothing applies", in the order offered.
HOLES = {
    "activation-claims": "",
    "client-numbers": "sms_not_received rental_outage operator_block number_unavailable "
    "local_carrier_fault no_sms_from_one_service early_termination",
    "didvirtualnumbers": "sms_not_received rental_outage operator_block number_unavailable "
    "local_carrier_fault early_termination",
    "numberplug": "",
    "sms-service": "unused_balance account_deletion",
}


# What is found of a shop is found once: its tests run in one process.
EACH = [pytest.param(shop, marks=pytest.mark.xdist_group(f"check-{shop}")) for shop in SETTLED]
checked = cache(answer)


@pytest.mark.one_in(5)
@pytest.mark.parametrize("shop", EACH)
def test_a_shop_is_clean_and_its_contradictions_are_those_that_its_file_settles(shop):
    found = checked(shop)

    assert (found["clean"], found["problems"]) == (True, [])
    pairs = {(each["clause"], each["other"], each["wins"]) for each in found["precedences"]}
    assert pairs == {
        (clause, other, clause if way == "over" else other)
        for clause, way, *others in map(str.split, SETTLED[shop].strip().splitlines())
        for other in others
    }
    assert all(each["because"] for each in found["precedences"])


@pytest.mark.long
@pytest.mark.one_in(5)
@pytest.mark.parametrize("shop", EACH)
def test_the_holes_of_a_shop_are_told_with_a_claim_that_falls_through(shop):
    policy, version = named_version(shop)
    notes = checked(shop)["notes"]

    assert [each["claim"]["claim"]["reason"] for each in notes] == HOLES[shop].split()
    for each in notes:
        verdict = decide(parse(each["claim"]), policy, version)
        assert (verdict.outcome, verdict.claimable_from) == ("deny", None)


@pytest.mark.long
@pytest.mark.parametrize("shop", EACH)
def test_the_claim_of_a_precedence_is_not_decided_by_the_clause_that_gives_way(shop):
    policy, version = named_version(shop)

    for each in checked(shop)["precedences"]:
        verdict = decide(parse(each["claim"]), policy, version)
        (loses,) = {each["clause"], each["other"]} - {each["wins"]}
        # A third clause may come before both of them: SS-G2 before SS-N4 and SS-G7.
        third = loses not in verdict.clauses and verdict.clauses
        assert each["wins"] in verdict.clauses or third or verdict.outcome == "needs_information", (
            each
        )


def test_lines_are_those_of_the_version_that_is_checked():
    text = """
[[version]]
in_force = 2024-01-01
[[version.clause]]
id = "A-1"  # the first
[[version]]
in_force = 2025-01-01
[version.points]
id = "A-1"
[[version.clause]]
id = 'A-1'
[[version.example]]
name = "one"
[[version.example]]
"""

    assert lines(text) == {
        "2024-01-01": Lines({"A-1": (4, 5)}, []),
        "2025-01-01": Lines({"A-1": (10, 11)}, [12, 14]),
    }


# What is changed in a shop's file at once, of which no change hides another, and what check says of each.
FLAWS = [
    ("numberplug", [
        ("now >= order.expires_at and order.messages is empty and not",
         "now < order.ordered_at and order.messages is empty and not", "dead clause", "NP-2.1"),
    ]),
    ("numberplug", [
        ('when = "order.service_message"',
         'when = "order.service_message and not order.messages is empty"',
         "test that changes nothing", "NP-3.1"),
        ('review_target = "clock.review_from + 24 hours", review_due = "clock.review_from + 48',
         'review_due = "clock.review_from + 48', "range used as a deadline", "NP-5.2"),
        ('"claim.service_name", "claim.answers.number_used"', '"claim.service_name"',
         "fact that nobody can supply", "NP-3.4"),
        ('code = "external_cause"', 'code = "caller_id"', "reason that no clause answers", None),
    ]),
    ("numberplug", [
        ('when = "claim.reason = external_cause"\nyields_to = ["NP-2.1", "NP-2.2"]\nbeats = ["NP-2.3"]',
         'when = "claim.reason = external_cause"', "contradiction", "NP-3.6"),
        ('when = "order.service_message"\nbeats = ["NP-2.3"]',
         'when = "order.service_message"\nbeats = ["NP-2.3", "NP-2.1"]', "idle precedence", "NP-3.1"),
    ]),
    ("numberplug", [
        ('when = "claim.reason = external_cause"\nyields_to = ["NP-2.1", "NP-2.2"]\nbeats = ["NP-2.3"]',
         'when = "claim.reason = external_cause"\nbeats = ["NP-2.1", "NP-2.2", "NP-2.3"]',
         "precedence that is not kept", "NP-3.6"),
        ('when = "order.service_message"\nbeats = ["NP-2.3"]',
         'when = "order.service_message"\nbeats = ["NP-2.3", "NP-3.2"]', "idle precedence", "NP-3.1"),
    ]),
    ("client-numbers", [
        ("clock.review_from + 2 working days", "clock.review_from + 30 working days",
         "deadline that can never be met", "CN-V.T3"),
        ('order.outage_time > 24 hours"',
         'order.outage_time > 24 hours and now > order.ordered_at + 2 months and now < order.ordered_at + 50 days"',
         "dead clause", "CN-V.B1"),
        ("now + 5 working days", "now + 1 working day", "range used as a deadline",
         "CN-V.T2"),
    ]),
]  # fmt: skip


def data_of(text, policy, version):
    """What of a finding is the file's own: names, values, what it quotes, lengths of time."""
    limits = {limit.text for clause in version.clauses for limit in clause.deadlines.values()}
    quoted = re.findall(r"'[^']*'|\"[^\"]*\"|\[.*?\]|(?<=set review_target to ).*", text)
    labels = {str(reason.label) for reason in policy.shop.reasons}
    keys = {*EXPECTED, *BY_NAME, *CODES, *Outcome, *Destination, "True", "review_target"}
    return pseudo.known({*quoted, *limits, *labels, *keys, "beats", "yields_to"})


@pytest.mark.long
@pytest.mark.one_in(5)
@pytest.mark.usefixtures("pseudo_words")
@pytest.mark.parametrize(("shop", "flaws"), FLAWS)
def test_a_flaw_is_found_with_its_clause_and_line_and_said_in_every_language(tmp_path, shop, flaws):
    text = (SHOPS / f"{shop}.toml").read_text(encoding="utf-8")
    for old, new, *_ in flaws:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "draft.toml"
    path.write_text(text, encoding="utf-8")

    found = answer(str(path))

    assert not found["clean"]
    lines = path.read_text().splitlines()
    for *_, kind, clause in flaws:
        problem = next(each for each in found["problems"] if each["kind"] == kind)
        assert problem["clause"] == clause
        if clause:
            assert lines[problem["line"] - 1] == f'id = "{clause}"'
    for each in found["problems"]:
        assert each["claim"], each
        assert "claim.reason" in each["matters"]
        if each["kind"] == "example that fails":
            head, named = lines[each["line"] - 1 : each["line"] + 1]
            assert (head, named) == ("[[version.example]]", f'name = "{each["example"]}"')
    policy, version = named_version(str(path))
    for each in (*found["problems"], *found["notes"]):
        made_of = json.loads(json.dumps(each["made_of"]))
        assert again(made_of, stand_in=partial(words_of, version=version)) == each["text"]
        with speaking(pseudo.LANGUAGE):
            said = again(made_of, stand_in=partial(words_of, version=version))
        assert pseudo.plain(said, data_of(each["text"], policy, version)) == ""


@by_turns("shop", [*SETTLED], 0)
def test_every_question_about_a_policy_takes_less_than_a_hundredth_of_the_limit(shop):
    assert check(Search(*named_version(shop), patience=PATIENCE // 100)).problems == []


def test_what_takes_too_long_is_said_to_be_left_open():
    policy, version = named_version("numberplug")

    found = check(Search(policy, version, patience=1))

    open_ = [each.text for each in found.problems if each.kind == "question left open"]
    assert any("about clauses that meet took too long" in text for text in open_)
    assert all(text.endswith("what is to be found there is not known") for text in open_)
