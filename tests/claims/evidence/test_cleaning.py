"""What cleans pictures and draws documents, called by itself: what it answers, and which pixels it writes."""

import pytest
from PIL import AvifImagePlugin, Image

from portal.claims.evidence import picture
from portal.claims.evidence.pdf import Locked, Pages
from tests.claims.encoded import pdf, saved

MOST = 40_000_000
THUMB = {"role": "thumb", "media_type": "image/jpeg", "name": "thumb.jpeg"}


@pytest.fixture
def clean(tmp_path, monkeypatch):
    """Clean bytes as a kind; what is answered. Pillow's own limits are as before afterwards."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    monkeypatch.setattr(AvifImagePlugin, "DEFAULT_MAX_THREADS", AvifImagePlugin.DEFAULT_MAX_THREADS)

    def run(data, kind, call=picture.clean_picture, *given):
        source = tmp_path / "given"
        source.write_bytes(data)
        picture.prepare(kind)
        return call(str(source), kind, *given, tmp_path, MOST)

    return run


def shaded(size):
    return Image.linear_gradient("L").resize(size).convert("RGB")


def view(name, width, height, **more):
    lossy = name.endswith("jpeg")
    kind = "jpeg" if lossy else "webp"
    role = name.split(".")[0]
    told = {"role": role, "media_type": f"image/{kind}", "name": name}
    return told | {"width": width, "height": height} | more


@pytest.mark.parametrize(
    ("form", "kind", "name"),
    [
        ("PNG", "png", "view.webp"),
        ("JPEG", "jpeg", "view.jpeg"),
        ("WEBP", "webp", "view.jpeg"),
        ("HEIF", "heif", "view.jpeg"),
        ("GIF", "gif", "view.webp"),
    ],
)
def test_a_picture_is_one_view_and_a_thumbnail(clean, form, kind, name):
    picture.prepare("heif")
    answer = clean(saved(shaded((90, 60)), form), kind)
    look = answer.pop("look")
    assert answer == {
        "files": [view(name, 90, 60), THUMB | {"width": 90, "height": 60}],
        "lacks": [],
    }
    assert len(look) in {0, 16}


def test_a_see_through_and_a_deep_grey_one_become_plain(clean, tmp_path):
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    clear.paste((255, 255, 255, 255), (10, 10, 30, 30))
    clean(saved(clear, "PNG"), "png")
    with Image.open(tmp_path / "view.webp") as shown:
        assert [shown.convert("RGB").getpixel(at) for at in ((0, 0), (20, 20))] == [
            (0, 0, 0),
            (255, 255, 255),
        ]
    clean(saved(Image.new("I;16", (4, 4), 32896), "PNG"), "png")
    with Image.open(tmp_path / "view.webp") as shown:
        assert shown.convert("RGB").getpixel((0, 0)) == (128, 128, 128)


def test_a_very_long_one_is_cut_into_parts_and_its_thumbnail_is_of_its_beginning(clean):
    answer = clean(saved(shaded((100, 17_000)), "PNG"), "png")
    assert answer["files"] == [
        view("view.webp", 100, 5667),
        view("view-2.webp", 100, 5666),
        view("view-3.webp", 100, 5667),
        THUMB | {"width": 100, "height": 200},
    ]
    wide = clean(saved(shaded((17_000, 100)), "PNG"), "png")
    assert [each["width"] for each in wide["files"]] == [5667, 5666, 5667, 200]


def test_a_large_one_is_made_smaller(clean):
    answer = clean(saved(Image.new("L", (5000, 4000), 9), "JPEG"), "jpeg")
    assert answer["files"][0]["width"] * answer["files"][0]["height"] <= picture.VIEW_PIXELS


def test_a_moving_one_becomes_its_stills(clean):
    frames = [Image.new("RGB", (40, 40), (40 * number, 90, 90)) for number in range(3)]
    moving = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=500)
    answer = clean(moving, "gif")
    assert answer["files"][:3] == [
        view("view.webp", 40, 40, at=0),
        view("view-2.webp", 40, 40, at=500),
        view("view-3.webp", 40, 40, at=1000),
    ]
    assert answer["lacks"] == [{"what": "frames", "of": 3, "shown": 3}]


def test_one_of_too_many_pixels_is_refused(clean):
    with pytest.raises(picture.TooManyPixels):
        clean(saved(Image.new("1", (50_001, 1)), "PNG"), "png")


@pytest.mark.parametrize(("form", "kind", "name"), [("PNG", "png", "view.webp"), ("JPEG", "jpeg", "view.jpeg")])  # fmt: skip
def test_a_part_is_black_to_its_edge_and_of_what_is_lossy_to_its_block(
    clean, tmp_path, form, kind, name
):
    white = saved(Image.new("RGB", (64, 64), "white"), form)
    answer = clean(white, kind, picture.black_out, "view", [[0.3, 0.3, 0.6, 0.6]])
    assert answer["files"] == [view(name, 64, 64), THUMB | {"width": 64, "height": 64}]
    edge = 16 if kind == "jpeg" else 19
    with Image.open(tmp_path / name) as shown:
        at = [shown.convert("L").getpixel((edge + step, edge + step)) for step in (-1, 0)]
    assert (at[0] > 250, at[1] < 5) == (True, True)
    assert clean(white, kind, picture.black_out, "view-2", [])["files"] == [
        view(name.replace("view", "view-2"), 64, 64)
    ]


def test_pages_are_drawn_whole_and_one_as_large_as_a_wall_in_parts_besides(tmp_path):
    (tmp_path / "two").write_bytes(pdf(2))
    pages = Pages(str(tmp_path / "two"))
    drawn = list(pages.draw())
    assert [(each.page, each.part, each.picture.size) for each in drawn] == [
        (1, 1, (417, 625)),
        (2, 1, (417, 625)),
    ]
    assert (pages.count, pages.shown, pages.lacks) == (2, 2, [])
    (tmp_path / "wall").write_bytes(pdf(size=(3000, 3000)))
    wall = list(Pages(str(tmp_path / "wall")).draw())
    assert [each.part for each in wall] == [1, 2, 3, 4, 5, 6, 7]


def test_a_document_that_is_locked_is_told_from_one_that_is_broken(tmp_path):
    for name, data, error in (("locked", pdf(encrypt=True), Locked), ("none", b"%PDF-", Exception)):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(error) as refused:
            Pages(str(tmp_path / name))
        assert isinstance(refused.value, Locked) == (name == "locked")
