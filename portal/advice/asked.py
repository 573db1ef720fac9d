"""How facts are asked for, and the order in which a person would tell them."""

from portal.policy.facts.fact import Asked
from portal.policy.facts.table import ALL, BY_NAME, Type

ASKED: dict[str, Asked] = {fact.name: fact.asks for fact in ALL if fact.asks}
# An event that somebody caused -> who did.
DOERS = {fact.of_event: fact.name for fact in ALL if fact.name.endswith("_by") and fact.of_event}
# In the order in which a person would tell it; what is not here comes after, as the table has it.
_TOLD = (
    "ordered", "expires", "revealed", "completed", "outage_reported", "outage_ended", "paid_from",
    "paid_until", "unavailable", "offered", "for_registration", "works", "local_fault", "replacement",
    "refundable_method", "used", "destination", "remedy", "blocked", "fraud", "documents",
    "restriction", "refunded",
)  # fmt: skip
# Asked in a way of their own: with another fact, after one, or of what the shop offers.
_APART = frozenset({"reason", "kind", "account", "caused", "method", "sms_of_service"})


def asked_of(*types: Type, rare: bool = False) -> tuple[str, ...]:
    """The facts of these types that have a question of their own, in the order of ``_TOLD``."""
    found = [
        name
        for name, asked in ASKED.items()
        if BY_NAME[name].type in types
        and bool(asked.applies) is rare
        and name not in DOERS
        and asked.name not in _APART
    ]
    turn = {name: place for place, name in enumerate(_TOLD)}
    return tuple(sorted(found, key=lambda name: turn.get(ASKED[name].name, len(turn))))
