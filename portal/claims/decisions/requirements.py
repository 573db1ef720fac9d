"""What a claim still lacks: what its shop's policy requires, and what the person who reads it needs.

All of it is asked of the policy itself: a claim is decided as it stands and as it would stand with
more given. Nothing is required that could not change how it ends.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.claims.decisions.outlook import Outlook
from portal.claims.lifecycle import Action, EvidenceState, Status
from portal.claims.models import Claim
from portal.claims.wording import missing_words
from portal.money import Money
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy
from portal.policy.facts.claim import IDENTITY
from portal.policy.facts.table import BY_NAME, Type
from portal.translation import gettext

SERVICE, AMOUNT, DESCRIPTION = "claim.service_name", "claim.amount", "claim.description"
FILES = "claim.evidence"
PAYEE = "claim.payout"  # and what stands below it
# What is typed in answer to a question; the rest of what a policy may ask has pages of its own.
_TYPED = (SERVICE, AMOUNT, DESCRIPTION)
_SETTLED = ("approve", "deny")


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the policy says once everything asked for on later pages is given; ``asked`` are those."""

    decision: Decision
    asked: list[str] = field(default_factory=list)


def required(outlook: Outlook, *, sending: bool = False) -> dict[str, int]:
    """The facts that must be typed, each with the characters that it must have at least.

    A description is required where the policy says so, in the policy's length, or where a person
    will read it; before ``sending`` a refusal doesn't count as read, since it may end there.
    """
    if outlook.wanted is None:
        outlook.wanted = _wanted(outlook)
    lengths = dict(outlook.wanted)
    if DESCRIPTION not in lengths and _is_read(outlook, sending=sending):
        lengths[DESCRIPTION] = 1
    return lengths


def _wanted(outlook: Outlook) -> dict[str, int]:
    """What the policy itself wants typed."""
    lengths = {path: 1 for path in sorted(_missing(outlook)) if not _given_later(path)}
    if DESCRIPTION in lengths:
        lengths[DESCRIPTION] = _least(outlook)
    return lengths


def known_already(outlook: Outlook, needs: Mapping[str, int], *, words: str) -> dict[str, Any]:
    """Of what is required, the answers that nobody has to be asked for, as answering.answer() takes them.

    The records say the service and the price of an order. The ``words`` of the reason that was chosen
    are a description where the policy wants no longer one and no person reads it.
    """
    order, found = outlook.logs.get("order") or {}, dict[str, Any]()
    price = Money.exact(**order["price"]).rounded() if order.get("price") else None
    if SERVICE in needs and order.get("service"):
        found["service_name"] = order["service"]
    if AMOUNT in needs and price and price.minor:
        found["asked"] = price
    if needs.get(DESCRIPTION, len(words) + 1) <= len(words) and not _is_read(
        outlook, sending=False
    ):
        found["description"] = words
    return found


def least_description(outlook: Outlook) -> int:
    """The characters that the policy requires of a description here; 1 where it says nothing."""
    return required(outlook).get(DESCRIPTION, 1)


def lacks_words(path: str, outlook: Outlook) -> str:
    """What to send for a missing field, with the length where the policy wants one."""
    words = missing_words(path)
    least = least_description(outlook) if path == DESCRIPTION else 1
    return (
        gettext("%(words)s (%(least)s characters at least)", words=words, least=least)
        if least > 1
        else words
    )


def asked_words(claim: Claim, *, policy: Policy, at: datetime) -> list[str]:
    """What to send for each field that a claim is asked for."""
    asked = _asked_for(claim)
    if not asked:
        return []
    outlook = Outlook(claim, policy=policy, at=at)
    return [lacks_words(path, outlook) for path in asked]


def asked_on_appeal(claim: Claim) -> list[str]:
    """What was asked for while an appeal is decided, and was not given since; empty where nothing is."""
    if claim.status is not Status.APPEALED:
        return []
    wanted: list[str] = []
    for event in claim.events:
        if event.action is Action.ASK:
            wanted = list(event.data["missing"]) if event.before is Status.APPEALED else []
        elif event.action is Action.ADD_EVIDENCE:
            wanted = [path for path in wanted if path != FILES]
        elif event.action is Action.CHANGE_PAYOUT:
            wanted = [path for path in wanted if not path.startswith(PAYEE)]
    return wanted


def _asked_for(claim: Claim) -> list[str]:
    return asked_on_appeal(claim) if claim.status is Status.APPEALED else claim.missing


