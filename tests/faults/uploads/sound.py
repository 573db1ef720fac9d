"""Sound files of every kind that is taken, and bombs: small files that need much once they are opened."""

from __future__ import annotations

import zlib
from functools import cache, partial
from pathlib import Path
from random import Random

import pillow_heif
from PIL import ExifTags, Image, ImageCms, ImageDraw

from tests.claims.encoded import pdf, saved

FILES = Path(__file__).parents[2] / "claims/files"
MB = 1_000_000
SIDES = (64, 48)


def drawn(mode="RGB", sides=SIDES, shade=0):
    """A picture with something on it."""
    found = Image.new("RGB", sides, (240, 244, 248 - shade))
    ImageDraw.Draw(found).rectangle((5, 5 + shade % 9, sides[0] // 2, 30), fill=(200, 20, 60))
    return found.convert(mode)


def _with_all(form, **given):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Make] = 6, "A phone"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return saved(drawn(), form, exif=exif, icc_profile=profile, **given)


def _moving(form, **given):
    first, *more = [drawn(shade=shade) for shade in range(0, 120, 40)]
    return saved(first, form, save_all=True, append_images=more, duration=300, **given)


@cache
def sound():
    """The endings of files, and files of each, all of which can be opened."""
    pillow_heif.register_heif_opener()
    noise = Image.frombytes("RGB", SIDES, Random(1).randbytes(3 * SIDES[0] * SIDES[1]))
    films = {name: (FILES / name).read_bytes() for name in ("film.mp4", "film.mov", "film.webm", "live.webm")}  # fmt: skip
    return {
        "png": [saved(drawn(mode), "PNG") for mode in ("RGB", "RGBA", "P", "1", "I;16", "LA")]
        + [_with_all("PNG"), _moving("PNG")],
        "jpg": [_with_all("JPEG"), _with_all("JPEG", progressive=True, comment=b"A note"),
                saved(drawn("CMYK"), "JPEG"), saved(drawn("L"), "JPEG"), saved(noise, "JPEG")],
        "webp": [_with_all("WEBP"), _with_all("WEBP", lossless=True), _moving("WEBP"), saved(noise, "WEBP")],
        "gif": [saved(drawn("P"), "GIF"), _moving("GIF", comment=b"A note")],
        "avif": [saved(drawn(), "AVIF", speed=10), _moving("AVIF", speed=10)],
        "heic": [saved(drawn(), "HEIF")],
        "pdf": [pdf(), pdf(pages=3), *(path.read_bytes() for path in sorted(FILES.glob("*.pdf")))],
        "mp4": [films["film.mp4"], films["film.mov"]],
        "webm": [films["film.webm"], films["live.webm"]],
    }  # fmt: skip


def chunk(kind, body):
    """A chunk of a PNG."""
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def _in_png(kind, before, size):
    data = saved(drawn(), "PNG")
    return data[:33] + chunk(kind, before + zlib.compress(bytes(size), 9)) + data[33:]


def _wide_png(sides, mode="1"):
    return saved(Image.new(mode, sides), "PNG")


def _scans(count):
    """A progressive JPEG of many pixels whose last scan comes again and again."""
    data = saved(Image.new("L", (2500, 2500), 9), "JPEG", progressive=True)
    at = data.rindex(b"\xff\xda")
    return data[:at] + data[at:-2] * (count // len(data[at:-2])) + b"\xff\xd9"


def _frames(count, sides):
    """A GIF of so many frames, each of one colour, on a canvas of these sides."""
    first, *more = [Image.new("L", (1, 1), shade % 2 * 255) for shade in range(count)]
    data = saved(first, "GIF", save_all=True, append_images=more, duration=10)
    return data[:6] + b"".join(side.to_bytes(2, "little") for side in sides) + data[10:]


def _laughing(depth):
    """A PDF whose page draws ten forms, each of which draws ten others, and so on."""
    forms, content = [], b"/F0 Do " * 10
    for number in range(depth):
        inner = f"/F{number + 1} Do " * 10 if number + 1 < depth else "0 0 9 9 re f"
        own = (
            f"/Resources<</XObject<</F{number + 1} {11 + number} 0 R>>>>"
            if number + 1 < depth
            else ""
        )
        forms.append(f"{10 + number} 0 obj<</Type/XObject/Subtype/Form/BBox[0 0 99 99]{own}"
                     f"/Length {len(inner)}>>stream\n{inner}\nendstream endobj\n".encode())  # fmt: skip
    data = pdf(content=content, more="/Resources<</XObject<</F0 10 0 R>>>>")
    return data.replace(b"xref\n", b"".join(forms) + b"xref\n", 1)


def _unpacking(size):
    """A PDF whose page is a stream of so many bytes once it is unpacked."""
    packed = zlib.compress(b"0 0 m 9 9 l S " * (size // 14), 9)
    told = b"<</Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    content = b"9 0 obj" + told + packed + b"\nendstream endobj\n"
    return pdf().replace(b"xref\n", content + b"xref\n", 1).replace(b"/Contents 3 0 R", b"/Contents 9 0 R")  # fmt: skip


def _nested(depth):
    """Boxes within boxes."""
    data = b""
    for _ in range(depth):
        data = (8 + len(data)).to_bytes(4, "big") + b"moov" + data
    return sound()["mp4"][0][:1477] + data


BOMBS = {
    "png": [
        partial(_in_png, b"zTXt", b"Comment\0\0", 100 * MB),
        partial(_in_png, b"iCCP", b"x\0\0", 100 * MB),
        partial(_in_png, b"iTXt", b"Comment\0\1\0\0\0", 100 * MB),
        partial(_wide_png, (12_000, 12_000)),
        partial(_wide_png, (60_000, 1)),
        partial(_wide_png, (8_000, 4_990), "L"),
        partial(_wide_png, (49_000, 800)),
    ],
    "jpg": [partial(_scans, 100_000), partial(_scans, 2 * MB)],
    "gif": [partial(_frames, 500, (6_000, 6_000)), partial(_frames, 3_000, (900, 900)), partial(_frames, 9, (65_535, 65_535))],
    "pdf": [partial(_laughing, 4), partial(_laughing, 12), partial(_unpacking, 3 * MB), partial(_unpacking, 300 * MB),
            partial(pdf, 2_000), partial(pdf, 1, size=(14_400, 14_400)), partial(pdf, 2, size=(3, 200_000))],
    "mp4": [partial(_nested, 900), partial(_nested, 20_000)],
}  # fmt: skip


@cache
def bomb(ending, number):
    """One of the bombs of this ending; it is made once."""
    return BOMBS[ending][number]()
