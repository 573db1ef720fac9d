"""Files by chance that nobody's phone makes: two kinds at once, cut, swapped, their lengths and sides blown up."""

from __future__ import annotations

import zlib
from random import Random
from typing import NamedTuple

from tests.faults.uploads.planting import PLANTED, plant
from tests.faults.uploads.sound import BOMBS, bomb, sound

BOMBED = 0.05  # of the files
SHORT = 64  # bytes: nothing more is done to a file that was cut to less
HUGE = (
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\0\0\0\0",
    b"\x80\0\0\0",
    b"\0\xff\xff\xff",
    b"\0\0\0\1",
)
# What stands before a length, or behind it, in files of each kind.
NAMES = (b"IHDR", b"IDAT", b"tEXt", b"PLTE", b"moov", b"mdat", b"stsz", b"stco", b"stsc", b"trak", b"meta",
         b"iloc", b"ispe", b"ftyp")  # fmt: skip
BEHIND = (b"VP8 ", b"VP8L", b"VP8X", b"RIFF", b"ANMF", b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75",
          b"/Length ", b"/Count ", b"\xff\xe1", b"\xff\xdb", b"\xff\xc4")  # fmt: skip


class Mutant(NamedTuple):
    """A file, what was done to it, and whether something was planted among what is shown of it."""

    filename: str
    data: bytes
    done: tuple
    within: bool

    @property
    def ending(self):
        return self.filename.rpartition(".")[2]


def mutant(number):
    """The file of this number: the same each time."""
    chance = Random(number)
    ending = chance.choice(list(sound()))
    if chance.random() < BOMBED:
        ending = chance.choice(list(BOMBS))
        which = chance.randrange(len(BOMBS[ending]))
        # No two are the same file: a claim takes each once.
        return Mutant(f"{number}.{ending}", bomb(ending, which) + b"%d" % number, (f"bomb {which}",), within=False)  # fmt: skip
    data, done = chance.choice(sound()[ending]), []
    if chance.random() < 0.7:
        data = plant(ending, data, chance.choice(PLANTED), chance)
        done.append("planted")
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        if len(data) < SHORT:
            break
        kind = chance.choice(KINDS)
        data = kind(data, chance)
        done.append(kind.__name__)
    return Mutant(f"{number}.{ending}", data, tuple(done), within=bool({"within", "nested", "swapped", "again", "flipped", "lengths"} & {*done}))  # fmt: skip


def flipped(data, chance):
    """Some bytes are others."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 3, 20))):
        changed[chance.randrange(12, len(data))] = chance.randrange(256)
    return bytes(changed)


def cut(data, chance):
    return data[: chance.randrange(12, len(data))]


def swapped(data, chance):
    """Two stretches of it have changed their places."""
    a, b, c = sorted(chance.sample(range(12, len(data)), 3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def again(data, chance):
    """A stretch of it comes many times."""
    a, b = sorted(chance.sample(range(12, len(data)), 2))
    return data[:b] + data[a:b] * chance.choice((1, 9, 200)) + data[b:]


def lengths(data, chance):
    """One of its lengths is another."""
    told = [(name, -4) for name in NAMES if name in data] + [
        (name, len(name)) for name in BEHIND if name in data
    ]
    if not told:
        return flipped(data, chance)
    name, aside = chance.choice(told)
    at = max(0, data.index(name) + aside)
    return data[:at] + chance.choice(HUGE) + data[at + 4 :]


def sides(data, chance):
    """It says that it is as large as a street."""
    side = chance.choice((1, 40_000, 65_535, 2**31 - 1))
    if data.startswith(b"\x89PNG"):
        head = data[12:16] + (side % 2**31).to_bytes(4, "big") + data[20:29]
        return data[:12] + head + zlib.crc32(head).to_bytes(4, "big") + data[33:]
    short = min(side, 65_535)
    if data.startswith(b"GIF8"):
        return data[:6] + short.to_bytes(2, "little") * 2 + data[10:]
    for marker in (b"\xff\xc0", b"\xff\xc2"):
        if data.startswith(b"\xff\xd8") and marker in data:
            at = data.index(marker) + 5
            return data[:at] + short.to_bytes(2, "big") * 2 + data[at + 4 :]
    if b"ispe" in data:
        at = data.index(b"ispe") + 8
        return data[:at] + side.to_bytes(4, "big") * 2 + data[at + 8 :]
    if b"VP8X" in data[:16]:
        return data[:24] + (side % 2**24).to_bytes(3, "little") * 2 + data[30:]
    return data.replace(b"/MediaBox[0 0 200 300]", b"/MediaBox[0 0 %d %d]" % (side, side))


def hung(data, chance):
    """Something else hangs behind it."""
    return data + chance.choice(PLANTED)


def before(data, chance):
    """Something else stands before it."""
    return chance.choice(PLANTED) + data


def within(data, chance):
    """Something else stands in the midst of it, in place of what was there."""
    text, at = chance.choice(PLANTED), chance.randrange(12, len(data))
    return data[:at] + text + data[at + len(text) :]


def nested(data, chance):
    """Another file stands in the midst of it."""
    at = chance.randrange(12, len(data))
    return data[:at] + chance.choice(sound()[chance.choice(list(sound()))]) + data[at:]


KINDS = (flipped, flipped, cut, swapped, again, lengths, lengths, sides, hung, hung, before, within, within, nested)  # fmt: skip
