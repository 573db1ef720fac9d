"""``same``: whether two versions decide alike, proved, or refuted by a claim."""

import time
from typing import Any

import z3

from portal.policy.deciding.case import CaseFile, parse
from portal.policy.deciding.document import Policy, PolicyError, Version
from portal.policy.deciding.engine import decide
from portal.policy.deciding.weighing import Weighing
from portal.policy.facts.table import BY_NAME, INDEX
from portal.policy.file.naming import named_version
from portal.proof.claims.at_work import matters
from portal.proof.claims.search import PATIENCE, Search
from portal.proof.model.steps import OutcomeTerms
from portal.proof.model.terms import FALSE

_OUTCOMES = ("deny", "ask", "approve", "review", "open")
_COMPARED = ("outcome", "amount", "destination", "remedy")


def answer(old_name: str, new_name: str) -> dict[str, Any]:
    """Hold two versions against each other, each called as ``check`` calls one.

    ``alike`` is true where it is proved, false where ``claim`` is decided apart, and null where
    neither a claim nor a proof was found. ``old`` and ``new`` name the versions, each with what it
    ``decides`` about that claim; ``matters`` has the facts of it to look at first. Raises
    PolicyError for what does not load, and for shops of different currencies or calendars.
    """
    began = time.perf_counter()
    (old_policy, old), (new_policy, new) = named_version(old_name), named_version(new_name)
    _comparable(old_policy, old, new_policy, new)
    alike, claim = same(old_policy, old, new)
    found: dict[str, Any] = {"alike": alike, "claim": claim}
    rests_on: set[str] = set()
    for side, policy, version in (("old", old_policy, old), ("new", new_policy, new)):
        decides = claim and _decided(claim, policy, version)
        rests_on |= set(matters(version, claim, *(decides["clauses"] if decides else ())))
        found[side] = {
            "shop": policy.id,
            "version": str(version.in_force),
            "sha256": version.sha256,
            "decides": decides,
        }
    found["matters"] = sorted(rests_on, key=INDEX.__getitem__)
    return found | {"seconds": round(time.perf_counter() - began, 2)}


def same(
    policy: Policy, old: Version, new: Version, *, patience: int = PATIENCE
) -> tuple[bool | None, CaseFile | None]:
    """Whether the two versions are proved to decide alike, and a claim on which they do not.

    Alike is: the same outcome and, where it is approved, the same amount, destination and remedy, on
    every plausible claim that both versions can meet. Left out are the clauses cited, the deadlines,
    from when an early claim may be made, whom a question goes to, and what is decided of a claim
    that hangs, in both, on a fact that is not known. (None, None) where neither was found.
    """
    search = Search(policy, old, beside=new, patience=patience)
    ours, (theirs,) = search.verdicts, search.others
    differs = [getattr(ours, name) != getattr(theirs, name) for name in _OUTCOMES]
    approved = z3.And(ours.approve, theirs.approve)
    pairs = zip(_paid(ours), _paid(theirs), strict=True)
    differs += [z3.And(approved, one != other) for one, other in pairs]

    def shows(weighed: Weighing) -> bool:
        one, other = (decide(weighed.case, policy, version) for version in (old, new))
        return any(getattr(one, name) != getattr(other, name) for name in _COMPARED)

    claim = search.claim(shows, z3.Or(differs))
    if claim is not None:
        return False, claim
    return (None if search.possible(z3.Or(differs), *search.plausible) else True), None


def _paid(outcome: OutcomeTerms) -> tuple[Any, ...]:
    """What is paid, whether it leaves the balance, and whether a replacement stands in for it."""
    amount, replaced = z3.IntVal(0), FALSE
    asked = BY_NAME["claim.remedy"].values.index("replacement")
    wanted = outcome.world.facts["claim.remedy"].value == asked
    for rule in reversed(outcome.approving):
        best = outcome.best[rule.place]
        amount = z3.If(best, outcome.world.amounts[rule.pays].value, amount)
        replaced = z3.If(best, wanted if rule.clause.remedy_asked else FALSE, replaced)
    return z3.If(replaced, 0, amount), outcome.paid_out, replaced


def _comparable(old_policy: Policy, old: Version, new_policy: Policy, new: Version) -> None:
    """Amounts of two currencies, and days of two calendars, are not held against each other."""
    currencies = {old_policy.shop.currency, new_policy.shop.currency}
    if len(currencies) > 1:
        raise PolicyError(f"one pays in {' and the other in '.join(sorted(currencies))}")
    if old.calendar != new.calendar:
        raise PolicyError("the two reckon days by different time zones, working days or holidays")


def _decided(claim: CaseFile, policy: Policy, version: Version) -> dict[str, Any]:
    said = decide(parse(claim), policy, version).as_json()
    return {name: said[name] for name in (*_COMPARED, "clauses")}
