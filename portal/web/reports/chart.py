"""Where the bars of a chart stand: decisions week by week, the approved below the declined."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from portal.reports.decided import ReportLine

WIDTH, HEIGHT = 480, 240  # a phone shows it at three quarters, still to be read
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 12, 28  # around the bars, for what is written there
WEEK = timedelta(days=7)
_ROUND = (1, 2, 5)  # of which, times a power of ten, the scale ends at a multiple
_NAMED = 5  # weeks that have room for their date


@dataclass(frozen=True, slots=True)
class Bar:
    """One week: its place and width, how high each part is (in the drawing's units), and its date where there is room."""

    x: float
    width: float
    approved: float
    declined: float
    name: str


@dataclass(frozen=True, slots=True)
class BarChart:
    """The bars, and the lines of the scale: how high each is, and its number."""

    bars: list[Bar]
    scale: list[tuple[float, int]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    foot: int = HEIGHT - BOTTOM


def chart_of(lines: Sequence[ReportLine]) -> BarChart:
    """The chart of lines by week, whose keys are Mondays in order; a week without a decision has its gap."""
    known = {date.fromisoformat(line.key): line for line in lines}
    first, last = min(known), max(known)
    weeks = [first + WEEK * number for number in range((last - first) // WEEK + 1)]
    step = _step(max(line.decided for line in lines))
    top = step * -(-max(line.decided for line in lines) // step)
    room = HEIGHT - TOP - BOTTOM
    wide = (WIDTH - LEFT - RIGHT) / len(weeks)
    every = -(-len(weeks) // _NAMED)

    def bar(number: int, week: date) -> Bar:
        line = known.get(week, ReportLine(""))
        return Bar(
            x=round(LEFT + wide * number + wide * 0.15, 1),
            width=round(wide * 0.7, 1),
            approved=round(room * line.approved / top, 1),
            declined=round(room * line.declined / top, 1),
            name=week.isoformat() if number % every == 0 else "",
        )

    scale = [
        (round(HEIGHT - BOTTOM - room * value / top, 1), value) for value in range(0, top + 1, step)
    ]
    return BarChart([bar(*each) for each in enumerate(weeks)], scale)


def _step(most: int) -> int:
    """A round step of which the scale has at most five up to the highest bar."""
    power = 1
    while True:
        for each in _ROUND:
            if each * power * 5 >= most:
                return each * power
        power *= 10
