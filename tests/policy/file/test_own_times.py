"""What a shop's file says of the people around a decision, and what holds where it says nothing."""

from datetime import timedelta

import pytest

from portal.money import Money
from portal.policy.deciding.case import parse
from portal.policy.deciding.document import PolicyError
from portal.policy.deciding.engine import decide
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import read, shops
from portal.words.differences import differences

NUMBERPLUG = (SHOPS / "numberplug.toml").read_text(encoding="utf-8")
SAID = (
    "appeal_needs_file = true\n",
    'appeal_review = "2 days"\n',
    'review_time = "2 days"\n',
    'payout_time = "14 days"\n',
    "paying_days = 1\n",
    'information_time = "14 days"\n',
)
ASKING = {
    "claim": {"submitted_at": "2026-03-02T11:00:00Z", "reason": "technical_error"},
    "order": {"kind": "activation", "ordered_at": "2026-03-02T10:00:00Z"},
}


def policy(*changes):
    text = NUMBERPLUG
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return read(text.encode(), "numberplug.toml")


def times(found):
    shop, version = found.shop, found.current
    return (
        shop.appeal_needs_file,
        shop.appeal_review,
        shop.review_time,
        shop.payout_time,
        shop.paying_days,
        version.information_time,
    )


def test_a_file_that_says_nothing_has_the_portals_own_and_the_same_hash():
    silent, said = policy(*((each, "") for each in SAID)), policy()
    two, fourteen = timedelta(days=2), timedelta(days=14)
    assert times(silent) == times(said) == (True, two, two, fourteen, 1, fourteen)
    assert silent.current.sha256 == said.current.sha256


def test_each_shop_says_what_its_claimants_confirm():
    assert {each.shop.terms for each in shops().values()} == {
        "What I wrote is true, and I have read the refund policy"
    }
    assert policy(("terms = ", "# terms = ")).shop.terms == ""


def test_a_file_may_say_otherwise():
    found = policy(
        (SAID[0], "appeal_needs_file = false\n"),
        (SAID[1], 'appeal_review = "36 hours"\n'),
        (SAID[2], 'review_time = "1 day"\n'),
        (SAID[3], 'payout_time = "30 days"\n'),
        (SAID[4], "paying_days = 0\n"),
        (SAID[5], 'information_time = "7 days"\n'),
    )
    assert times(found) == (
        False,
        timedelta(hours=36),
        timedelta(days=1),
        timedelta(days=30),
        0,
        timedelta(days=7),
    )


def test_what_is_asked_for_is_due_when_the_version_says():
    due = {
        length: decide(parse(ASKING), policy((SAID[5], f'information_time = "{length}"\n')))
        for length in ("14 days", "7 days")
    }
    assert {length: each.as_json()["deadlines"] for length, each in due.items()} == {
        "14 days": {"information_due": "2026-03-16T11:00:00Z"},
        "7 days": {"information_due": "2026-03-09T11:00:00Z"},
    }


def test_another_time_for_what_is_asked_for_is_another_version_and_a_difference():
    before, after = policy(), policy((SAID[5], 'information_time = "7 days"\n'))
    assert before.current.sha256 != after.current.sha256
    assert [
        (each.about, each.was, each.now) for each in differences(before.current, after.current)
    ] == [("how long we wait for what we ask for", "14 days", "seven days")]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (SAID[1], 'appeal_review = "2 working days"\n',
         "shop: '2 working days' is not a length in days, hours, minutes or seconds"),
        (SAID[2], "review_time = 2\n", "shop: 'review_time' is not a text"),
        (SAID[4], "paying_days = -1\n", "shop: 'paying_days' is 0 to 3660"),
        (SAID[0], 'appeal_needs_file = "no"\n', "shop: 'appeal_needs_file' is not true or false"),
        (SAID[5], 'information_time = "2 months"\n',
         ("version 2025-10-20: '2 months' is not a length in days, hours, minutes or seconds")),
    ],
)  # fmt: skip
def test_what_is_no_length_is_refused_with_its_place(before, after, said):
    with pytest.raises(PolicyError) as refused:
        policy((before, after))
    assert str(refused.value) == f"numberplug.toml: {said}"


def with_rules(said=""):
    return policy((SAID[4], SAID[4] + said))


def rules(found):
    return found.shop.second_person, found.shop.second_person_above, found.shop.person_ceiling


def test_a_file_that_says_nothing_wants_a_second_person_at_no_amount():
    assert rules(with_rules()) == (True, None, None)


@pytest.mark.long
def test_amounts_and_the_switch_are_the_shops_to_say_and_change_no_versions_hash():
    said = 'second_person = false\nsecond_person_above = "20.00"\nperson_ceiling = "100.00"\n'
    assert rules(with_rules(said)) == (False, Money(2000, "USD"), Money(10_000, "USD"))
    assert with_rules(said).current.sha256 == with_rules().current.sha256


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('second_person = "no"\n', "shop: 'second_person' is not true or false"),
        ('person_ceiling = "a lot"\n',
         "shop: 'person_ceiling': write the amount with digits and a point, such as 0.50"),
    ],
)  # fmt: skip
def test_what_is_neither_is_refused_with_its_place(said, words):
    with pytest.raises(PolicyError) as refused:
        with_rules(said)
    assert str(refused.value) == f"numberplug.toml: {words}"


def test_a_shop_says_how_many_claims_in_which_time_are_an_incident():
    def said(*lines):
        shop = policy((SAID[4], SAID[4] + "".join(lines))).shop
        return shop.incident_claims, shop.incident_time

    assert said() == (5, timedelta(minutes=60))
    assert said("incident_claims = 12\n", 'incident_time = "2 hours"\n') == (12, timedelta(hours=2))
    assert said("incident_claims = 0\n") == (0, timedelta(minutes=60))
    with pytest.raises(PolicyError, match="'incident_claims' is 0 to 3660"):
        said("incident_claims = -1\n")
