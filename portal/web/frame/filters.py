"""How values read on a page."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from portal.claims.lifecycle import Clock, Status
from portal.config.languages import code_of, language_name
from portal.mail.letters import lang, moment
from portal.translation import (
    day,
    gettext,
    lazy_gettext as _,
    ngettext,
    number,
    sentence,
)
from portal.words.in_force import since_long, version_since

# Status -> (words for the customer, words for the reviewer, tone)
STATUS_WORDS: dict[Status, tuple[str, str, str]] = {
    Status.DRAFT: (_("Not sent yet"), _("Draft"), "neutral"),
    Status.SUBMITTED: (_("Sent"), _("Sent"), "info"),
    Status.NEEDS_INFORMATION: (
        _("We need something from you"),
        _("Waiting for customer"),
        "warning",
    ),
    Status.IN_REVIEW: (_("A person is looking at it"), _("Needs a decision"), "info"),
    Status.APPROVED: (_("Approved, to be paid"), _("Approved, to be paid"), "success"),
    Status.PAYOUT_FAILED: (_("The payment did not arrive"), _("Payout failed"), "danger"),
    Status.PAID: (_("Paid"), _("Paid"), "success"),
    Status.DECLINED: (_("Declined"), _("Declined"), "danger"),
    Status.APPEALED: (_("Your appeal is being looked at"), _("Appeal: needs a decision"), "info"),
    Status.CLOSED: (_("Declined for good"), _("Declined for good"), "danger"),
    Status.WITHDRAWN: (_("Cancelled by you"), _("Withdrawn"), "neutral"),
}

OUTCOME_WORDS: dict[str, tuple[str, str]] = {
    "approve": (_("Policy says yes"), "success"),
    "deny": (_("Policy says no"), "danger"),
    "review": (_("A person decides"), "info"),
    "needs_information": (_("Something is missing"), "warning"),
}

SOON = timedelta(hours=4)  # a deadline this near is marked


def status_label(status: Status, audience: str = "customer") -> str:
    """The status in plain words for a customer or a reviewer."""
    return STATUS_WORDS[status][0 if audience == "customer" else 1]


def instant(text: str | datetime) -> datetime:
    """An instant from its stored form."""
    return text if isinstance(text, datetime) else datetime.fromisoformat(text)


def local(at: datetime, zone: str) -> datetime:
    """The same instant on the shop's clock."""
    return at.astimezone(ZoneInfo(zone))


def span(length: timedelta) -> str:
    """A length of time in its largest unit and the next: 3 h 20 min, 2 days 4 h, 2 days."""
    minutes = int(length.total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    units = [
        (days, ngettext("%(num)s day", "%(num)s days", days)),
        (hours, gettext("%(hours)s h", hours=hours)),
        (minutes, gettext("%(minutes)s min", minutes=minutes)),
    ]
    largest = next((place for place, (count, _) in enumerate(units) if count), len(units))
    parts = [said for count, said in units[largest : largest + 2] if count]
    return " ".join(parts) or gettext("less than a minute")


def distance(at: datetime, now: datetime) -> str:
    """How far an instant is from now: in 5 h 40 min, 2 days ago."""
    return (
        gettext("%(span)s ago", span=span(now - at))
        if at < now
        else gettext("in %(span)s", span=span(at - now))
    )


class Countdown(NamedTuple):
    """A deadline as a badge shows it."""

    tone: str
    icon: str
    words: str
    exact: str
    at: str


def countdown(due: datetime, now: datetime, clock: Clock | None = None) -> Countdown:
    """How long is left until ``due``, or how long it is over, by whose ``clock`` it is.

    Nobody is late by the portal's own target, which no clause states.
    """
    left = due - now
    if clock is Clock.PAUSED:
        tone, icon, words = "neutral", "pause", gettext("paused")
    elif clock is Clock.OWN:
        tone, icon = "neutral", "clock"
        words = (
            gettext("target %(span)s ago", span=span(-left))
            if left < timedelta(0)
            else gettext("target in %(span)s", span=span(left))
        )
    elif left < timedelta(0):
        tone, icon, words = "danger", "alert", gettext("overdue by %(span)s", span=span(-left))
    else:
        tone, icon, words = (
            "warning" if left < SOON else "neutral",
            "clock",
            gettext("in %(span)s", span=span(left)),
        )
    at = moment(due)
    if clock is Clock.OWN:
        at = gettext("%(at)s, a target of the portal: the policy states no time", at=at)
    return Countdown(tone, icon, words, due.isoformat(), at)


FILTERS = {
    "status_label": status_label,
    "status_tone": lambda status: STATUS_WORDS[status][2],
    "outcome_label": lambda outcome: OUTCOME_WORDS[outcome][0],
    "outcome_tone": lambda outcome: OUTCOME_WORDS[outcome][1],
    "instant": instant,
    "day": day,
    "since": since_long,
    "version_since": version_since,
    "sentence": sentence,
    "number": number,
    "translated": gettext,  # words that are stored in English
    "local": local,
    "moment": moment,
    "lang": lang,
    "language_name": lambda tag: language_name(code_of(tag)),
    "distance": distance,
    "countdown": countdown,
}
