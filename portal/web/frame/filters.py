"""How values read on a page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from portal.claims.lifecycle import Status
from portal.claims.models import Clock
from portal.mail.letters import moment
from portal.translation import day, number, sentence

# Status -> (words for the customer, words for the reviewer, tone)
STATUS_WORDS: dict[Status, tuple[str, str, str]] = {
    Status.DRAFT: ("Not sent yet", "Draft", "neutral"),
    Status.SUBMITTED: ("Sent", "Sent", "info"),
    Status.NEEDS_INFORMATION: ("We need something from you", "Waiting for customer", "warning"),
    Status.IN_REVIEW: ("A person is looking at it", "Needs a decision", "info"),
    Status.APPROVED: ("Approved, to be paid", "Approved, to be paid", "success"),
    Status.PAYOUT_FAILED: ("The payment did not arrive", "Payout failed", "danger"),
    Status.PAID: ("Paid", "Paid", "success"),
    Status.DECLINED: ("Declined", "Declined", "danger"),
    Status.APPEALED: ("Your appeal is being looked at", "Appeal: needs a decision", "info"),
    Status.CLOSED: ("Declined for good", "Declined for good", "danger"),
    Status.WITHDRAWN: ("Cancelled by you", "Withdrawn", "neutral"),
}

OUTCOME_WORDS: dict[str, tuple[str, str]] = {
    "approve": ("Policy says yes", "success"),
    "deny": ("Policy says no", "danger"),
    "review": ("A person decides", "info"),
    "needs_information": ("Something is missing", "warning"),
}

SOON = timedelta(hours=4)  # a deadline this near is marked


def status_label(status: Status, audience: str = "customer") -> str:
    """The status in plain words for a customer or a reviewer."""
    return STATUS_WORDS[status][0 if audience == "customer" else 1]


def status_tone(status: Status) -> str:
    """The colour word of a status."""
    return STATUS_WORDS[status][2]


def outcome_label(outcome: str) -> str:
    """A verdict in plain words for a reviewer."""
    return OUTCOME_WORDS[outcome][0]


def outcome_tone(outcome: str) -> str:
    """The colour word of a verdict."""
    return OUTCOME_WORDS[outcome][1]


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
    units = [(days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min")]
    largest = next((place for place, (count, _) in enumerate(units) if count), len(units))
    parts = [f"{count} {unit}" for count, unit in units[largest : largest + 2] if count]
    return " ".join(parts) or "less than a minute"


def distance(at: datetime, now: datetime) -> str:
    """How far an instant is from now: in 5 h 40 min, 2 days ago."""
    return f"{span(now - at)} ago" if at < now else f"in {span(at - now)}"


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
        tone, icon, words = "neutral", "pause", "paused"
    elif clock is Clock.OWN:
        tone, icon = "neutral", "clock"
        words = f"target {span(-left)} ago" if left < timedelta(0) else f"target in {span(left)}"
    elif left < timedelta(0):
        tone, icon, words = "danger", "alert", f"overdue by {span(-left)}"
    else:
        tone, icon, words = "warning" if left < SOON else "neutral", "clock", f"in {span(left)}"
    at = moment(due)
    if clock is Clock.OWN:
        at += ", a target of the portal: the policy states no time"
    return Countdown(tone, icon, words, due.isoformat(), at)


FILTERS = {
    "status_label": status_label,
    "status_tone": status_tone,
    "outcome_label": outcome_label,
    "outcome_tone": outcome_tone,
    "instant": instant,
    "day": day,
    "sentence": sentence,
    "number": number,
    "local": local,
    "moment": moment,
    "distance": distance,
    "span": span,
    "countdown": countdown,
}
