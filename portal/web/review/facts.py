"""What is known of a claim, fact by fact, as its screen shows it: who says each, and what rests on it."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from portal.claims.decisions.sources import trace_of
from portal.claims.lifecycle import Action
from portal.claims.models import Claim
from portal.policy.facts.provider import PROVIDER
from portal.policy.facts.table import BY_NAME
from portal.policy.language.clause import Effect
from portal.web.frame.facts import FactRow, fact_row, message_rows
from portal.web.review.prefills import version_of

# What the records say of an order that no clause may have read, and a reviewer wants to see.
ALWAYS = (
    "order.service", "order.country", "order.price", "order.ordered_at", "order.expires_at",
    *(fact.name for fact in PROVIDER),
)  # fmt: skip
# What the page's head and the customer's own words say already.
ELSEWHERE = (
    "claim.reason", "claim.submitted_at", "claim.service_name", "claim.order_reference",
    "claim.description", "claim.amount", "claim.answers.number_used",
)  # fmt: skip
# How a clause that held reads on the badge beside the verdict.
EFFECT_WORDS = {Effect.APPROVE: "approve", Effect.DENY: "deny"}


@dataclass(frozen=True, slots=True)
class Traced:
    """One clause of the verdict's trace, with the facts it looked at.

    It ``leads`` where it is read before a decision: it carries the verdict, and either holds, or is the
    first of those of which that isn't known yet.
    """

    id: str
    words: str
    held: bool | None
    effect: str | None
    carries: bool
    facts: list[FactRow]
    leads: bool = False


def recorded(claim: Claim, zone: ZoneInfo) -> list[FactRow]:
    """The order as the records have it and its provider, with each message that came."""
    order = claim.facts.get("order") or {}
    entries = [
        {
            "fact": name,
            "value": order[name[6:]],
            "known": True,
            "source": BY_NAME[name].source.value,
        }
        for name in ALWAYS
        if order.get(name[6:]) is not None
    ]
    rows = [fact for entry in entries if (fact := fact_row(entry, zone=zone))]
    return rows + message_rows(order.get("messages") or [], zone=zone)


def looked_at(claim: Claim, zone: ZoneInfo) -> list[FactRow]:
    """Every other fact that the verdict looked at, once: what is known first, the records' first.

    Without what the customer said and stands among their words.
    """
    people = _found_by(claim)
    entries = {e["fact"]: e for step in trace_of(claim) for e in step["facts"]}
    found = [
        replace(fact, by=people.get(name) if fact.value is not None else None)
        for name, e in entries.items()
        if name not in ALWAYS
        and (fact := fact_row(e, zone=zone))
        and (name not in ELSEWHERE or fact.value is None)
    ]
    order = {"logs": 0, "provider": 1, "customer": 2, "reviewer": 3}
    return sorted(found, key=lambda fact: (fact.value is None, order.get(fact.source, 4)))


def _found_by(claim: Claim) -> dict[str, str]:
    """Which reviewer established each finding, the latest one."""
    return {
        f"findings.{event.data['finding']}": event.reviewer.name
        for event in claim.events
        if event.action is Action.RECORD_FINDING and event.reviewer
    }


def traced(claim: Claim, zone: ZoneInfo) -> list[Traced]:
    """The clauses in the order that matters: those that carry the verdict, held, unknown, not held."""
    words = {clause.id: clause for clause in version_of(claim).clauses}
    cited = claim.decision.document.get("clauses", []) if claim.decision else []
    steps = [
        Traced(
            id=step["clause"],
            words=words[step["clause"]].wording,
            held=None if step["held"] == "unknown" else step["held"],
            effect=EFFECT_WORDS.get(words[step["clause"]].effect),
            carries=step["clause"] in cited,
            facts=[fact for entry in step["facts"] if (fact := fact_row(entry, zone=zone))],
        )
        for step in trace_of(claim)
    ]
    steps.sort(key=lambda s: (not s.carries, [True, None, False].index(s.held)))
    first = next((step for step in steps if step.carries), None)
    return [
        replace(step, leads=step.carries and (step.held is not None or step is first))
        for step in steps
    ]


def by_weight(facts: list[FactRow], clauses: list[Traced]) -> tuple[list[FactRow], list[FactRow]]:
    """The facts that the verdict turned on, which its own clauses looked at, and all others.

    What is not known is among the others: the clause that waits for it says so.
    """
    turned = {fact.name for clause in clauses if clause.carries for fact in clause.facts}
    first = [fact for fact in facts if fact.name in turned and fact.value is not None]
    return first, [fact for fact in facts if fact not in first]
