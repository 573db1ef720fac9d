"""What was decided of a claim and why, as a person reads it; and whether it would be decided so again."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from portal.claims.decisions.returns import Return
from portal.claims.decisions.sources import is_recorded, sourced
from portal.claims.models import Claim, StoredDecision
from portal.extensions import db
from portal.policy import ENGINE
from portal.policy.deciding.case import parse
from portal.policy.deciding.document import Policy, Version
from portal.policy.deciding.engine import decide
from portal.policy.language.json_values import CaseError

_PAGE = 1_000  # decisions in one statement
_HELD = {True: "held", False: "did not hold", "unknown": "left open"}


@dataclass(frozen=True, slots=True)
class Replay:
    """A stored decision made again; ``fault`` says how it fails to be the same, "" where it is.

    ``by_earlier`` is whether an earlier engine made it: that it decided otherwise is no fault of it.
    """

    claim: str
    at: datetime
    fault: str
    by_earlier: bool = False


def receipts_of(reference: str) -> list[StoredDecision]:
    """Every decision of the claim called ``reference``, the first one first."""
    found = select(StoredDecision).join(StoredDecision.claim).where(Claim.reference == reference)
    whole = found.options(contains_eager(StoredDecision.claim)).order_by(StoredDecision.id)
    return list(db.session.scalars(whole))


def as_json(made: StoredDecision) -> dict[str, Any]:
    """A receipt for a machine; ``decision`` as docs/case-and-decision.md has it."""
    return {
        "claim": made.claim.reference,
        "at": made.at.isoformat(),
        "cause": made.cause,
        "automatic": made.automatic,
        "policy_hash": made.policy_hash,
        "engine": made.engine,
        "decision": made.document,
    }


def replayed(policies: Mapping[str, Policy]) -> Iterator[Replay]:
    """Make every stored decision again, by the version whose hash it has, and compare the whole."""
    versions = {
        (policy.id, version.sha256): (policy, version)
        for policy in policies.values()
        for version in policy.versions
    }
    last = 0
    while True:
        page = db.session.execute(
            select(
                StoredDecision.id,
                Claim.reference,
                StoredDecision.at,
                StoredDecision.engine,
                StoredDecision.policy_hash,
                StoredDecision.case,
                StoredDecision.document,
                StoredDecision.returned,
            )
            .join(Claim)
            .where(StoredDecision.id > last)
            .order_by(StoredDecision.id)
            .limit(_PAGE)
        ).all()
        for row in page:
            known = versions.get((row.document["policy"], row.policy_hash))
            fault = _fault(known, row.case, row.document, row.returned)
            if fault and known:
                fault += f" (decided by engine {row.engine})"
            earlier = known is not None and row.engine < ENGINE
            yield Replay(row.reference, row.at, fault, by_earlier=earlier)
        if len(page) < _PAGE:
            return
        last = page[-1].id


def _fault(
    known: tuple[Policy, Version] | None,
    case: Mapping[str, Any],
    document: Mapping[str, Any],
    returned: list[dict[str, Any]] | None,
) -> str:
    if known is None:
        return f"no version of {document['policy']} has the hash it was decided by"
    try:
        returns = [Return.from_json(each) for each in returned or []]
        now = sourced(
            decide(parse(case), *known).as_json(), returns, recorded=is_recorded(document)
        )
    except CaseError as error:
        return f"its case is refused now: {error}"
    if now == document:
        return ""
    names = [name for name in {**document, **now} if document.get(name) != now.get(name)]
    return f"decided otherwise now: {', '.join(names)}"


def render(made: StoredDecision) -> str:
    """A receipt as text for a person."""
    said = made.document
    top = {
        "Claim": made.claim.reference,
        "Decided": f"{made.at:%Y-%m-%d %H:%M:%S} UTC, on {made.cause.replace('_', ' ')}",
        "Policy": f"{said['policy']}, in force from {said['version']}",
        "Policy hash": made.policy_hash,
        "Engine": str(made.engine),
        "Outcome": _outcome(said, automatic=made.automatic),
        "By clauses": ", ".join(said["clauses"]),
        "Asked for": ", ".join(said["missing"]),
        "Waits for": ", ".join(said["awaiting"]),
        "Claim again": said["claimable_from"] or "",
    }
    top |= {name.replace("_", " ").capitalize(): at for name, at in said["deadlines"].items()}
    lines = [f"{name:<20}{value}" for name, value in top.items() if value]
    for entry in said["trace"]:
        lines += ["", f"{entry['clause']:<20}{_HELD[entry['held']]}"]
        lines += [
            f"    {fact['fact']:<34} {_value(fact):<34} {fact['source']}" for fact in entry["facts"]
        ]
    return "\n".join(lines)


def _outcome(said: Mapping[str, Any], *, automatic: bool) -> str:
    words = [said["outcome"].replace("_", " ")]
    if said["amount"]:
        words += [said["amount"]["amount"], said["amount"]["currency"]]
    if said["destination"]:
        words += ["as a", said["remedy"], "to the", said["destination"]]
    return " ".join(words) + (", by itself" if automatic else "")


def _value(fact: Mapping[str, Any]) -> str:
    value = fact["value"]
    if value is None:
        return "nothing" if fact["known"] else "unknown"
    if isinstance(value, dict):
        return f"{value['amount']} {value['currency']}"
    return value if isinstance(value, str) else json.dumps(value)
