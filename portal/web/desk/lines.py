"""Like claims as a list shows them, and what the ticked ones come to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from portal.claims.desk.doubts import ComesTo, doubts, outcome_of, second_wanted, why_not
from portal.claims.models import Claim
from portal.claims.payout.ways import way_words
from portal.claims.wording import reason_words
from portal.money import Money
from portal.policy.deciding.document import Policy
from portal.translation import gettext
from portal.web.frame.facts import FactRow
from portal.web.guards import staff
from portal.web.review.facts import by_weight, looked_at, recorded, traced


@dataclass(frozen=True)
class GroupLine:
    """One of the like claims: what it comes to, what wants a look, and whether it is ticked.

    ``barred`` says why this person can't decide it with the others; empty where they can.
    """

    claim: Claim
    zone: ZoneInfo
    comes_to: ComesTo
    way: str
    doubts: list[str]
    barred: str
    second: bool
    ticked: bool

    @property
    def pick(self) -> str:
        """The claim and the version of it that is shown, as a form sends them."""
        return f"{self.claim.reference}~{self.claim.version}"

    @property
    def reason(self) -> str:
        """Why its customer asks, as staff call it."""
        return reason_words(self.claim.reason) or self.claim.reason or gettext("Not given")

    @cached_property
    def facts(self) -> list[FactRow]:
        """The facts that its verdict turned on."""
        known = recorded(self.claim, self.zone) + looked_at(self.claim, self.zone)
        return by_weight(known, traced(self.claim, self.zone))[0]


@dataclass(frozen=True, slots=True)
class Share:
    """What goes one way of paying: how many claims, and their sum; None where it is another number."""

    way: str
    count: int
    sum: Money | None


@dataclass(frozen=True, slots=True)
class Total:
    """What some claims come to: how many, the sum of each currency, and by way of paying.

    ``second`` are those that another person lets go, as far as it is seen before.
    """

    count: int
    sums: list[Money]
    shares: list[Share]
    second: int


def lines_of(
    claims: Sequence[Claim], *, policy: Policy, ticked: frozenset[str] | None = None
) -> list[GroupLine]:
    """A line for each claim; ticked are those named, else all of which nothing wants a look of its own."""
    me, zone = staff.me(), ZoneInfo(policy.shop.time_zone)
    found = doubts(claims, by=me)
    lines = []
    for claim in claims:
        barred, given = why_not(claim, by=me), outcome_of(claim)
        chosen = not found[claim.id] if ticked is None else claim.reference in ticked
        lines.append(
            GroupLine(
                claim=claim,
                zone=zone,
                comes_to=given,
                way=_way(claim, given),
                doubts=found[claim.id],
                barred=barred,
                second=second_wanted(claim, policy=policy),
                ticked=chosen and not barred,
            )
        )
    return lines


def total(lines: Sequence[GroupLine]) -> Total:
    """What these lines come to."""
    sums: Counter[str] = Counter()
    shares: dict[tuple[str, str], list[Money | None]] = {}
    for line in lines:
        amount = line.comes_to.amount
        if amount:
            sums[amount.currency] += amount.whole
        if line.way:
            shares.setdefault((line.way, amount.currency if amount else ""), []).append(amount)
    return Total(
        count=len(lines),
        sums=[Money(minor, currency) for currency, minor in sorted(sums.items())],
        shares=[
            Share(way, len(amounts), _sum(amounts, currency))
            for (way, currency), amounts in sorted(shares.items())
        ],
        second=sum(line.second for line in lines),
    )


def _sum(amounts: list[Money | None], currency: str) -> Money | None:
    return Money(sum(each.whole for each in amounts if each), currency) if currency else None


def _way(claim: Claim, given: ComesTo) -> str:
    if given.replaced:
        return gettext("Another number")
    if given.way in {"", "balance"}:
        return gettext("To the balance") if given.way else ""
    return way_words(claim, given.way)
