"""Whether two versions decide alike: proved, or refuted by a claim."""

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.file.reading import SHOPS, read
from portal.proof.same import same


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


@pytest.mark.parametrize(("shop", "changes"), ALIKE)
def test_versions_that_decide_alike_are_proved_to(shop, changes):
    assert same(*versions(shop, *changes)) is None


OTHERWISE = [
    ("activation-claims", "order.ordered_at + 5 days", "order.ordered_at + 7 days"),
    ("activation-claims", "claim.submitted_at > order.ordered_at", "claim.submitted_at >= order.ordered_at"),
    ("numberplug", "order.ordered_at > 30 seconds", "order.ordered_at > 31 seconds"),
    ("client-numbers", "order.outage_time > 24 hours", "order.outage_time > 2 days"),
    ("client-numbers", "price by inactive time", "full price"),
    ("didvirtualnumbers", 'destination = "as asked"', 'destination = "balance"'),
    ("sms-service", "now >= order.ordered_at + 20 minutes", "now >= order.ordered_at + 25 minutes"),
]  # fmt: skip


@pytest.mark.parametrize(("shop", "old", "new"), OTHERWISE)
def test_versions_that_decide_otherwise_are_told_apart_by_a_claim(shop, old, new):
    policy, before, after = versions(shop, (old, new))

    claim = same(policy, before, after)

    assert claim
    one, other = (decide(parse(claim), policy, version) for version in (before, after))
    kept = ("outcome", "amount", "destination", "remedy")
    assert [getattr(one, name) for name in kept] != [getattr(other, name) for name in kept]
