"""Some claims of a replay looked at closely: which clauses say something else under another version."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import func, select

from portal.claims.models import Claim, StoredDecision
from portal.extensions import db
from portal.policy.deciding.case import parse
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy, Version
from portal.policy.deciding.engine import decide
from portal.translation import lazy_gettext

_Said = dict[tuple[str, "_Side"], str]

_ABSENT = lazy_gettext("was not there")
NamedVersion = tuple[Policy, Version]


class _Side(Enum):
    """What a line of a trace is about; the values say what it came to: true, false, unknown."""

    RULE = (lazy_gettext("held"), lazy_gettext("did not hold"), lazy_gettext("was open"))
    TURNED = (
        lazy_gettext("held the other way"),
        lazy_gettext("did not hold the other way"),
        lazy_gettext("was open the other way"),
    )
    SUPPLIED = (lazy_gettext("had what it asks for"), lazy_gettext("lacked what it asks for"), "")

    def said(self, held: bool | None) -> str:  # noqa: FBT001 - as the trace has it
        """What the line came to, in words."""
        true, false, unknown = self.value
        return unknown if held is None else true if held else false


@dataclass(frozen=True, slots=True)
class Sample:
    """A claim decided by two versions: the clauses that carry each decision, and those that changed.

    A change is a clause's id with what it came to under the old version and under the new one.
    """

    reference: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    changed: tuple[tuple[str, str, str], ...]


def sampled(claims: Sequence[int], old: NamedVersion, new: NamedVersion) -> dict[int, Sample]:
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
        changed = _changed(_said(was, old[1]), _said(will, new[1]))
        found[number] = Sample(reference, was.clauses, will.clauses, changed)
    return found


def _changed(old: _Said, new: _Said) -> tuple[tuple[str, str, str], ...]:
    """What differs; whether something was supplied counts only where both decisions looked."""
    pairs = [(key, old.get(key), new.get(key)) for key in dict.fromkeys([*old, *new])]
    return tuple(
        (clause, was or _ABSENT, now or _ABSENT)
        for (clause, side), was, now in pairs
        if was != now and not (side is _Side.SUPPLIED and None in (was, now))
    )


def _said(decision: Decision, version: Version) -> _Said:
    """What each clause came to, and the other side of one that has another."""
    found: _Said = {}
    for line, held, _ in decision.trace:
        clause = version.clause(line.clause)
        side = _Side.TURNED if (clause.id, _Side.RULE) in found else _Side.RULE
        if line.reads and line.reads == (*clause.requires, *clause.requires_for_payout):
            side = _Side.SUPPLIED
        found[clause.id, side] = side.said(held)
    return found
