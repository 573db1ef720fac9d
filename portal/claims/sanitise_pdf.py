"""Draw the first pages of a PDF as pictures. Run inside the sanitising process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pypdfium2
from pypdfium2 import raw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

PAGES = 5
SCALE = 150 / 72  # 150 dots an inch: small print can be read
LONGEST_SIDE = 2_000


class Locked(Exception):
    """The PDF can't be opened without its password."""

    fault = "password"


def draw_pages(source: str) -> tuple[int, Iterator[Image.Image]]:
    """Count the pages, and draw the first five one by one as they are asked for.

    Raises Locked; ValueError for a PDF with no page to show, and what pypdfium2 raises.
    """
    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as error:
        if error.err_code in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}:
            raise Locked from error
        raise
    count = len(document)
    if count == 0:
        raise ValueError("no page")
    return count, _drawn(document, min(count, PAGES))


def _drawn(document: pypdfium2.PdfDocument, count: int) -> Iterator[Image.Image]:
    for index in range(count):
        page = document[index]
        longest = max(page.get_size())
        if longest <= 0:
            raise ValueError("a page without a size")
        bitmap = page.render(
            scale=min(SCALE, LONGEST_SIDE / longest), rev_byteorder=True, may_draw_forms=False
        )
        yield bitmap.to_pil().convert("RGB")
