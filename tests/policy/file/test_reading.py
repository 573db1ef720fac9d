"""The five files load whole; a broken one is refused with its name, the clause and the reason."""

import random
import re
import tomllib
from datetime import date

import pytest

from portal.policy.facts.table import REASONS
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import PolicyError, compiled, load, shops

NUMBERPLUG = (SHOPS / "numberplug.toml").read_text(encoding="utf-8")
REST_3_5 = " and not order.unavailable_at <= order.cancelled_at"
WHEN_2_1 = (
    'when = "now >= order.expires_at and order.messages is empty and not order.cancelled_by ='
    ' customer"'
)
V = "p.toml: version 2025-10-20"


def broken(tmp_path, before, after):
    assert before in NUMBERPLUG
    path = tmp_path / "p.toml"
    path.write_text(NUMBERPLUG.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(PolicyError) as refusal:
        load(path)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (WHEN_2_1, 'when = "order.expired is empty"',
         f"{V}: NP-2.1: unknown fact 'order.expired' in 'order.expired is empty'"),
        ("> 30 seconds", "> 30",
         (f"{V}: NP-3.5: 30 has no unit (seconds, minutes, hours, days, months, working days) in"
         f" 'order.cancelled_by = customer and order.cancelled_at - order.ordered_at > 30{REST_3_5}'")),
        ("> 30 seconds", "> 3661 days",
         (f"{V}: NP-3.5: a length is at most 3660 days in"
         " 'order.cancelled_by = customer and order.cancelled_at - order.ordered_at > 3661 days"
         f"{REST_3_5}'")),
        ('kind = "default"\neffect = "deny"', 'kind = "default"',
         f"{V}: NP-1.1: a clause without an effect"),
        ('kind = "default"\neffect = "deny"', 'kind = "default"\neffect = "approve"',
         f"{V}: NP-1.1: a clause of kind default cannot approve"),
        ('amount = "full price"\n', "", f"{V}: NP-2.1: 'amount' is missing"),
        ('amount = "full price"\n', 'amount = "half"\n',
         (f"{V}: NP-2.1: 'amount' is not one of full price, price by inactive time,"
         " price by inactive days, price less processing fee, refundable balance")),
        ("automatic = true", "automatik = true", f"{V}: NP-2.1: unknown key 'automatik'"),
        ("automatic = true", 'automatic = "yes"', f"{V}: NP-2.1: 'automatic' is not true or false"),
        ('id = "NP-1.2"', 'id = "NP-1.1"', f"{V}: clause NP-1.1 is there twice"),
        ("claim.reason = wrong_selection", "claim.reason = wrong_choice",
         f"{V}: NP-3.3: claim.reason is never 'wrong_choice' in 'claim.reason = wrong_choice'"),
        ("order.cancelled_at - order.ordered_at > 30 seconds", "order.cancelled_at > 30 seconds",
         (f"{V}: NP-3.5: a time cannot be compared with a duration in"
         f" 'order.cancelled_by = customer and order.cancelled_at > 30 seconds{REST_3_5}'")),
        ("clock.review_from + 24 hours", "clock.review_from + order.price",
         f"{V}: NP-5.2: a money cannot follow + in 'clock.review_from + order.price'"),
        ("review_target =", "review_goal =", f"{V}: NP-5.2: unknown deadline 'review_goal'"),
        ('yields_to = ["NP-2.1"', 'yields_to = ["NP-9"', f"{V}: NP-3.2: unknown clause 'NP-9'"),
        (('because = "R3: an automatic return that the logs prove comes before this clause, one that a '
         'person has to confirm does not."\n'), "",
         f"{V}: NP-3.3: a precedence without 'because'"),
        ('requires = ["claim.order_reference"', 'requires = ["order.price"',
         f"{V}: NP-5.1: required information 'order.price' is not a customer's fact"),
        ('external_cause = ["NP-3.6"]\n', "", f"{V}: 'points' does not say where external_cause points"),
        ('caller_id = ["NP-1.1"]', 'caller_id = ["NP-0"]',
         f"{V}: points.caller_id: unknown clause 'NP-0'"),
        ("in_force = 2025-10-20", 'in_force = "soon"', "p.toml: version: 'in_force' is not a date"),
        ('time_zone = "UTC"', 'time_zone = "Mars/Base"', "p.toml: shop: unknown time zone 'Mars/Base'"),
        ('time_zone = "UTC"', 'time_zone = "UTC"\nholidays = "ZZ"',
         "p.toml: shop: no public holidays are known for 'ZZ'"),
        ('automatic_limit = "5.00"', 'automatic_limit = "5,000"',
         "p.toml: shop: 'automatic_limit': 5000.00 or 5.00? This can be read as either: write the one that is meant"),
        ('automatic_limit = "5.00"', 'automatic_limit = "5 USD a day"',
         "p.toml: shop: 'automatic_limit': write the amount with digits and a point, such as 0.50"),
        ('code = "other"', 'code = "wrong_code"', "p.toml: the reason 'other' is not offered"),
        ('code = "other"', 'code = "anything"', "p.toml: reason anything: unknown reason\np.toml: the reason 'other' is not offered"),
        ("appeal_days = 14", 'appeal_days = "14"', "p.toml: shop: 'appeal_days' is not a whole number"),
        ("[shop]", "[shop", ("p.toml: not TOML: Expected ']' at the end of a table declaration"
         " (at line 3, column 6)")),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_its_clause_and_reason(tmp_path, before, after, message):
    assert broken(tmp_path, before, after) == message


def test_two_versions_of_one_date_are_refused(tmp_path):
    version = NUMBERPLUG[NUMBERPLUG.index("[[version]]") :]
    path = tmp_path / "p.toml"
    path.write_text(NUMBERPLUG + "\n" + version, encoding="utf-8")
    with pytest.raises(PolicyError, match=r"^p\.toml: two versions are in force from 2025-10-20$"):
        load(path)


def test_a_length_of_more_digits_than_a_number_may_have_is_refused(tmp_path):
    said = broken(tmp_path, "> 30 seconds", f"> {'9' * 4500} working days")
    assert said.startswith(f"{V}: NP-3.5: a length is at most 2600 working days in ")


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(PolicyError, match=re.escape("gone.toml: the file cannot be read")):
        load(tmp_path / "gone.toml")


def test_each_shop_says_what_customers_and_the_engine_need():
    policies = shops()
    assert list(policies) == [
        "activation-claims", "client-numbers", "didvirtualnumbers", "numberplug", "sms-service",
    ]  # fmt: skip
    for policy in policies.values():
        codes = [reason.code for reason in policy.shop.reasons]
        assert codes[-1] == "other"
        assert set(codes) <= set(REASONS)
        assert all(2 <= len(reason.asks) <= 3 for reason in policy.shop.reasons)
        assert policy.shop.who_can_claim
        assert policy.shop.have_ready


@pytest.mark.parametrize(
    ("shop", "ids"),
    [
        ("numberplug", ("NP-1.1 NP-1.2 NP-2.1 NP-2.2 NP-2.3 NP-3.1 NP-3.2 NP-3.3 NP-3.4 NP-3.5"
         " NP-3.6 NP-4.1 NP-4.2 NP-4.3 NP-5.1 NP-5.2 NP-6.1 NP-6.2 NP-7")),
        ("activation-claims",
         "AC-1 AC-2 AC-R1 AC-R2 AC-R3 AC-R4 AC-X1 AC-X2 AC-D1 AC-D2 AC-Q"),
        ("client-numbers", ("CN-V.N1 CN-V.N2 CN-V.N3 CN-V.N4 CN-V.N5 CN-V.N6 CN-V.N7 CN-V.N8"
         " CN-V.N9 CN-V.N10 CN-V.B1 CN-V.B2 CN-V.B3 CN-V.C1 CN-V.C2 CN-V.M1 CN-V.T1 CN-V.T2"
         " CN-V.T3 CN-V.R1 CN-D.N1 CN-D.B1 CN-D.I1")),
        ("didvirtualnumbers", ("DV-0 DV-B1 DV-B2 DV-B3 DV-B4 DV-BN1 DV-BN2 DV-C1 DV-C2 DV-M1"
         " DV-CN1 DV-CN2 DV-CN3 DV-CN4 DV-CN5 DV-CN6 DV-CN7 DV-CN8 DV-T1 DV-T2 DV-T3 DV-R1")),
        ("sms-service", ("SS-0 SS-G1 SS-G2 SS-G3 SS-G4 SS-G5 SS-G6 SS-G7 SS-G8 SS-G9 SS-G10"
         " SS-G11 SS-O1 SS-N1 SS-N2 SS-N3 SS-N4 SS-N5 SS-N6 SS-N7 SS-N8 SS-N9 SS-M1 SS-M2"
         " SS-M3 SS-M4 SS-M5 SS-M6 SS-M7 SS-M8")),
    ],
)  # fmt: skip
def test_every_row_of_the_catalogue_is_a_clause(shop, ids):
    assert sorted(clause.id for clause in shops()[shop].current.clauses) == sorted(ids.split())


def test_all_that_is_wrong_with_a_file_is_named_at_once(tmp_path):
    path = tmp_path / "p.toml"
    text = NUMBERPLUG
    for before, after in (
        ('time_zone = "UTC"', 'time_zone = "Mars/Base"'),
        ('label = "', 'lable = "'),
        ("> 30 seconds", "> 30 fortnights"),
        ("automatic = true", "automatik = true"),
        ('sms_not_received = ["NP-2.1"]\n', ""),
        ('number_unavailable = ["NP-2.2"]\n', 'number_unavailable = ["NP-9"]\n'),
        ('yields_to = ["NP-2.1"', 'yields_to = ["NP-8"'),
    ):
        assert before in text
        text = text.replace(before, after, 1)
    path.write_text(text)
    with pytest.raises(PolicyError) as refused:
        load(path)
    said = str(refused.value).splitlines()
    assert said[0] == "p.toml: shop: unknown time zone 'Mars/Base'"
    assert said[1:3] == [
        "p.toml: reason sms_not_received: unknown key 'lable'",
        "p.toml: reason sms_not_received: 'label' is missing",
    ]
    assert f"{V}: NP-2.1: unknown key 'automatik'" in said
    assert any(each.startswith(f"{V}: NP-3.5: 30 has no unit") for each in said)
    assert f"{V}: 'points' does not say where sms_not_received points" in said
    assert f"{V}: points.number_unavailable: unknown clause 'NP-9'" in said
    assert f"{V}: NP-3.2: unknown clause 'NP-8'" in said


def test_no_flaw_of_a_table_hides_another_of_it_or_of_those_after_it(tmp_path):
    path = tmp_path / "p.toml"
    text = NUMBERPLUG
    for before, after in (
        ('id = "numberplug"', 'id = "Number Plug"\ncolour = "blue"'),
        ("appeal_days = 14\n", "appeal_days = -1\n"),
        ('appeal_review = "2 days"', 'appeal_review = "soon"'),
        ('payout_methods = ["original"', 'payout_methods = ["cash", 5'),
        ('code = "technical_error"', 'code = "sms_not_received"'),
        ('information_time = "14 days"', "information_time = 14"),
        ('amount = "full price"\n', 'amount = "half"\nevidence = "yes"\nrequires = "all"\n'),
        ('yields_to = ["NP-2.1"', "automatic = true\nyields_to = [1"),
        ('kind = "review deadline"', 'kind = "deadline"'),
        ('"stated(claim', '"balance.refundable is empty and stated(claim'),
        ('expect = { outcome = "approve"', 'expect = { outcome = "maybe"'),
    ):
        assert before in text
        text = text.replace(before, after, 1)
    path.write_text(text)
    with pytest.raises(PolicyError) as refused:
        load(path)
    said = [each.removeprefix("p.toml: ") for each in str(refused.value).splitlines()]
    version = V.removeprefix("p.toml: ")
    assert said[:8] == [
        "shop: unknown key 'colour'",
        "shop: 'id' is up to 40 small letters, digits and -, a letter or digit first",
        "shop: unknown payout method 'cash'",
        "shop: 'payout_methods' is not a list of texts",
        "shop: 'appeal_days' is 0 to 3660",
        "shop: unknown fact 'soon' in 'now + soon'",
        "reason sms_not_received: offered twice",
        f"{version}: 'information_time' is not a text",
    ]
    assert said[8:14] == [
        f"{version}: NP-2.1: 'requires' is not a list",
        (
            f"{version}: NP-2.1: 'amount' is not one of full price, price by inactive time,"
            " price by inactive days, price less processing fee, refundable balance"
        ),
        f"{version}: NP-2.1: 'evidence' is not true or false",
        f"{version}: NP-3.2: unknown key 'automatic'",
        f"{version}: NP-3.2: 'yields_to' is not a list of texts",
        f"{version}: NP-5.2: a clause of kind deadline cannot set",
    ]
    assert said[14:] == [
        f"{version}: NP-3.4 reads the balance, and 'top_up_window' is missing",
        f"{version}: NP-3.4 reads both the order and the balance",
        (
            f"{version}: example 'no SMS before the order expired': 'outcome' is not one of"
            " approve, deny, needs_information, review"
        ),
    ]


def test_what_is_wrong_with_the_ordinary_claim_is_said_of_one_example_alone(tmp_path):
    path = tmp_path / "p.toml"
    ordinary = NUMBERPLUG.index("\n[version.ordinary")
    text = NUMBERPLUG[ordinary:].replace(
        "expires_at = 2026-03-02T10:20:00Z", 'expires_at = "soon"', 1
    )
    path.write_text(NUMBERPLUG[:ordinary] + text)
    with pytest.raises(PolicyError) as refused:
        load(path)
    said = str(refused.value).splitlines()
    assert len(said) == 1
    assert "order.expires_at: write a time with its offset" in said[0]


WRONG = (
    5,
    1.5,
    True,
    "x",
    "",
    [],
    {},
    [[]],
    [5],
    ["x"],
    [{}],
    {"x": 1},
    {"x": []},
    date(2026, 1, 1),
)


def test_whatever_stands_where_something_else_should_is_refused_in_words():
    made_up = random.Random(11)
    data = tomllib.loads(NUMBERPLUG)
    version = data["version"][0]
    tables = [data, data["shop"], data["shop"]["sender"], *data["reason"], version,
              version["points"], *version["clause"], *version["example"]]  # fmt: skip
    refused = []
    for table in tables:
        for key in made_up.sample(sorted(table), 2):
            kept, table[key] = table[key], made_up.choice(WRONG)
            try:
                compiled(data, "p.toml")
            except PolicyError as error:
                refused.append(str(error))
            table[key] = kept
    assert len(refused) > 80
    assert all(line.startswith("p.toml: ") for each in refused for line in each.splitlines())


def test_points_are_asked_for_the_reasons_that_the_shop_offers(tmp_path):
    path = tmp_path / "p.toml"
    path.write_text(NUMBERPLUG.replace('caller_id = ["NP-1.1"]\n', ""))
    assert "caller_id" not in load(path).current.points


@pytest.mark.parametrize("key", ["shop", "reason", "version"])
def test_a_file_without_a_part_is_refused(tmp_path, key):
    path = tmp_path / "p.toml"
    path.write_text(re.sub(rf"(?s)\[+{key}(\]|\.).*", "", "" if key == "shop" else NUMBERPLUG))
    with pytest.raises(PolicyError, match=f"p.toml: '{key}' is missing"):
        load(path)
