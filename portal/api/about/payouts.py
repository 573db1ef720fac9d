"""Calls about money: what is to be paid, what was, and what is owed though nobody asked."""

from flask import Response
from sqlalchemy import select

from portal.api import lists
from portal.api.calls import Caller, call
from portal.api.problems import Problem, Reply, not_found
from portal.api.shapes.money import (
    OwedList,
    PayoutShown,
    PayoutsList,
    PayoutsQuery,
    SaidFailed,
    SaidPaid,
)
from portal.api.shapes.parts import Listing
from portal.api.shown import payout_shown
from portal.api.tokens import TokenScope
from portal.claims.models import Claim
from portal.claims.queries import payout_for_change
from portal.config.clock import now
from portal.extensions import db
from portal.ledger.payout import Payout
from portal.money import Money
from portal.payouts.owed.listing import page_of, totals
from portal.payouts.owed.models import Owed
from portal.payouts.owed.searching import search_due
from portal.payouts.reporting import report_failed, report_paid
from portal.policy.deciding.decision import as_plain

LOTS = 100  # of orders that are looked at anew before what is owed is listed


@call(
    "GET", "/shops/<shop>/payouts", scope=TokenScope.PAYOUTS, answer=PayoutsList, tag="Payouts",
    query=PayoutsQuery,
)  # fmt: skip
def list_payouts(caller: Caller, query: PayoutsQuery) -> Reply:
    """The shop's payouts, the first one first. Where one goes is masked."""
    found = select(Claim, Payout).join(Claim.payouts).where(Claim.shop == caller.shop)
    if query.state is not None:
        found = found.where(Payout.state == query.state)
    if query.rail is not None:
        found = found.where(Payout.rail == query.rail)
    behind = lists.position(query, lists.number)
    if behind is not None:
        found = found.where(Payout.id > behind)
    rows = db.session.execute(found.order_by(Payout.id).limit(query.limit + 1)).all()
    return lists.page(
        rows, query, shown=lambda row: payout_shown(*row), key=lambda row: [row[1].id]
    )


@call(
    "POST", "/payouts/<key>/paid", scope=TokenScope.PAYOUTS, answer=PayoutShown, tag="Payouts",
    body=SaidPaid,
)  # fmt: skip
def say_paid(caller: Caller, key: str, body: SaidPaid) -> Response:
    """Say that a payout left, under the payment's reference: for shops that pay by hand.

    From `due`, `sent` and `unknown` alone. Where the records by now would not have it paid it is held,
    and the answer is 409 `records-changed`.
    """

    def act() -> Reply:
        claim, payout = _payout(key)
        against = report_paid(
            claim, payout, reference=body.reference, said_by=_program(caller), at=now(),
            policy=caller.policy,
        )  # fmt: skip
        if not against:
            return Reply(payout_shown(claim, payout))
        return Problem(
            "records-changed", " ".join(against), more={"current": payout_shown(claim, payout)}
        ).reply

    return caller.change(act)


@call(
    "POST", "/payouts/<key>/failed", scope=TokenScope.PAYOUTS, answer=PayoutShown, tag="Payouts",
    body=SaidFailed,
)  # fmt: skip
def say_failed(caller: Caller, key: str, body: SaidFailed) -> Response:
    """Say that a payout did not get there: `fixable` by its customer, to `wait`, or `final`."""

    def act() -> Reply:
        claim, payout = _payout(key)
        report_failed(
            claim, payout, kind=body.kind, reason=body.detail, said_by=_program(caller), at=now(),
            policy=caller.policy,
        )  # fmt: skip
        return Reply(payout_shown(claim, payout))

    return caller.change(act)


@call(
    "GET", "/shops/<shop>/owed", scope=TokenScope.PAYOUTS, answer=OwedList, tag="Payouts", query=Listing
)  # fmt: skip
def list_owed(caller: Caller, query: Listing) -> Reply:
    """Orders for which the policy owes a refund by itself, the oldest first; as `owed list` has it."""
    policy = caller.policy
    search_due(policies={policy.id: policy}, now=now(), lots=LOTS)
    rows = page_of(policy, after=lists.position(query, lists.dated), most=query.limit + 1)
    sums = [each.amount for each in totals(policy)]
    total = next(iter(sums), Money(0, policy.shop.currency))
    return lists.page(
        rows,
        query,
        shown=_owed,
        key=lambda row: [as_plain(row.owed_since), row.id],
        total=total.as_json(),
    )


def _owed(row: Owed) -> dict[str, object]:
    return {
        "order_reference": row.order_reference,
        "account": row.account,
        "clause": row.clause,
        "amount": row.amount.as_json(),
        "owed_since": as_plain(row.owed_since),
    }


def _payout(key: str) -> tuple[Claim, Payout]:
    number = db.session.scalar(select(Payout.id).where(Payout.key == key))
    found = payout_for_change(number) if number is not None else None
    if found is None:
        raise not_found()
    return found


def _program(caller: Caller) -> str:
    return f"API: {caller.bearer.name} ({caller.bearer.public_id})"
