"""Reads of claims: always ordered, the same count of statements for one row and for many."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, or_, select
from sqlalchemy.orm import contains_eager, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from portal.claims.history import ClaimEvent, Ruling
from portal.claims.lifecycle import Status
from portal.claims.models import Claim, Evidence, StoredDecision
from portal.extensions import db
from portal.ledger.payout import Payout
from portal.people.rights import ANY_SHOP, Shops
from portal.records.models import Holder

# What one claim's page shows, in a fixed number of statements.
# Of these a claim has a few at most: one statement brings them along.
RULINGS = joinedload(Claim.rulings).joinedload(Ruling.reviewer)
EVIDENCE = joinedload(Claim.evidence)
PAYOUT = joinedload(Claim.payouts), joinedload(Claim.replacements)
_MOST_FOUND = 200


# To put a statement together costs half of what it costs to ask it: what every page asks is kept.
_ONE = select(Claim).where(Claim.reference == bindparam("reference"))
_LOCK = select(Claim.id).where(Claim.reference == bindparam("reference")).with_for_update()
_PAGE = _ONE.options(*PAYOUT, RULINGS, EVIDENCE, joinedload(Claim.assignee))
_PAGE_AMONG = _PAGE.where(Claim.shop.in_(bindparam("shops", expanding=True)))
_DRAFT = _ONE.options(EVIDENCE)
# Its story, which may be long: each in a statement of its own.
_STORY: dict[str, Select[Any]] = {
    "events": select(ClaimEvent)
    .where(ClaimEvent.claim_id == bindparam("of"))
    .options(joinedload(ClaimEvent.reviewer))
    .order_by(ClaimEvent.id),
    "decisions": select(StoredDecision)
    .where(StoredDecision.claim_id == bindparam("of"))
    .order_by(StoredDecision.id),
}


def _of_payout(named: ColumnElement[bool], *, wait: bool = True) -> Select[Claim]:
    of = select(Payout.claim_id).where(named).scalar_subquery()
    return select(Claim).where(Claim.id == of).with_for_update(skip_locked=not wait)


_OF_NUMBER = {
    wait: _of_payout(Payout.id == bindparam("payout"), wait=wait) for wait in (True, False)
}
_OF_KEY = _of_payout(Payout.key == bindparam("payout"))


def claim_for_change(reference: str) -> Claim | None:
    """The claim and its files under its row lock, inside transaction(); None when there is none."""
    # What is joined to a row for which PostgreSQL waits is as it was before the wait: it is read after
    # it. SQLite's write lock is the transaction's own.
    if db.engine.dialect.name != "sqlite":
        db.session.execute(_LOCK, {"reference": reference})
    return _found(_DRAFT, reference)


def claims_for_change(references: Sequence[str]) -> list[Claim]:
    """As claim_for_change, of several: locked in the order of their ids, given in that of the references."""
    these = Claim.reference.in_(references)
    if db.engine.dialect.name != "sqlite":
        db.session.execute(select(Claim.id).where(these).order_by(Claim.id).with_for_update())
    return claims_named(references)


def claims_named(references: Sequence[str]) -> list[Claim]:
    """The claims of these references and their files, in this order; fewer where there is none of a name."""
    found = select(Claim).where(Claim.reference.in_(references)).options(EVIDENCE)
    by_name = {claim.reference: claim for claim in db.session.scalars(found).unique()}
    return [by_name[each] for each in references if each in by_name]


def payout_for_change(number: int, *, wait: bool = True) -> tuple[Claim, Payout] | None:
    """A payout with its claim under the claim's row lock, inside transaction().

    None where there is none, or where somebody else has it and we don't ``wait``.
    """
    claim = db.session.scalars(_OF_NUMBER[wait], {"payout": number}).one_or_none()
    if claim is None:
        return None
    return claim, next(each for each in claim.payouts if each.id == number)


def payout_of_key(key: str) -> tuple[Claim, Payout] | None:
    """As payout_for_change, by the payout's key."""
    claim = db.session.scalars(_OF_KEY, {"payout": key}).one_or_none()
    if claim is None:
        return None
    return claim, next(each for each in claim.payouts if each.key == key)


def claim_alone(reference: str) -> Claim | None:
    """The claim and its files, without its story."""
    return _found(_DRAFT, reference)


