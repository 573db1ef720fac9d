"""Scripts planted where a file of each kind says something beside its pictures: what is shown holds none of it."""

from __future__ import annotations

import io
import zipfile
import zlib

from portal.claims.evidence import video
from tests.claims.encoded import pdf
from tests.faults.uploads.sound import chunk

WORD = b"planted0451"  # in all that is planted, and in nothing else
SCRIPT = b"<script>alert('%s')</script>" % WORD


def _archive():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("index.html", SCRIPT)
    return file.getvalue()


PLANTED = (
    SCRIPT,
    b"<!doctype html><html><body onload=alert('%s')>" % WORD,
    b"<svg xmlns='http://www.w3.org/2000/svg' onload=\"alert('%s')\"/>" % WORD,
    b"*/=1;alert('%s');/*" % WORD,
    b"<?php system('%s'); ?>" % WORD,
    b"#!/bin/sh\n: %s\n" % WORD,
    b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;%s</x>" % WORD,
    _archive(),
    pdf(catalog="/OpenAction<</S/JavaScript/JS(app.alert\\('planted0451'\\))>>"),
)  # fmt: skip
CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
SEGMENT, HEADER, TRACKS, ENTRY, INFO = 0x18538067, 0x1A45DFA3, 0x1654AE6B, 0xAE, 0x1549A966
WIDE = 1 << 56  # bytes: the size of an element written in eight


def plant(ending, data, text, chance):
    """The file with the text in one of the places that its kind has for words."""
    return PLACES[ending](data, text, chance)


def _png(data, text, chance):
    packed = zlib.compress(text)
    kind, body = chance.choice((
        (b"tEXt", b"Comment\0" + text), (b"zTXt", b"Comment\0\0" + packed), (b"eXIf", b"MM\0*" + text),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + text), (b"iCCP", b"x\0\0" + packed),
        (b"prVt", text), (b"tIME", text), (b"sPLT", text),
    ))  # fmt: skip
    at = 33 if chance.random() < 0.7 else len(data) - 12
    return data[:at] + chunk(kind, body) + data[at:]


def _jpeg(data, text, chance):
    marker, before = chance.choice((
        (0xE1, b"Exif\0\0MM\0*\0\0\0\x08"), (0xE1, b"http://ns.adobe.com/xap/1.0/\0"), (0xFE, b""),
        (0xE2, b"ICC_PROFILE\0\1\1"), (0xE0, b"JFXX\0\x10"), (0xED, b"Photoshop 3.0\0"), (0xEF, b""),
    ))  # fmt: skip
    body = before + text
    return data[:2] + bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body + data[2:]


def _gif(data, text, chance):
    table = 3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0
    pieces = [text[at : at + 255] for at in range(0, len(text), 255)]
    blocks = b"".join(bytes((len(each),)) + each for each in pieces) + b"\0"
    said = chance.choice((b"!\xfe", b"!\xff\x0bXMP DataXMP", b"!\xff\x0bNETSCAPE2.0"))
    return data[: 13 + table] + said + blocks + data[13 + table :]


def _webp(data, text, chance):
    kind = chance.choice((b"EXIF", b"XMP ", b"ICCP", b"scrp"))
    body = kind + len(text).to_bytes(4, "little") + text + b"\0" * (len(text) % 2)
    return data[:4] + (len(data) + len(body) - 8).to_bytes(4, "little") + data[8:] + body


def box(kind, body):
    """A box of an MP4."""
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def _mp4(data, text, chance):
    said = box(chance.choice((b"udta", b"uuid", b"meta", b"free", b"skip", b"Xtra")), text)
    return _into(data, chance.choice((b"", *sorted(CONTAINERS))), said)


def _into(data, where, said):
    """The same boxes, with ``said`` at the end of each of this kind, or of all."""
    made = b"".join(
        box(each.kind, _into(data[each.body : each.end], where, said) + (said if each.kind == where else b""))
        if each.kind in CONTAINERS
        else data[each.start : each.end]
        for each in video.boxes(data, 0, len(data))
    )  # fmt: skip
    return made + (b"" if where or not data.startswith(b"\0\0\0\x20ftyp") else said)


def _heif(data, text, chance):
    return data + box(chance.choice((b"udta", b"uuid", b"meta", b"free")), text)


def _element(number, body):
    return number.to_bytes((number.bit_length() + 7) // 8, "big") + (len(body) | WIDE).to_bytes(8, "big") + body  # fmt: skip


def _webm(data, text, chance):
    where = chance.choice((HEADER, SEGMENT, INFO, TRACKS, ENTRY))
    kind = chance.choice({ENTRY: (0xEC, 0x536E, 0x258688, 0x3A9697), SEGMENT: (0xEC, 0x1254C367, 0x1941A469)}.get(where, (0xEC, 0xBF)))  # fmt: skip
    header = video.element(data, 0, len(data))
    parts = [header, video.element(data, header.end, len(data))]
    return b"".join(_grown(data, part, where, _element(kind, text)) for part in parts)


def _grown(data, part, where, said):
    """An element written anew, with ``said`` within each of this kind."""
    number = video.identity(part)
    if number not in {HEADER, SEGMENT, TRACKS, ENTRY, INFO}:
        return data[part.start : part.end]
    body = b"".join(_grown(data, each, where, said) for each in video.elements(data, part))
    return _element(number, body + said if number == where else body)


def _pdf(data, text, chance):
    stream = b"<</Length %d>>stream\n%s\nendstream" % (len(text), text)
    embedded = b"<</Type/EmbeddedFile/Length %d>>stream\n%s\nendstream" % (len(text), text)
    body = chance.choice((stream, embedded, b"<</S/JavaScript/JS(%s)>>" % WORD))
    data = data.replace(b"/Type/Catalog", b"/Type/Catalog/OpenAction 90 0 R/Names<</JavaScript 90 0 R>>", 1)  # fmt: skip
    return data.replace(b"xref\n", b"90 0 obj" + body + b"endobj\nxref\n", 1)


PLACES = {"png": _png, "jpg": _jpeg, "gif": _gif, "webp": _webp, "mp4": _mp4, "webm": _webm,
          "avif": _heif, "heic": _heif, "pdf": _pdf}  # fmt: skip
