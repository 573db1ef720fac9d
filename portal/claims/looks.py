"""How pictures look, in 64 bits each, and which others look nearly the same: found by parts, of any number."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ForeignKey, Index, Select, String, bindparam, select, text, union_all
from sqlalchemy.orm import Mapped, aliased, mapped_column

from portal.claims.models import Evidence
from portal.extensions import Base, db
from portal.policy.facts.claim import IDENTITY

BITS, BANDS = 64, 4
NEAR = BANDS - 1  # bits that may differ: of two such pictures one band at least is the same
COMMON = (
    3  # other claims; a look that more of them have is that of an app's screen, and says nothing
)
MOST = 200  # of the newest that are compared by each band
_PLAIN = {0, (1 << BITS // BANDS) - 1}  # a band that so many pictures have says nothing


class PictureLook(Base):
    """The look of one file's first picture, 16 hex digits; empty where it says nothing, none before it was looked at.

    Each band has every fourth of its bits, so that it is of the whole picture; none for one that says nothing.
    """

    __tablename__ = "picture_looks"
    __table_args__ = (
        *(Index(f"ix_picture_looks_band_{n}", f"band_{n}", "evidence_id") for n in range(1, 5)),
        Index(
            "ix_picture_looks_unseen",
            "evidence_id",
            sqlite_where=text("look IS NULL"),
            postgresql_where=text("look IS NULL"),
        ),
    )

    evidence_id: Mapped[int] = mapped_column(
        ForeignKey("evidence.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    look: Mapped[str | None] = mapped_column(String(16))
    band_1: Mapped[int | None] = mapped_column()
    band_2: Mapped[int | None] = mapped_column()
    band_3: Mapped[int | None] = mapped_column()
    band_4: Mapped[int | None] = mapped_column()


@dataclass(frozen=True, slots=True)
class NearPicture:
    """A file of a claim and the claim of one that looks like it; ``percent`` of their bits are the same."""

    evidence_id: int
    claim_id: int
    percent: int


def bands_of(look: str) -> list[int | None]:
    """The look's bands; none of what looks like nothing."""
    if not look:
        return [None] * BANDS
    bits = f"{int(look, 16):0{BITS}b}"
    found = [int(bits[start::BANDS], 2) for start in range(BANDS)]
    return [None if band in _PLAIN else band for band in found]


def keep_look(evidence_id: int, look: str) -> None:
    """Keep how a file's first picture looks, in the caller's transaction."""
    row = db.session.get(PictureLook, evidence_id) or PictureLook(evidence_id=evidence_id)
    row.look = look
    row.band_1, row.band_2, row.band_3, row.band_4 = bands_of(look)
    db.session.add(row)


def near_pictures(claim_id: int) -> list[NearPicture]:
    """The other claims with a picture that looks like one of this claim; one statement, of MOST a band.

    Two pictures look alike where no more than NEAR of their bits differ. Of each file and claim the nearest;
    none of a file that looks like those of more than COMMON claims.
    """
    found: dict[tuple[int, int], int] = {}
    for mine, own, claim, theirs in db.session.execute(_SAME_BAND, {"this": claim_id}):
        apart = (int(own, 16) ^ int(theirs, 16)).bit_count()
        if apart <= NEAR:
            found[mine, claim] = min(apart, found.get((mine, claim), BITS))
    of_file = Counter(mine for mine, _ in found)
    return [
        NearPicture(mine, claim, round(100 * (BITS - apart) / BITS))
        for (mine, claim), apart in found.items()
        if of_file[mine] <= COMMON
    ]


def _same_band(number: int) -> Select[Any]:
    own, mine, theirs, other = (
        aliased(Evidence), aliased(PictureLook), aliased(PictureLook), aliased(Evidence),
    )  # fmt: skip
    band = f"band_{number}"
    among = (
        select(mine.evidence_id, mine.look, other.claim_id, theirs.look.label("theirs"))
        .select_from(own)
        .join(mine, mine.evidence_id == own.id)
        .join(theirs, getattr(theirs, band) == getattr(mine, band))
        .join(other, other.id == theirs.evidence_id)
        .where(
            own.claim_id == bindparam("this"),
            other.claim_id != bindparam("this"),
            own.kind != IDENTITY,
            other.kind != IDENTITY,
        )
        .order_by(theirs.evidence_id.desc())
        .limit(MOST)
        .subquery()
    )
    return select(among)


_SAME_BAND = union_all(*(_same_band(number) for number in range(1, BANDS + 1)))


def unseen(limit: int) -> Sequence[int]:
    """Files that nobody has looked at so, the oldest first."""
    found = select(PictureLook.evidence_id).where(PictureLook.look.is_(None))
    return db.session.scalars(found.order_by(PictureLook.evidence_id).limit(limit)).all()
