"""What a claim still lacks: what its shop's policy requires, and what the person who reads it needs.

All of it is asked of the policy itself: a claim is decided as it stands and as it would stand with
more given. Nothing is required that could not change how it ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portal.claims.decisions.casefile import case_of
from portal.claims.lifecycle import Action
from portal.claims.models import EvidenceState
from portal.claims.refusals import Incomplete
from portal.claims.wording import missing_words
from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.facts.table import BY_NAME, Type
from portal.translation import gettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from portal.claims.models import Claim
    from portal.policy.deciding.decision import Decision
    from portal.policy.deciding.document import Policy

DESCRIPTION = "claim.description"
FILES = "claim.evidence"
PAYEE = "claim.payout"  # and what stands below it
# What is typed in answer to a question; the rest of what a policy may ask has pages of its own.
_TYPED = ("claim.service_name", "claim.amount", DESCRIPTION)
_SETTLED = ("approve", "deny")


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the policy says once everything asked for on later pages is given; ``asked`` are those."""

    decision: Decision
    asked: list[str] = field(default_factory=list)


def required(
    claim: Claim, *, policy: Policy, at: datetime, sending: bool = False
) -> dict[str, int]:
    """The facts that must be typed, each with the characters that it must have at least.

    A description is required where the policy says so, in the policy's length, or where a person
    will read it; before ``sending`` a refusal doesn't count as read, since it may end there.
    """
    wanted = _missing(_case(claim, at=at, without=_TYPED), policy)
    lengths = {path: 1 for path in sorted(wanted) if not _given_later(path)}
    if DESCRIPTION in lengths:
        lengths[DESCRIPTION] = _least(claim, policy, at=at)
    elif _is_read(claim, policy, at=at, sending=sending):
        lengths[DESCRIPTION] = 1
    return lengths


def least_description(claim: Claim, *, policy: Policy, at: datetime) -> int:
    """The characters that the policy requires of a description here; 1 where it says nothing."""
    return required(claim, policy=policy, at=at).get(DESCRIPTION, 1)


def lacks_words(path: str, claim: Claim, *, policy: Policy, at: datetime) -> str:
    """What to send for a missing field, with the length where the policy wants one."""
    words = missing_words(path)
    least = least_description(claim, policy=policy, at=at) if path == DESCRIPTION else 1
    return (
        gettext("%(words)s (%(least)s characters at least)", words=words, least=least)
        if least > 1
        else words
    )


def could_matter(
    claim: Claim, path: str, values: Iterable[object], *, policy: Policy, at: datetime
) -> bool:
    """Whether the answer to a choice may change how the claim ends, everything else being given."""
    ends = []
    for value in values:
        case = _typed(claim, policy, at=at)
        _put(case, path, value)
        decision = _foreseen(case, policy).decision
        if decision.outcome not in _SETTLED:
            return True
        ends.append(
            (decision.outcome, decision.amount, decision.destination, decision.remedy,
             decision.automatic)
        )  # fmt: skip
    return len(set(ends)) > 1


def lacking(claim: Claim, *, policy: Policy, at: datetime) -> list[str]:
    """What has to be given before the claim can be sent, as paths."""
    case = _case(claim, at=at, without=())
    found = list(decide(parse(case), policy).missing)
    length = required(claim, policy=policy, at=at, sending=True).get(DESCRIPTION, 0)
    if len((claim.description or "").strip()) < length:
        found.append(DESCRIPTION)
    return list(dict.fromkeys(found))


def still_missing(claim: Claim) -> list[str]:
    """What was asked for and not given since, as paths: what is typed, where the money goes, files.

    A file that came after the last asking, and can be used, is one that was given.
    """
    typed = [path for path in claim.missing if path in BY_NAME and BY_NAME[path].form]
    payee = [path for path in claim.missing if path.startswith(PAYEE)]
    return typed + payee + ([FILES] if FILES in claim.missing and not _file_since(claim) else [])


def _file_since(claim: Claim) -> bool:
    asked = max((event.at for event in claim.events if event.action is Action.ASK), default=None)
    return any(
        file.state is not EvidenceState.REFUSED and (asked is None or file.added_at >= asked)
        for file in claim.evidence
    )


