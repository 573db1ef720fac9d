"""What the steps come to: the outcome of a claim, less its amounts and dates."""

from dataclasses import dataclass
from enum import StrEnum

from portal.policy.language.closures import Read


class Outcome(StrEnum):
    """What a policy says to a claim."""

    APPROVE = "approve"
    DENY = "deny"
    NEEDS_INFORMATION = "needs_information"
    REVIEW = "review"


@dataclass(slots=True)  # as Decision
class Verdict:
    """What claims have in common that are alike before a plan: a decision less amounts and dates.

    ``paid`` is whether an amount is paid; ``by_itself`` whether it may be without a person, within
    the shop's limit; ``clocks`` are the deadlines still to be counted, a later one of the same name
    over an earlier; ``held`` is whether each line of the trace held (``Plan.trace``). After the last step only time
    could help (``is_last``); a denial ``for_good`` stands at any time.
    """

    outcome: Outcome
    clauses: tuple[str, ...]
    destination: str | None
    remedy: str | None
    missing: tuple[str, ...]
    awaiting: tuple[str, ...]
    paid: bool
    by_itself: bool
    clocks: tuple[tuple[str, Read], ...]
    held: tuple[bool | None, ...]
    is_last: bool
    for_good: bool
