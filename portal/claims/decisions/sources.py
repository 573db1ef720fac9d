"""Who says a fact: a trace names who could say it, a claim's case who did."""

from collections.abc import Mapping, Sequence
from typing import Any

from portal.claims.decisions.casefile import reports_itself
from portal.claims.decisions.returns import Return, ReturnSource
from portal.claims.lifecycle import Action
from portal.claims.models import Claim
from portal.policy.facts.table import Source
from portal.policy.file.findings import OF_THE_PORTAL

# What holds where the customer was not asked, or did not answer.
_TAKEN = frozenset({"claim.destination", "claim.remedy"})
# What an outage says, and what is computed of it.
OUTAGE = tuple(
    f"order.{key}"
    for key in ("outage_reported_at", "outage_ended_at", "outage_time", "outage_paid_time")
)
# What its owner does -> the fact that is theirs by that, until a reviewer records it otherwise.
_OWNERS = {
    Action.GRANT_ACCESS: "findings.access_granted_at",
    Action.REFUSE_ACCESS: "findings.access_refused",
    Action.GIVE_IDENTITY: "account.identity_documents",
    Action.REFUSE_IDENTITY: "account.identity_documents",
}


def as_said(fact: Mapping[str, Any], case: Mapping[str, Any] | None) -> dict[str, Any]:
    """A fact of a decision's trace with its true source, by the case that was decided.

    A finding that no reviewer made is not known, whatever holds until one does; what the portal
    notes or takes for given is the portal's.
    """
    name, told = fact["fact"], dict(fact)
    top, _, key = name.partition(".")
    said = key in ((case or {}).get(top) or {})
    if case and name in reports_itself(case) and told["source"] != Source.REVIEWER.value:
        told["source"] = Source.CUSTOMER.value
    elif name in OF_THE_PORTAL or (name in _TAKEN and not said):
        told["source"] = Source.PORTAL.value
    elif top == "findings" and not said:
        told["known"] = False
    return told


def trace_of(claim: Claim) -> list[dict[str, Any]]:
    """The trace of the claim's verdict, each fact with who truly says it."""
    if claim.decision is None:
        return []
    case, owners = claim.decision.case, said_by_owner(claim)
    return [
        step
        | {
            "facts": [
                as_said(fact, case)
                | ({"source": Source.CUSTOMER.value} if fact["fact"] in owners else {})
                for fact in step["facts"]
            ]
        }
        for step in claim.decision.document["trace"]
    ]


def said_by_owner(claim: Claim) -> frozenset[str]:
    """The facts that no reviewer and no record says: its owner answered what they were asked for (AC-R4, CN-V.N3)."""
    said: set[str] = set()
    for event in claim.events:
        if event.action is Action.RECORD_FINDING:
            said.discard(f"findings.{event.data['finding']}")
        elif name := _OWNERS.get(event.action):
            said.add(name)
    return frozenset(said)


def sourced(
    document: dict[str, Any], returns: Sequence[Return], *, recorded: bool
) -> dict[str, Any]:
    """A decision's document whose trace names who truly says what the records could have said.

    The portal says what it returned itself, a reviewer the outage that they ``recorded`` of its incident.
    """
    said: dict[str, str] = {}
    if returns and all(each.source is not ReturnSource.RECORDS for each in returns):
        said |= dict.fromkeys(("order.refunded_at", "order.refunded"), Source.PORTAL.value)
    if recorded:
        said |= dict.fromkeys(OUTAGE, Source.REVIEWER.value)
    if not said:
        return document
    trace = [
        step
        | {
            "facts": [
                fact | {"source": said[fact["fact"]]}
                if fact["fact"] in said and fact["value"]
                else fact
                for fact in step["facts"]
            ]
        }
        for step in document["trace"]
    ]
    return document | {"trace": trace}


def is_recorded(document: Mapping[str, Any]) -> bool:
    """Whether a decision's document rests on an outage that a reviewer recorded."""
    facts = (fact for step in document["trace"] for fact in step["facts"])
    return any(fact["fact"] in OUTAGE and fact["source"] == Source.REVIEWER.value for fact in facts)
