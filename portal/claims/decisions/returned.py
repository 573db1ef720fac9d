"""What has gone back already: of an order's price or of a balance, by the shop or by this portal.

A subject is an order of a shop, however its number was typed and whichever address claims it, or
the balance of an account. Every payout about it counts, whichever claim it belongs to, until it
failed for good, was cancelled or reversed: so a price is returned once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Select, bindparam, or_, select, union_all

from portal.claims.decisions.returns import Return, ReturnSource
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.database import hold
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState, counts
from portal.money import Money
from portal.policy.deciding.decision import as_plain
from portal.policy.facts.table import BALANCE_REASONS
from portal.records.models import Holder
from portal.records.queries import HeldOrder

Logs = dict[str, Any]  # what the logs say, in the contract's form
# The other claims about a subject, the newest first: a row for each payout of one, or without one.
Others: TypeAlias = Sequence[Any]

# What isn't sent, and what was taken back, is no claim about the order.
NOT_CLAIMED = frozenset({Status.DRAFT, Status.WITHDRAWN})


def about_balance(claim: Claim) -> bool:
    """Whether the claim is about the account's balance, and no order's price."""
    return claim.reason in BALANCE_REASONS or claim.order_key is None


def hold_subject(*claims: Claim) -> None:
    """Let no other transaction approve or pay anything about the same subjects until this one ends."""
    hold(*{name for claim in claims for name in _held_as(claim)})


def _held_as(claim: Claim) -> set[str]:
    """An account's balance by each of its names: who knows but one of them waits for who knows both."""
    if not about_balance(claim):
        return {f"order {claim.shop} {claim.order_key}"}
    names = {"balance": claim.email, "balance of": claim.account_id}
    return {f"{held} {claim.shop} {name}" for held, name in names.items() if name}


def _about(*, balance: bool) -> Select[Any]:
    of_balance = or_(Claim.reason.in_(BALANCE_REASONS), Claim.order_key.is_(None))
    here = Claim.shop == bindparam("in_shop")
    # Each by its own index: asked in one with OR, the database reads every claim.
    of_account = union_all(
        select(Claim.id).where(here, Claim.email == bindparam("email")),
        select(Claim.id).where(here, Claim.account_id == bindparam("account")),
    )
    others = (
        here,
        Claim.id.in_(of_account) if balance else Claim.order_key == bindparam("order"),
        of_balance if balance else ~of_balance,
        Claim.id != bindparam("this"),
    )
    # Columns alone, since every page of a draft asks: to make objects takes longer than to read.
    of_claim = Claim.reference, Claim.status.label("claimed"), Claim.email, Claim.account_id
    of_payout = (
        Payout.id, Payout.state, Payout.failed_kind, Payout.amount_minor, Payout.currency,
        Payout.approved_at, Payout.settled_at, Payout.payer_reference,
    )  # fmt: skip
    return (
        select(*of_claim, Claim.facts, *of_payout)
        .outerjoin(Payout, Payout.claim_id == Claim.id)
        .where(*others, or_(Claim.status.not_in(NOT_CLAIMED), Payout.id.is_not(None)))
        .order_by(Claim.id.desc(), Payout.id)
    )


_ABOUT = {balance: _about(balance=balance) for balance in (True, False)}


def others_about(claim: Claim) -> Others:
    """The other claims about the same subject, and what was returned by them; one statement.

    Two orders whose numbers the records write differently are two, though they are typed alike.
    """
    found = db.session.execute(_ABOUT[about_balance(claim)], _subject(claim))
    return [other for other in found if _same_subject(claim, _holder(other), other.facts)]


def claimants(others: Others) -> list[Holder]:
    """Whose the other claims are: of those that were sent and not taken back."""
    return [_holder(other) for other in others if other.claimed not in NOT_CLAIMED]


def _subject(claim: Claim) -> dict[str, Any]:
    subject = {"this": claim.id, "in_shop": claim.shop}
    if about_balance(claim):
        return subject | {"email": claim.email, "account": claim.account_id}
    return subject | {"order": claim.order_key}


def _same_subject(claim: Claim, holder: Holder, facts: Logs) -> bool:
    if about_balance(claim):
        return claim.holder.is_same(holder)
    return not _another_order(claim.facts, facts)


def _holder(other: Any) -> Holder:
    return Holder(other.email, other.account_id)


def was_taken_back(claim: Claim, others: Others) -> bool:
    """Whether a payment no longer counts that was made about this claim, or this order: it is given again."""
    also = [] if about_balance(claim) else others
    return any(each.state is PayoutState.REVERSED for each in [*claim.payouts, *also])


