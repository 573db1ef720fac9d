"""What holds of a claim that could really come in: whole logs, and events in their order."""

from typing import Any

import z3

from portal.policy.facts.table import ALL, EVENTS, RECORDED
from portal.policy.language.clause import Amount
from portal.proof.model.facts import BALANCE, World

IN_TURN = (
    ("order.outage_reported_at", "order.outage_ended_at"),
    ("findings.access_requested_at", "findings.access_granted_at"),
    ("findings.information_requested_at", "findings.information_given_at"),
)
CANCELLED = tuple(f"account.cancellations_{days}" for days in ("1_day", "7_days", "30_days"))
# What follows from others, an amount that is said only where a part of the price went back, and the
# shop's own id of an account, which many shops don't give.
_UNSAID = ("order.outage_paid_time", "order.refunded", "account.id")


def whole_logs(world: World) -> list[Any]:
    """The logs say all that they can: those of the order, by its kind, or those of the balance.

    So does the provider. What many shops' records don't have is there where the version reads it.
    """
    facts = world.facts
    read = {
        name for clause in world.version.clauses for test in clause.tests for name in test.reads
    }
    if any(each.amount is Amount.LESS_FEE for c in world.version.clauses for each in c.sides):
        read.add("order.processing_fee")
    of_kind = {"order.expires_at": z3.Not(world.rental)}
    of_kind |= {"order.paid_from": world.rental, "order.paid_until": world.rental}
    known = [
        z3.Implies(of_kind[fact.name], facts[fact.name].known)
        if fact.name in of_kind
        else facts[fact.name].known
        for fact in ALL
        if fact.source in RECORDED
        and (fact.name in read or not fact.seldom)
        and fact.name.startswith(("order.", "account."))
        and fact.name not in _UNSAID
    ]
    lists = [facts[name].known for name in ("top_ups", "purchases")]
    if world.version.top_up_window:
        lists += [facts[name].known for name in BALANCE]
    return [
        world.account,
        facts["claim.reason"].known,
        z3.Not(world.other_currency),
        z3.Not(world.gone_in_another_currency),
        z3.Not(world.fee_in_another_currency),
        facts["order.processing_fee"].value <= facts["order.price"].value,
        z3.Implies(z3.Not(world.balance_reason), z3.And(world.order, *known)),
        z3.Implies(world.balance_reason, z3.And(*lists)),
    ]


def order_of_events(world: World) -> list[Any]:
    """Nothing of it lies before the order, no finding before its claim, and nothing after now."""
    facts = world.facts
    ordered, submitted = facts["order.ordered_at"], facts["claim.submitted_at"]
    said = [
        ordered.value <= submitted.value,
        facts["order.paid_from"].value < facts["order.paid_until"].value,
        z3.Implies(z3.Not(world.rental), facts["order.outage_reported_at"].nothing),
        facts["order.price"].value > 0,
    ]
    for name in sorted(EVENTS):
        event = facts[name]
        first = {"order": ordered, "findings": submitted}.get(name.partition(".")[0], event)
        lies = z3.And(first.value <= event.value, event.value <= facts["now"].value)
        said.append(z3.Implies(event.given, lies))
    for earlier, later in IN_TURN:
        one, other = facts[earlier], facts[later]
        said.append(z3.Implies(other.given, z3.And(one.given, one.value <= other.value)))
    # Who cancelled in a day did so in a week, too.
    shorter, week, month = (facts[name].value for name in CANCELLED)
    return [*said, shorter <= week, week <= month]
