"""Screenshots for the demo: a phone showing an order's page, drawn and written as PNG."""

import textwrap
from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 720, 1280
LINE_LENGTH = 38  # signs of the note
INK, PALE, PAPER, LINE = "#1b2430", "#5d6b7a", "#f4f6f8", "#d5dce3"
BARS = ("#2457a6", "#17695c", "#6a3fa0", "#8a4b12", "#0f5c80")


def screenshot(title: str, lines: Sequence[tuple[str, str]], *, note: str, shade: int = 0) -> bytes:
    """A phone's screen: ``title`` in a bar, a card of labels and values, ``note`` in a box below."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, WIDTH, 150), fill=BARS[shade % len(BARS)])
    draw.text((40, 30), "10:24", font=ImageFont.load_default(26), fill="white")
    draw.text((40, 84), title, font=ImageFont.load_default(40), fill="white")
    bottom = 240 + 92 * len(lines)
    draw.rounded_rectangle((32, 190, WIDTH - 32, bottom), 18, fill="white", outline=LINE, width=2)
    for place, (label, value) in enumerate(lines):
        top = 216 + 92 * place
        draw.text((64, top), label, font=ImageFont.load_default(24), fill=PALE)
        draw.text((64, top + 32), value, font=ImageFont.load_default(32), fill=INK)
    top = bottom + 40
    draw.rounded_rectangle((32, top, WIDTH - 32, top + 220), 18, fill="#fff4e0", outline="#e2b866")
    words = textwrap.fill(note, LINE_LENGTH, break_on_hyphens=False)
    draw.multiline_text(
        (64, top + 32), words, font=ImageFont.load_default(30), fill=INK, spacing=12
    )
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