def refuse_incomplete(claim: Claim, *, policy: Policy, at: datetime) -> None:
    """Raise Incomplete for a claim that is known to lack something: it is asked for now."""
    if found := lacking(claim, policy=policy, at=at):
        raise Incomplete(*found)


def foreseen(claim: Claim, *, policy: Policy, at: datetime) -> Foreseen:
    """The decision as it will be, where only files and payout details are still to come."""
    return _foreseen(_case(claim, at=at, without=()), policy)


def when_complete(claim: Claim, *, policy: Policy, at: datetime) -> Decision:
    """The decision of the claim sent at that time, with everything given that it would be asked for."""
    return _foreseen(_typed(claim, policy, at=at), policy).decision


def _foreseen(case: dict[str, Any], policy: Policy) -> Foreseen:
    asked: list[str] = []
    while True:
        decision = decide(parse(case), policy)
        later = [path for path in decision.missing if path not in asked and _given_later(path)]
        if len(later) < len(decision.missing) or not later:
            return Foreseen(decision, asked)
        asked += later
        for path in later:
            _suppose(case, path, policy)


def _given_later(path: str) -> bool:
    return path == FILES or path.startswith(PAYEE)


def _suppose(case: dict[str, Any], path: str, policy: Policy) -> None:
    if path == FILES:
        case["claim"]["evidence"] = [{"kind": "screenshot", "at": case["now"]}]
    else:
        method = case["claim"].get("payout", {}).get("method") or policy.shop.payout_methods[0]
        case["claim"]["payout"] = {"method": method, "complete": True}


def _is_read(claim: Claim, policy: Policy, *, at: datetime, sending: bool) -> bool:
    """Whether a person will read the claim: whenever the policy alone doesn't end it."""
    decision = _foreseen(_typed(claim, policy, at=at), policy).decision
    if decision.outcome == "deny":
        return sending and decision.claimable_from is None
    return not decision.automatic


def _typed(claim: Claim, policy: Policy, *, at: datetime) -> dict[str, Any]:
    """The case with something typed wherever something can be."""
    case = _case(claim, at=at, without=())
    for path in _TYPED:
        _fill(case, path, policy)
    return case


def _missing(case: dict[str, Any], policy: Policy) -> set[str]:
    """What a policy asks for one after the other, everything that it asks for being given."""
    found: set[str] = set()
    while True:
        missing = set(decide(parse(case), policy).missing) - found
        if not missing:
            return found
        found |= missing
        for path in missing:
            _fill(case, path, policy)


def _least(claim: Claim, policy: Policy, *, at: datetime) -> int:
    """The shortest description that no clause of the version finds too short."""
    version = policy.version_at(claim.submitted_at or at)
    lengths = sorted({clause.description_length for clause in version.clauses})
    case = _case(claim, at=at, without=())
    for length in lengths:
        case["claim"]["description"] = "x" * length
        if DESCRIPTION not in decide(parse(case), policy).missing:
            return length
    return lengths[-1]


def _case(claim: Claim, *, at: datetime, without: Iterable[str]) -> dict[str, Any]:
    case = case_of(claim, at=at)
    case["claim"] = {
        name: value for name, value in case["claim"].items() if f"claim.{name}" not in without
    }
    return case


def _fill(case: dict[str, Any], path: str, policy: Policy) -> None:
    """Give what a path asks for, whatever it may be: only that it is given counts."""
    if _given_later(path):
        _suppose(case, path, policy)
    elif path == DESCRIPTION:
        lengths = [c.description_length for each in policy.versions for c in each.clauses]
        case["claim"]["description"] = "x" * max(lengths)
    elif path in BY_NAME and path not in _values(case):
        fact = BY_NAME[path]
        value: Any = {"amount": "1", "currency": policy.shop.currency}
        if fact.type is not Type.MONEY:
            value = fact.values[0] if fact.values else True if fact.type is Type.BOOL else "x"
        _put(case, path, value)


def _values(case: Mapping[str, Any]) -> set[str]:
    return {f"claim.{name}" for name, value in case["claim"].items() if value not in (None, "")}


def _put(case: dict[str, Any], path: str, value: object) -> None:
    *above, name = path.split(".")
    place = case
    for each in above:
        place[each] = dict(place.get(each) or {})
        place = place[each]
    place[name] = value
