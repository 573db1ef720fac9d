"""Whose order it is stays so while a claim is about it."""

from collections.abc import Collection

from sqlalchemy import or_, select

from portal.claims.decisions.returned import NOT_CLAIMED
from portal.claims.models import Claim
from portal.database import hold
from portal.extensions import db
from portal.policy.facts.table import BALANCE_REASONS
from portal.records.models import Holder
from portal.records.storing.owners import Claimed


def keep_owners(claim: Claim) -> None:
    """Until the transaction ends no import gives an order of the shop to another account."""
    hold(_owners(claim.shop), shared=True)


def claimed_orders(shop: str, keys: Collection[str]) -> set[str]:
    """Those of a shop's orders that a claim is about; none is sent until the transaction ends.

    A draft and a claim that was withdrawn count as none.
    """
    hold(_owners(shop))
    about = select(Claim.order_key).where(
        Claim.shop == shop, Claim.order_key.in_(keys), Claim.status.not_in(NOT_CLAIMED)
    )
    return {key for key in db.session.scalars(about) if key}


def claimed_balances(shop: str, holders: Collection[Holder]) -> set[Holder]:
    """Those of a shop's accounts whose balance a claim is about; none is sent until the transaction ends."""
    hold(_owners(shop))
    about = select(Claim.email, Claim.account_id).where(
        Claim.shop == shop,
        or_(
            Claim.email.in_({each.email for each in holders} - {None}),
            Claim.account_id.in_({each.account_id for each in holders} - {None}),
        ),
        Claim.reason.in_(BALANCE_REASONS),
        Claim.status.not_in(NOT_CLAIMED),
    )
    found = [Holder(*each) for each in db.session.execute(about)]
    return {holder for holder in holders if any(holder.is_same(each) for each in found)}


CLAIMED = Claimed(orders=claimed_orders, balances=claimed_balances)


def _owners(shop: str) -> str:
    return f"owners of orders {shop}"
