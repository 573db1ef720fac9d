"""Draw the pages of a PDF as pictures. Run inside the sanitising process."""

import math
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pypdfium2
from PIL import Image
from pypdfium2 import raw

VIEWS = 40  # pictures a document: pages, and the parts of pages too large for one
SECONDS = 9  # after these no further page is begun
SCALE = 150 / 72  # 150 dots an inch: small print can be read
CLEAR = 1.0  # a page made on a screen has a point for each pixel: below, small print is lost
READABLE = 1.5  # a phone's page has small letters
LONGEST_SIDE = 2_000
WIDEST_PART, HIGHEST_PART = 2_400, 4_000
PAGE_PIXELS = 24_000_000  # all parts of a page
STRIP = 3  # a page this many times longer than wide can't be read as a whole

MOST_NOTES, END = 500, 2
# Notes that are a mark on the page, their words folded up.
SILENT = frozenset(
    {
        raw.FPDF_ANNOT_TEXT,
        raw.FPDF_ANNOT_HIGHLIGHT,
        raw.FPDF_ANNOT_UNDERLINE,
        raw.FPDF_ANNOT_SQUIGGLY,
        raw.FPDF_ANNOT_STRIKEOUT,
        raw.FPDF_ANNOT_CARET,
        raw.FPDF_ANNOT_SQUARE,
        raw.FPDF_ANNOT_CIRCLE,
    }
)


class Locked(Exception):
    """The PDF can't be opened without its password."""

    fault = "password"


class Drawn(NamedTuple):
    """A page, or a part of it: the number of each, and the picture."""

    page: int
    part: int
    picture: Image.Image


class Pages:
    """The pages of a document, drawn one by one as they are asked for.

    ``shown`` counts the pages drawn whole so far; ``lacks`` says what the pictures don't show.
    Raises Locked; ValueError for a PDF with no page to show, and what pypdfium2 raises.
    """

    def __init__(self, source: str) -> None:
        try:
            # Its bytes: a name would be made absolute, and the folders above aren't to be seen.
            self._document = pypdfium2.PdfDocument(Path(source).read_bytes())
        except pypdfium2.PdfiumError as error:
            if error.err_code in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}:
                raise Locked from error
            raise
        # Before any page is opened, or the fields stay empty.
        self._document.init_forms()
        self.count = len(self._document)
        if self.count == 0:
            raise ValueError("no page")
        self.shown = 0
        self.lacks: list[dict[str, str | int]] = []
        if self._document.get_formtype() in {raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND}:
            self.lacks.append({"what": "form"})
        self._attached = raw.FPDFDoc_GetAttachmentCount(self._document)

    def draw(self) -> Iterator[Drawn]:
        """Draw until all is drawn, or there are VIEWS pictures, or SECONDS have gone."""
        began, views, small = time.monotonic(), 0, 0
        folded: Counter[str] = Counter()
        for index in range(self.count):
            if index and time.monotonic() - began > SECONDS:
                break
            page = self._document[index]
            scales = _scales(*page.get_size())
            crops = [(scale, crop) for scale in scales for crop in _crops(page.get_size(), scale)]
            if index and views + len(crops) > VIEWS:
                break
            for part, (scale, crop) in enumerate(crops, start=1):
                bitmap = page.render(scale=scale, crop=crop, rev_byteorder=True)
                yield Drawn(index + 1, part, bitmap.to_pil().convert("RGB"))
            views, self.shown = views + len(crops), index + 1
            folded.update(_folded(page))
            small += scales[-1] < CLEAR
            page.close()
        told = {
            "pages": (self.count, self.shown),
            "attachments": (self._attached + folded["attachments"], 0),
            "notes": (folded["notes"], 0),
            "small": (small, 0),
        }
        for what, (of, shown) in told.items():
            if of > shown:
                self.lacks.append({"what": what, "of": of, "shown": shown})


def _scales(width: float, height: float) -> list[float]:
    """The scales to draw a page at: whole, in parts, or whole for the look of it and then in parts."""
    if min(width, height) <= 0:
        raise ValueError("a page without a size")
    whole = min(SCALE, (LONGEST_SIDE - 0.5) / max(width, height))  # it is rounded up
    long = max(width, height) > STRIP * min(width, height)
    if whole >= (READABLE if long else CLEAR):
        return [whole]
    near = max(whole, min(SCALE, math.sqrt(PAGE_PIXELS / (width * height))))
    return [near] if long else [whole, near]


def _crops(size: tuple[float, float], scale: float) -> list[tuple[float, float, float, float]]:
    """What to cut off (left, bottom, right, top; in points) for each part, in reading order."""
    width, height = size
    if max(width, height) * scale <= LONGEST_SIDE:
        return [(0, 0, 0, 0)]
    columns = min(math.ceil(width * scale / WIDEST_PART), VIEWS)
    rows = min(math.ceil(height * scale / HIGHEST_PART), VIEWS // columns)
    wide, high = width / columns, height / rows
    return [
        (column * wide, (rows - 1 - row) * high, (columns - 1 - column) * wide, row * high)
        for row in range(rows)
        for column in range(columns)
    ]


def _folded(page: pypdfium2.PdfPage) -> Iterator[str]:
    """What lies on the page and isn't to be seen: words of notes, and files pinned to it."""
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), MOST_NOTES)):
        note = raw.FPDFPage_GetAnnot(page, index)
        kind = raw.FPDFAnnot_GetSubtype(note)
        if kind == raw.FPDF_ANNOT_FILEATTACHMENT:
            yield "attachments"
        # A text's end alone takes two bytes: more are words.
        elif kind in SILENT and raw.FPDFAnnot_GetStringValue(note, b"Contents", None, 0) > END:
            yield "notes"
        raw.FPDFPage_CloseAnnot(note)
