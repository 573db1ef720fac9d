from pathlib import Path

import pytest

from portal.claims.evidence.sniffing import Fault

FILMS = Path(__file__).parents[1] / "files"


def film(name):
    return (FILMS / name).read_bytes()


def box(kind, *parts):
    body = b"".join(parts)
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def top_boxes(data):
    found, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append((data[at + 4 : at + 8], data[at + 8 : at + size]))
        at += size
    return found


@pytest.mark.parametrize("name", ["film.mp4", "film.mov"])
def test_an_mp4_loses_place_maker_and_titles_and_keeps_its_film(clean, name):
    place = box(b"meta", b"\0" * 4, b"+48.8584+002.2945/") + box(b"uuid", b"SecretPlace")
    data = film(name) + place
    result = clean(data)
    (view,) = result.files
    assert (view.role, view.media_type, view.size) == ("view", "video/mp4", len(data))
    cleaned = view.path.read_bytes()
    assert b"Secret title" in data
    secrets = (b"Secret", b"+48.8584", b"Lavf", b"udta", b"meta", b"uuid", b"\xa9nam")
    assert [secret for secret in secrets if secret in cleaned] == []
    before, after = dict(top_boxes(data)), dict(top_boxes(cleaned))
    assert after[b"mdat"] == before[b"mdat"]
    assert after[b"ftyp"] == before[b"ftyp"]
    assert data.index(b"stco") == cleaned.index(b"stco")


def test_a_place_inside_the_film_s_description_is_blanked_where_it_stands(clean):
    data = film("film.mp4")
    atom = box(b"udta", box(b"\xa9xyz", b"\0\x12\x15\xc7+48.8584+002.2945/"))
    boxes = [(kind, body + atom if kind == b"moov" else body) for kind, body in top_boxes(data)]
    view = clean(b"".join(box(kind, body) for kind, body in boxes)).file("view")
    cleaned = view.path.read_bytes()
    assert b"+48.8584" not in cleaned
    assert dict(top_boxes(cleaned))[b"moov"].endswith(box(b"free", b"\0" * (len(atom) - 8)))


def test_positions_kept_as_a_track_of_their_own_are_zeroed_among_the_pictures(clean):
    boxes = dict(top_boxes(film("film.mp4")))
    gps = b"GPS5 +48.8584+002.2945"
    front = box(b"ftyp", boxes[b"ftyp"])
    at = len(front) + 8 + len(boxes[b"mdat"])

    def track(size_box):
        return box(
            b"trak",
            box(b"tkhd", b"\0" * 84),
            box(
                b"mdia",
                box(b"mdhd", b"\0" * 24),
                box(b"hdlr", b"\0" * 8, b"meta", b"\0" * 12, b"GoPro MET\0"),
                box(
                    b"minf",
                    box(
                        b"stbl",
                        box(b"stsc", b"\0" * 4, *(n.to_bytes(4, "big") for n in (1, 1, 2, 1))),
                        size_box,
                        box(b"stco", b"\0" * 4, *(n.to_bytes(4, "big") for n in (1, at))),
                    ),
                ),
            ),
        )

    for size_box in (
        box(b"stsz", b"\0" * 4, *(n.to_bytes(4, "big") for n in (11, 2))),
        box(b"stsz", b"\0" * 4, *(n.to_bytes(4, "big") for n in (0, 2, 10, 12))),
    ):
        data = (
            front
            + box(b"mdat", boxes[b"mdat"], gps)
            + box(b"moov", boxes[b"moov"], track(size_box))
        )
        cleaned = clean(data).file("view").path.read_bytes()
        assert b"+48.8584" not in cleaned
        assert b"GoPro" not in cleaned
        assert dict(top_boxes(cleaned))[b"mdat"] == boxes[b"mdat"] + b"\0" * len(gps)


def wide(number, body):
    """An element of a WebM, its size in eight bytes."""
    return number + b"\x01" + len(body).to_bytes(7, "big") + body


def test_words_in_a_webm_s_header_or_beside_a_track_s_settings_are_blanked(clean):
    data, said = film("live.webm"), wide(b"\xec", b"<script>alert(1)</script>")
    header = data.index(b"\x18\x53\x80\x67")
    tracks, after = data.rindex(b"\x16\x54\xae\x6b"), data.rindex(b"\x12\x54\xc3\x67")
    entry = data[data.index(b"\xae\x01", tracks) + 9 : after]
    made = (
        wide(data[:4], data[5:header] + said)
        + data[header:tracks]
        + wide(b"\x16\x54\xae\x6b", wide(b"\xae", entry + said))
        + data[after:]
    )
    cleaned = clean(made).file("view").path.read_bytes()
    assert b"script" not in cleaned
    assert len(cleaned) == len(made)
    assert b"V_VP9" in cleaned
    cluster = made.index(b"\x1f\x43\xb6\x75")
    assert cleaned[cluster:] == made[cluster:]


@pytest.mark.parametrize("name", ["film.webm", "live.webm"])
def test_a_webm_loses_its_tags_and_keeps_its_film(clean, name):
    data = film(name)
    cleaned = clean(data).file("view").path.read_bytes()
    assert b"Secret" in data
    assert b"Secret" not in cleaned
    assert b"Lavf" not in cleaned
    assert len(cleaned) == len(data)
    cluster = data.index(b"\x1f\x43\xb6\x75")
    assert cleaned[cluster : cluster + 300] == data[cluster : cluster + 300]


def test_a_live_recording_of_thousands_of_clusters_without_a_size_is_read_once(clean):
    data = film("live.webm")
    at = data.index(b"\x1f\x43\xb6\x75")
    clusters = b"\x1f\x43\xb6\x75\xff\xe7\x81\x00\xa3\x85\x81\0\0\x80x" * 5000
    tags = b"\x12\x54\xc3\x67\x86Secret"
    segment = data.index(b"\x18\x53\x80\x67")
    assert data[segment + 4 : segment + 12] == b"\x01" + b"\xff" * 7
    cleaned = clean(data[:at] + clusters + tags + clusters).file("view").path.read_bytes()
    assert cleaned[at:] == clusters + b"\xec\x01\0\0\0\0\0\0\x02\0\0" + clusters


def test_what_is_hung_behind_a_webm_is_cut_off(clean):
    data = film("film.webm")
    cleaned = clean(data + b"<script>alert(1)</script>").file("view").path.read_bytes()
    assert len(cleaned) == len(data)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", ["film.mp4", "film.mov", "film.webm", "live.webm"])
def test_a_cut_off_video_is_refused(refusal, name):
    data = film(name)
    assert {refusal(data[:cut]) for cut in (40, len(data) // 2, len(data) - 1)} == {Fault.BROKEN}


def test_a_video_that_plays_from_somewhere_else_is_refused(refusal):
    data = film("film.mp4")
    at = data.index(b"url ") + 7
    assert data[at] == 1
    assert refusal(data[:at] + b"\0" + data[at + 1 :]) is Fault.BROKEN


def test_an_mp4_without_a_picture_is_refused(refusal):
    assert refusal(film("film.mp4").replace(b"vide", b"soun")) is Fault.BROKEN
