"""Figures for who watches the portal, in the text form of Prometheus.

All are read from the database, so that every process of any number tells the same.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from portal.audit.bounded import HOUR
from portal.audit.log import AuditEntry, StaffAct
from portal.claims.counts import ClaimCount
from portal.claims.models import Claim
from portal.epoch import is_apart
from portal.extensions import db
from portal.health.beats import last_seen
from portal.health.queues import queues
from portal.ledger.payout import Payout, PayoutState
from portal.mail.models import MailState, OutboxMail
from portal.payouts.owed.models import Owed

# What waits: those that are settled are counted by the views for reports (docs/reports.md).
OPEN_PAYOUTS = (
    PayoutState.DUE,
    PayoutState.SENT,
    PayoutState.HELD,
    PayoutState.UNKNOWN,
    PayoutState.FAILED,
)
OPEN_MAILS = (MailState.WAITING, MailState.PARKED)


class _Figures(Collector):
    def __init__(self, at: datetime) -> None:
        self.at = at

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every figure."""
        yield _family(
            "redress_claims",
            "Claims by shop and status.",
            ("shop", "status"),
            db.session.execute(
                select(ClaimCount.shop, ClaimCount.status, func.sum(ClaimCount.count)).group_by(
                    ClaimCount.shop, ClaimCount.status
                )
            ),
        )
        yield _family(
            "redress_payouts_open",
            "Payouts that wait, by shop, rail and state.",
            ("shop", "rail", "state"),
            db.session.execute(
                select(Claim.shop, Payout.rail, Payout.state, func.count())
                .join(Claim, Claim.id == Payout.claim_id)
                .where(Payout.state.in_(OPEN_PAYOUTS))
                .group_by(Claim.shop, Payout.rail, Payout.state)
            ),
        )
        yield _family(
            "redress_owed",
            "Orders owed for that nobody asked about, by shop.",
            ("shop",),
            db.session.execute(select(Owed.shop, func.count()).group_by(Owed.shop)),
        )
        yield _family(
            "redress_mails_open",
            "Mails that wait or are parked.",
            ("state",),
            db.session.execute(
                select(OutboxMail.state, func.count())
                .where(OutboxMail.state.in_(OPEN_MAILS))
                .group_by(OutboxMail.state)
            ),
        )
        waiting = list(queues(at=self.at))
        yield _family(
            "redress_queue_waiting",
            "What waits for the worker, by queue.",
            ("queue",),
            [(each.name, each.waits) for each in waiting],
        )
        yield _family(
            "redress_queue_late_seconds",
            "How late the oldest is of what waits, by queue.",
            ("queue",),
            [(each.name, each.late) for each in waiting],
        )
        held = select(func.count()).where(
            AuditEntry.at > self.at - HOUR, AuditEntry.act == StaffAct.HELD_BACK
        )
        yield _family("redress_networks_held_back", "Networks that tried too often in the last hour, at most 60.", (), db.session.execute(held))  # fmt: skip
        copy = int(is_apart())
        yield _family("redress_restored_copy", "Whether it is a copy that nobody has reconciled.", (), [(copy,)])  # fmt: skip
        yield self._age("redress_worker_silent_seconds", "Since a worker was last there.", last_seen())  # fmt: skip

    def _age(self, name: str, told: str, since: datetime | None) -> GaugeMetricFamily:
        """Seconds since then, none below zero; no sample where there is nothing."""
        rows = [] if since is None else [(max(0.0, (self.at - since).total_seconds()),)]
        return _family(name, told, (), rows)


def _family(
    name: str, told: str, labels: tuple[str, ...], rows: Iterable[tuple[object, ...]]
) -> GaugeMetricFamily:
    """A figure by its labels; each row has a value for each of them, and its number at the end."""
    found = GaugeMetricFamily(name, told, labels=labels)
    for *values, number in rows:
        found.add_metric([str(each) for each in values], float(str(number)))
    return found


def figures(*, at: datetime) -> bytes:
    """All figures as of ``at`` (UTC), in the text form of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(at))
    return bytes(generate_latest(registry))
