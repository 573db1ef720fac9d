"""What a claim's owner answered, the language that they read, and what they typed and did not send yet.

Nothing is decided here, and what is typed makes no screen of a reviewer stale.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.attributes import set_committed_value

from portal.card_numbers import mask_card_numbers
from portal.claims.models import Claim
from portal.database import UTCDateTime
from portal.extensions import Base, db
from portal.money import Money

LONGEST = 10_000  # characters of one field: more than any form takes


class GivenAnswers(TypedDict, total=False):
    """What a customer may answer; None leaves an answer as it is. The language is BCP 47's."""

    reason: str | None
    service_name: str | None
    description: str | None
    destination: str | None
    remedy: str | None
    asked: Money | None
    number_used: bool | None
    language: str | None


def answer(claim: Claim, **given: Unpack[GivenAnswers]) -> None:
    """Keep what the customer answered."""
    for name, value in _columns(given).items():
        setattr(claim, name, value)


def suppose(claim: Claim, **given: Unpack[GivenAnswers]) -> None:
    """Look at the draft as if its owner had answered so; nothing is stored."""
    for name, value in _columns(given).items():
        set_committed_value(claim, name, value)


def _columns(given: GivenAnswers) -> dict[str, Any]:
    """The answers by the columns that keep them: an amount has two."""
    found = {name: value for name, value in given.items() if name != "asked" and value is not None}
    if (asked := given.get("asked")) is not None:
        found |= {"asked_minor": asked.whole, "currency": asked.currency}
    return found


def keep_language(claims: Sequence[Claim], *, language: str | None) -> None:
    """Their customer reads this language (BCP 47) from now on; None changes nothing.

    Nothing is decided by it, so a claim's version stays.
    """
    others = [claim for claim in claims if language and claim.language != language]
    if others:
        of = Claim.id.in_([claim.id for claim in others])
        db.session.execute(
            update(Claim).where(of).values(language=language),
            execution_options={"synchronize_session": False},
        )
        for claim in others:
            set_committed_value(claim, "language", language)


def forget_answers(claim: Claim, *, names: Iterable[str]) -> None:
    """Drop these answers."""
    for name in names:
        setattr(claim, "asked_minor" if name == "asked" else name, None)


class TypedText(Base):
    """What the owner of a claim typed on one of its pages and has not sent."""

    __tablename__ = "typed_texts"
    __table_args__ = (UniqueConstraint("claim_id", "page"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    page: Mapped[str] = mapped_column(String(20))
    fields: Mapped[dict[str, str]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


_PAGE = TypedText.page == bindparam("on")
_KEPT = select(TypedText).where(TypedText.claim_id == bindparam("of"), _PAGE)
_ALL_SENT = delete(TypedText).where(TypedText.claim_id == bindparam("of"))
_PAGE_SENT = _ALL_SENT.where(_PAGE)


def keep(claim: Claim, *, page: str, fields: Mapping[str, str], at: datetime) -> None:
    """Keep what is typed on a page; under the claim's lock, since two keepings may race.

    Card numbers are blanked as everywhere.
    """
    texts = {name: mask_card_numbers(text[:LONGEST]) for name, text in fields.items()}
    row = _kept(claim, page)
    if row is None:
        db.session.add(TypedText(claim_id=claim.id, page=page, fields=texts, at=at))
    else:
        row.fields, row.at = texts, at


def kept(claim: Claim, *, page: str) -> dict[str, str]:
    """What was typed on a page and not sent; empty where nothing was."""
    row = _kept(claim, page)
    return dict(row.fields) if row else {}


def forget(claim: Claim, *, page: str | None = None) -> None:
    """It was sent, or is no longer wanted: on one page, or on all."""
    gone = _PAGE_SENT if page else _ALL_SENT
    said = {"of": claim.id, "on": page}
    db.session.execute(gone, said, execution_options={"synchronize_session": False})


def _kept(claim: Claim, page: str) -> TypedText | None:
    return db.session.scalars(_KEPT, {"of": claim.id, "on": page}).first()
