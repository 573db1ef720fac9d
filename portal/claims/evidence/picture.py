"""Keep of a picture nothing but its pixels. Run inside the sanitising process."""

import importlib
import math
import struct
import time
import warnings
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import AvifImagePlugin, Image, ImageOps

THUMBNAIL = 320
VIEW_PIXELS = 16_000_000  # larger pictures are shrunk to this; text in a screenshot stays readable
MAX_SIDE = 16_383  # WebP's own limit
LONGEST_SIDE = 50_000  # a scroll capture; more is no picture that a screen has shown
STRIP = 3  # so many times longer than wide: cut into parts, not shrunk
PART_SIDE = 8_000
FRAMES, FRAME_PIXELS = 24, 40_000_000  # stills of a moving picture, and the pixels of all of them
FRAME_SECONDS = 6
HALF, OPAQUE = 127, 255
BLOCK = 16  # pixels of a JPEG's block, of its colours where they are halved
LOOK, LEAST = 8, 8  # a look's rows; bits of either kind that it must have at least to tell anything

# What Pillow imports on its way, when nothing can be read any more.
ON_THE_WAY = ("copy", "mmap", "PIL.ImageColor", "PIL.ImageFilter")
FORMATS = {"heif": "HEIF"}  # where Pillow's name isn't the kind's in capitals
# Its EXIF is damaged: the picture is still a picture.
BAD_EXIF = (ValueError, TypeError, KeyError, SyntaxError, struct.error, OSError)

File = dict[str, str | int]


class TooManyPixels(Exception):
    """The picture would need too much memory, or can't be encoded again."""

    fault = "pixels"


class Unreadable(Exception):
    """This machine lacks what reads pictures of this kind."""

    fault = "format"


def clean_picture(source: str, kind: str, outdir: Path, max_pixels: int) -> dict[str, Any]:
    """Decode a picture as the kind it was told to be, and write its views and thumbnail anew.

    One view, or several for a very long picture, or a still for each change of a moving one.
    Raises TooManyPixels, and what Pillow raises.
    """
    Image.MAX_IMAGE_PIXELS = max_pixels
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        opened: Image.Image = Image.open(source, formats=[FORMATS.get(kind, kind.upper())])
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as bomb:
        raise TooManyPixels from bomb
    with opened as picture:
        _bound(picture, max_pixels)
        lossy = kind in {"jpeg", "heif", "avif"} or (kind == "webp" and _is_lossy_webp(source))
        if kind != "jpeg" and getattr(picture, "is_animated", False):
            stills, lacks = _stills(picture, max_pixels)
            files = [
                write(still, f"view-{number}" if number > 1 else "view", outdir, lossy=lossy)
                # A phone's file of several pictures has no time in it.
                | ({} if kind == "heif" else {"at": at})
                for number, (at, still) in enumerate(stills, start=1)
            ]
            if kind == "heif":
                lacks = [
                    lack | {"what": "pictures"} for lack in lacks if lack["of"] != lack["shown"]
                ]
            look = look_of(stills[0][1])
            return {
                "files": [*files, write_thumb(stills[0][1], outdir)],
                "lacks": lacks,
                "look": look,
            }
        if picture.width * picture.height > VIEW_PIXELS and not _is_strip(picture.size):
            picture.draft("RGB", _shrunk(picture.size))
        picture.load()
        turned = _upright(picture)
    parts = [_fitting(_plain(turned.crop(box))) for box in _boxes(turned.size)]
    files = [
        write(part, f"view-{number}" if number > 1 else "view", outdir, lossy=lossy)
        for number, part in enumerate(parts, start=1)
    ]
    look = look_of(parts[0])
    return {"files": [*files, write_thumb(parts[0], outdir)], "lacks": [], "look": look}


