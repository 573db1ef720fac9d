"""Before money leaves: what the records say now, held against what the claim was decided by."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.claims.decisions import returned
from portal.claims.decisions.casefile import case_of, logs_for_staff, logs_of
from portal.claims.decisions.returns import Return
from portal.claims.models import Claim
from portal.claims.wording import fact_words
from portal.ledger.payout import Payout
from portal.policy.deciding.case import parse
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy
from portal.policy.deciding.engine import decide
from portal.policy.language.json_values import CaseError
from portal.translation import gettext, lazy_gettext

_SAID = {
    "deny": lazy_gettext("no refund"),
    "review": lazy_gettext("a person decides"),
    "needs_information": lazy_gettext("something is missing"),
}


def differences(claim: Claim, payout: Payout, *, policy: Policy) -> list[str]:
    """Why the records now would not have this paid, in words; empty where they would, or are the same.

    The claim is decided again as of the instant at which it was decided: only the records are newer.
    """
    logs = logs_of(claim)
    known = logs if claim.facts else logs_for_staff(claim, told_holder=logs)
    returns = returned.look_back(claim, facts=known, but=payout)
    found = _gone_back(known, returns, payout)
    if logs == claim.facts and not found:
        return []
    try:
        was, now = (_decided(claim, policy, *each) for each in (
            (claim.facts, [r for r in returned.kept_returns(claim) if r.claim != claim.reference]),
            (logs, returns),
        ))  # fmt: skip
    except CaseError as error:
        return [
            *found,
            *_changes(claim.facts, logs, policy),
            gettext("The records can't be read: %(error)s.", error=error),
        ]
    # Of an order that is somebody else's by now nobody knows here what went back.
    lost = bool(claim.facts) and not logs
    same = not lost and (_result(was) == _result(now) or _covers(now, payout))
    if same and not found:
        return []
    said = str(_SAID.get(now.outcome.value) or _given(now))
    if now.clauses:
        said = gettext("%(said)s (%(clauses)s)", said=said, clauses=", ".join(now.clauses))
    return [
        *found,
        *_changes(claim.facts, logs, policy),
        *([] if same else [gettext("By the records now the policy says: %(said)s.", said=said)]),
    ]


def _gone_back(logs: returned.Logs, returns: list[Return], payout: Payout) -> list[str]:
    left = returned.remainder(logs, returns)
    if not returns or left is None:
        return []
    if returned.is_within(payout.amount, left):
        return []
    return [
        gettext(
            "%(left)s is left of the price: %(taken)s.",
            left=left,
            taken=", ".join(each.told() for each in returns),
        )
    ]


def _given(now: Decision) -> str:
    what = now.amount or gettext("another number")
    if now.destination == "payout":
        return gettext("%(what)s to the payout", what=what)
    return gettext("%(what)s to the balance", what=what)


def _decided(claim: Claim, policy: Policy, logs: returned.Logs, returns: list[Return]) -> Decision:
    at = datetime.fromisoformat(claim.decision.case["now"]) if claim.decision else claim.created_at
    return decide(parse(case_of(claim, at=at, logs=logs, returns=returns)), policy)


def _result(decision: Decision) -> tuple[Any, ...]:
    return (decision.outcome, decision.amount, decision.destination, decision.remedy)


def _covers(decision: Decision, payout: Payout) -> bool:
    """Whether the decision gives at least what is about to be paid, the same way."""
    if decision.outcome != "approve" or decision.remedy != payout.remedy:
        return False
    if decision.amount is None:
        enough = payout.amount is None
    else:
        enough = returned.is_within(payout.amount, decision.amount)
    return enough and decision.destination == payout.destination


def _changes(was: returned.Logs, now: returned.Logs, policy: Policy) -> list[str]:
    """Each fact of the logs that is another now: what it was, and what it is."""
    if was and not now:
        return [gettext("The records no longer have this order for the claim's address.")]
    zone = ZoneInfo(policy.shop.time_zone)
    before, after = dict(_flat(was)), dict(_flat(now))
    lines = []
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) == after.get(name):
            continue
        old, new = (
            fact_words(name, each[name], zone=zone) if name in each else None
            for each in (before, after)
        )
        label = (new or old or (name.replace("_", " "),))[0]
        nothing = gettext("nothing")
        lines.append(
            gettext(
                "%(label)s: %(was)s then, %(now)s now.",
                label=label,
                was=old[1] if old else nothing,
                now=new[1] if new else nothing,
            )
        )
    return lines


def _flat(facts: returned.Logs) -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", each) for key, each in value.items())
        else:
            yield name, value
