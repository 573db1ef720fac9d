"""What somebody who has just started the demo wants to know, in words for a terminal."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from portal.demo.people import PEOPLE
from portal.demo.samples import SAMPLES, DemoSample
from portal.policy.deciding.case import parse
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy
from portal.policy.deciding.engine import decide
from portal.records.queries import facts_for_balance, facts_for_order, held_order

DESCRIPTION = "It did not work as it should, see the screenshot."


def guide(
    policies: Mapping[str, Policy], *, url: str, shop_url: str, now: datetime
) -> Iterator[str]:
    """Lines that say where to go, whom to sign in as, and what each shop says of its orders at ``now``."""
    yield f"The portal      {url}/"
    yield f"The mailbox     {url}/mailbox   every e-mail and every code lands here"
    yield f"For reviewers   {url}/review"
    yield f"Policies        {url}/review/policies   for admins: a draft waits to be checked and published"
    yield f"The small shop  {shop_url}/   keeps balances: refunds arrive there, or fail as you tell it"
    yield ""
    yield "Sign in as a reviewer (the code that is asked for comes to the mailbox):"
    for person in PEOPLE:
        yield f"  {person.email:<20} {person.password:<24} {person.may}"
    yield ""
    yield "File a claim with one of these orders and its e-mail address:"
    for shop, policy in policies.items():
        told = [sample for sample in SAMPLES if sample.shop == shop and sample.told]
        if not told:
            continue
        yield f"  {policy.shop.name}   {url}/{shop}/"
        labels = {reason.code: reason.label for reason in policy.shop.reasons}
        for sample in told:
            said = words(verdict(sample, policy, now=now))
            reference = sample.reference or "(balance)"
            yield f'    {reference:<10} {sample.email:<18} "{labels[sample.reason]}": {said}'


def verdict(sample: DemoSample, policy: Policy, *, now: datetime) -> Decision:
    """What the policy says when the sample is claimed at ``now`` with all that it asks for."""
    order = held_order(sample.shop, sample.reference, sample.email) if sample.reference else None
    facts = facts_for_order(order) if order else facts_for_balance(sample.shop, sample.email) or {}
    row = sample.logs[-1].row
    claim: dict[str, Any] = {
        "reason": sample.reason,
        "submitted_at": now.isoformat(),
        "order_reference": sample.reference,
        "service_name": "WhatsApp",
        "description": DESCRIPTION,
        "amount": row.get("price") or row["amount"],
        "destination": sample.says.get("destination"),
        "remedy": sample.says.get("remedy"),
        "answers": {"number_used": sample.says.get("number_used")},
        "payout": {"method": sample.method, "complete": True},
        "evidence": [{"kind": "screenshot", "at": now.isoformat()}],
    }
    return decide(parse(facts | {"claim": claim}), policy)


def words(decision: Decision) -> str:
    """A decision in a few words."""
    if decision.claimable_from:
        return f"too early, until {decision.claimable_from:%d %b %H:%M} UTC"
    if decision.outcome == "approve" and decision.amount:
        to = "to the customer" if decision.destination == "payout" else "to the balance"
        return (
            f"{decision.amount} {to} {'at once' if decision.automatic else 'once a person agrees'}"
        )
    return {"deny": "the policy says no", "needs_information": "asks for more"}.get(
        decision.outcome, "a person decides"
    )
