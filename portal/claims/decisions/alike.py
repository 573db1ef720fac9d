"""Every claim that shares something with this one: the order, the account, where money goes, a picture.

Identity documents are no pictures of what happened: one person's is the same in each of their claims.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, bindparam, exists, select, union
from sqlalchemy.orm import aliased, joinedload, load_only

from portal.claims.lifecycle import Status
from portal.claims.looks import NearPicture, near_pictures
from portal.claims.models import Claim, Evidence
from portal.extensions import db
from portal.ledger.payout import PayoutState
from portal.money import Money
from portal.people.rights import Shops
from portal.policy.facts.claim import IDENTITY

MOST = 50  # claims that are listed; an account may have made any number
GIVEN = frozenset({Status.APPROVED, Status.PAID, Status.PAYOUT_FAILED})
REFUSED = frozenset({Status.DECLINED, Status.APPEALED, Status.CLOSED})
Index("ix_claims_payee_key", Claim.payee_key, Claim.id)


class Shared(StrEnum):
    """What two claims have in common."""

    ORDER = "order"
    ACCOUNT = "account"
    PAYEE = "payee"
    PICTURE = "picture"
    LOOK = "look"  # nearly the same picture


@dataclass(frozen=True, slots=True)
class AlikeClaim:
    """Another claim and what it shares; ``account`` is None where it is of the same one.

    ``amount`` is what is owed for it or was paid, all its payouts together; ``replaced`` where it
    is another number. ``near`` are the files of this claim that a picture of it looks like.
    ``payment`` is the payer's reference of the last one, ``settled`` what was paid.
    """

    reference: str
    shop: str
    order_reference: str | None
    status: Status
    outcome: str | None
    shares: tuple[Shared, ...]
    account: str | None
    amount: Money | None
    replaced: bool
    paid: bool
    payment: str | None
    settled: Money | None
    at: datetime | None
    near: tuple[NearPicture, ...] = ()

    @property
    def looks_alike_only(self) -> bool:
        """Whether all that it shares is a picture that looks alike."""
        return self.shares == (Shared.LOOK,)


@dataclass(frozen=True, slots=True)
class AccountSoFar:
    """What the other claims of the same account in this shop came to; ``paid`` by currency."""

    claims: int
    approved: int
    declined: int
    paid: tuple[Money, ...]

    @property
    def decided(self) -> int:
        """How many of them are decided."""
        return self.approved + self.declined

    @property
    def rate(self) -> int:
        """How many of a hundred that are decided were approved, rounded; 0 where none is decided."""
        return (200 * self.approved + self.decided) // (2 * self.decided) if self.decided else 0


_mine, _theirs = aliased(Evidence), aliased(Evidence)
_SAME_FILES = (
    select(_theirs.claim_id)
    .join(_mine, _mine.sha256 == _theirs.sha256)
    .where(_mine.claim_id == bindparam("this"), _mine.kind != IDENTITY, _theirs.kind != IDENTITY)
)
_PICTURE = exists(_SAME_FILES.where(_theirs.claim_id == Claim.id).correlate(Claim))
_here = Claim.shop == bindparam("in_shop")
# Each by its own index: asked in one with OR, the database reads every claim.
_IDS = union(
    select(Claim.id).where(_here, Claim.order_key == bindparam("order")),
    select(Claim.id).where(_here, Claim.email == bindparam("email")),
    select(Claim.id).where(_here, Claim.account_id == bindparam("account")),
    select(Claim.id).where(Claim.payee_key == bindparam("payee")),
    _SAME_FILES,
    select(Claim.id).where(Claim.id.in_(bindparam("near", expanding=True))),
)
_ALIKE = (
    select(Claim, _PICTURE)
    .where(
        Claim.id.in_(select(_IDS.subquery().c.id)),
        Claim.id != bindparam("this"),
        Claim.status != Status.DRAFT,
    )
    .options(
        load_only(
            Claim.reference, Claim.shop, Claim.status, Claim.outcome, Claim.email, Claim.account_id,
            Claim.order_key, Claim.order_reference, Claim.payee_key, Claim.submitted_at,
        ),
        joinedload(Claim.payouts),
    )
    .order_by(Claim.id.desc())
    .limit(MOST)
)  # fmt: skip


def claims_alike(claim: Claim, *, shops: Shops) -> list[AlikeClaim]:
    """The claims of these shops that share something with this one, the newest first; two statements.

    MOST at most. ``shops`` are those of whoever looks.
    """
    near = near_pictures(claim.id)
    said = {
        "near": sorted({each.claim_id for each in near}),
        "this": claim.id,
        "in_shop": claim.shop,
        "order": claim.order_key,
        "email": claim.email,
        "account": claim.account_id,
        "payee": claim.payee_key,
    }
    found = db.session.execute(_ALIKE.where(shops.among(Claim.shop)), said).unique().all()
    listed = (
        _alike(other, claim, picture=picture, near=[n for n in near if n.claim_id == other.id])
        for other, picture in found
    )
    return [each for each in listed if each.shares]


def so_far(others: list[AlikeClaim]) -> AccountSoFar:
    """What those of them came to that are of the same account, so as they stand now."""
    own = [each for each in others if Shared.ACCOUNT in each.shares]
    paid: dict[str, Money] = {}
    for each in own:
        if each.settled:
            unit = each.settled.currency
            paid[unit] = paid.get(unit, Money(0, unit)) + each.settled
    return AccountSoFar(
        claims=len(own),
        approved=sum(each.status in GIVEN for each in own),
        declined=sum(each.status in REFUSED for each in own),
        paid=tuple(paid.values()),
    )


def _alike(other: Claim, claim: Claim, *, picture: bool, near: list[NearPicture]) -> AlikeClaim:
    here = other.shop == claim.shop
    same = {
        Shared.ORDER: here and claim.order_key is not None and other.order_key == claim.order_key,
        Shared.ACCOUNT: here and other.holder.is_same(claim.holder),
        Shared.PAYEE: claim.payee_key is not None and other.payee_key == claim.payee_key,
        Shared.PICTURE: picture,
        Shared.LOOK: bool(near) and not picture,
    }
    given = [payout for payout in other.payouts if payout.counts]
    last = given[-1] if given else None
    return AlikeClaim(
        reference=other.reference,
        shop=other.shop,
        order_reference=other.order_reference,
        status=other.status,
        outcome=other.outcome,
        shares=tuple(each for each, shared in same.items() if shared),
        account=None if other.holder.is_same(claim.holder) else other.holder.name,
        amount=_sum([payout.amount for payout in given]),
        replaced=last is not None and last.amount is None,
        paid=last is not None and last.state is PayoutState.PAID,
        payment=last.payer_reference if last else None,
        settled=_sum([p.amount for p in other.payouts if p.state is PayoutState.PAID]),
        at=other.submitted_at,
        near=tuple(near),
    )


def _sum(amounts: list[Money | None]) -> Money | None:
    known = [each for each in amounts if each]
    return Money(sum(each.minor for each in known), known[0].currency) if known else None
