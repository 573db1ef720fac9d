import pytest
from hypothesis import given, strategies as st

from portal.claims.evidence.sniffing import (
    PLAIN,
    EvidenceRefused,
    Fault,
    FileKind,
    accept_of,
    display_name,
    inspect,
    taken_of,
)

MB = 1024 * 1024
ALLOWED = (
    "The file must be a PNG, JPEG, HEIC, AVIF, WebP or GIF picture, a PDF, "
    "or an MP4, MOV or WebM video."
)

# Beside what is refused below: markup, scripts of pictures, other pictures and videos, archives, documents,
# programs, lists of what to play; and what has the marks of a picture at another place or otherwise.
OTHERS = [
    b"\xef\xbb\xbf<!DOCTYPE HTML>", b"\xff\xfe<\0h\0t\0m\0l\0>\0", b"\xfe\xff\0<\0s\0v\0g", b"<!-- GIF89a --><svg onload=alert(1)>",
    b"\n\n  <script>alert(1)</script>", b"<iframe src=//evil.example>", b"<xml xmlns:x='urn'>", b"<math><mtext>", b"<?php system('id');", b"<?xml-stylesheet href='x'?>",
    b"<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", b"\x1f\x8b\x08\0\0\0\0\0\0\x03svgz", b"push graphic-context\nfill 'url(https://evil.example)'", b"viewbox 0 0 1 1",
    b"\xc5\xd0\xd3\xc6", b"%!PS", b"8BPS\0\x02", b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0", b"IIRO\x08\0\0\0",
    b"PK\x05\x06", b"PK\x07\x08", b"Rar!\x1a\x07\x01\0", b"7z\xbc\xaf\x27\x1c", b"\xfd7zXZ\0", b"BZh91AY&SY", b"\x28\xb5\x2f\xfd", b"!<arch>\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf1\\ansi",
    b"\xca\xfe\xba\xbe\0\0\0\x34", b"\0asm\x01\0\0\0", b"#!/bin/sh\n", b"\xfe\xed\xfa\xcf", b"\xef\xbb\xbf#EXTM3U\n", b"[playlist]\nFile1=", b"<MPD xmlns='urn:mpeg:dash:schema:mpd:2011'>", b"<smil>", b"RIFF\x24\0\0\0ACON", b"RIFF\x24\0\0\0RMMP",
    b"RIFF\x24\0\0\0webp", b"GIF88a", b"\x8aMNG\r\n\x1a\n", b"\x8bJNG\r\n\x1a\n", b"\x89PNG\n\x1a\n", b"\x89png\r\n\x1a\n", b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n", b"qoif\0\0\0\x01", b"P6\n1 1\n255\n",
    b"v/1\x01", b"#?RADIANCE\n", b"DDS |\0\0\0", b"\xd7\xcd\xc6\x9a", b"AT&TFORM", b"FLIF0", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", b"\0\0\x01\xba", b"\0\0\x01\xb3", b"G@\0\x10" + bytes(184) + b"G@", b".RMF\0\0", b"FWS\x09", b"CWS\x09", b"ZWS\x0d",
    b"\x1a\x45\xdf\xa3\x9f", b"\0\0\0\x08mdat", b"\0\0\0\x14moov", b"%PD F-1.7", b" %PDF-1.7", b"\n%PDF-1.4", b"%FDF-1.2", b"SQLite format 3\0", b"-----BEGIN CERTIFICATE", b"\x80\x02}q\0.", b"BEGIN:VCARD",
]  # fmt: skip


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", FileKind.PNG),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", FileKind.JPEG),
        (b"\xff\xd8\xff\xe1\0\x10Exif", FileKind.JPEG),
        (b"GIF87a", FileKind.GIF),
        (b"GIF89a", FileKind.GIF),
        (b"RIFF\x24\0\0\0WEBPVP8 ", FileKind.WEBP),
        (b"%PDF-1.7\n", FileKind.PDF),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", FileKind.MP4),
        (b"\0\0\0\x1cftypM4V \0\0\0\0", FileKind.MP4),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", FileKind.MP4),
        (b"\0\0\0\x18ftypabcd\0\0\0\0efghisom", FileKind.MP4),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", FileKind.WEBM),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", FileKind.HEIF),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", FileKind.HEIF),
        (b"\0\0\0\x1cftypheic\0\0\0\0mif1mp42isom", FileKind.HEIF),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1miaf", FileKind.AVIF),
        (b"\0\0\0\x18ftypmif1\0\0\0\0avifmiaf", FileKind.AVIF),
    ],
)
def test_the_first_bytes_tell_the_kind_whatever_the_name(head, kind):
    assert inspect(head, 1000, "whatever.exe") is kind


