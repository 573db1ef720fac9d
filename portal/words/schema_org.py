"""A version as schema.org's MerchantReturnPolicy, as far as that can say it.

What the policy file does not know is left out: the countries it holds in, fees, and how a change
of mind is treated apart from the clauses themselves, which are given word for word.
"""

from typing import Any

from portal.policy.deciding.document import Shop, Version
from portal.policy.language.clause import Amount, Clause, ClauseKind, Destination, Effect
from portal.policy.language.tree import Compare, Duration, FactTerm, Sum
from portal.translation import gettext

_SCHEMA = "https://schema.org"
_DAY = 86400


def return_policy(shop: Shop, version: Version, *, link: str) -> dict[str, Any]:
    """The JSON-LD of ``version``, to be read at the address ``link``."""
    days = claim_days(version)
    window = "FiniteReturnWindow" if days else "UnlimitedWindow"
    document: dict[str, Any] = {
        "@context": _SCHEMA,
        "@type": "MerchantReturnPolicy",
        "@id": link,
        "name": gettext("Refund policy of %(shop)s", shop=shop.name),
        "merchantReturnLink": link,
        "returnPolicyCategory": f"{_SCHEMA}/MerchantReturn{window}",
        "refundType": [f"{_SCHEMA}/{kind}" for kind in _refunds(version)],
        # A number is never sent back.
        "returnMethod": f"{_SCHEMA}/KeepProduct",
        "additionalProperty": [
            _property(gettext("in force from"), str(version.in_force)),
            *(_property(clause.id, str(clause.wording)) for clause in version.clauses),
        ],
    }
    if days:
        document["merchantReturnDays"] = days
    return document


def claim_days(version: Version) -> int | None:
    """How many days after the order any claim may be sent; None where no clause ends that time."""
    for clause in version.clauses:
        if clause.kind is ClauseKind.DEADLINE and clause.when:
            match clause.when.tree:
                case Compare(
                    FactTerm("claim.submitted_at"),
                    ">",
                    Sum(FactTerm("order.ordered_at"), Duration(seconds=seconds), False),
                ) if seconds and seconds % _DAY == 0:
                    return seconds // _DAY
    return None


def _refunds(version: Version) -> list[str]:
    sides = [each for clause in version.clauses for each in clause.sides]
    paying = [each for each in sides if each.effect is Effect.APPROVE]
    return sorted({kind for each in paying for kind in _refund(each)})


def _refund(clause: Clause) -> set[str]:
    kinds = {"ExchangeRefund"} if clause.remedy_asked else set()
    if clause.destination in (Destination.BALANCE, Destination.ASKED):
        kinds.add("StoreCreditRefund")
    if clause.destination is not Destination.BALANCE and clause.amount is Amount.FULL:
        kinds.add("FullRefund")
    return kinds


def _property(name: str, value: str) -> dict[str, str]:
    return {"@type": "PropertyValue", "name": name, "value": value}
