"""Whose order it is stays so while a claim is about it; one claim of theirs about it is open, and so many are sent a day."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import String, bindparam, func, select, union_all

from portal.claims.decisions.returned import NOT_CLAIMED
from portal.claims.models import Claim
from portal.claims.refusals import TooManyFiled
from portal.database import hold
from portal.extensions import db
from portal.policy.facts.table import BALANCE_REASONS
from portal.records.models import Holder
from portal.records.storing.owners import Claimed

_DAY = timedelta(days=1)
# Each by its own index: asked in one with OR, the database reads every claim.
_OPEN_BESIDE = union_all(
    select(Claim.reference).where(
        Claim.open_key == bindparam("held"), Claim.id != bindparam("this")
    ),
    select(Claim.reference).where(
        Claim.shop == bindparam("in_shop"),
        Claim.account_id == bindparam("account"),
        Claim.open_key == bindparam("of", type_=String)
        + func.coalesce(Claim.email, "id " + Claim.account_id) + bindparam("about", type_=String),
        Claim.id != bindparam("this"),
    ),
).limit(1)  # fmt: skip


def open_keys(claim: Claim) -> list[str]:
    """What only one open claim may hold: this order (or balance), by each name of its account."""
    by_id = f"id {claim.account_id}"
    names = [claim.email, by_id] if claim.email and claim.account_id else [claim.email or by_id]
    return [f"{claim.shop}:{name}:{_subject(claim)}" for name in names]


def open_beside(claim: Claim) -> str | None:
    """The reference of the other open claim about the same subject, by whichever name of the account."""
    said = {
        "held": open_keys(claim)[0],
        "this": claim.id,
        "in_shop": claim.shop,
        "account": claim.account_id,
        "of": f"{claim.shop}:",
        "about": f":{_subject(claim)}",
    }
    return db.session.scalar(_OPEN_BESIDE, said)


def _subject(claim: Claim) -> str | None:
    return "balance" if claim.reason in BALANCE_REASONS else claim.order_key


def refuse_flood(claim: Claim, *, most: int, at: datetime) -> None:
    """Raise TooManyFiled where its account, in whichever shop, has sent so many claims within a day.

    Until the transaction ends no other claim of the account is counted: it is to send this one.
    """
    of, whose = Claim.email == claim.email, claim.email
    if claim.email is None:
        of = (Claim.shop == claim.shop) & (Claim.account_id == claim.account_id)
        whose = f"{claim.shop} {claim.account_id}"
    hold(f"claims sent by {whose}")
    sent = select(Claim.submitted_at).where(of, Claim.submitted_at > at - _DAY)
    first = sent.order_by(Claim.submitted_at.desc()).offset(most - 1).limit(1)
    if (makes_room := db.session.scalar(first)) is not None:
        raise TooManyFiled(wait=makes_room + _DAY - at)


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
        Claim.shop == shop, Claim.reason.in_(BALANCE_REASONS), Claim.status.not_in(NOT_CLAIMED)
    )
    by_email = about.where(Claim.email.in_({each.email for each in holders} - {None}))
    by_id = about.where(Claim.account_id.in_({each.account_id for each in holders} - {None}))
    found = [Holder(*each) for each in db.session.execute(union_all(by_email, by_id))]
    return {holder for holder in holders if any(holder.is_same(each) for each in found)}


CLAIMED = Claimed(orders=claimed_orders, balances=claimed_balances)


def _owners(shop: str) -> str:
    return f"owners of orders {shop}"