@pytest.mark.parametrize(
    "head",
    [
        b"<!doctype html><script>alert(1)</script>",
        b"<html>",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<svg onload=alert(1)>",
        b"\xef\xbb\xbf<svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"8BPS\0\x01",
        b"II*\0\x08\0\0\0",
        b"MM\0*\0\0\0\x08",
        b"BM\x36\0\0\0",
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b"MZ\x90\0",
        b"\x7fELF",
        b"#EXTM3U\n#EXT-X-VERSION:3",
        b"ffconcat version 1.0",
        b"RIFF\x24\0\0\0AVI LIST",
        b"\0\0\0\x0cjP  \r\n\x87\n",
        b"\xff\x4f\xff\x51",
        b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska",
        b"FLV\x01",
        b"\0\0\x01\0\x01\0",
        b"\x89PNG",
        b"plain text",
        b"\0" * 64,
        *OTHERS,
    ],
)
def test_any_other_content_is_refused_under_a_picture_s_name(head):
    with pytest.raises(EvidenceRefused) as refused:
        inspect(head, 1000, "screenshot.png")
    assert (refused.value.fault, str(refused.value)) == (Fault.WRONG_KIND, ALLOWED)


@pytest.mark.parametrize("brand", [b"jp2 ", b"crx "])
def test_a_picture_format_that_is_not_taken_is_told_how_to_be_saved(brand):
    with pytest.raises(EvidenceRefused) as refused:
        inspect(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mp42isom", 1000, "IMG_1.CR3")
    assert str(refused.value) == (
        "This picture format cannot be used here. Save it as JPEG, or send a screenshot."
    )


@pytest.mark.parametrize(
    "head",
    [
        b"RIFF\x24\0\0\0WAVEfmt ",
        (b"OggS\0\x02" + bytes(22) + b"\x01\x13OpusHead"),
        b"ID3\x03",
        b"\xff\xfb\x90\x64",
        b"\xff\xf1\x50\x80",
        b"fLaC\0\0\0\x22",
        b"#!AMR\n",
        b"FORM\0\0\0\x1eAIFFCOMM",
    ],
    ids=["wav", "opus", "mp3 with a title", "mp3", "aac", "flac", "amr", "aiff"],
)
def test_a_sound_file_is_told_to_be_sound(head):
    with pytest.raises(EvidenceRefused) as refused:
        inspect(head, 1000, "call.mp3")
    assert (refused.value.fault, str(refused.value)) == (
        Fault.SOUND,
        (
            "This file is sound without a picture, which cannot be used here. "
            "Send a screenshot or a video, or write in your claim what is said."
        ),
    )


def test_what_a_field_for_files_accepts_names_every_kind_that_is_taken():
    offered = set(accept_of(frozenset(FileKind)).split(","))
    assert offered >= {
        *("image/png", "image/jpeg", "image/webp", "image/gif", "image/heic", "image/heif"),
        *("image/avif", "application/pdf", "video/mp4", "video/quicktime", "video/3gpp"),
        *("video/webm", ".heic", ".mov", ".m4v", ".3gp", ".jpg", ".pdf"),
    }


def test_a_text_document_is_told_to_become_a_pdf():
    with pytest.raises(EvidenceRefused) as refused:
        inspect(b"PK\x03\x04", 1000, "Bank statement.DOCX")
    assert str(refused.value) == "Documents must be PDF. Save this one as a PDF and upload that."


@pytest.mark.parametrize(("head", "size"), [(b"", 0), (b"", 5), (b"\x89PNG\r\n\x1a\n", 0)])
def test_an_empty_file_is_refused(head, size):
    with pytest.raises(EvidenceRefused) as refused:
        inspect(head, size, "a.png")
    assert (refused.value.fault, str(refused.value)) == (
        Fault.EMPTY,
        "This file is empty. Choose another one.",
    )


@pytest.mark.parametrize(
    ("head", "limit"),
    [(b"GIF89a", 10 * MB), (b"%PDF-", 10 * MB), (b"\0\0\0\x10ftypisom\0\0\0\0", 50 * MB)],
)
def test_a_file_may_be_as_large_as_its_limit_and_no_larger(head, limit):
    inspect(head, limit, "x")
    with pytest.raises(EvidenceRefused) as refused:
        inspect(head, limit + 1, "x")
    assert refused.value.fault is Fault.TOO_BIG


@pytest.mark.parametrize(
    ("head", "size", "words"),
    [
        (b"GIF89a", 14_000_000, "This file is 14 MB. Choose one under 10 MB."),
        (b"GIF89a", 10 * MB + 1, "This file is 10.5 MB. Choose one under 10 MB."),
        (b"\0\0\0\x10ftypisom\0\0\0\0", 60_200_000, "This file is 60 MB. Choose one under 50 MB."),
    ],
)
def test_too_big_says_how_big_and_what_is_allowed(head, size, words):
    with pytest.raises(EvidenceRefused) as refused:
        inspect(head, size, "x")
    assert str(refused.value) == words


@given(st.binary(max_size=200), st.integers(min_value=0, max_value=100 * MB), st.text())
def test_any_bytes_and_any_name_give_a_kind_or_a_refusal(head, size, name):
    try:
        kind = inspect(head, size, name)
    except EvidenceRefused:
        return
    assert 0 < size <= kind.max_bytes


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("screenshot.png", "screenshot.png"),
        ("Снимок экрана.png", "Снимок экрана.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\shot.png", "shot.png"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        ("a\0b\r\n\tc.png", "ab c.png"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("zero\u200bwidth\ufeff.png", "zerowidth.png"),
        ("bad\ud800.png", "bad.png"),
        ("  many   spaces .png ", "many spaces .png"),
    ],
)
def test_a_name_is_cleaned_for_showing(name, shown):
    assert display_name(name) == shown


def test_a_long_name_keeps_its_ending():
    assert display_name("x" * 5000 + ".png") == "x" * 115 + "….png"
    assert display_name("x" * 5000) == "x" * 119 + "…"


@given(st.text(alphabet=st.characters(codec=None), max_size=400))
def test_any_name_can_be_shown(name):
    shown = display_name(name)
    assert 1 <= len(shown) <= 120
    assert shown.isprintable()
    assert "/" not in shown
    assert "\\" not in shown
    assert shown.encode().decode() == shown


@pytest.mark.parametrize("head", [b"%PDF-1.7\n", b"GIF89a", b"\0\0\0\x18ftypheic\0\0\0\0"])
def test_a_machine_that_cannot_shut_a_process_in_takes_plain_pictures_alone(head):
    assert inspect(b"\x89PNG\r\n\x1a\n", 1000, kinds=PLAIN) is FileKind.PNG
    with pytest.raises(EvidenceRefused) as refused:
        inspect(head, 1000, "receipt", kinds=PLAIN)
    assert (refused.value.fault, str(refused.value)) == (
        Fault.WRONG_KIND,
        (
            "The file must be a PNG, JPEG or WebP picture. "
            "Take a screenshot of what it shows, and upload that."
        ),
    )
    assert str(taken_of(PLAIN)) == "PNG, JPEG or WebP pictures up to 10 MB each."
    assert accept_of(PLAIN) == (
        "image/png,image/apng,.png,.apng,image/jpeg,.jpg,.jpeg,.jfif,image/webp,.webp"
    )
