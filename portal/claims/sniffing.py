"""What an uploaded file is, decided by its first bytes and never by its name or declared type."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

HEAD_BYTES = 4096
"""How much of a file's beginning `inspect` wants to see."""

MEGABYTE = 1024 * 1024
MAX_PICTURE = 10 * MEGABYTE
MAX_VIDEO = 50 * MEGABYTE

_SHOWN_NAME = 120

# Brands of files that phones and recorders make; HEIC and AVIF pictures share the container.
_MP4_BRANDS = frozenset(
    b"isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 mp71 avc1 hvc1 M4V  M4VH M4VP MSNV "
    b"dash 3gp4 3gp5 3gp6 3gp7 3gs7 3g2a mmp4 f4v  qt   XAVC".split()
)
_PICTURE_BRANDS = frozenset(b"heic heix heim heis hevc hevx mif1 msf1 avif avis jp2 crx".split())
_WEBM_DOCTYPE = re.compile(rb"\x42\x82[\x80-\x8f]webm|\x42\x82\x40.webm", re.DOTALL)


class Fault(StrEnum):
    """Why a file was refused."""

    EMPTY = "empty"
    WRONG_KIND = "wrong_kind"
    TOO_BIG = "too_big"
    BROKEN = "broken"
    PASSWORD = "password"  # noqa: S105 - the name of a fault
    PIXELS = "pixels"
    SLOW = "slow"
    MEMORY = "memory"


class EvidenceRefused(Exception):
    """This file can't be taken; `str()` says to the customer why and what to do."""

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault = fault
        self.message = message


class Kind(StrEnum):
    """A kind of file that is taken as evidence."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    GIF = "gif"
    PDF = "pdf"
    MP4 = "mp4"
    WEBM = "webm"

    @property
    def is_picture(self) -> bool:
        """A still picture (of a GIF the first frame is kept)."""
        return self in {Kind.PNG, Kind.JPEG, Kind.WEBP, Kind.GIF}

    @property
    def is_video(self) -> bool:
        """A video, shown by the browser's own player."""
        return self in {Kind.MP4, Kind.WEBM}

    @property
    def media_type(self) -> str:
        """The type to serve a file of this kind with."""
        if self is Kind.PDF:
            return "application/pdf"
        return f"{'video' if self.is_video else 'image'}/{self.value}"

    @property
    def max_bytes(self) -> int:
        """The largest file of this kind that is taken, in bytes."""
        return MAX_VIDEO if self.is_video else MAX_PICTURE


_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": Kind.PNG,
    b"\xff\xd8\xff": Kind.JPEG,
    b"GIF87a": Kind.GIF,
    b"GIF89a": Kind.GIF,
    b"%PDF-": Kind.PDF,
}


def inspect(head: bytes, size: int, filename: str = "") -> Kind:
    """Tell the kind of an upload from its first `HEAD_BYTES` and its size in bytes.

    The name only helps to word a refusal. That the whole file can be opened is checked later, in
    the worker. Raises EvidenceRefused when it is empty, of a kind that isn't taken, or too big.
    """
    if size <= 0 or not head:
        raise EvidenceRefused(Fault.EMPTY, "This file is empty. Choose another one.")
    kind = _kind(head)
    if kind is None:
        raise EvidenceRefused(Fault.WRONG_KIND, _wrong_kind(head, filename))
    if size > kind.max_bytes:
        raise EvidenceRefused(
            Fault.TOO_BIG,
            f"This file is {_megabytes(size)} MB. "
            f"Choose one under {kind.max_bytes // MEGABYTE} MB.",
        )
    return kind


def display_name(filename: str) -> str:
    """Clean an uploaded file's name for showing: no folders, no invisible signs, 120 characters.

    The name is for reading only; no file is ever stored or opened by it.
    """
    name = re.split(r"[/\\]", filename)[-1]
    kept = "".join(" " if sign.isspace() else sign for sign in name)
    # Controls, direction overrides, lone surrogates and the like aren't printable.
    kept = "".join(sign for sign in kept if sign.isprintable())
    kept = " ".join(unicodedata.normalize("NFC", kept).split())
    if len(kept) > _SHOWN_NAME:
        stem, dot, ending = kept.rpartition(".")
        tail = f"…{dot}{ending}" if stem and len(ending) <= 8 else "…"  # noqa: PLR2004 - an extension
        kept = kept[: _SHOWN_NAME - len(tail)] + tail
    return kept if kept.strip(". ") else "file"


def _kind(head: bytes) -> Kind | None:
    for signature, kind in _SIGNATURES.items():
        if head.startswith(signature):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Kind.WEBP
    if head[4:8] == b"ftyp" and _is_mp4(head):
        return Kind.MP4
    if head.startswith(b"\x1a\x45\xdf\xa3") and _WEBM_DOCTYPE.search(head[:128]):
        return Kind.WEBM
    return None


def _is_mp4(head: bytes) -> bool:
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length, 4))]
    if brands[0] in _PICTURE_BRANDS:
        return False
    return any(brand in _MP4_BRANDS or brand.rstrip() in _MP4_BRANDS for brand in brands)


def _wrong_kind(head: bytes, filename: str) -> str:
    if head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS:
        return "This picture format cannot be used here. Save it as JPEG, or send a screenshot."
    ending = filename.rpartition(".")[2].casefold()
    if ending in {"doc", "docx", "odt", "rtf", "pages", "xls", "xlsx", "ods"}:
        return "Documents must be PDF. Save this one as a PDF and upload that."
    return "The file must be a PNG, JPEG, WebP or GIF picture, a PDF, or an MP4 or WebM video."


def _megabytes(size: int) -> str:
    tenths = -(-size * 10 // 1_000_000)
    return str(tenths // 10) if tenths >= 120 or tenths % 10 == 0 else f"{tenths / 10:.1f}"  # noqa: PLR2004