def could_matter(outlook: Outlook, path: str, values: Iterable[object]) -> bool:
    """Whether the answer to a choice may change how the claim ends, everything else being given."""
    ends = []
    for value in values:
        case = _typed(outlook)
        _put(case, path, value)
        decision = _foreseen(case, outlook).decision
        if decision.outcome not in _SETTLED:
            return True
        ends.append(
            (decision.outcome, decision.amount, decision.destination, decision.remedy,
             decision.automatic)
        )  # fmt: skip
    return len(set(ends)) > 1


def lacking(outlook: Outlook) -> list[str]:
    """What has to be given before the claim can be sent, as paths."""
    found = list(outlook.decision.missing)
    length = required(outlook, sending=True).get(DESCRIPTION, 0)
    if len((outlook.claim.description or "").strip()) < length:
        found.append(DESCRIPTION)
    return list(dict.fromkeys(found))


def still_missing(claim: Claim) -> list[str]:
    """What was asked for and not given since, as paths: what is typed, where the money goes, files.

    A file that came after the last asking, and can be used, is one that was given.
    """
    typed = [path for path in claim.missing if path in BY_NAME and BY_NAME[path].form]
    payee = [path for path in claim.missing if path.startswith(PAYEE)]
    return typed + payee + ([FILES] if FILES in claim.missing and not _file_since(claim) else [])


def asks_payee(claim: Claim) -> bool:
    """Whether it was asked where the money should go."""
    return any(path.startswith(PAYEE) for path in _asked_for(claim))


def _file_since(claim: Claim) -> bool:
    asked = max((event.at for event in claim.events if event.action is Action.ASK), default=None)
    return any(
        file.state is not EvidenceState.REFUSED
        and file.kind != IDENTITY
        and (asked is None or file.added_at >= asked)
        for file in claim.evidence
    )


def foreseen(outlook: Outlook, **put: Any) -> Foreseen:
    """The decision as it will be, where only files and payout details are still to come.

    ``put`` are facts of the claim that take the place of what it says.
    """
    return _foreseen(outlook.case_without(**put), outlook)


def when_complete(outlook: Outlook) -> Decision:
    """The decision of the claim with everything given that it would be asked for."""
    return _foreseen(_typed(outlook), outlook).decision


def _foreseen(case: dict[str, Any], outlook: Outlook) -> Foreseen:
    asked: list[str] = []
    while True:
        decision = outlook.decided(case)
        later = [path for path in decision.missing if path not in asked and _given_later(path)]
        if len(later) < len(decision.missing) or not later:
            return Foreseen(decision, asked)
        asked += later
        for path in later:
            _suppose(case, path, outlook.policy)


def _given_later(path: str) -> bool:
    return path == FILES or path.startswith(PAYEE)


def _suppose(case: dict[str, Any], path: str, policy: Policy) -> None:
    if path == FILES:
        case["claim"]["evidence"] = [{"kind": "screenshot", "at": case["now"]}]
    else:
        ways = policy.shop.payout_methods  # not back the way it came: that alone may be closed
        other = next((each for each in ways if each != "original"), ways[0])
        method = case["claim"].get("payout", {}).get("method") or other
        case["claim"]["payout"] = {"method": method, "complete": True}


def _is_read(outlook: Outlook, *, sending: bool) -> bool:
    """Whether a person will read the claim: whenever the policy alone doesn't end it."""
    decision = _foreseen(_typed(outlook), outlook).decision
    if decision.outcome == "deny":
        return sending and decision.claimable_from is None
    return not decision.automatic


def _typed(outlook: Outlook) -> dict[str, Any]:
    """The case with something typed wherever something can be."""
    case = outlook.case_without()
    for path in _TYPED:
        _fill(case, path, outlook.policy)
    return case


def _missing(outlook: Outlook) -> set[str]:
    """What a policy asks for one after the other, everything that it asks for being given."""
    case, found = outlook.case_without(*_TYPED), set[str]()
    while True:
        missing = set(outlook.decided(case).missing) - found
        if not missing:
            return found
        found |= missing
        for path in missing:
            _fill(case, path, outlook.policy)


def _least(outlook: Outlook) -> int:
    """The shortest description that no clause of the version finds too short."""
    version = outlook.policy.version_at(outlook.claim.submitted_at or outlook.at)
    lengths = sorted({clause.description_length for clause in version.clauses})
    for length in lengths:
        case = outlook.case_without(description="x" * length)
        if DESCRIPTION not in outlook.decided(case).missing:
            return length
    return lengths[-1]


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
