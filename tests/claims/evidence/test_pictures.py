"""Pictures that move, are very long, or come as phones make them."""

import sys
from itertools import pairwise
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image, ImageDraw

from portal.claims.evidence import picture, shown
from portal.claims.evidence.sanitising import LACKS, Lack
from portal.claims.evidence.sniffing import Fault
from tests.claims.encoded import opened, saved

FILES = Path(__file__).parents[1] / "files"

# In processes of their own, a second each; test_cleaning.py asks the same of the cleaner by itself.
pytestmark = pytest.mark.long


def views(result):
    return [file for file in result.files if file.role != "thumb"]


def frames(count, *, size=(40, 40)):
    """So many pictures, each with another colour."""
    return [Image.new("RGB", size, (5 * n % 256, 90, 255 - 5 * n % 256)) for n in range(count)]


def moving(form, pictures, **how):
    return saved(pictures[0], form, save_all=True, append_images=pictures[1:], **how)


def test_every_change_of_a_recording_is_shown_with_its_time(clean):
    result = clean((FILES / "recording.gif").read_bytes())
    stills = views(result)
    assert [file.role for file in stills] == ["view", *(f"view-{n}" for n in range(2, 7))]
    assert [file.at for file in stills] == [0, 1000, 2000, 3000, 4000, 5000]
    assert len({opened(file).tobytes() for file in stills}) == 6
    assert result.lacks == (Lack("frames", of=6, shown=6),)


@pytest.mark.parametrize(
    ("form", "how"),
    [
        ("GIF", {"duration": 500}),
        ("WEBP", {"duration": 500, "lossless": True}),
        ("PNG", {"duration": 500}),
        ("AVIF", {"duration": 500, "speed": 10}),
    ],
)
def test_moving_pictures_of_every_kind_become_stills(clean, form, how):
    drawn = frames(5)
    result = clean(moving(form, drawn, **how))
    colours = [opened(file).convert("RGB").getpixel((20, 20)) for file in views(result)]
    wanted = [each.getpixel((20, 20)) for each in drawn]
    assert len(colours) == 5
    for colour, want in zip(colours, wanted, strict=True):
        assert max(abs(a - b) for a, b in zip(colour, want, strict=True)) < 12
    assert [file.at for file in views(result)] == [0, 500, 1000, 1500, 2000]
    assert result.lacks == (Lack("frames", of=5, shown=5),)


@pytest.mark.long
def test_of_very_many_frames_some_from_all_over_are_shown_with_the_last(clean):
    drawn = frames(7)
    for n, frame in enumerate(drawn):
        frame.putpixel((0, 0), (n, n, n))
    data = moving("GIF", [drawn[n % 7] for n in range(5000)], duration=100)
    result = clean(data)
    stills = views(result)
    assert 12 <= len(stills) <= 24
    assert stills[0].at == 0
    assert len({b.at - a.at for a, b in pairwise(stills[:-1])}) == 1
    assert result.lacks in {
        (Lack("frames", of=5000, shown=len(stills)),),
        (Lack("frames", of=0, shown=len(stills)),),
    }


def test_a_recording_that_breaks_off_is_shown_as_far_as_it_goes(clean):
    data = moving("GIF", frames(6, size=(300, 300)), duration=100)
    result = clean(data[: len(data) * 2 // 3])
    assert 1 <= len(views(result)) < 6
    assert [lack.what for lack in result.lacks] == ["frames"]


def test_frames_that_do_not_change_are_shown_once(clean):
    red, blue = Image.new("RGB", (40, 40), "red"), Image.new("RGB", (40, 40), "blue")
    result = clean(moving("WEBP", [red, red, red, blue], duration=1000, lossless=True))
    assert [file.at for file in views(result)] in ([0, 3000], [0, 2000])


@pytest.mark.one_in(6)
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
@pytest.mark.parametrize("size", [(800, 20_000), (20_000, 800), (1_200, 30_000)])
def test_a_scroll_capture_is_cut_into_parts_that_keep_every_pixel(clean, form, size):
    if form == "JPEG":
        assert max(size) < 65_500
    drawn = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(drawn)
    for at in range(0, max(size), 500):
        pen.rectangle(
            (at, 0, at + 9, 799) if size[0] > size[1] else (0, at, size[0], at + 9),
            fill=(at % 251,) * 3,
        )
    result = clean(saved(drawn, form))
    parts = views(result)
    assert [file.role for file in parts] == [
        "view",
        *(f"view-{n + 2}" for n in range(len(parts) - 1)),
    ]
    long = 0 if size[0] > size[1] else 1
    assert {(file.width, file.height)[1 - long] for file in parts} == {min(size)}
    assert sum((file.width, file.height)[long] for file in parts) == max(size)
    assert max(max(file.width, file.height) for file in parts) <= 8_000
    if form == "PNG":
        joined = Image.new("RGB", size)
        at = 0
        for part in map(opened, parts):
            joined.paste(part, (at, 0) if long == 0 else (0, at))
            at += part.size[long]
        assert joined.tobytes() == drawn.tobytes()
    assert min(result.file("thumb").width, result.file("thumb").height) >= 150
    assert result.lacks == ()


def test_a_picture_longer_than_any_screen_has_shown_is_refused(refusal):
    assert refusal(saved(Image.new("L", (20, 50_001)), "PNG")) is Fault.PIXELS


def photo(form, **how):
    pillow_heif.register_heif_opener()
    drawn = Image.new("RGB", (120, 80), "white")
    ImageDraw.Draw(drawn).rectangle((0, 0, 39, 39), fill="red")
    return saved(drawn, form, **how)


@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
def test_a_picture_of_a_phone_is_taken_without_its_place(clean, form):
    exif = Image.Exif()
    exif[0x010F] = "SecretPhone"
    data = photo(form, exif=exif.tobytes(), quality=90)
    assert b"SecretPhone" in data
    result = clean(data)
    view = result.file("view")
    assert (view.media_type, view.width, view.height) == ("image/jpeg", 120, 80)
    red = opened(view).getpixel((20, 20))
    assert red[0] > 220
    assert max(red[1:]) < 40
    assert all(b"SecretPhone" not in file.path.read_bytes() for file in result.files)


@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
def test_a_picture_that_a_phone_has_turned_is_shown_upright(clean, form):
    exif = Image.Exif()
    exif[0x0112] = 6
    data = photo(form, exif=exif.tobytes(), quality=90)
    view = clean(data).file("view")
    assert (view.width, view.height) == (80, 120)
    assert opened(view).getpixel((60, 20))[1] < 60


@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
def test_a_cut_off_picture_of_a_phone_is_refused(refusal, form):
    data = photo(form, quality=90)
    assert refusal(data[: len(data) // 2]) is Fault.BROKEN


def test_a_phone_s_file_of_several_pictures_shows_each(clean):
    pillow_heif.register_heif_opener()
    result = clean(moving("HEIF", frames(3, size=(64, 64)), quality=90))
    assert [(file.role, file.at) for file in views(result)] == [
        ("view", None),
        ("view-2", None),
        ("view-3", None),
    ]
    assert result.lacks == ()


def test_without_the_decoder_of_heic_it_is_told_how_to_send_another(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(picture.Unreadable) as unreadable:
        picture.prepare("heif")
    assert unreadable.value.fault == Fault.FORMAT


def test_words_for_all_that_a_copy_may_lack():
    assert shown.LACKS.keys() == LACKS | {"video", "black"}
