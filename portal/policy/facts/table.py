"""The facts that a policy may name, of all tables: a case has the value of each at its index."""

from typing import Final

from portal.policy.facts.account import ACCOUNT, LISTS
from portal.policy.facts.claim import CLAIM, NOW
from portal.policy.facts.derived import DERIVED
from portal.policy.facts.fact import RECORDED, UNKNOWN, Fact, Said, Source, Type, Unknown
from portal.policy.facts.finding import FINDINGS
from portal.policy.facts.number import NUMBER
from portal.policy.facts.order import ORDER
from portal.policy.facts.provider import PROVIDER
from portal.policy.facts.reasons import BY_CODE, CODES as REASONS

__all__ = [
    "ALL", "BALANCE_REASONS", "BY_NAME", "COMPANIONS", "EVENTS", "EVIDENCE_KINDS", "INDEX",
    "PAYOUT_METHODS", "REASONS", "RECORDED", "UNKNOWN", "Fact", "Said", "Source", "Type", "Unknown",
]  # fmt: skip

ALL: Final = (*NOW, *ACCOUNT, *ORDER, *NUMBER, *PROVIDER, *LISTS, *CLAIM, *FINDINGS, *DERIVED)
BY_NAME: Final = {fact.name: fact for fact in ALL}
INDEX: Final = {fact.name: place for place, fact in enumerate(ALL)}
EVENTS: Final = frozenset(f.name for f in ALL if f.type is Type.TIME and f.default is None)
# An actor or a cause says nothing where its event has not happened.
COMPANIONS: Final = tuple((fact.name, fact.of_event) for fact in ALL if fact.of_event)

BALANCE_REASONS: Final = frozenset(reason.code for reason in BY_CODE.values() if reason.balance)
PAYOUT_METHODS: Final = BY_NAME["claim.payout.method"].values
EVIDENCE_KINDS: Final = ("screenshot", "photo", "video", "document")
