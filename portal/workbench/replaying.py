"""Trying a version on history: every copied claim of a shop under two versions, and what moves."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from portal.policy.commands import named_version
from portal.policy.document import PolicyError
from portal.workbench import layout
from portal.workbench.columns import Columns, kind_of
from portal.workbench.copied import Copied
from portal.workbench.copy import Extent, manifest
from portal.workbench.layout import currency_code
from portal.workbench.steps import steps
from portal.workbench.steps_singly import Singly
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
    both, singly = _decided(copied, (before, after))
    found: dict[str, Any] = {"unchanged": 0, "other_currencies": 0, "moves": [], "months": []}
    if both:
        was, will = (joined(each) for each in zip(*both, strict=True))
        found = _compared(copied, was, will, currency_code(before[0].shop.currency))
    return {
        "shop": shop,
        "currency": before[0].shop.currency,
        "claims": copied.count,
        "old": {"name": old, "sha256": before[1].sha256},
        "new": {"name": new, "sha256": after[1].sha256},
        **found,
        "singly": singly,
        "left_out": extent.left_out,
        "seconds": round(time.perf_counter() - start, 3),
    }


def _decided(
    copied: Copied, versions: tuple[Named, Named]
) -> tuple[list[tuple[Verdicts, Verdicts]], int]:
    """What both versions say, some claims after the others, and how many decisions went singly."""
    found, singly = [], 0
    for reason, first, last in copied.by_reason():
        for start in range(first, last, _AT_ONCE):
            facts = copied.facts(start, min(last, start + _AT_ONCE))
            (was, one), (will, other) = _of_chunk(facts, versions, reason)
            found.append((was, will))
            singly += one + other
    return found, singly


def _of_chunk(
    facts: Facts, versions: tuple[Named, Named], reason: object
) -> Iterator[tuple[Verdicts, int]]:
    """What each version says; a condition that both have is read once."""
    kinds: dict[tuple[object, ...], Columns] = {}
    singly = Singly(facts)
    for policy, version in versions:
        kind = kind_of(policy, version)
        if kind not in kinds:
            kinds[kind] = Columns(facts, policy, version, reason)
        verdicts = steps(kinds[kind], version, reason, facts)
        settle_apart(facts, verdicts, policy, version, reason)
        hanging = verdicts.hanging.copy()
        singly.decide(verdicts, hanging, policy, version)
        yield verdicts, int(hanging.sum())


def _compared(copied: Copied, was: Verdicts, will: Verdicts, currency: int) -> dict[str, Any]:
    moved = was.differ(will)
    claims = copied.column(layout.CLAIM.name)
    old_minor, new_minor = (_cost(each, currency) for each in (was, will))
    moves = []
    pairs = was.outcome[moved].astype(np.intp) * len(OUTCOMES) + will.outcome[moved]
    places = np.flatnonzero(moved)
    for pair in np.unique(pairs):
        chosen = places[pairs == pair]
        samples = np.sort(claims[chosen])
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
        "unchanged": int(copied.count - moved.sum()),
        "other_currencies": int(abroad.sum()),
        "moves": sorted(moves, key=lambda move: -move["count"]),
        "months": _by_month(copied, (was, old_minor), (will, new_minor)),
    }


def _cost(verdicts: Verdicts, currency: int) -> Numbers:
    """What each claim costs in the shop's currency."""
    paid = (verdicts.minor != NONE) & (verdicts.currency == currency)
    cost: Numbers = np.where(paid, verdicts.minor, 0)
    return cost


def _by_month(
    copied: Copied, was: tuple[Verdicts, Numbers], will: tuple[Verdicts, Numbers]
) -> list[dict[str, Any]]:
    sent = copied.column("claim.submitted_at").astype("datetime64[us]").astype("datetime64[M]")
    first = sent.min()
    places = (sent - first).astype(np.intp)

    def sums(values: npt.NDArray[Any]) -> list[int]:
        found = np.zeros(places.max() + 1, np.int64)
        np.add.at(found, places, values)
        return [int(each) for each in found]

    counted = sums(np.ones_like(places))
    columns = (
        [str(first + place) for place in range(len(counted))],
        sums(was[1]),
        sums(will[1]),
        sums(was[0].outcome == _APPROVED),
        sums(will[0].outcome == _APPROVED),
    )
    names = ("month", "old_minor", "new_minor", "old_approved", "new_approved")
    rows = [dict(zip(names, each, strict=True)) for each in zip(*columns, strict=True)]
    return [row for row, count in zip(rows, counted, strict=True) if count]
