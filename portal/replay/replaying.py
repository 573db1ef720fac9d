"""Trying a version on history: every copied claim of a shop under two versions, and what moves."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from portal.columns import layout
from portal.columns.layout import DAY, currency_code
from portal.columns.writing import Extent, manifest
from portal.policy.deciding.document import PolicyError
from portal.policy.file.naming import named_version
from portal.replay.facts import Numbers, Truths
from portal.replay.pair import VersionPair
from portal.replay.reading import Copied
from portal.replay.verdicts import NONE, OUTCOMES, Verdicts

SAMPLES: Final = 10
_AT_ONCE = 65_536  # claims: what fits into a processor's own memory
_APPROVED = [outcome.value for outcome in OUTCOMES].index("approve")


def answer(folder: str, old: str, new: str) -> dict[str, Any]:
    """What the claims copied to ``folder`` come to under the version ``new``, beside ``old``.

    Both are named as ``named_version`` has it, and are of one shop; each of its claims is
    decided by both, whichever of them governed it, and nothing is written. Raises PolicyError.

    The answer::

        {"shop": "numberplug", "currency": "USD", "claims": 1000000, "unchanged": 990000,
         "seconds": 0.9, "singly": 12, "left_out": 0, "other_currencies": 0,
         "old": {"name": "numberplug@2025-10-20", "sha256": "…"}, "new": {…},
         "moves": [{"from": "deny", "to": "approve", "count": 8000, "old_minor": 0,
                    "new_minor": 400000, "samples": [17, 23]}],
         "months": [{"month": "2026-03", "old_minor": 1, "new_minor": 2,
                     "old_approved": 3, "new_approved": 4}]}

    A move is a claim with another outcome, or approved with another amount, remedy or
    destination; the most numerous comes first, with up to SAMPLES claims from all of its history.
    Money is in minor units of the shop's currency: approvals in another one, counted in
    ``other_currencies``, are not in the sums. A replacement costs nothing. A month (UTC) is the
    one in which a claim was sent. ``singly`` counts decisions taken one by one, ``left_out`` cases
    whose amounts no column holds; ``seconds`` is the time to read and decide.
    """
    start = time.perf_counter()
    before, after = named_version(old), named_version(new)
    shop = before[0].id
    if after[0].id != shop:
        raise PolicyError(f"{old} is a policy of {shop}, {new} one of {after[0].id}")
    extent = manifest(Path(folder)).shops.get(shop, Extent())
    copied = Copied(Path(folder), shop, extent)
    currency = before[0].shop.currency
    decided = _decided(copied, VersionPair(before, after), currency_code(currency))
    return {
        "shop": shop,
        "currency": currency,
        "claims": copied.count,
        "old": {"name": old, "sha256": before[1].sha256},
        "new": {"name": new, "sha256": after[1].sha256},
        "unchanged": int(copied.count - decided.moved.sum()),
        "moves": _moves(copied, decided),
        "months": _months(copied, decided),
        "other_currencies": decided.abroad,
        "singly": decided.singly,
        "left_out": extent.left_out,
        "seconds": round(time.perf_counter() - start, 3),
    }


@dataclass(frozen=True, slots=True)
class _Decided:
    """What the old and the new version say to each claim, as far as the answer tells of it.

    ``cost`` is in minor units of the shop's currency.
    """

    moved: Truths
    outcome: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]
    cost: tuple[Numbers, Numbers]
    abroad: int
    singly: int = 0


def _decided(copied: Copied, pair: VersionPair, currency: int) -> _Decided:
    lots = [
        _of_lot(pair.verdicts(copied.facts(start, min(last, start + _AT_ONCE)), reason), currency)
        for reason, first, last in copied.by_reason()
        for start in range(first, last, _AT_ONCE)
    ]
    if not lots:
        nothing = np.array([], np.int64)
        outcome = nothing.astype(np.uint8)
        return _Decided(nothing > 0, (outcome, outcome), (nothing, nothing), 0)
    return _Decided(
        np.concatenate([lot.moved for lot in lots]),
        (_joined(lot.outcome[0] for lot in lots), _joined(lot.outcome[1] for lot in lots)),
        (_joined(lot.cost[0] for lot in lots), _joined(lot.cost[1] for lot in lots)),
        sum(lot.abroad for lot in lots),
        pair.singly,
    )


def _joined(parts: Iterable[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return np.concatenate(list(parts))


def _of_lot(both: tuple[Verdicts, Verdicts], currency: int) -> _Decided:
    was, will = both
    abroad = [(each.minor != NONE) & (each.currency != currency) for each in both]
    paid = [
        np.where((each.minor == NONE) | out, 0, each.minor)
        for each, out in zip(both, abroad, strict=True)
    ]
    return _Decided(
        was.differ(will),
        (was.outcome, will.outcome),
        (paid[0], paid[1]),
        int(np.count_nonzero(abroad[0] | abroad[1])),
    )


def _moves(copied: Copied, decided: _Decided) -> list[dict[str, Any]]:
    """The moves, the most numerous first."""
    places = np.flatnonzero(decided.moved)
    old, new = (outcome[places].astype(np.intp) for outcome in decided.outcome)
    pairs = old * len(OUTCOMES) + new
    moves = []
    for pair in np.unique(pairs):
        chosen = places[pairs == pair]
        claims = np.sort(copied.column(layout.CLAIM.name)[chosen])
        spread = np.unique(np.linspace(0, len(claims) - 1, SAMPLES).astype(np.intp))
        before, after = divmod(int(pair), len(OUTCOMES))
        moves.append(
            {
                "from": OUTCOMES[before].value,
                "to": OUTCOMES[after].value,
                "count": len(chosen),
                "old_minor": int(decided.cost[0][chosen].sum()),
                "new_minor": int(decided.cost[1][chosen].sum()),
                "samples": claims[spread].tolist(),
            }
        )
    return sorted(moves, key=lambda move: -move["count"])


def _months(copied: Copied, decided: _Decided) -> list[dict[str, Any]]:
    """What the claims sent in each month cost, the first month first."""
    if not copied.count:
        return []
    days = copied.column("claim.submitted_at") // DAY
    begun = days.min()
    calendar = np.arange(begun, days.max() + 1).astype("datetime64[D]").astype("datetime64[M]")
    first = calendar[0]
    places = (calendar - first).astype(np.intp)[days - begun]
    counted = np.bincount(places)

    def cost(version: int) -> list[int]:
        found = np.zeros(len(counted), np.int64)
        np.add.at(found, places, decided.cost[version])
        return [int(each) for each in found]

    def approved(version: int) -> list[int]:
        which = places[decided.outcome[version] == _APPROVED]
        return [int(each) for each in np.bincount(which, minlength=len(counted))]

    names = ("old_minor", "new_minor", "old_approved", "new_approved")
    rows = zip(cost(0), cost(1), approved(0), approved(1), strict=True)
    return [
        {"month": str(first + place), **dict(zip(names, row, strict=True))}
        for place, row in enumerate(rows)
        if counted[place]
    ]