def black_out(
    source: str, kind: str, role: str, parts: list[list[float]], outdir: Path, max_pixels: int
) -> dict[str, Any]:
    """Write a clean copy anew with parts of it black; of a file's first one its thumbnail too.

    A part is left, top, right and bottom, as shares of the width and the height. Each is grown to whole
    blocks of what is lossy: a block that reaches over its edge would keep a trace of what is under it.
    """
    with Image.open(source, formats=[kind.upper()]) as picture:
        _bound(picture, max_pixels)
        plain = picture.convert("RGB")
    look, lossy = look_of(plain), kind == "jpeg"
    for part in parts:
        plain.paste((0, 0, 0), _grown(part, plain.size, BLOCK if lossy else 1))
    files = [write(plain, role, outdir, lossy=lossy)]
    if role == "view":
        files.append(write_thumb(plain, outdir))
    return {"files": files, "lacks": [], "look": look}


def _grown(part: list[float], size: tuple[int, int], block: int) -> tuple[int, int, int, int]:
    """The pixels of a part, to the edge of the blocks that it touches."""
    left, top, right, bottom = (
        share * side for share, side in zip(part, (*size, *size), strict=True)
    )
    return (
        max(0, math.floor(left / block) * block),
        max(0, math.floor(top / block) * block),
        min(size[0], math.ceil(right / block) * block),
        min(size[1], math.ceil(bottom / block) * block),
    )


def look_of(picture: Image.Image) -> str:
    """How a picture looks, as 64 bits in hex: of each of 8 rows, whether it grows lighter from place to place.

    It stays nearly the same when the picture is made smaller, saved anew or a little lighter. Empty for
    one that is nearly of one colour: all of those would look alike.
    """
    small = picture.convert("L").resize((LOOK + 1, LOOK), Image.Resampling.BOX)
    shades = small.tobytes()
    rows = [shades[start : start + LOOK + 1] for start in range(0, len(shades), LOOK + 1)]
    bits = "".join("1" if a < b else "0" for row in rows for a, b in pairwise(row))
    ones = bits.count("1")
    plain = min(ones, len(bits) - ones) < LEAST
    return "" if plain else f"{int(bits, 2):0{len(bits) // 4}x}"


def prepare(kind: str) -> None:
    """Load what reads pictures of this kind, and what writes them. Raises Unreadable where it lacks."""
    Image.init()
    for module in ON_THE_WAY:
        importlib.import_module(module)
    # The process may start no thread.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    if kind == "heif":
        try:
            heif = importlib.import_module("pillow_heif")
        except ModuleNotFoundError as missing:
            raise Unreadable from missing
        heif.register_heif_opener(
            decode_threads=1, thumbnails=False, depth_images=False, aux_images=False
        )


def _bound(picture: Image.Image, max_pixels: int) -> None:
    if picture.width * picture.height > max_pixels or max(picture.size) > LONGEST_SIDE:
        raise TooManyPixels


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except BAD_EXIF:
        return picture


