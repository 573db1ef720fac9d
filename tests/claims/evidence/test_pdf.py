import io
from pathlib import Path

import pytest
from PIL import Image

from portal.claims.evidence import pdf as drawing
from portal.claims.evidence.sanitising import Lack
from portal.claims.evidence.sniffing import EvidenceRefused, Fault
from tests.claims.encoded import pdf

# In processes of their own, a second each; test_cleaning.py asks the same of the cleaner by itself.
pytestmark = pytest.mark.long


def opened(file):
    with Image.open(file.path) as found:
        found.load()
        return found


CASES = Path(__file__).parents[1] / "files"


def test_a_pdf_is_shown_as_pictures_of_its_pages(clean):
    result = clean(pdf(2))
    assert [(file.role, file.media_type) for file in result.files] == [
        ("page-1", "image/webp"),
        ("page-2", "image/webp"),
        ("thumb", "image/jpeg"),
    ]
    assert result.lacks == ()
    page = opened(result.file("page-2"))
    assert page.size == (417, 625)
    assert page.getpixel((10, page.height - 10)) == (255, 0, 0)
    assert page.getpixel((page.width - 10, 10)) == (255, 255, 255)


def test_every_page_of_a_statement_is_shown(clean):
    result = clean((CASES / "statement-9-pages.pdf").read_bytes())
    assert [file.role for file in result.files] == [*(f"page-{n}" for n in range(1, 10)), "thumb"]
    assert result.lacks == ()


def test_of_a_document_with_more_pages_than_are_kept_the_rest_is_told(clean):
    result = clean(pdf(45))
    assert [file.role for file in result.files] == [*(f"page-{n}" for n in range(1, 41)), "thumb"]
    assert result.lacks == (Lack("pages", of=45, shown=40),)


def test_pages_that_draw_slowly_cost_the_pages_after_them_and_not_the_document(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(drawing, "SECONDS", 0)
    (tmp_path / "slow.pdf").write_bytes(pdf(40))
    pages = drawing.Pages(str(tmp_path / "slow.pdf"))
    assert [(drawn.page, drawn.part) for drawn in pages.draw()] == [(1, 1)]
    assert pages.lacks == [{"what": "pages", "of": 40, "shown": 1}]


def test_a_filled_form_keeps_its_values(clean):
    page = opened(clean((CASES / "filled-form.pdf").read_bytes()).file("page-1"))
    label, value = page.crop((100, 90, 400, 150)), page.crop((410, 90, 800, 150))
    assert label.convert("L").getextrema()[0] < 50
    assert value.convert("L").getextrema()[0] < 50


def test_a_long_narrow_page_is_cut_into_parts_wide_enough_to_read(clean):
    result = clean((CASES / "full-page-screenshot.pdf").read_bytes())
    parts = [file for file in result.files if file.role != "thumb"]
    assert [file.role for file in parts] == ["page-1", *(f"page-1-{n}" for n in range(2, 6))]
    assert {file.width for file in parts} == {813}
    assert abs(sum(file.height for file in parts) - 9000 * 150 / 72) < 10
    assert result.lacks == ()


def test_the_parts_of_a_page_are_in_reading_order(clean):
    # Red fills the lower left quarter of the first 200 x 300 points: here the foot of the page.
    top, *_, foot = [f for f in clean(pdf(size=(200, 4000))).files if f.role != "thumb"]
    assert opened(top).getpixel((5, 5)) == (255, 255, 255)
    assert opened(foot).getpixel((5, foot.height - 5)) == (255, 0, 0)


@pytest.mark.long
def test_a_page_as_large_as_a_wall_is_shown_whole_and_then_in_parts(clean):
    result = clean(pdf(size=(2_880, 1_800)))
    whole, *parts = [file for file in result.files if file.role != "thumb"]
    assert (whole.width, whole.height) == (2000, 1250)
    assert sum(part.width for part in parts) > 2_880 * 2
    assert result.lacks == ()
    result = clean(pdf(size=(14_400, 7_200)))
    whole = result.file("page-1")
    assert (whole.width, whole.height) == (2000, 1000)
    assert result.lacks == (Lack("small", of=1),)


def test_a_page_as_wide_as_a_screen_is_one_picture(clean):
    result = clean(pdf(2, size=(1_920, 1_080)))
    assert [(file.role, file.width) for file in result.files[:2]] == [
        ("page-1", 2000),
        ("page-2", 2000),
    ]


def test_a_page_as_small_as_a_stamp_is_drawn(clean):
    stamp = clean(pdf(size=(3, 5))).file("page-1")
    assert (stamp.width, stamp.height) == (7, 11)


def test_a_turned_page_is_shown_the_way_it_is_read(clean):
    page = opened(clean(pdf(more="/Rotate 90")).file("page-1"))
    assert page.size == (625, 417)
    assert page.getpixel((10, 10)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("kind", "lack"),
    [
        ("/Text/Contents(I paid twice)", "notes"),
        ("/Highlight/QuadPoints[0 0 9 0 0 9 9 9]/Contents(see here)", "notes"),
        ("/FileAttachment/Contents(receipt)", "attachments"),
    ],
)
def test_the_words_of_a_note_and_a_pinned_file_are_told_to_be_missing(clean, kind, lack):
    note = f"/Annots[<</Type/Annot/Rect[10 10 30 30]/Subtype{kind}>>]"
    assert clean(pdf(2, more=note)).lacks == (Lack(lack, of=2),)


def test_words_typed_upon_a_page_are_shown(clean):
    typed = "/Annots[<</Type/Annot/Subtype/FreeText/Rect[110 200 190 290]/Contents(I paid twice)>>]"
    result = clean(pdf(more=typed))
    page = opened(result.file("page-1")).convert("L")
    assert page.crop((230, 20, 400, 200)).getextrema()[0] < 60
    assert result.lacks == ()


def test_a_link_and_a_note_without_words_lack_nothing(clean):
    notes = (
        "/Annots[<</Type/Annot/Subtype/Link/Rect[10 10 30 30]/Contents(Our shop)>>"
        "<</Type/Annot/Subtype/Text/Rect[10 10 30 30]/Contents()>>]"
    )
    assert clean(pdf(more=notes)).lacks == ()


def test_files_within_a_document_are_told_to_be_missing(clean):
    within = "/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(a.txt)/EF<</F 3 0 R>>>>]>>>>"
    assert clean(pdf(catalog=within)).lacks == (Lack("attachments", of=1),)


def test_a_form_that_pdf_itself_does_not_describe_is_told(clean):
    xfa = "/AcroForm<</Fields[]/XFA 3 0 R>>"
    assert clean(pdf(catalog=xfa)).lacks == (Lack("form"),)


def test_a_scanned_page_takes_no_more_room_than_a_photo(clean):
    scan = Image.effect_noise((850, 1100), 80).convert("RGB")
    file = io.BytesIO()
    scan.save(file, "PDF", resolution=100)
    assert clean(file.getvalue()).file("page-1").media_type in {"image/webp", "image/jpeg"}


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
