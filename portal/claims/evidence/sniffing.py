"""What an uploaded file is, decided by its first bytes and never by its name or declared type."""

import re
import unicodedata
from enum import StrEnum

from portal.children.shut_in import offered
from portal.translation import gettext, lazy_gettext

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
_HEIF_BRANDS = frozenset(b"heic heix heim heis hevc hevx hevm hevs heif mif1 msf1".split())
_AVIF_BRANDS = frozenset(b"avif avis".split())
_OTHER_PICTURE_BRANDS = frozenset({b"jp2 ", b"crx "})
_SOUND_BRANDS = frozenset(b"M4A M4B M4P F4A".split())  # told apart from films by their tracks
_WEBM_DOCTYPE = re.compile(rb"\x42\x82[\x80-\x8f]webm|\x42\x82\x40.webm", re.DOTALL)

SOUND = lazy_gettext(
    "This file is sound without a picture, which cannot be used here. "
    "Send a screenshot or a video, or write in your claim what is said."
)


class Fault(StrEnum):
    """Why a file was refused."""

    EMPTY = "empty"
    WRONG_KIND = "wrong_kind"
    TOO_BIG = "too_big"
    BROKEN = "broken"
    PASSWORD = "password"  # noqa: S105 - the name of a fault
    PIXELS = "pixels"
    FORMAT = "format"
    SLOW = "slow"
    MEMORY = "memory"
    SOUND = "sound"


class EvidenceRefused(Exception):
    """This file can't be taken; `str()` says to the customer why and what to do."""

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


class FileKind(StrEnum):
    """A kind of file that is taken as evidence."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    GIF = "gif"
    HEIF = "heif"
    AVIF = "avif"
    PDF = "pdf"
    MP4 = "mp4"
    WEBM = "webm"

    @property
    def is_picture(self) -> bool:
        """A picture; a moving one is shown as stills."""
        return not self.is_video and self is not FileKind.PDF

    @property
    def is_video(self) -> bool:
        """A video, shown by the browser's own player."""
        return self in {FileKind.MP4, FileKind.WEBM}

    @property
    def max_bytes(self) -> int:
        """The largest file of this kind that is taken, in bytes."""
        return MAX_VIDEO if self.is_video else MAX_PICTURE


# Under which types and endings a file of each kind is offered by a browser: what `accept` names.
_OFFERED = {
    FileKind.PNG: "image/png image/apng .png .apng",
    FileKind.JPEG: "image/jpeg .jpg .jpeg .jfif",
    FileKind.WEBP: "image/webp .webp",
    FileKind.GIF: "image/gif .gif",
    FileKind.HEIF: "image/heic image/heif .heic .heif .hif",
    FileKind.AVIF: "image/avif .avif",
    FileKind.PDF: "application/pdf .pdf",
    FileKind.MP4: "video/mp4 video/quicktime video/x-m4v video/3gpp video/3gpp2 .mp4 .mov .m4v .3gp .3g2",
    FileKind.WEBM: "video/webm .webm",
}
# What is opened where this machine can't shut a process in: by the decoders that are looked at most.
PLAIN = frozenset({FileKind.PNG, FileKind.JPEG, FileKind.WEBP})
KINDS = frozenset(FileKind) if offered() else PLAIN
"""The kinds that are taken on this machine."""


def accept_of(kinds: frozenset[FileKind]) -> str:
    """What the `accept` of a field for files names: these kinds, and nothing else."""
    return ",".join(part for kind in FileKind if kind in kinds for part in _OFFERED[kind].split())


def taken_of(kinds: frozenset[FileKind]) -> str:
    """The same for people."""
    if kinds == PLAIN:
        return lazy_gettext(
            "PNG, JPEG or WebP pictures up to %(picture)s MB each.",
            picture=MAX_PICTURE // MEGABYTE,
        )
    return lazy_gettext(
        "PNG, JPEG, HEIC, AVIF, WebP or GIF pictures and PDF up to %(picture)s MB each, MP4, MOV or WebM video up to %(video)s MB.",
        picture=MAX_PICTURE // MEGABYTE,
        video=MAX_VIDEO // MEGABYTE,
    )


def allowed_of(kinds: frozenset[FileKind]) -> str:
    """What is said of a file of another kind."""
    if kinds == PLAIN:
        return lazy_gettext(
            "The file must be a PNG, JPEG or WebP picture. Take a screenshot of what it shows, and upload that."
        )
    return lazy_gettext(
        "The file must be a PNG, JPEG, HEIC, AVIF, WebP or GIF picture, a PDF, "
        "or an MP4, MOV or WebM video."
    )


