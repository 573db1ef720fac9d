"""Whether one kind of sample takes longer than another, by their ranks alone (Mann and Whitney)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from math import sqrt
from statistics import median

# Two kinds that are the same are told apart once in a thousand times.
SIGNIFICANT = 3.29


@dataclass(frozen=True)
class Ranked:
    """``chance`` that one of the first takes longer than one of the second: a half where they are the same.

    ``z`` is how many standard errors that is from a half, ``later`` the difference of the medians, as a
    part of the second's.
    """

    chance: float
    z: float
    later: float

    @property
    def told_apart(self) -> bool:
        """Whether it is more than chance."""
        return abs(self.z) > SIGNIFICANT


def ranked(first: list[int], second: list[int]) -> Ranked:
    """Of samples that were taken by turns at random: what slows the machine for a while slows both."""
    ordered = sorted(second)
    longer = sum(bisect_left(ordered, each) + bisect_right(ordered, each) for each in first) / 2
    pairs = len(first) * len(second)
    error = sqrt(pairs * (len(first) + len(second) + 1) / 12)
    usual = median(second)
    return Ranked(longer / pairs, (longer - pairs / 2) / error, median(first) / usual - 1)
