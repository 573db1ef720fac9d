"""Whether two versions decide alike: proved, or refuted by a claim."""

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.document import PolicyError
from portal.policy.deciding.engine import decide
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import read
from portal.proof.same import answer, same


def versions(shop, *changes):
    """The shop's policy as it is, and its version after ``changes`` of the text."""
    text = (SHOPS / f"{shop}.toml").read_text(encoding="utf-8")
    changed = text
    for old, new in changes:
        assert old in changed
        changed = changed.replace(old, new)
    policy = read(text.encode(), f"{shop}.toml")
    return policy, policy.current, read(changed.encode(), "draft.toml").current


ALIKE = [
    ("numberplug", ()),
    ("client-numbers", ()),
    ("numberplug", (("now >= order.expires_at and order.messages is empty and not",
                     "order.messages is empty and now >= order.expires_at and not"),)),
    ("activation-claims", (("order.ordered_at + 5 days", "order.ordered_at + 120 hours"),)),
    ("numberplug", (('review_due = "clock.review_from + 48 hours"',
                     'review_due = "clock.review_from + 72 hours"'),)),
]  # fmt: skip


@pytest.mark.one_in(4)
@pytest.mark.parametrize(("shop", "changes"), ALIKE)
def test_versions_that_decide_alike_are_proved_to(shop, changes):
    assert same(*versions(shop, *changes)) == (True, None)


OTHERWISE = [
    ("activation-claims", "order.ordered_at + 5 days", "order.ordered_at + 7 days"),
    ("activation-claims", "order.ordered_at + 5 days", "order.ordered_at + 5 working days"),
    ("activation-claims", "order.ordered_at + 5 days", "order.ordered_at + 1 month"),
    ("activation-claims", "claim.submitted_at > order.ordered_at", "claim.submitted_at >= order.ordered_at"),
    ("numberplug", "order.ordered_at > 30 seconds", "order.ordered_at > 31 seconds"),
    ("client-numbers", "order.outage_time > 24 hours", "order.outage_time > 2 days"),
    ("client-numbers", "price by inactive time", "full price"),
    ("didvirtualnumbers", 'destination = "as asked"', 'destination = "balance"'),
    ("sms-service", "now >= order.ordered_at + 20 minutes", "now >= order.ordered_at + 25 minutes"),
]  # fmt: skip


@pytest.mark.long
@pytest.mark.one_in(4)
@pytest.mark.parametrize(("shop", "old", "new"), OTHERWISE)
def test_versions_that_decide_otherwise_are_told_apart_by_a_claim(shop, old, new):
    policy, before, after = versions(shop, (old, new))

    alike, claim = same(policy, before, after)

    assert alike is False
    one, other = (decide(parse(claim), policy, version) for version in (before, after))
    kept = ("outcome", "amount", "destination", "remedy")
    assert [getattr(one, name) for name in kept] != [getattr(other, name) for name in kept]


def test_a_version_of_next_year_is_held_against_todays_on_claims_that_both_can_meet():
    later = [("in_force = 2024-01-01", "in_force = 2027-01-01")]
    policy, before, after = versions("activation-claims", *later)
    assert same(policy, before, after) == (True, None)

    policy, before, after = versions("activation-claims", *later, ("+ 5 days", "+ 7 days"))
    alike, claim = same(policy, before, after)
    assert (alike, claim["claim"]["submitted_at"]) == (False, "2027-01-02T00:00:00Z")


def shop_file(folder, *changes):
    text = (SHOPS / "numberplug.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "draft.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_answer_names_both_versions_and_what_each_decides(tmp_path):
    found = answer("numberplug", shop_file(tmp_path, ("> 30 seconds", "> 45 seconds")))

    assert (found["alike"], found["matters"][0]) == (False, "order.ordered_at")
    assert found["old"]["decides"] == {
        "outcome": "deny", "amount": None, "destination": None, "remedy": None, "clauses": ["NP-3.5"],
    }  # fmt: skip
    assert found["new"]["decides"]["outcome"] != "deny"
    assert found["old"]["sha256"] != found["new"]["sha256"]
    assert {found[side]["version"] for side in ("old", "new")} == {"2025-10-20"}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (('currency = "USD"', 'currency = "EUR"'), "one pays in EUR and the other in USD"),
        (('time_zone = "UTC"', 'time_zone = "Europe/Kyiv"'),
         "the two reckon days by different time zones, working days or holidays"),
    ],
)  # fmt: skip
def test_amounts_and_days_of_two_kinds_are_not_held_against_each_other(tmp_path, change, refusal):
    with pytest.raises(PolicyError) as refused:
        answer("numberplug", shop_file(tmp_path, change))

    assert str(refused.value) == refusal


def test_where_the_question_took_too_long_nothing_is_said_to_be_proved():
    changed = ("order.ordered_at > 30 seconds", "order.ordered_at > 31 seconds")

    assert same(*versions("numberplug", changed), patience=1) == (None, None)
