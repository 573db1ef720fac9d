"""The clocks of a claim in words: what ends, by when, what follows, and who states it."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.claims.clocks.spans import ClockKind, clocks_of
from portal.claims.clocks.stating import closes_unanswered
from portal.claims.models import Claim
from portal.policy.deciding.document import Policy
from portal.translation import gettext, lazy_gettext as _

TITLES = {
    ClockKind.CLAIM: _("To claim"),
    ClockKind.ANSWER: _("To send what was asked for"),
    ClockKind.APPEAL: _("To appeal"),
    ClockKind.TARGET: _("To decide, as an aim"),
    ClockKind.REVIEW: _("To decide, at the latest"),
    ClockKind.MENDING: _("To mend the defect"),
    ClockKind.PAYMENT: _("To pay"),
    ClockKind.LIMIT: _("To pay, at the latest"),
}
FOLLOWS = {
    ClockKind.CLAIM: _("A claim that is sent later goes against this rule."),
    ClockKind.APPEAL: _("Then the decision stands."),
    ClockKind.TARGET: _("Nothing follows from it."),
    ClockKind.MENDING: _(
        "If the defect is confirmed and not mended by then, the policy gives the price back or another number."
    ),
    ClockKind.LIMIT: _("The policy allows no later date."),
}


@dataclass(frozen=True, slots=True)
class ToldClock:
    """One clock for people; ``due`` and ``stands_since`` in the shop's zone, one of them None.

    ``stopped`` is since when it runs no more, None where it does. ``clause`` and ``words`` are of the rule that states it, empty where the shop's own file does.
    """

    title: str
    due: datetime | None
    stands_since: datetime | None
    stopped: datetime | None
    follows: str
    clause: str
    words: str


def told_clocks(claim: Claim, policy: Policy) -> list[ToldClock]:
    """The clocks of what the claim waits for, each with what follows when it ends."""
    zone = ZoneInfo(policy.shop.time_zone)
    return [
        ToldClock(
            TITLES[clock.kind],
            clock.due.astimezone(zone) if clock.due else None,
            None if clock.due else clock.spans[-1].since.astimezone(zone),
            clock.stopped.astimezone(zone) if clock.stopped else None,
            _follows(clock.kind, claim, policy),
            clock.clause.id if clock.clause else "",
            clock.clause.wording if clock.clause else "",
        )
        for clock in clocks_of(claim, policy)
    ]


def _follows(kind: ClockKind, claim: Claim, policy: Policy) -> str:
    if kind is ClockKind.ANSWER:
        return closing_words(claim, policy)
    if kind in FOLLOWS:
        return FOLLOWS[kind]
    if claim.email is None:
        return gettext("If it is missed, this page names a new date.")
    return gettext("If it is missed, an e-mail names a new date.")


def closing_words(claim: Claim, policy: Policy) -> str:
    """What follows where nothing that was asked for comes: a clause closes the claim, or it goes on waiting."""
    if closes_unanswered(claim, policy):
        return gettext("If nothing comes by then, the claim is closed. A person hears an appeal.")
    return gettext("The claim is not closed by it: it waits on.")