def look_back(
    claim: Claim,
    *,
    others: Others | None = None,
    facts: Logs | None = None,
    but: Payout | None = None,
) -> list[Return]:
    """All that went back of the claim's subject, the first one first.

    ``others`` are its other claims where they were read already. ``facts`` are what the logs say
    where those that the claim was sent with are not meant; ``but`` leaves a payout out: the one that
    is about to be made.
    """
    by_others: list[tuple[Any, str, Holder]] = [
        (other, other.reference, _holder(other))
        for other in (others_about(claim) if others is None else others)
        if other.id is not None
    ]
    mine = [] if claim.status is Status.DRAFT else claim.payouts
    own = [(payout, claim.reference, claim.holder) for payout in mine]
    portal = [
        Return(
            ReturnSource.PORTAL,
            at=payout.settled_at or payout.approved_at,
            amount=Money.kept(payout.amount_minor, payout.currency),
            claim=reference,
            payment=payout.payer_reference,
            paid=payout.state is PayoutState.PAID,
            replacement=payout.amount_minor is None,
            own=holder.is_same(claim.holder),
        )
        for payout, reference, holder in [*by_others, *own]
        if counts(payout.state, payout.failed_kind) and (but is None or payout.id != but.id)
    ]
    return sorted(
        [*_of_records(claim.facts if facts is None else facts), *portal], key=lambda each: each.at
    )


def returns_of_order(order: HeldOrder, facts: Logs) -> list[Return]:
    """All that went back of an order's price, whichever claims it went back for; ``facts`` are its logs."""
    nobodys = Claim(
        id=0,
        shop=order.shop,
        email=order.holder.email,
        account_id=order.holder.account_id,
        order_key=order.reference_key,
        status=Status.DRAFT,
        facts=facts,
    )
    return look_back(nobodys)


def kept_returns(claim: Claim) -> list[Return]:
    """What had gone back when the claim was last looked at."""
    return [Return.from_json(each) for each in claim.returned or []]


def paid_at_most(facts: Logs) -> Money | None:
    """The most that can go back: the order's price, or all top-ups; None when the logs are silent."""
    order = facts.get("order")
    if order and order.get("price"):
        return Money.exact(**order["price"]).rounded()
    amounts = [Money.exact(**top_up["amount"]) for top_up in facts.get("top_ups") or []]
    paid = sum(money.minor for money in amounts)
    return Money(paid, amounts[0].currency).rounded() if amounts else None


def remainder(facts: Logs, returns: Sequence[Return]) -> Money | None:
    """What is left of what was paid; None where the records don't say what was and nothing went back.

    Nothing is left where something went back and nobody knows of how much, or in another currency.
    """
    paid = paid_at_most(facts)
    if not returns:
        return paid
    if paid is None:
        known = next((each.amount for each in returns if each.amount), None)
        return known and Money(0, known.currency)
    if any(each.amount is None or each.amount.currency != paid.currency for each in returns):
        return Money(0, paid.currency)
    gone = sum(each.amount.whole for each in returns if each.amount)
    return Money(max(0, paid.whole - gone), paid.currency)


def is_within(amount: Money | None, most: Money) -> bool:
    """Whether an amount is known and is no more than this, in its currency."""
    return bool(amount and amount.currency == most.currency and amount.minor <= most.minor)


def facts_with(logs: Logs, returns: Iterable[Return]) -> Logs:
    """The facts from the logs, and what the portal itself returned written into them.

    Of an order it is ``refunded_at`` with the amount, ``refunded``, that went back by now (the whole
    price where it has none). Of a balance it is spent, and stands among the purchases. A list that
    is unknown stays so, and so does the order.
    """
    facts: Logs = dict(logs)
    returns = list(returns)
    portal = [each for each in returns if each.source is ReturnSource.PORTAL]
    if not portal:
        return facts
    order, purchases = facts.get("order"), facts.get("purchases")
    if order is not None:
        facts["order"] = {"refunded_at": as_plain(portal[-1].at)} | order | _gone(returns)
    elif purchases is not None:
        facts["purchases"] = [*purchases, *(_spent(each) for each in portal if each.amount)]
    return facts


def _another_order(*facts: Logs) -> bool:
    mine, theirs = ((each.get("order") or {}).get("reference") for each in facts)
    return mine is not None and theirs is not None and mine != theirs


def _of_records(facts: Logs) -> list[Return]:
    order = facts.get("order") or {}
    if not order.get("refunded_at"):
        return []
    part = order.get("refunded")
    at = datetime.fromisoformat(order["refunded_at"])
    return [
        Return(ReturnSource.RECORDS, at=at, amount=Money.exact(**part).rounded() if part else None)
    ]


def _gone(returns: Sequence[Return]) -> Logs:
    """The amount that went back by now; nothing where it is the whole price, or of two currencies."""
    amounts = [each.amount for each in returns if each.amount]
    if len(amounts) < len(returns) or len({each.currency for each in amounts}) != 1:
        return {"refunded": None}
    gone = Money(sum(each.whole for each in amounts), amounts[0].currency)
    return {"refunded": gone.as_json()}


def _spent(each: Return) -> dict[str, Any]:
    amount = each.amount.as_json() if each.amount else None
    return {"at": as_plain(each.at), "amount": amount, "activated": False, "refunded": False}
