"""What a video file holds, read as it arrives: sound alone is no video, and few codecs play in a browser.

Only the description of the tracks is read, within bounds; whether the rest is whole is seen when
the worker opens the file. What can't be read here is left to that.
"""

import mmap
from itertools import islice
from pathlib import Path

from portal.claims.evidence import video
from portal.claims.evidence.sniffing import SOUND, EvidenceRefused, Fault, FileKind
from portal.translation import lazy_gettext

MOST_BOXES = 10_000
LONGEST_MOOV = 4 * 1024 * 1024  # bytes; hours of film need less
_CODEC_ID = 0x86
_SAMPLE_ENTRY = 78  # bytes of a picture's sample entry before its own boxes

# Codec -> its name for people; None plays in every browser. Matroska's names and MP4's four letters.
CODECS: dict[str, str | None] = {
    **dict.fromkeys(("avc1", "avc3", "vp08", "vp09", "V_VP8", "V_VP9")),
    **dict.fromkeys(("hvc1", "hev1"), "HEVC (H.265)"),
    **dict.fromkeys(("dvh1", "dvhe"), "Dolby Vision"),
    **dict.fromkeys(("av01", "V_AV1"), "AV1"),
    **dict.fromkeys(("apcn", "apch", "apcs", "apco", "ap4h", "ap4x"), "ProRes"),
    "mp4v": "MPEG-4",
    "s263": "H.263",
    "encv": lazy_gettext("copy protection"),
}
# H.264 with ten bits a colour or finer colours than browsers decode.
_PROFILES = {110: "H.264 High 10", 122: "H.264 High 4:2:2", 244: "H.264 High 4:4:4"}


def unplayable(path: Path, kind: FileKind) -> str | None:
    """Name the codec of a video that browsers don't play; None for one that they play.

    None, too, where its description can't be read. Raises EvidenceRefused for sound alone.
    """
    codecs: list[str | None] | None = None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            codecs = _in_mp4(data) if kind is FileKind.MP4 else _in_webm(data)
        except (ValueError, IndexError):
            return None
    if codecs is None:
        return None
    if not codecs:
        raise EvidenceRefused(Fault.SOUND, SOUND)
    return codecs[0]


def _in_mp4(data: mmap.mmap) -> list[str | None] | None:
    """Name the codec of each picture track; None where there is no track at all to be read."""
    top = islice(video.boxes(data, 0, len(data)), MOST_BOXES)
    moov = next((box for box in top if box.kind == b"moov"), None)
    if moov is None or moov.end - moov.body > LONGEST_MOOV:
        return None
    tracks = [box for box in video.boxes(data, moov.body, moov.end) if box.kind == b"trak"]
    kinds = [video.handler_of(data, track) for track in tracks]
    if not {b"vide", b"soun"} & set(kinds):
        return None
    return [
        _codec(data, track) for track, kind in zip(tracks, kinds, strict=True) if kind == b"vide"
    ]


def _codec(data: mmap.mmap, track: video.Part) -> str | None:
    table = video.inside(data, track, b"mdia", b"minf", b"stbl", b"stsd")
    entry = next(video.boxes(data, table.body + 8, table.end))
    name = entry.kind.decode("latin-1")
    if name not in {"avc1", "avc3"}:
        return _named(name)
    own = video.boxes(data, entry.body + _SAMPLE_ENTRY, entry.end)
    settings = next((box for box in own if box.kind == b"avcC"), None)
    return _PROFILES.get(data[settings.body + 1]) if settings else None


def _in_webm(data: mmap.mmap) -> list[str | None] | None:
    header = video.element(data, 0, len(data))
    segment = video.element(data, header.end, len(data))
    if video.identity(header) != video.EBML or video.identity(segment) != video.SEGMENT:
        return None
    at = segment.body
    for _ in range(MOST_BOXES):
        if int.from_bytes(data[at : at + 4], "big") == video.CLUSTER or at >= segment.end:
            break
        part = video.element(data, at, segment.end)
        if video.identity(part) == video.TRACKS:
            if part.end - part.body > LONGEST_MOOV:
                break
            entries = [
                each
                for each in video.elements(data, part)
                if video.identity(each) == video.TRACK_ENTRY
            ]
            told = [_track(data, entry) for entry in entries]
            return [_named(codec) for kind, codec in told if kind == video.VIDEO] if told else None
        at = part.end
    return None


def _track(data: mmap.mmap, entry: video.Part) -> tuple[int, str]:
    values = {
        video.identity(part): data[part.body : part.end] for part in video.elements(data, entry)
    }
    codec = values.get(_CODEC_ID, b"").rstrip(b"\0").decode("latin-1")
    return int.from_bytes(values.get(video.TRACK_TYPE, b""), "big"), codec


def _named(codec: str) -> str | None:
    if codec in CODECS:
        return CODECS[codec]
    letters = "".join(sign for sign in codec if sign.isascii() and sign.isalnum())
    return letters[:12] or lazy_gettext("an unknown format")
