import pytest
from PIL import Image

from portal.claims.sniffing import EvidenceRefused, Fault


def opened(file):
    with Image.open(file.path) as found:
        found.load()
        return found


def pdf(pages=1, *, encrypt=False, size=(200, 300)):
    kids = " ".join(f"{4 + n} 0 R" for n in range(pages))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {pages}/Kids[{kids}]>>",
        "<</Length 27>>stream\n1 0 0 rg 0 0 100 150 re f  \nendstream",
        *(
            f"<</Type/Page/Parent 2 0 R/Contents 3 0 R/MediaBox[0 0 {size[0]} {size[1]}]>>"
            for _ in range(pages)
        ),
    ]
    if encrypt:
        key = "5a" * 32
        objects.append(f"<</Filter/Standard/V 1/R 2/O<{key}>/U<{key}>/P -4>>")
    data, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, start=1):
        places.append(len(data))
        data += f"{number} 0 obj{text}endobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    locked = f"/Encrypt {len(objects)} 0 R/ID[<00><00>]" if encrypt else ""
    count = len(objects) + 1
    return (
        data
        + (
            f"xref\n0 {count}\n0000000000 65535 f \n{table}"
            f"trailer<</Size {count}/Root 1 0 R/Author(Secret){locked}>>\nstartxref\n{len(data)}\n%%EOF"
        ).encode()
    )


def test_a_pdf_is_shown_as_pictures_of_its_pages(clean):
    result = clean(pdf(2))
    assert [(file.role, file.media_type) for file in result.files] == [
        ("page-1", "image/webp"),
        ("page-2", "image/webp"),
        ("thumb", "image/jpeg"),
    ]
    assert result.pages == 2
    page = opened(result.file("page-2"))
    assert page.size == (417, 625)
    assert page.getpixel((10, page.height - 10)) == (255, 0, 0)
    assert page.getpixel((page.width - 10, 10)) == (255, 255, 255)


def test_of_a_long_pdf_five_pages_are_shown_and_all_counted(clean):
    result = clean(pdf(12))
    assert [file.role for file in result.files] == [*(f"page-{n}" for n in range(1, 6)), "thumb"]
    assert result.pages == 12


def test_a_pdf_page_of_any_size_is_drawn_within_bounds(clean):
    wall = clean(pdf(size=(14_400, 7_200))).file("page-1")
    assert (wall.width, wall.height) == (2000, 1000)
    stamp = clean(pdf(size=(3, 5))).file("page-1")
    assert (stamp.width, stamp.height) == (7, 11)


def test_a_pdf_with_a_password_is_told_to_lose_it(clean):
    with pytest.raises(EvidenceRefused) as refused:
        clean(pdf(encrypt=True))
    assert (refused.value.fault, str(refused.value)) == (
        Fault.PASSWORD,
        "This PDF has a password. Remove the password and upload it again.",
    )


@pytest.mark.parametrize("data", [b"%PDF-1.4\n" + b"\0" * 500, pdf(0), pdf()[:60]])
def test_a_broken_pdf_is_refused(refusal, data):
    assert refusal(data) is Fault.BROKEN
