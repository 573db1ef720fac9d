"""What was typed and not sent yet, beside the claim: it makes no screen of a reviewer stale."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, bindparam, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.card_numbers import mask_card_numbers
from portal.claims.models import Claim
from portal.database import UTCDateTime
from portal.extensions import Base, db

LONGEST = 10_000  # characters of one field: more than any form takes


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