# Endings of what can be saved as a PDF.
_DOCUMENTS = frozenset(["doc", "docx", "odt", "rtf", "pages", "xls", "xlsx", "ods"])
_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": FileKind.PNG,
    b"\xff\xd8\xff": FileKind.JPEG,
    b"GIF87a": FileKind.GIF,
    b"GIF89a": FileKind.GIF,
    b"%PDF-": FileKind.PDF,
}


def inspect(
    head: bytes, size: int, filename: str = "", *, kinds: frozenset[FileKind] = KINDS
) -> FileKind:
    """Tell the kind of an upload, one of ``kinds``, from its first `HEAD_BYTES` and its size in bytes.

    The name only helps to word a refusal. That the whole file can be opened is checked later, in
    the worker. Raises EvidenceRefused when it is empty, of a kind that isn't taken, or too big.
    """
    if size <= 0 or not head:
        raise EvidenceRefused(Fault.EMPTY, gettext("This file is empty. Choose another one."))
    kind = _kind(head)
    if kind not in kinds:
        raise _wrong_kind(head, filename, kinds)
    if size > kind.max_bytes:
        raise EvidenceRefused(
            Fault.TOO_BIG,
            gettext(
                "This file is %(megabytes)s MB. Choose one under %(most)s MB.",
                megabytes=_megabytes(size),
                most=kind.max_bytes // MEGABYTE,
            ),
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


def _kind(head: bytes) -> FileKind | None:
    for signature, kind in _SIGNATURES.items():
        if head.startswith(signature):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return FileKind.WEBP
    if head[4:8] == b"ftyp":
        return _boxed(head)
    if head.startswith(b"\x1a\x45\xdf\xa3") and _WEBM_DOCTYPE.search(head[:128]):
        return FileKind.WEBM
    return None


def _boxed(head: bytes) -> FileKind | None:
    """Tell pictures and videos apart, which share a container: the first brand says it, then the others."""
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length, 4))]
    if brands[0] in _OTHER_PICTURE_BRANDS:
        return None
    if brands[0] in _AVIF_BRANDS | _HEIF_BRANDS:
        return FileKind.AVIF if _AVIF_BRANDS & set(brands) else FileKind.HEIF
    if any(brand in _MP4_BRANDS or brand.rstrip() in _MP4_BRANDS for brand in brands):
        return FileKind.MP4
    return FileKind.MP4 if brands[0].rstrip() in _SOUND_BRANDS else None


def _wrong_kind(head: bytes, filename: str, kinds: frozenset[FileKind]) -> EvidenceRefused:
    if _is_sound(head):
        return EvidenceRefused(Fault.SOUND, SOUND)
    if head[4:8] == b"ftyp" and head[8:12] in _OTHER_PICTURE_BRANDS:
        said = gettext(
            "This picture format cannot be used here. Save it as JPEG, or send a screenshot."
        )
        return EvidenceRefused(Fault.WRONG_KIND, said)
    ending = filename.rpartition(".")[2].casefold()
    if FileKind.PDF in kinds and ending in _DOCUMENTS:
        said = gettext("Documents must be PDF. Save this one as a PDF and upload that.")
        return EvidenceRefused(Fault.WRONG_KIND, said)
    return EvidenceRefused(Fault.WRONG_KIND, allowed_of(kinds))


def _is_sound(head: bytes) -> bool:
    """WAV, MP3, AAC, FLAC, AMR, MIDI, AIFF, or Ogg without a picture (`theora`) in it."""
    if head[:4] == b"OggS":
        return b"theora" not in head
    if head[:4] in {b"RIFF", b"FORM"}:
        return head[8:12] in {b"WAVE", b"AIFF", b"AIFC"}
    # A frame of MPEG sound: eleven bits set, and a layer that exists, or AAC's own.
    frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0  # noqa: PLR2004
    layered = frame and (head[1] & 0x06 != 0 or head[1] & 0xF6 == 0xF0)  # noqa: PLR2004
    utf16 = head[:2] == b"\xff\xfe"
    return (layered and not utf16) or head.startswith(
        (b"ID3", b"fLaC", b"#!AMR", b"MThd", b"caff", b".snd")
    )


def _megabytes(size: int) -> str:
    tenths = -(-size * 10 // 1_000_000)
    return str(tenths // 10) if tenths >= 120 or tenths % 10 == 0 else f"{tenths / 10:.1f}"  # noqa: PLR2004
