"""Real files through the real process."""

import os
import random
import signal
import subprocess
import sys
import zlib
from dataclasses import asdict, replace

import pytest
from PIL import ExifTags, Image, ImageCms, ImageDraw, PngImagePlugin

from portal.children.shut_in import offered
from portal.claims.evidence import sanitising as module
from portal.claims.evidence.sanitising import CleanFile, Limits, SanitiserUnavailable, sanitise
from portal.claims.evidence.sniffing import EvidenceRefused, Fault, FileKind
from tests.claims.encoded import opened, saved


def picture(mode="RGB", size=(90, 60)):
    drawn = Image.new("RGB", size, (240, 244, 248))
    draw = ImageDraw.Draw(drawn)
    draw.rectangle((5, 5, size[0] // 2, size[1] // 2), fill=(200, 20, 60))
    draw.text((10, 30), "No SMS", fill=(0, 0, 0))
    return drawn.convert(mode)


SECRETS = (
    b"Exif",
    b"GPS",
    b"SecretPhone",
    b"ICC_PROFILE",
    b"ICCP",
    b"EXIF",
    b"XMP",
    b"Secret",
    b"<script",
)


def with_everything(form):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "SecretPhone"
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSMapDatum] = "SecretPlace"
    how = {
        "exif": exif,
        "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    }
    if form == "PNG":
        how["pnginfo"] = PngImagePlugin.PngInfo()
        how["pnginfo"].add_itxt("XML:com.adobe.xmp", "<x>Secret</x>", zip=False)
        how["pnginfo"].add_text("Comment", "Secret text")
    elif form == "JPEG":
        how |= {"comment": b"Secret comment", "xmp": b"<x>Secret</x>"}
    else:
        how |= {"xmp": b"<x>Secret</x>"}
    return saved(picture(), form, **how)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_keeps_nothing_but_its_pixels_the_right_way_up(clean, form):
    data = with_everything(form) + b"<script>alert(1)</script>"
    assert b"Secret" in data
    result = clean(data)
    view, thumb = result.file("view"), result.file("thumb")
    assert [file.role for file in result.files] == ["view", "thumb"]
    assert (view.width, view.height, result.lacks) == (60, 90, ())
    assert opened(view).size == (60, 90)
    for file in (view, thumb):
        data = file.path.read_bytes()
        assert [secret for secret in SECRETS if secret in data] == []
        with Image.open(file.path) as shown:
            assert not shown.getexif()
            assert "icc_profile" not in shown.info


def test_what_is_reported_of_a_file_is_what_was_written(clean):
    view = clean(saved(picture(), "PNG")).file("view")
    data = view.path.read_bytes()
    assert view == CleanFile(
        role="view",
        media_type="image/webp",
        path=view.path,
        size=len(data),
        width=90,
        height=60,
    )


@pytest.mark.one_in(3)
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
def test_a_screenshot_stays_exact_in_every_colour_mode(clean, mode):
    drawn = picture(mode)
    view = opened(clean(saved(drawn, "PNG")).file("view"))
    assert view.convert("RGBA").tobytes() == drawn.convert("RGBA").tobytes()


def test_a_see_through_palette_and_deep_grey_are_shown_as_they_look(clean):
    drawn = picture("P")
    corner = opened(clean(saved(drawn, "PNG", transparency=drawn.getpixel((0, 0)))).file("view"))
    assert corner.mode == "RGB"
    assert corner.getpixel((0, 0)) == (0, 0, 0)  # what is left of it is light
    deep = Image.new("I;16", (2, 1))
    deep.putpixel((0, 0), 32896)
    deep.putpixel((1, 0), 65535)
    grey = opened(clean(saved(deep, "PNG")).file("view"))
    assert [grey.getpixel((x, 0))[0] for x in (0, 1)] == [128, 255]


@pytest.mark.one_in(4)
@pytest.mark.parametrize(("ink", "ground"), [(0, 255), (255, 0), (90, 255), (200, 0)])
@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_see_through_picture_can_be_read_on_any_page(clean, form, ink, ground):
    drawn = Image.new("RGBA", (90, 60), (ink, ink, ink, 0))
    ImageDraw.Draw(drawn).rectangle((20, 20, 40, 40), fill=(ink, ink, ink, 255))
    result = clean(saved(drawn, form, lossless=True))
    for file in result.files:
        shown = opened(file).convert("L")
        assert abs(shown.getpixel((30, 30)) - ink) < 6
        assert abs(shown.getpixel((80, 50)) - ground) < 6


def test_a_picture_that_shows_nothing_is_white(clean):
    view = opened(clean(saved(Image.new("RGBA", (9, 9)), "PNG")).file("view"))
    assert view.getpixel((4, 4)) == (255, 255, 255)


def test_a_print_jpeg_in_cmyk_can_be_shown(clean):
    view = opened(clean(saved(picture("CMYK"), "JPEG")).file("view"))
    assert (view.mode, view.size) == ("RGB", (90, 60))


def test_a_lossless_webp_stays_exact_and_a_photo_stays_small(clean):
    drawn = picture()
    view = clean(saved(drawn, "WEBP", lossless=True)).file("view")
    assert opened(view).tobytes() == drawn.tobytes()
    noise = Image.effect_noise((600, 400), 60).convert("RGB")
    photo = saved(noise, "JPEG", quality=85)
    view = clean(photo).file("view")
    assert view.media_type == "image/jpeg"
    assert view.size < 2 * len(photo)


def test_a_thumbnail_fits_into_320_pixels(clean):
    result = clean(saved(picture(size=(1080, 2340)), "PNG"))
    thumb = result.file("thumb")
    assert (thumb.width, thumb.height) == (148, 320)
    assert thumb.size < 30_000
    assert (result.file("view").width, result.file("view").height) == (1080, 2340)


@pytest.mark.long
def test_a_huge_photo_is_shrunk_and_shown(clean):
    view = clean(saved(Image.new("RGB", (7000, 5000), (9, 99, 9)), "JPEG")).file("view")
    assert 0.9 * 16_000_000 < view.width * view.height <= 16_000_000
    assert abs(view.width / view.height - 7 / 5) < 0.01


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("mode", "size"), [("1", (12_000, 12_000)), ("1", (60_000, 1)), ("L", (1, 60_000))]
)
@pytest.mark.parametrize("form", ["PNG", "GIF"])
def test_a_bomb_is_refused_for_its_pixels_before_it_needs_memory(refusal, form, mode, size):
    data = saved(Image.new(mode, size), form)
    assert refusal(data, Limits(memory_bytes=160 * 1024 * 1024)) is Fault.PIXELS


def test_a_jpeg_of_hundreds_of_scans_is_refused_before_it_takes_time(refusal):
    data = saved(Image.new("L", (6000, 6000), 9), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    # Its scans would need more than this to be gone through.
    limits = Limits(memory_bytes=160 * 1024 * 1024)
    assert refusal(data[:-2] + scan * 100 + b"\xff\xd9", limits) is Fault.SLOW


def test_what_hangs_behind_a_photo_or_stands_beside_it_is_no_scan_of_it(clean):
    """A phone hangs a film behind its photo, in which the marker of a scan stands by chance."""
    data = saved(picture(), "JPEG", progressive=True, comment=b"\xff\xda" * 200)
    assert clean(data + b"\xff\xda" * 200).file("view").width == picture().width


@pytest.mark.long
def test_a_png_whose_text_unpacks_without_end_is_refused(refusal):
    text = b"zTXt" + b"Comment\0\0" + zlib.compress(b"\0" * 200_000_000, 9)
    chunk = (len(text) - 4).to_bytes(4, "big") + text + zlib.crc32(text).to_bytes(4, "big")
    data = saved(picture(), "PNG")
    assert refusal(data[:33] + chunk + data[33:]) is Fault.BROKEN


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_cut_off_picture_is_refused(refusal, form):
    data = saved(Image.effect_noise((300, 300), 60).convert("RGB"), form)
    assert refusal(data[: len(data) // 2]) is Fault.BROKEN


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n<svg onload=alert(1)>",
        b"\xff\xd8\xff<html>",
        b"GIF89a<script>alert(1)</script>",
        b"RIFF\x24\0\0\0WEBPVP8 junk",
        b"%PDF-1.7\n<html>",
        b"\0\0\0\x10ftypisom\0\0\0\0#EXTM3U\nhttp://198.51.100.1/x.ts",
        b"\0\0\0\x00ftypisom\0\0\0\0",
        b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm<html>",
        b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm",
    ],
)
def test_a_signature_with_something_else_behind_it_is_refused(refusal, data):
    assert refusal(data) is Fault.BROKEN


def test_a_picture_in_another_format_than_it_says_is_refused(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(saved(picture(), "TIFF"))
    with pytest.raises(EvidenceRefused) as refused:
        sanitise(source, kind=FileKind.PNG, outdir=tmp_path)
    assert str(refused.value) == (
        "This file cannot be opened. Save it again, or take a new screenshot, and upload that."
    )


def test_damaged_pictures_of_every_kind_give_an_answer(clean):
    chance = random.Random(7)
    for form in ("PNG", "JPEG", "WEBP", "GIF"):
        data = bytearray(with_everything(form) if form != "GIF" else saved(picture(), form))
        for _ in range(20):
            data[chance.randrange(20, len(data))] = chance.randrange(256)
        try:
            assert clean(bytes(data)).file("view").width > 0
        except EvidenceRefused as refused:
            assert refused.fault in {Fault.BROKEN, Fault.PIXELS}  # noqa: PT017 - either will do


@pytest.mark.long
@pytest.mark.one_in(4)
@pytest.mark.parametrize("megabytes", [1, 24, 48, 100])
def test_a_process_without_enough_memory_is_a_refusal(refusal, megabytes):
    data = saved(Image.new("RGB", (6000, 5000)), "PNG")
    fault = refusal(data, Limits(memory_bytes=megabytes * 1024 * 1024))
    assert fault is Fault.MEMORY


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("program", "limits", "fault"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", Limits(), Fault.MEMORY),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", Limits(), Fault.BROKEN),
        ("import time; time.sleep(600)", Limits(wall_seconds=1), Fault.SLOW),
        ("import os, time; os.fork(); time.sleep(600)", Limits(wall_seconds=1), Fault.SLOW),
        ("print('x' * 1_000_000)", Limits(), Fault.MEMORY),
        (
            'print(\'{"files": [{"name": "../x", "media_type": "image/webp"}]}\')',
            Limits(),
            Fault.BROKEN,
        ),
        (
            'print(\'{"files": [{"name": "a.svg", "media_type": "image/svg+xml"}]}\')',
            Limits(),
            Fault.BROKEN,
        ),
        ("print('{\"files\": 1}')", Limits(), Fault.BROKEN),
        ("print([])", Limits(), Fault.BROKEN),
    ],
)
def test_whatever_the_process_does_the_worker_gets_an_answer(
    refusal, monkeypatch, tmp_path, program, limits, fault
):
    child = tmp_path / "child.py"
    child.write_text(program)
    monkeypatch.setattr(module, "_CHILD", child)
    assert refusal(saved(picture(), "PNG"), limits) is fault


@pytest.mark.long
def test_a_picture_that_takes_its_whole_time_is_refused(refusal):
    data = saved(Image.effect_noise((2500, 2500), 60).convert("RGB"), "PNG", compress_level=1)
    assert refusal(data, replace(Limits(), wall_seconds=0)) is Fault.SLOW


@pytest.mark.skipif(not offered(), reason="this machine can't shut a process in")
def test_a_machine_that_does_not_shut_the_process_in_is_not_the_customer_s_fault(tmp_path):
    (tmp_path / "source").write_bytes(saved(picture(), "PNG"))
    (outdir := tmp_path / "out").mkdir()
    with pytest.raises(SanitiserUnavailable, match="EMFILE"):
        sanitise(tmp_path / "source", kind=FileKind.PNG, outdir=outdir, limits=Limits(open_files=3))


def test_a_file_that_has_vanished_is_not_the_customer_s_fault(tmp_path):
    source = tmp_path / "gone"
    with pytest.raises(SanitiserUnavailable, match="ENOENT"):
        sanitise(source, kind=FileKind.PNG, outdir=tmp_path)


@pytest.mark.parametrize(
    "deed",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('example.com', 80)",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "import os; os.execv('/bin/true', ['true'])",
    ],
)
def test_the_process_may_not_call_out_or_start_another(deed):
    program = (
        f"import runpy; child = runpy.run_path({str(module._CHILD)!r})\n"
        f"child['_limit']({asdict(Limits())!r})\n"
        f"try:\n    {deed}\nexcept PermissionError as error:\n    print(error.errno)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"1\n", b"")


def test_the_process_ends_by_itself_when_the_worker_is_gone():
    program = (
        f"import runpy, time; child = runpy.run_path({str(module._CHILD)!r})\n"
        f"child['_limit']({asdict(Limits(wall_seconds=0))!r})\n"
        "time.sleep(60)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], check=False, timeout=20)
    assert done.returncode == -signal.SIGALRM


def test_the_process_sees_no_setting_of_the_portal(refusal, monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "secret")
    seen = tmp_path / "seen"
    child = tmp_path / "child.py"
    child.write_text(f"import os; open({str(seen)!r}, 'w').write(repr(dict(os.environ)))")
    monkeypatch.setattr(module, "_CHILD", child)
    refusal(saved(picture(), "PNG"))
    assert seen.read_text() == "{'LC_ALL': 'C.UTF-8'}"
    assert os.environ["SECRET_KEY"] == "secret"