def claim_page(reference: str, *, shops: Shops = ANY_SHOP) -> Claim | None:
    """The claim with what its page shows: three statements, however long its story.

    None where there is none, or none in these ``shops``: those of whoever looks. Of another shop's
    claim no row is read, so that it takes no longer than one that isn't there.
    """
    if shops.named is None:
        claim = _found(_PAGE, reference)
    else:
        claim = _found(_PAGE_AMONG, reference, shops=sorted(shops.named))
    if claim is not None:
        for name, told in _STORY.items():
            set_committed_value(claim, name, db.session.scalars(told, {"of": claim.id}).all())
    return claim


def _found(statement: Select[Claim], reference: str, **given: list[str]) -> Claim | None:
    found = db.session.execute(statement, {"reference": reference, **given})
    return found.unique().scalar_one_or_none()


def claims_of_order(shop: str, key: str) -> Sequence[Claim]:
    """Every sent claim about the shop's orders of this key (records.models.reference_key), the first one first."""
    about = Claim.shop == shop, Claim.order_key == key, Claim.status != Status.DRAFT
    return db.session.scalars(select(Claim).where(*about).order_by(Claim.id)).all()


def claims_of_address(emails: Sequence[str], *, shops: Iterable[str]) -> Sequence[Claim]:
    """The claims of whoever holds these addresses, in these shops, the newest first: 200 at most.

    Among them those that were begun and whose address was proved, not those that a stranger began.
    """
    newest = select(Claim).where(*_of_addresses(emails, shops)).order_by(Claim.id.desc())
    found = newest.limit(_MOST_FOUND).options(PAYOUT[0])
    return db.session.scalars(found).unique().all()


def ids_of_address(email: str, *, shops: Iterable[str]) -> Select[int]:
    """The ids of all of them, of one address, the newest first."""
    return select(Claim.id).where(*_of_addresses([email], shops)).order_by(Claim.id.desc())


def _of_addresses(emails: Sequence[str], shops: Iterable[str]) -> tuple[ColumnElement[bool], ...]:
    known = or_(Claim.status != Status.DRAFT, Claim.email_confirmed_at.is_not(None))
    return Claim.email.in_(emails), Claim.shop.in_(list(shops)), known


def language_kept(shop: str, holder: Holder) -> str | None:
    """The language (BCP 47) of the newest claim that this account sent to the shop; None where none says one."""
    names = [
        name == value
        for name, value in ((Claim.email, holder.email), (Claim.account_id, holder.account_id))
        if value is not None
    ]
    of = Claim.shop == shop, Claim.status != Status.DRAFT, Claim.language.is_not(None), or_(*names)
    kept = select(Claim.email, Claim.account_id, Claim.language).where(*of)
    newest = db.session.execute(kept.order_by(Claim.id.desc()).limit(_MOST_FOUND))
    return next(
        (language for email, number, language in newest if Holder(email, number).is_same(holder)),
        None,
    )


def draft_like(references: Sequence[str], *, shop: str, order_key: str, email: str) -> Claim | None:
    """The newest of these drafts about the same order and address, under its lock."""
    if not references:
        return None
    return db.session.scalars(
        select(Claim)
        .where(
            Claim.reference.in_(references),
            Claim.status == Status.DRAFT,
            Claim.shop == shop,
            Claim.order_key.is_(None) if not order_key else Claim.order_key == order_key,
            Claim.email == email,
        )
        .order_by(Claim.id.desc())
        .limit(1)
        .with_for_update()
    ).first()


def drafts_among(references: Sequence[str], *, shop: str) -> Sequence[Claim]:
    """Those of these claims of the shop that are not sent yet, the newest first."""
    if not references:
        return []
    return db.session.scalars(
        select(Claim)
        .where(Claim.reference.in_(references), Claim.status == Status.DRAFT, Claim.shop == shop)
        .order_by(Claim.id.desc())
    ).all()


def evidence_by_id(public_id: str, *, of: str, shops: Shops = ANY_SHOP) -> Evidence | None:
    """One file ``of`` the claim of this reference, with its claim; None where these ``shops`` have none."""
    return db.session.execute(
        select(Evidence)
        .join(Evidence.claim)
        .where(Evidence.public_id == public_id, Claim.reference == of, shops.among(Claim.shop))
        .options(contains_eager(Evidence.claim))
    ).scalar_one_or_none()
