"""Facts that nobody supplied: the decision is the one that all they may be agrees on, and no other."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from math import prod

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.facts.table import BY_NAME, Type
from portal.policy.file.reading import shops
from tests.policy.generated import claim, hidden
from tests.sizes import size

pytestmark = pytest.mark.exhaustive

POLICIES = shops()
CLAIMS = size(100, full=600)  # of each shop
EXHAUSTIVE, SAMPLED, LONG = 300, 150, 6_000
TICK = timedelta(microseconds=1)
STEPS = (-TICK, timedelta(), TICK)
LENGTHS = tuple(
    timedelta(seconds=s) for s in (0, 30, 1200, 86_400, 2 * 86_400, 5 * 86_400, 7 * 86_400)
)
FAR = (datetime(1971, 1, 1, tzinfo=UTC), datetime(2998, 1, 1, tzinfo=UTC))
# What a clause requires of the customer is there or is not: it is asked for, and never supposed.
REQUIRED = {
    "claim.service_name", "claim.order_reference", "claim.description", "claim.amount",
    "claim.payout", "account.email",
}  # fmt: skip

ACCOUNTS = [
    {"status": status, "block_reason": why, "fraud_flag": fraud, "identity_documents": papers}
    for status, why in (
        ("active", None),
        ("deleted", None),
        ("blocked", "rule_violation"),
        ("blocked", "authorities"),
    )
    for fraud in (False, True)
    for papers in ("not_required", "provided", "refused")
]


@pytest.mark.long
@pytest.mark.one_in(4)
@pytest.mark.parametrize("shop", sorted(POLICIES))
def test_what_is_decided_holds_for_all_that_is_hidden_and_what_could_be_is_decided(shop):
    rng, policy = random.Random(f"completions of {shop}"), POLICIES[shop]
    unsound, undecided, settled = [], [], 0
    for number in range(CLAIMS):
        whole = claim(rng, policy)
        partial, paths = hidden(rng, whole)
        given = result(decide(parse(partial), policy))
        agreed = agreement(rng, policy, partial, paths, given)
        settled += agreed is not None
        if decided(given) and (agreed != given or result(decide(parse(whole), policy)) != given):
            unsound.append((number, paths, given, agreed))
        if not decided(given) and agreed is not None:
            undecided.append((number, paths, given, agreed))
    assert (unsound, undecided) == ([], [])
    assert settled > CLAIMS // 2


def agreement(rng, policy, partial, paths, given):
    """What every completion of the hidden facts comes to, None where two of them differ."""
    world = World(rng, policy, partial)
    choices = [(path, world.values(path)) for path in paths if path not in REQUIRED]
    size = prod(len(values) for _path, values in choices)
    if size <= EXHAUSTIVE:
        tries = product(*(values for _path, values in choices))
    else:
        # Longer, where only this search stands against the answer that nothing is decided.
        count = SAMPLED if decided(given) else LONG
        tries = ([rng.choice(values) for _path, values in choices] for _ in range(count))
    found = None
    for values in tries:
        case = copied(partial)
        for (path, _), value in zip(choices, values, strict=True):
            put(case, path, value)
        verdict = result(decide(parse(case), policy))
        if not decided(verdict) or found not in (None, verdict):
            return None
        found = verdict
    return found


def result(decision):
    return (decision.outcome, decision.amount, decision.destination, decision.remedy)


def decided(verdict):
    return verdict[0] in ("approve", "deny")


class World:
    """What each hidden fact of one case may be: a finer grid than the engine's own few values."""

    def __init__(self, rng, policy, partial):
        self.rng, self.policy, self.partial = rng, policy, partial
        times = sorted(set(_times(partial)))
        self.instants = sorted(
            {
                at + sign * length + step
                for at in times
                for length in LENGTHS
                for sign in (-1, 1)
                for step in STEPS
            }
            | {one + (other - one) / 2 for one, other in pairwise(times)}
            | set(FAR)
        )

    def values(self, path):
        """What may stand at ``path``, as the case writes it."""
        kind = path if path in BY_NAME else path.rpartition(".")[2]
        fact = BY_NAME.get(kind)
        by_path = {
            "account": lambda: ACCOUNTS,
            "order": lambda: [self.order() for _ in range(200)],
            "order.messages": lambda: [[], [{"service": "WhatsApp"}], [{"service": "Another"}]],
            "top_ups": lambda: [[self.top_up() for _ in range(n)] for n in (0, *(1, 2, 3) * 12)],
            "purchases": lambda: [[self.purchase() for _ in range(n)] for n in (0, *(1, 2) * 16)],
            "at": lambda: [text(at) for at in self.instants],
            "service": lambda: ["WhatsApp", "Another"],
        }
        if path in by_path:
            return by_path[path]()
        if kind == "amount" or (fact and fact.type is Type.MONEY):
            return [self.money(minor) for minor in (0, 1, 2, 50, 4999, 10**8)]
        if kind in ("activated", "refunded") or (fact and fact.type is Type.BOOL):
            return [True, False]
        if fact and fact.type is Type.NUMBER:
            return list(range(12))
        if kind == "at" or (fact and fact.type is Type.TIME):
            return by_path["at"]()
        return list(fact.values) if fact and fact.values else by_path["service"]()

    def order(self):
        """Another claim's order, its times about those of this one."""
        order = claim(self.rng, self.policy).get("order") or {}
        times = {
            name
            for name, value in order.items()
            if name.endswith(("_at", "_from", "_until")) and value
        }
        return order | {
            name: text(self.rng.choice(self.instants)) for name in times if self.rng.random() < 0.5
        }

    def top_up(self):
        return {
            "at": text(self.rng.choice(self.instants)),
            "amount": self.money(self.rng.choice((1, 500, 10**8))),
            "method_refundable": self.rng.random() < 0.5,
        }

    def purchase(self):
        return {
            "at": text(self.rng.choice(self.instants)),
            "amount": self.money(self.rng.choice((1, 500, 10**8))),
            "activated": self.rng.random() < 0.5,
            "refunded": self.rng.random() < 0.3,
        }

    def money(self, minor):
        return {
            "amount": f"{minor // 100}.{minor % 100:02d}",
            "currency": self.policy.shop.currency,
        }


def _times(value):
    if isinstance(value, dict):
        for each in value.values():
            yield from _times(each)
    elif isinstance(value, list):
        for each in value:
            yield from _times(each)
    elif isinstance(value, str) and value[4:5] == "-" and value[10:11] == "T":
        yield datetime.fromisoformat(value)


def text(at):
    return at.isoformat()


def copied(value):
    if isinstance(value, dict):
        return {name: copied(each) for name, each in value.items()}
    return [copied(each) for each in value] if isinstance(value, list) else value


def put(case, path, value):
    *parents, name = path.split(".")
    place = case
    for each in parents:
        place = place[int(each)] if isinstance(place, list) else place.setdefault(each, {})
    place[name] = value
