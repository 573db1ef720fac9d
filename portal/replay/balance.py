"""What may be paid back of a balance (portal/policy/deciding/balance.py), for many claims at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from portal.columns.layout import MOST_MINOR, UNKNOWN_CODE, UNKNOWN_TIME, currency_code
from portal.replay.facts import FALSE, OPEN, TRUE, Amounts, ColumnFacts, Held, List, Numbers, Truths

_YES = 1  # a truth as the rows keep it
_LONG_AGO, _LATE = np.iinfo(np.int64).min, np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left, and why top-ups fell away; ``singly`` marks the claims to be reckoned one by one."""

    left: Amounts
    removed_as_old: Held
    removed_as_used: Held
    method_refundable: Held
    singly: Truths


def balance(facts: ColumnFacts, *, window: int, currency: str) -> Balance:
    """What is left to refund of each claim's top-ups no older than ``window`` (microseconds).

    Whether a purchase was activated or refunded where the logs do not say is left to be tried
    both ways for each claim singly.
    """
    count = facts.count
    top_ups, purchases = facts.rows("top_ups"), facts.rows("purchases")
    put_at, bought_at = top_ups.columns["at"], purchases.columns["at"]
    listed = facts.column("top_ups")
    none = listed == 0
    unknown = (listed == UNKNOWN_CODE) | _any(put_at == UNKNOWN_TIME, top_ups, count)
    whatever = (facts.column("purchases") == UNKNOWN_CODE) | _any(
        bought_at == UNKNOWN_TIME, purchases, count
    )
    young = facts.span("claim.submitted_at").at[top_ups.owner] <= put_at + window

    activated = purchases.columns["activated"] == _YES
    last = _edge(np.maximum, bought_at, activated, purchases, count, _LONG_AGO)
    after = put_at > last[top_ups.owner]
    kept = after & young
    first = _edge(np.minimum, put_at, after, top_ups, count, _LATE)
    spent = (bought_at >= first[purchases.owner]) & ~activated
    spent &= purchases.columns["refunded"] != _YES
    shop = currency_code(currency)
    left, wide = _left(facts, (top_ups, kept), (purchases, spent), shop)

    open_flags = (purchases.columns["activated"] == UNKNOWN_CODE) | (
        purchases.columns["refunded"] == UNKNOWN_CODE
    )
    # Of several top-ups the oldest money is spent first: that is followed purchase by purchase.
    several = np.bincount(top_ups.owner[after], minlength=count) > 1
    wide |= several & _any(spent, purchases, count)
    singly = (_any(open_flags, purchases, count) | wide) & ~none & ~unknown & ~whatever
    # Whatever was bought, nothing is left where every top-up is too old.
    too_old = whatever & ~none & ~unknown & ~_any(young, top_ups, count)
    hanging = unknown | (whatever & ~none & ~too_old)
    return Balance(
        left=Amounts(
            np.where(none | too_old, 0, left.minor),
            np.where(none | too_old, shop, left.currency).astype(np.int32),
            none | too_old | (left.known & ~hanging),
        ),
        removed_as_old=_three(_any(after & ~young, top_ups, count) | too_old, hanging),
        removed_as_used=_three(_any(~after, top_ups, count), hanging | too_old),
        method_refundable=_three(
            ~_any(kept & (top_ups.columns["method_refundable"] != _YES), top_ups, count) | too_old,
            hanging,
        ),
        singly=singly,
    )


def _left(
    facts: ColumnFacts, put: tuple[List, Truths], spent: tuple[List, Truths], shop: int
) -> tuple[Amounts, Truths]:
    """What the kept top-ups come to less what was spent; and whose sums no column can hold.

    Those are too wide, or have parts of minor units: they are reckoned exactly, one by one.
    """
    count = facts.count
    sums = [_sum(rows, chosen, count) for rows, chosen in (put, spent)]
    lowest = np.full(count, np.iinfo(np.int32).max, np.int32)
    highest = np.full(count, np.iinfo(np.int32).min, np.int32)
    known = np.ones(count, np.bool_)
    for rows, chosen in (put, spent):
        owner, currency = rows.owner[chosen], rows.columns["currency"][chosen]
        np.minimum.at(lowest, owner, currency)
        np.maximum.at(highest, owner, currency)
        known[owner[rows.columns["amount"][chosen] == UNKNOWN_CODE]] = False
    known &= lowest == highest
    minor = np.maximum(sums[0][0] - sums[1][0], 0)
    asked = facts.amounts("claim.amount")
    cut = asked.known & (asked.currency == lowest)
    minor = np.where(cut, np.minimum(minor, asked.minor), minor)
    nothing = ~_any(put[1], put[0], count)
    left = Amounts(
        np.where(nothing, 0, minor),
        np.where(nothing, shop, lowest).astype(np.int32),
        known | nothing,
    )
    return left, sums[0][1] | sums[1][1]


def _sum(rows: List, chosen: Truths, count: int) -> tuple[Numbers, Truths]:
    """What the chosen rows of each claim come to, and where that is no number of a column."""
    owner, amount = rows.owner[chosen], rows.columns["amount"][chosen]
    found = np.zeros(count, np.int64)
    np.add.at(found, owner, amount)
    wide = np.bincount(owner, amount, count) > MOST_MINOR
    wide[owner[rows.columns["rest"][chosen] != 0]] = True
    return found, wide


def _any(which: Truths, rows: List, count: int) -> Truths:
    """The claims with a row of which it is so."""
    found = np.zeros(count, np.bool_)
    found[rows.owner[which]] = True
    return found


def _edge(
    which: np.ufunc,
    at: npt.NDArray[np.integer],
    chosen: Truths,
    rows: List,
    count: int,
    nothing: int,
) -> Numbers:
    """The latest or the earliest time among the chosen rows of each claim."""
    found = np.full(count, nothing, np.int64)
    which.at(found, rows.owner[chosen], at[chosen])
    return found


def _three(found: Truths, hanging: Truths) -> Held:
    return np.where(hanging, OPEN, np.where(found, TRUE, FALSE)).astype(np.uint8)