def _stills(
    picture: Image.Image, max_pixels: int
) -> tuple[list[tuple[int, Image.Image]], list[File]]:
    """The frames that differ from the one before, each with its time in milliseconds.

    Of very many, some: each time they grow too many every second one is let go, so that they
    stay spread over the whole; the last is always among them.
    """
    most = max(2, min(FRAMES, FRAME_PIXELS // (picture.width * picture.height)))
    kept: list[tuple[int, Image.Image]] = []
    last: tuple[int, Image.Image] | None = None
    began, before, at, changes, step, count, whole = time.monotonic(), None, 0, 0, 1, 0, False
    while time.monotonic() - began < FRAME_SECONDS:
        try:
            picture.seek(count)
            _bound(picture, max_pixels)
            picture.load()
            sum_ = zlib.crc32(picture.tobytes())
        except EOFError:
            whole = True
            break
        except (OSError, SyntaxError, TooManyPixels):
            if not kept:
                raise
            break  # cut off later on: what came before is shown
        if sum_ != before:
            last = (at, picture.copy())
            if changes % step == 0:
                kept.append((at, _fitting(_plain(_upright(last[1])))))
                last = None
            if len(kept) >= most:
                kept, step = kept[::2], step * 2
            changes += 1
        before, at, count = sum_, at + int(picture.info.get("duration") or 0), count + 1
    if last:
        kept.append((last[0], _fitting(_plain(_upright(last[1])))))
    if whole and count == 1:
        return kept, []
    return kept, [{"what": "frames", "of": count if whole else 0, "shown": len(kept)}]


def _is_strip(size: tuple[int, int]) -> bool:
    return max(size) > STRIP * min(size)


def _boxes(size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """The parts that a picture is shown in, from its beginning to its end: one, unless it is very long."""
    width, height = size
    long = max(size)
    pixels = width * height
    if long <= MAX_SIDE and not (_is_strip(size) and pixels > VIEW_PIXELS):
        return [(0, 0, width, height)]
    parts = max(math.ceil(long / PART_SIDE), math.ceil(pixels / VIEW_PIXELS))
    cuts = [round(long * number / parts) for number in range(parts + 1)]
    if height >= width:
        return [(0, a, width, b) for a, b in pairwise(cuts)]
    return [(a, 0, b, height) for a, b in pairwise(cuts)]


def _shrunk(size: tuple[int, int]) -> tuple[int, int]:
    factor = (VIEW_PIXELS / (size[0] * size[1])) ** 0.5
    return max(1, int(size[0] * factor)), max(1, int(size[1] * factor))


def _fitting(plain: Image.Image) -> Image.Image:
    if plain.width * plain.height <= VIEW_PIXELS:
        return plain
    return plain.resize(_shrunk(plain.size), Image.Resampling.BICUBIC, reducing_gap=2.0)


def _plain(picture: Image.Image) -> Image.Image:
    """Bring any mode to RGB, and leave everything that isn't a pixel behind."""
    if picture.mode.startswith("I;16"):
        picture = picture.convert("I")
    if picture.mode == "I":
        picture = picture.point(lambda value: value * (1 / 257)).convert("L")
    see_through = "A" in picture.getbands() or "transparency" in picture.info
    plain = _grounded(picture.convert("RGBA")) if see_through else picture.convert("RGB")
    plain.info.clear()
    return plain


def _grounded(picture: Image.Image) -> Image.Image:
    """Lay what is see-through on white, or on black where the picture itself is light.

    Dark words would be lost on a dark page, and light ones on a light page.
    """
    alpha = picture.getchannel("A")
    seen = alpha.point(lambda value: 255 if value > HALF else 0)
    dark = Image.new("L", picture.size)
    dark.paste(picture.convert("L"), mask=seen)
    count = seen.histogram()[OPAQUE]
    light = count and sum(n * times for n, times in enumerate(dark.histogram())) / count > HALF
    clear = alpha.getextrema() != (OPAQUE, OPAQUE)
    ground = Image.new("RGB", picture.size, "black" if light and clear else "white")
    ground.paste(picture, mask=alpha)
    return ground


def _is_lossy_webp(source: str) -> bool:
    with Path(source).open("rb") as file:
        return file.read(16)[12:] != b"VP8L"


def write(picture: Image.Image, role: str, outdir: Path, *, lossy: bool) -> File:
    """Encode a picture under the name of its role; lossy is for photos."""
    if lossy:
        name, media_type = f"{role}.jpeg", "image/jpeg"
        picture.save(outdir / name, "JPEG", quality=90, subsampling=0)
    else:
        name, media_type = f"{role}.webp", "image/webp"
        # Lossless at this effort: half the bytes of PNG in less time, and every letter stays sharp.
        picture.save(outdir / name, "WEBP", lossless=True, quality=20, method=1)
    return {
        "role": role,
        "media_type": media_type,
        "name": name,
        "width": picture.width,
        "height": picture.height,
    }


def write_thumb(picture: Image.Image, outdir: Path) -> File:
    """Encode a thumbnail, of a long picture that of its beginning; write the picture itself first."""
    if _is_strip(picture.size):
        short = 2 * min(picture.size)
        picture = picture.crop((0, 0, min(picture.width, short), min(picture.height, short)))
    picture.thumbnail((THUMBNAIL, THUMBNAIL), reducing_gap=2.0)
    return write(picture, "thumb", outdir, lossy=True)
