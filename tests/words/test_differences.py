"""What a new version changes, in words: the change alone, and nothing passed over."""

import random

import pytest

from portal.policy.deciding.document import PolicyError
from portal.policy.file.places import SHOPS, shop_files
from portal.policy.file.reading import whole
from portal.words.differences import Change, Difference, as_text, differences
from tests.sizes import size

WINDOW = "claim.submitted_at <= order.ordered_at + 5 days"


def text(shop):
    return (SHOPS / f"{shop}.toml").read_text(encoding="utf-8")


def version(content):
    return whole(content.encode(), "p.toml").current


def changed(shop, before, after):
    content = text(shop)
    assert before in content
    return differences(version(content), version(content.replace(before, after)))


def test_the_same_text_differs_in_nothing():
    assert changed("numberplug", "NumberPlug refunds", "NumberPlug") == ()
    assert as_text(()) == "Both say the same."


def test_a_longer_window_is_told_by_its_value():
    assert changed("activation-claims", f"invalid_number and {WINDOW}",
                   f"invalid_number and {WINDOW.replace('5', '7')}") == (
        Difference(
            clause="AC-R2",
            change=Change.CHANGED,
            about="when it applies",
            was="your claim is about a number that turned out to be unusable and you sent your"
            " claim within five days after the order was placed",
            now="your claim is about a number that turned out to be unusable and you sent your"
            " claim within seven days after the order was placed",
            values="five days became seven days",
        ),
    )  # fmt: skip


def test_another_test_is_told_as_it_was_and_as_it_is():
    found = changed("numberplug", "order.cancelled_at - order.ordered_at > 30 seconds",
                    "order.cancelled_at - order.ordered_at >= 60 seconds")  # fmt: skip
    assert as_text(found) == (
        "NP-3.5: when it applies changed\n"
        "    was: you cancelled the order more than 30 seconds after it was placed and what you ordered"
        " did not turn out to be unavailable no later than the cancellation\n"
        "    now: you cancelled the order one minute or more after it was placed and what you ordered"
        " did not turn out to be unavailable no later than the cancellation"
    )


def test_what_came_and_what_went_is_told_whole():
    clause = text("numberplug").partition('[[version.clause]]\nid = "NP-6.1"')[2]
    clause = '[[version.clause]]\nid = "NP-6.1"' + clause.partition("\n\n")[0]
    words = (
        "If we decline, you can appeal with something new that shows the problem, such as a"
        " screenshot. It explains, and decides no claim by itself."
    )
    assert changed("numberplug", clause, "") == (
        Difference("NP-6.1", Change.REMOVED, "the rule", words, ""),
    )
    old, new = text("numberplug").replace(clause, ""), text("numberplug")
    assert differences(version(old), version(new)) == (
        Difference("NP-6.1", Change.ADDED, "the rule", "", words),
    )


def test_what_holds_for_the_whole_version_comes_first():
    content = text("activation-claims")
    new = (
        content.replace('automatic_limit = "5.00"', 'automatic_limit = "7.50"')
        .replace('length = "5 days"', 'length = "6 days"')
        .replace('other = "AC-Q"', 'other = "AC-D2"')
        .replace('wrong_code = ["AC-R2"]', 'wrong_code = ["AC-R2", "AC-2"]')
        .replace("description_length = 30", "description_length = 40")
    )
    assert as_text(differences(version(content), version(new))) == (
        "everywhere: what is paid without a person changed\n"
        "    was: up to 5.00 USD\n"
        "    now: up to 7.50 USD\n"
        "everywhere: the mending time changed\n"
        "    was: five days from the moment you sent your claim, not counting the time from our"
        " request for access to the moment you gave us access\n"
        "    now: six days from the moment you sent your claim, not counting the time from our"
        " request for access to the moment you gave us access\n"
        "everywhere: the rule for something else changed\n"
        "    was: AC-Q\n"
        "    now: AC-D2\n"
        "everywhere: the rules named for a wrong code changed\n"
        "    was: AC-R2\n"
        "    now: AC-R2 and AC-2\n"
        "AC-D1: what we ask for changed\n"
        "    was: a description of what happened (30 characters at least)\n"
        "    now: a description of what happened (40 characters at least)"
    )


def test_deadlines_precedence_and_effects_are_told():
    found = changed("activation-claims", 'yields_to = ["AC-2"]', 'yields_to = ["AC-2", "AC-R3"]')
    assert [(each.about, each.was, each.now) for each in found] == [
        ("rules that come before it", "AC-2", "AC-2 and AC-R3")
    ]
    found = changed("numberplug", "clock.review_from + 48 hours", "clock.review_from + 3 days")
    assert [(each.about, each.now, each.values) for each in found] == [
        (
            "by when a person decides",
            "A person decides within three days after your claim was complete.",
            "48 hours became three days",
        )
    ]
    found = changed(
        "client-numbers",
        'amount = "price by inactive time"',
        'amount = "full price"\nautomatic = true',
    )
    assert [(each.clause, each.change, each.about, each.now) for each in found] == [
        ("CN-V.B1", "changed", "the amount", "the whole price"),
        ("CN-V.B1", "added", "without a person", "where our records prove it"),
    ]


SWAPS = (
    ("<=", "<"), (">=", ">"), ("> ", ">= "), (" and ", " or "), ("not ", ""), ("true", "false"),
    ("customer", "provider"), ("days", "hours"), ("hours", "minutes"), ("happened", "happened or now > now"),
    ("balance", "payout"), ("full price", "price by inactive time"), ('"deny"', '"inform"'),
    ("excluded", "overriding"), ("eligible", "information"), ("5", "6"), ("1", "2"), ('", "', "/"),
    ("UTC", "Europe/Paris"), ('"fri"', '"sat"'), (".", ";"),
)  # fmt: skip


@pytest.mark.long
@pytest.mark.exhaustive
def test_whatever_a_decision_rests_on_is_never_passed_over():
    """Lines of the five files left out, or one of their words changed: what still loads is told."""
    made_up = random.Random(7)
    told = 0
    for path in shop_files():
        content = path.read_text(encoding="utf-8").partition("\n[version.ordinary]")[0]
        old = version(content)
        lines = content.split("\n")
        for place in made_up.sample(range(len(lines)), size(30, full=80)):
            before, after = made_up.choice([s for s in SWAPS if s[0] in lines[place]] or [("", "")])
            line = lines[place].replace(before, after, 1) if before else ""
            try:
                new = version("\n".join([*lines[:place], line, *lines[place + 1 :]]))
            except PolicyError:
                continue
            # From when it is in force is which version it is, not what it says.
            if new.sha256 != old.sha256 and new.in_force == old.in_force:
                assert differences(old, new), f"{path.name}: {lines[place]} -> {line}"
                told += 1
    assert told > size(18, full=50)
