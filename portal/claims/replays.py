"""Some claims of a replay looked at closely: which clauses say something else under another version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from portal.claims.models import Claim, StoredDecision
from portal.extensions import db
from portal.policy.case import parse
from portal.policy.deciding import decide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal.policy.decision import Decision
    from portal.policy.document import Policy, Version

_HELD = {True: "held", False: "did not hold", None: "was open"}
_ABSENT = "was not there"
Named = tuple["Policy", "Version"]


@dataclass(frozen=True, slots=True)
class Sample:
    """A claim decided by two versions: the clauses that carry each decision, and those that changed.

    A change is a clause's id with what it came to under the old version and under the new one.
    """

    reference: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    changed: tuple[tuple[str, str, str], ...]


def sampled(claims: Sequence[int], old: Named, new: Named) -> dict[int, Sample]:
    """Decide these claims, as last stored, by both versions; by their ids, and nothing is written."""
    latest = (
        select(func.max(StoredDecision.id))
        .where(StoredDecision.claim_id.in_(claims))
        .group_by(StoredDecision.claim_id)
    )
    stored = (
        select(Claim.id, Claim.reference, StoredDecision.case)
        .join(StoredDecision.claim)
        .where(StoredDecision.id.in_(latest))
        .order_by(StoredDecision.claim_id)
    )
    found = {}
    for number, reference, kept in db.session.execute(stored):
        case = parse(kept)
        was, will = (decide(case, policy, version) for policy, version in (old, new))
        found[number] = Sample(reference, was.clauses, will.clauses, _changed(was, will))
    return found


def _changed(was: Decision, will: Decision) -> tuple[tuple[str, str, str], ...]:
    old, new = _held(was), _held(will)
    names = dict.fromkeys([*old, *new])
    pairs = [(name, old.get(name, _ABSENT), new.get(name, _ABSENT)) for name in names]
    return tuple(pair for pair in pairs if pair[1] != pair[2])


def _held(decision: Decision) -> dict[str, str]:
    """What each clause came to; one that has another side may come to two things, in their order."""
    found: dict[str, list[str]] = {}
    for line, held, _ in decision.trace:
        found.setdefault(line.clause, []).append(_HELD[held])
    return {clause: "/".join(dict.fromkeys(words)) for clause, words in found.items()}
