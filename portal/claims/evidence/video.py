"""Take what a video tells about its maker out of its container, without touching the pictures.

Run inside the sanitising process. The film itself isn't decoded: the container is copied, walked
box by box, and whatever isn't needed for playing is blanked where it stands, so that no offset
changes. MP4: ISO/IEC 14496-12 (boxes); WebM: RFC 8794 (EBML) and RFC 9559 (Matroska).
ValueError means that the container is broken or cut off.
"""

import mmap
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_MP4_TOP = frozenset({b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"mfra", b"sidx", b"ssix"})
# What is kept inside each container box; what isn't named (udta, meta, uuid, …) is blanked.
_MP4_KEPT = {
    b"moov": frozenset({b"mvhd", b"trak", b"mvex"}),
    b"trak": frozenset({b"tkhd", b"edts", b"mdia"}),
    b"edts": frozenset({b"elst"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf"}),
    b"minf": frozenset({b"vmhd", b"smhd", b"nmhd", b"sthd", b"gmhd", b"hdlr", b"dinf", b"stbl"}),
    b"stbl": frozenset(
        b"stsd stts ctts cslg stss stsc stsz stz2 stco co64 sdtp sbgp sgpd subs stps".split()
    ),
    b"mvex": frozenset({b"mehd", b"trex"}),
    b"moof": frozenset({b"mfhd", b"traf"}),
    b"traf": frozenset(b"tfhd tfdt trun sdtp sbgp sgpd subs saiz saio senc".split()),
}
_PLAYED = frozenset({b"vide", b"soun", b"subt", b"text", b"sbtl", b"clcp"})

EBML, SEGMENT = 0x1A45DFA3, 0x18538067
CLUSTER, INFO, TRACKS = 0x1F43B675, 0x1549A966, 0x1654AE6B
_SEEK_HEAD, _CUES, _TAGS = 0x114D9B74, 0x1C53BB6B, 0x1254C367
_CHAPTERS, _ATTACHMENTS = 0x1043A770, 0x1941A469
_SEGMENT_LEVEL = frozenset({_SEEK_HEAD, INFO, TRACKS, CLUSTER, _CUES, _TAGS, _CHAPTERS, _ATTACHMENTS})  # fmt: skip
_DOCTYPE, TRACK_ENTRY, TRACK_TYPE = 0x4282, 0xAE, 0x83
# Of a header: versions and bounds; of a track: number, kind, flags, times, language, codec, coding.
_HEADER_KEPT = frozenset({0x4286, 0x42F7, 0x42F2, 0x42F3, _DOCTYPE, 0x4287, 0x4285})
_TRACK_KEPT = frozenset({
    0xD7, 0x73C5, TRACK_TYPE, 0xB9, 0x88, 0x55AA, 0x55AB, 0x55AC, 0x55AD, 0x55AE, 0x55AF, 0x9C, 0x6DE7, 0x6DF8,
    0x23E383, 0x234E7A, 0x23314F, 0x55EE, 0x41E4, 0x22B59C, 0x22B59D, 0x86, 0x63A2, 0x56AA, 0x56BB, 0xE0, 0xE1, 0x6D80,
})  # fmt: skip
_INFO_KEPT = frozenset({0x2AD7B1, 0x4489})  # the time scale and the duration
_INFO_APPS = frozenset({0x4D80, 0x5741})  # must be there: the muxing and the writing program
VIDEO, AUDIO, SUBTITLE = 1, 2, 17

_BOX_HEAD = 8  # a box's length and kind, in bytes
_WIDEST_ID, _WIDEST_SIZE = 4, 8  # bytes of an EBML element's ID and size
_WIDE_VOID = 9  # a Void's ID and its size in eight bytes


class Part(NamedTuple):
    """A box or element: where it starts, where its content starts, and where it ends."""

    kind: bytes
    start: int
    body: int
    end: int


def clean_mp4(source: str, target: str) -> None:
    """Copy an MP4 without its metadata: location, maker, titles, times, data tracks."""
    with _copy(source, target) as data:
        top = list(boxes(data, 0, len(data)))
        kinds = [box.kind for box in top]
        if kinds[:1] != [b"ftyp"] or kinds.count(b"moov") != 1 or b"mdat" not in kinds:
            raise ValueError("not a whole MP4")
        media = [box for box in top if box.kind == b"mdat"]
        moov = top[kinds.index(b"moov")]
        tracks = [box for box in boxes(data, moov.body, moov.end) if box.kind == b"trak"]
        handlers = [handler_of(data, track) for track in tracks]
        if b"vide" not in handlers:
            raise ValueError("no picture in it")
        for track, handler in zip(tracks, handlers, strict=True):
            if handler not in _PLAYED:
                if b"moof" in kinds:
                    raise ValueError("a data track spread over fragments")
                _blank_samples(data, track, media)
                _free(data, track)
        for box in top:
            if box.kind not in _MP4_TOP:
                _free(data, box)
            else:
                _strip(data, box)


def clean_webm(source: str, target: str) -> None:
    """Copy a WebM without its tags, attachments, titles, date and program names."""
    with _copy(source, target) as data:
        header = element(data, 0, len(data))
        kinds = [part for part in _kept(data, header, _HEADER_KEPT) if identity(part) == _DOCTYPE]
        said = [data[part.body : part.end].rstrip(b"\0") for part in kinds]
        if identity(header) != EBML or said != [b"webm"]:
            raise ValueError("not a WebM")
        segment = element(data, header.end, len(data))
        if identity(segment) != SEGMENT:
            raise ValueError("no segment")
        clusters, types = 0, set()
        for part in elements(data, segment):
            if identity(part) == CLUSTER:
                clusters += 1
            elif identity(part) == INFO:
                _strip_info(data, part)
            elif identity(part) == TRACKS:
                types |= _strip_tracks(data, part)
            elif identity(part) not in {_SEEK_HEAD, _CUES}:
                _void(data, part)
        if not clusters or VIDEO not in types or types - {VIDEO, AUDIO, SUBTITLE}:
            raise ValueError("no picture in it, or more than picture and sound")
        whole = segment.end
    with Path(target).open("r+b") as file:
        file.truncate(whole)


CLEANERS = {"mp4": clean_mp4, "webm": clean_webm}


def _copy(source: str, target: str) -> mmap.mmap:
    shutil.copyfile(source, target)
    with Path(target).open("r+b") as file:
        return mmap.mmap(file.fileno(), 0)


def boxes(data: mmap.mmap, start: int, end: int) -> Iterator[Part]:
    """Walk the boxes of an MP4 from ``start`` to ``end``; ValueError at one that is cut off."""
    while start < end:
        if end - start < _BOX_HEAD and not any(data[start:end]):
            return  # QuickTime ends some lists with a zero
        size, body = int.from_bytes(data[start : start + 4], "big"), start + _BOX_HEAD
        if size == 1:
            size, body = int.from_bytes(data[body : body + 8], "big"), body + 8
        elif size == 0:
            size = end - start
        if size < body - start or start + size > end:
            raise ValueError("a box is cut off")
        yield Part(data[start + 4 : start + 8], start, body, start + size)
        start += size


def inside(data: mmap.mmap, parent: Part, *path: bytes) -> Part:
    """Follow a path of boxes, each of which stands once in the one before; ValueError if not."""
    for kind in path:
        found = [box for box in boxes(data, parent.body, parent.end) if box.kind == kind]
        if len(found) != 1:
            raise ValueError(f"not one {kind!r}")
        parent = found[0]
    return parent


def handler_of(data: mmap.mmap, track: Part) -> bytes:
    """Tell what a track of an MP4 is: vide, soun …."""
    body = inside(data, track, b"mdia", b"hdlr").body
    return data[body + 8 : body + 12]


def _strip(data: mmap.mmap, box: Part) -> None:
    if box.kind in {b"mvhd", b"tkhd", b"mdhd"}:
        # Version 1 counts in eight bytes; creation and modification stand side by side.
        _zero(data, box.body + 4, min(box.end, box.body + (20 if data[box.body] == 1 else 12)))
    elif box.kind == b"hdlr":
        _zero(data, min(box.end, box.body + 24), box.end)
    elif box.kind == b"dinf":
        dref = inside(data, box, b"dref")
        for entry in boxes(data, dref.body + 8, dref.end):
            if not data[entry.body + 3] & 1:
                raise ValueError("its pictures are in another file")
    kept = _MP4_KEPT.get(box.kind)
    if kept is None:
        return
    for child in boxes(data, box.body, box.end):
        if child.kind in kept:
            _strip(data, child)
        else:
            _free(data, child)


def _numbers(data: mmap.mmap, box: Part, *, skip: int, width: int) -> list[int]:
    count = int.from_bytes(data[box.body + skip - 4 : box.body + skip], "big")
    start = box.body + skip
    if start + count * width > box.end:
        raise ValueError("a table is cut off")
    return [
        int.from_bytes(data[at : at + width], "big")
        for at in range(start, start + count * width, width)
    ]


def _blank_samples(data: mmap.mmap, track: Part, media: list[Part]) -> None:
    """Zero what a data track (positions, motion) keeps among the pictures' bytes."""
    table = inside(data, track, b"mdia", b"minf", b"stbl")
    found = {box.kind: box for box in boxes(data, table.body, table.end)}
    if not {b"stsc", b"stsz"} <= found.keys() or not {b"stco", b"co64"} & found.keys():
        raise ValueError("a data track without its tables")
    sizes_box = found[b"stsz"]
    fixed = int.from_bytes(data[sizes_box.body + 4 : sizes_box.body + 8], "big")
    sizes = [] if fixed else _numbers(data, sizes_box, skip=12, width=4)
    wide = b"co64" in found
    offsets = _numbers(data, found[b"co64" if wide else b"stco"], skip=8, width=8 if wide else 4)
    runs = [
        (number >> 64, number >> 32 & 0xFFFFFFFF)
        for number in _numbers(data, found[b"stsc"], skip=8, width=12)
    ]
    sample, run = 0, 0
    for chunk, offset in enumerate(offsets, start=1):
        while run + 1 < len(runs) and runs[run + 1][0] <= chunk:
            run += 1
        count = runs[run][1] if runs else 0
        length = count * fixed if fixed else sum(sizes[sample : sample + count])
        sample += count
        if not any(box.body <= offset and offset + length <= box.end for box in media):
            raise ValueError("a sample lies outside the media")
        _zero(data, offset, offset + length)


def _free(data: mmap.mmap, box: Part) -> None:
    data[box.start + 4 : box.start + 8] = b"free"
    _zero(data, box.body, box.end)


def _zero(data: mmap.mmap, start: int, end: int) -> None:
    data[start:end] = bytes(end - start)


def identity(part: Part) -> int:
    """Give the ID of an EBML element as a number."""
    return int.from_bytes(part.kind, "big")


def element(data: mmap.mmap, start: int, end: int) -> Part:
    """Read one EBML element; one of unknown size ends where the next of its level begins."""
    width = 9 - data[start].bit_length() if start < end else 9
    at = start + width
    size_width = 9 - data[at].bit_length() if width <= _WIDEST_ID and at < end else 9
    body = at + size_width
    if size_width > _WIDEST_SIZE or body > end:
        raise ValueError("an element is cut off")
    kind = data[start:at]
    size = int.from_bytes(data[at:body], "big") & ((1 << 7 * size_width) - 1)
    if size != (1 << 7 * size_width) - 1:
        if body + size > end:
            raise ValueError("an element is cut off")
        return Part(kind, start, body, body + size)
    number = int.from_bytes(kind, "big")
    if number == SEGMENT:
        return Part(kind, start, body, end)
    if number != CLUSTER:
        raise ValueError("an element without a size")
    stop = body
    while stop < end:
        # The next cluster is known by its ID alone: reading it here would read all that follow.
        if int.from_bytes(data[stop : stop + _WIDEST_ID], "big") in _SEGMENT_LEVEL:
            break
        stop = element(data, stop, end).end
    return Part(kind, start, body, stop)


def elements(data: mmap.mmap, parent: Part) -> Iterator[Part]:
    """Walk the elements inside another."""
    at = parent.body
    while at < parent.end:
        part = element(data, at, parent.end)
        yield part
        at = part.end


def _kept(data: mmap.mmap, parent: Part, kinds: frozenset[int]) -> list[Part]:
    """Void what is inside another and of no such kind; all that was there."""
    found = list(elements(data, parent))
    for part in found:
        if identity(part) not in kinds:
            _void(data, part)
    return found


def _strip_info(data: mmap.mmap, info: Part) -> None:
    for part in _kept(data, info, _INFO_KEPT | _INFO_APPS):
        if identity(part) in _INFO_APPS:
            data[part.body : part.end] = b" " * (part.end - part.body)


def _strip_tracks(data: mmap.mmap, tracks: Part) -> set[int]:
    """Keep of each track what it takes to play it; the types of all."""
    return {
        int.from_bytes(data[part.body : part.end], "big")
        for entry in _kept(data, tracks, frozenset({TRACK_ENTRY}))
        if identity(entry) == TRACK_ENTRY
        for part in _kept(data, entry, _TRACK_KEPT)
        if identity(part) == TRACK_TYPE
    }


def _void(data: mmap.mmap, part: Part) -> None:
    """Turn an element into a Void of the same length, its content zeroed."""
    length = part.end - part.start
    if length > _WIDE_VOID:
        head = b"\xec\x01" + (length - _WIDE_VOID).to_bytes(7, "big")
    else:
        head = bytes((0xEC, 0x80 | (length - 2)))
    data[part.start : part.end] = head + bytes(length - len(head))
