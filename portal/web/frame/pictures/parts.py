"""Parts of a picture, marked by four numbers in percent each: without scripts, by keys, or drawn."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from flask import abort, request
from wtforms import StringField
from wtforms.widgets import NumberInput

from portal.claims.evidence import shown
from portal.claims.evidence.sanitising import BlackPart, SanitiserUnavailable
from portal.claims.evidence.sniffing import EvidenceRefused
from portal.claims.evidence.storage.kept import NoRoom, StorageAway
from portal.claims.models import Claim, Evidence
from portal.claims.redaction.burning import MOST_PARTS, pictures_of
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.fields import PageForm

PERCENT = re.compile(r"\d{1,3}([.,]\d{1,3})?", re.ASCII)
WHOLE = Decimal(100)
EDGES = {
    "left": _("From the left"),
    "top": _("From the top"),
    "width": _("Width"),
    "height": _("Height"),
}
FAULTS = (
    EvidenceRefused,
    NoRoom,
    SanitiserUnavailable,
    StorageAway,
)  # why nothing was burned; mostly ours


class PercentField(StringField):
    """A share of the picture's width or height, from 0 to 100, as it was typed."""

    widget = NumberInput(step="0.1", min="0", max="100")

    @property
    def share(self) -> Decimal | None:
        """The number; None where it is none from 0 to 100."""
        typed = (self.data or "").strip()
        if not PERCENT.fullmatch(typed):
            return None
        number = Decimal(typed.replace(",", "."))
        return number if number <= WHOLE else None


class Mark(NamedTuple):
    """A part as it is drawn over the picture, in percent."""

    left: Decimal
    top: Decimal
    width: Decimal
    height: Decimal


class PartsForm(PageForm):
    """Up to MOST_PARTS parts, each an empty row or four numbers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts: list[BlackPart] = []

    def rows(self) -> list[list[PercentField]]:
        """The fields of each part, in the order of EDGES."""
        return [[self[f"{edge}_{n}"] for edge in EDGES] for n in range(1, MOST_PARTS + 1)]

    def marks(self) -> list[Mark]:
        """What can be drawn of what was typed."""
        found = (_mark(row) for row in self.rows())
        return [mark for mark in found if mark is not None]

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether there is a part, and each lies within the picture; they are ``parts`` then."""
        sound = bool(super().validate(extra_validators))
        filled = [row for row in self.rows() if any((field.data or "").strip() for field in row)]
        if not filled:
            self["left_1"].errors = [gettext("Mark at least one part: draw it, or write its place")]
        self.parts = [part for row in filled if (part := _part(row)) is not None]
        return sound and bool(filled) and len(self.parts) == len(filled)

    def only_looks(self) -> bool:
        """Whether it was sent to see what would be black, as Enter in a field does, and nothing more."""
        return request.form.get("do") != "burn"

    def failed(self, fault: Exception) -> int:
        """Note that nothing was burned, and why; the status of the answer."""
        self.form_errors = [
            gettext(str(fault))
            if isinstance(fault, EvidenceRefused)
            else gettext("This could not be done at the moment, and nothing was changed. Try again")
        ]
        return (
            507 if isinstance(fault, NoRoom) else 422 if isinstance(fault, EvidenceRefused) else 503
        )


for _number in range(1, MOST_PARTS + 1):
    for _edge, _words in EDGES.items():
        setattr(PartsForm, f"{_edge}_{_number}", PercentField(_words))


class PictureShown(NamedTuple):
    """A picture in which parts are marked: its size in pixels, and how many parts of it are black already.

    ``label`` is its name among the ``others`` of its file, which are role and name.
    """

    src: str
    width: int
    height: int
    black: int
    label: str
    others: list[tuple[str, str]]


def file_named(claim: Claim, public_id: str) -> Evidence:
    """The file of the claim; 404 where it has none of this name."""
    found = next((each for each in claim.evidence if each.public_id == public_id), None)
    return found or abort(404)


def shown_of(file: Evidence, role: str, src: str) -> PictureShown | None:
    """The view of a file; None where it isn't one of a picture."""
    if role not in pictures_of(file):
        return None
    view = next(each for each in file.views if each["role"] == role)
    named = shown.views(file)
    others = [each for each in named if each[0] != role]
    black = view.get("black", 0)
    return PictureShown(src, view["width"], view["height"], black, dict(named)[role], others)


def _mark(row: list[PercentField]) -> Mark | None:
    shares = [field.share for field in row]
    known = [share for share in shares if share is not None]
    return Mark(*known) if len(known) == len(shares) else None


def _part(row: list[PercentField]) -> BlackPart | None:
    """What a row says; None where something is wrong, which stands at its field then."""
    faults = list(_faults(row))
    for field, words in faults:
        field.errors = [words]
    mark = _mark(row)
    if faults or mark is None:
        return None
    left, top = mark.left / WHOLE, mark.top / WHOLE
    right, bottom = (mark.left + mark.width) / WHOLE, (mark.top + mark.height) / WHOLE
    return BlackPart(float(left), float(top), float(right), float(bottom))


def _faults(row: list[PercentField]) -> Iterator[tuple[PercentField, str]]:
    for field in row:
        if field.share is None:
            yield field, gettext("Write a number from 0 to 100")
    for start, length in zip(row[:2], row[2:], strict=True):
        if length.share == 0:
            yield length, gettext("Write a number above 0")
        elif start.share is not None and length.share and start.share + length.share > WHOLE:
            yield (
                length,
                gettext("This reaches beyond the picture: 100 at most with what is before"),
            )
