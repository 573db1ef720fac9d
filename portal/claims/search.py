"""Finding a claim by a part of what it is known by: words of its own, each by the index, so that none is scanned for."""

from collections.abc import Iterable, Iterator

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    bindparam,
    delete,
    event,
    exists,
    insert,
    inspect,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.email_addresses import email_key
from portal.extensions import Base, db
from portal.money import Money
from portal.people.rights import Shops

MOST_FOUND = 500  # of the claims that one search names
WORD = 48  # signs of a word that are kept
STARTS = 48  # places of a text at which a part that is searched for may begin
PART = 3  # signs that a part has at least; fewer have to be the whole
_LAST = "\U0010ffff"  # sorts after every other sign
# A search names no shop. Where one is named, SQLite would take the shop's index and read all its claims,
# if there were none of both.
for _name in ("email", "account_id", "order_key"):
    Index(f"ix_claims_{_name}", getattr(Claim, _name), Claim.id)
    Index(f"ix_claims_shop_{_name}", Claim.shop, getattr(Claim, _name), Claim.id)
_SEARCHED = (
    "email", "account_id", "order_reference", "service_name", "asked_minor", "verdict_minor", "currency",
    "facts",
)  # fmt: skip


class ClaimWord(Base):
    """A word by whose beginning a claim is found (search.py); compared sign by sign."""

    __tablename__ = "claim_words"
    __table_args__ = (
        Index("ix_claim_words_claim_id", "claim_id"),
        {"sqlite_with_rowid": False},
    )

    word: Mapped[str] = mapped_column(
        String(48).with_variant(String(48, collation="C"), "postgresql"), primary_key=True
    )
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), primary_key=True)


_HELD = select(ClaimWord.word).where(ClaimWord.claim_id == bindparam("of"))
_NEW = insert(ClaimWord)


def plain(text: str) -> str:
    """The text as it is compared: without case and spaces."""
    return "".join(text.casefold().split())


def letters(text: str) -> str:
    """The letters and digits of the text alone, so that typing dashes or none is no difference."""
    return "".join(sign for sign in plain(text) if sign.isalnum())


def words_of(claim: Claim) -> set[str]:
    """Every word by whose beginning the claim is found."""
    service = (claim.facts.get("order") or {}).get("service")
    names = (claim.reference, claim.order_reference, claim.service_name, service, claim.account_id)
    return known_words(*names, address=claim.email, amounts=amounts_of(claim))


def known_words(
    *names: str | None, address: str | None = None, amounts: Iterable[Money] = ()
) -> set[str]:
    """The words of these names and this address, from every place on, and of the amounts, whole."""
    texts = {letters(text) for text in names if text} | {plain(address or "")} - {""}
    found = {
        text[start : start + WORD]
        for text in texts
        for start in range(min(len(text), STARTS))
        if not start or len(text) - start >= PART
    }
    return found | {plain(str(amount)) for amount in amounts}


def amounts_of(claim: Claim) -> list[Money]:
    """What the claim is about, in money: its price, what is asked for, what the policy gives."""
    price = (claim.facts.get("order") or {}).get("price")
    known = [claim.asked, claim.verdict_amount, Money.exact(**price) if price else None]
    return [amount for amount in known if amount]


def named(words: str, *, shops: Shops) -> list[int]:
    """The newest claims of these shops that have ``words`` as a part of their reference, order, address or service.

    A part has three signs at least; an amount is named from its beginning.
    """
    asked = {plain(words), letters(words), plain(words).replace(",", ".")} - {""}
    whole = letters(words).upper()
    # A text that is longer than a word is kept whole elsewhere.
    # Before any is left out: another shop's would stand in their place.
    here = shops.among(Claim.shop)
    ways: list[Select[int]] = [
        select(Claim.id).where(here, Claim.email == email_key(words)),
        select(Claim.id).where(here, Claim.order_key == whole),
        select(Claim.id).where(here, Claim.account_id == words.strip()),
    ]
    theirs = exists().where(Claim.id == ClaimWord.claim_id, here)
    ways += [
        select(ClaimWord.claim_id.label("id"))
        .where(_begins(word), true() if shops.named is None else theirs)
        .order_by(ClaimWord.word.desc(), ClaimWord.claim_id.desc())
        for word in sorted(asked)
        if len(word) <= WORD
    ]
    each = [way.limit(MOST_FOUND).subquery().select() for way in ways]
    found = union_all(*each).subquery()
    newest = select(found.c.id).distinct().order_by(found.c.id.desc()).limit(MOST_FOUND)
    return list(db.session.scalars(newest))


def _begins(word: str) -> ColumnElement[bool]:
    if len(word) < PART:
        return ClaimWord.word == word
    return (ClaimWord.word >= word) & (ClaimWord.word < word + _LAST)


def keep_words(session: Session, claim: Claim) -> None:
    """Write the words that are new and take away those that are no longer the claim's."""
    connection = session.connection()
    before: set[str] = set()
    if not _is_new(session, claim):
        before.update(connection.execute(_HELD, {"of": claim.id}).scalars())
    after = words_of(claim)
    if gone := before - after:
        lost = ClaimWord.claim_id == claim.id, ClaimWord.word.in_(gone)
        connection.execute(delete(ClaimWord).where(*lost))
    if new := sorted(after - before):
        connection.execute(_NEW, [{"word": word, "claim_id": claim.id} for word in new])


@event.listens_for(db.session, "after_flush")
def _keep(session: Session, _context: object) -> None:
    for claim in _changed(session):
        keep_words(session, claim)


def _changed(session: Session) -> Iterator[Claim]:
    """The claims that were sent and are known by something else now; drafts are found by nobody."""
    for claim in [*session.new, *session.dirty]:
        if isinstance(claim, Claim) and claim.status is not Status.DRAFT:
            state = inspect(claim).attrs
            if _is_new(session, claim) or any(
                state[name].history.has_changes() for name in _SEARCHED
            ):
                yield claim


def _is_new(session: Session, claim: Claim) -> bool:
    """Whether it has no words yet: it was sent just now."""
    return claim in session.new or Status.DRAFT in inspect(claim).attrs.status.history.deleted
