"""Trying a version on history: every copied claim of a shop under two versions, and what moves."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from portal.policy.commands import named_version
from portal.policy.document import PolicyError
from portal.policy.facts import BY_NAME, UNKNOWN
from portal.workbench import layout
from portal.workbench.columns import Columns, kind_of
from portal.workbench.copied import Copied
from portal.workbench.copy import Extent, manifest
from portal.workbench.layout import currency_code
from portal.workbench.steps import steps
from portal.workbench.steps_singly import decide_singly
from portal.workbench.steps_supposing import settle_apart
from portal.workbench.steps_verdicts import NONE, OUTCOMES, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.policy.document import Policy, Version
    from portal.workbench.columns_facts import Facts, Numbers, Truths
    from portal.workbench.steps_verdicts import Verdicts

SAMPLES: Final = 10
_AT_ONCE = 65_536  # claims: what fits into a processor's own memory
_APPROVED = [outcome.value for outcome in OUTCOMES].index("approve")
Named = tuple["Policy", "Version"]


def answer(folder: str, old: str, new: str) -> dict[str, Any]:
    """What the claims copied to ``folder`` come to under the version ``new``, beside ``old``.

    Both are named as ``commands.named_version`` has it, and are of one shop; each of its claims is
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
    claims, parts, singly = _decided(copied, (before, after))
    was, will = (joined(each) for each in zip(*parts, strict=True)) if parts else (None, None)
    currency = before[0].shop.currency
    found: dict[str, Any] = {"unchanged": 0, "other_currencies": 0, "moves": [], "months": []}
    if was is not None and will is not None:
        found = _compared(copied, claims, was, will, currency_code(currency))
    return {
        "shop": shop,
        "currency": currency,
        "claims": len(claims),
        "old": {"name": old, "sha256": before[1].sha256},
        "new": {"name": new, "sha256": after[1].sha256},
        **found,
        "singly": singly,
        "left_out": extent.left_out,
        "seconds": round(time.perf_counter() - start, 3),
    }


def _decided(
    copied: Copied, versions: tuple[Named, Named]
) -> tuple[npt.NDArray[np.intp], list[tuple[Verdicts, Verdicts]], int]:
    """The rows that count, in the order decided, what both versions say, and how many went singly."""
    rows, found, singly = [], [], 0
    for code, places in copied.by_reason().items():
        reason = UNKNOWN if code == layout.UNKNOWN_CODE else _REASONS[code]
        for first in range(0, len(places), _AT_ONCE):
            some = places[first : first + _AT_ONCE]
            both = list(_of_chunk(copied.facts(some), versions, reason))
            rows.append(some)
            found.append((both[0][0], both[1][0]))
            singly += both[0][1] + both[1][1]
    whole = np.concatenate(rows) if rows else np.array([], np.intp)
    return whole, found, singly


_REASONS = BY_NAME["claim.reason"].values


def _of_chunk(
    facts: Facts, versions: tuple[Named, Named], reason: object
) -> Iterator[tuple[Verdicts, int]]:
    """What each version says; a condition that both have is read once."""
    kinds: dict[tuple[object, ...], Columns] = {}
    for policy, version in versions:
        kind = kind_of(policy, version)
        if kind not in kinds:
            kinds[kind] = Columns(facts, policy, version, reason)
        verdicts = steps(kinds[kind], version, reason, facts)
        settle_apart(facts, verdicts, policy, version, reason)
        hanging = verdicts.hanging.copy()
        decide_singly(facts, verdicts, hanging, policy, version)
        yield verdicts, int(hanging.sum())


def _compared(
    copied: Copied, rows: npt.NDArray[np.intp], was: Verdicts, will: Verdicts, currency: int
) -> dict[str, Any]:
    moved = was.differ(will)
    claims = copied.column(layout.CLAIM.name)
    old_minor, new_minor = (_cost(each, currency) for each in (was, will))
    moves = []
    pairs = was.outcome[moved].astype(np.intp) * len(OUTCOMES) + will.outcome[moved]
    places = np.flatnonzero(moved)
    for pair in np.unique(pairs):
        chosen = places[pairs == pair]
        samples = np.sort(claims[rows[chosen]])
        spread = np.unique(np.linspace(0, len(samples) - 1, SAMPLES).astype(np.intp))
        before, after = divmod(int(pair), len(OUTCOMES))
        moves.append(
            {
                "from": OUTCOMES[before].value,
                "to": OUTCOMES[after].value,
                "count": len(chosen),
                "old_minor": int(old_minor[chosen].sum()),
                "new_minor": int(new_minor[chosen].sum()),
                "samples": samples[spread].tolist(),
            }
        )
    abroad = sum((v.minor != NONE) & (v.currency != currency) for v in (was, will)) > 0
    return {
        "unchanged": int(len(rows) - moved.sum()),
        "other_currencies": int(abroad.sum()),
        "moves": sorted(moves, key=lambda move: -move["count"]),
        "months": _by_month(copied, rows, (was, old_minor), (will, new_minor)),
    }


def _cost(verdicts: Verdicts, currency: int) -> Numbers:
    """What each claim costs in the shop's currency."""
    paid = (verdicts.minor != NONE) & (verdicts.currency == currency)
    cost: Numbers = np.where(paid, verdicts.minor, 0)
    return cost


def _by_month(
    copied: Copied,
    rows: npt.NDArray[np.intp],
    was: tuple[Verdicts, Numbers],
    will: tuple[Verdicts, Numbers],
) -> list[dict[str, Any]]:
    sent = copied.column("claim.submitted_at")[rows].astype("datetime64[us]")
    months, places = np.unique(sent.astype("datetime64[M]"), return_inverse=True)
    order = np.argsort(places, kind="stable")
    starts = np.searchsorted(places[order], np.arange(len(months)))

    def sums(values: npt.NDArray[Any]) -> list[int]:
        found: list[int] = np.add.reduceat(values[order].astype(np.int64), starts).tolist()
        return found

    columns = (
        months.astype(str).tolist(),
        sums(was[1]),
        sums(will[1]),
        sums(was[0].outcome == _APPROVED),
        sums(will[0].outcome == _APPROVED),
    )
    names = ("month", "old_minor", "new_minor", "old_approved", "new_approved")
    return [dict(zip(names, each, strict=True)) for each in zip(*columns, strict=True)]
