"""With the examples and the edges of a policy, no mutant that means something else survives.

What survives has to be excused below by an argument, and to decide made-up claims, an eighth of
them with facts hidden, as the policy itself does.
"""

import random
import re
import tomllib
from itertools import chain, islice

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.document import PolicyError
from portal.policy.deciding.engine import decide
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import compiled, shops
from tests.edges.edges_for import EACH_SHOP, edges_of
from tests.policy.generated import claim, hidden
from tests.policy.mutants import mutants_of
from tests.sizes import part, size

pytestmark = pytest.mark.exhaustive
MADE_UP = size(100, full=2_000)
EACH = size(30, full=1)  # every thirtieth mutant in the daily run
SAME = {
    r".*: yields_to: .* too": "the conditions of the two clauses exclude each other",
    r".*: in the place of .*": "no decision names the two clauses, or it has a rank of its own",
    r"points\..*": "a clause of its own always answers this reason before `points` is read",
    r"AC-R1: automatic: turned": "it never carries without AC-2, which is automatic",
    r"DV-C1: automatic: turned": "to the balance it never carries without DV-B3, which is automatic",
    r"SS-G4: automatic: turned": "it never carries without SS-G2, which is automatic",
    r"SS-(M5|N9): automatic: turned": "what is paid out is never automatic",
    r"SS-(G3|G4|G11|N9): remedy_asked: turned": "another clause always leads it, and that one counts",
    r"SS-N9: when: no not balance.refundable is empty": "a clause that comes to nothing never holds",
    r"SS-N[16]: when: sms_not_received too": "reasons of an order never look at the balance",
    r"CN-V.N2: when: claim.reason = account_deletion": "`points` of both reasons name this clause",
    r"SS-N4: yields_to: no SS-G(4|10|1|3|11)": "where it holds, SS-G2 or another of its kind does, too",
    r"SS-N4: (deadlines: no|information_due as) .*": "14 days are the portal's own time for details, "
    "and the deadlines of that name are set by SS-M3 and SS-M4, which come later",
}


def otherwise(claims, policy):
    """The first of the (name, case, decision) claims that ``policy`` decides otherwise, or None."""
    version = policy.current
    differing = (name for name, case, said in claims if decide(case, policy, version) != said)
    return next(differing, None)


def touched_first(claims, mutant):
    """The claims, each case once, but first those about the clause that the mutant touches."""
    clause = mutant.partition(":")[0]
    touched = [each for each in claims if each[0].startswith(clause)]
    return chain(touched, {id(case): (name, case, said) for name, case, said in claims}.values())


def made_up(policy):
    rng = random.Random(f"mutants of {policy.id}")
    for number in range(MADE_UP):
        given = claim(rng, policy)
        case = parse(hidden(rng, given)[0] if number % 8 == 0 else given)
        yield str(number), case, decide(case, policy, policy.current)


@pytest.mark.parametrize("shop", part(EACH_SHOP, 3, every=5))
def test_every_mutant_that_means_something_else_dies(shop):
    policy = shops()[shop]
    version = policy.current
    cases = {}
    claims = [
        (edge.name, cases.setdefault(str(edge.case), parse(edge.case)), edge.decision)
        for edge in edges_of(shop)
    ]
    for example in version.examples:
        case = parse(example.given)
        claims.append((example.name, case, decide(case, policy, version)))
    unseen = list(made_up(policy))
    data = tomllib.loads((SHOPS / f"{shop}.toml").read_text(encoding="utf-8"))
    killed, survivors = 0, []
    for name, changed in islice(mutants_of(data), 0, None, EACH):
        try:
            mutant = compiled(changed, shop)
        except PolicyError:
            continue
        if otherwise(touched_first(claims, name), mutant) is not None:
            killed += 1
        else:
            survivors.append((name, otherwise(unseen, mutant)))
    unexcused = [
        (name, differs)
        for name, differs in survivors
        if differs is not None or not any(re.fullmatch(pattern, name) for pattern in SAME)
    ]
    assert unexcused == []
    assert killed > 300 // EACH
