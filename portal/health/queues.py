"""What waits to be done by the worker, by queue: how much, and how late the oldest is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.audit.chain import not_linked
from portal.audit.log import AuditEntry
from portal.claims.lifecycle import WAITING, EvidenceState, Status
from portal.claims.models import Claim, Evidence
from portal.events.models import FeedEvent
from portal.extensions import db
from portal.ledger.payout import UNDER_WAY, Payout, PayoutState
from portal.ledger.replacement import Replacement, ReplacementState
from portal.ledger.runs import PayoutRun
from portal.ledger.settlings import Settling
from portal.mail.models import MailState, OutboxMail
from portal.versions.models import Answer
from portal.webhooks.models import EndpointState, WebhookDelivery, WebhookEndpoint


@dataclass(frozen=True, slots=True)
class Queue:
    """So much ``waits``, and so many seconds the oldest that is due has been: 0.0 where nothing is late."""

    name: str
    waits: int
    late: float


def _of(time: InstrumentedAttribute[Any], *where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return select(func.count(), func.min(time)).where(*where)


_FEED = _of(
    FeedEvent.at,
    WebhookEndpoint.state == EndpointState.ACTIVE,
    FeedEvent.shop == WebhookEndpoint.shop,
    FeedEvent.id > WebhookEndpoint.seen,
)


# Each by its rows, and the time from which the worker may take one. Of what only falls due with time
# (dates of claims) what has fallen due counts.
QUEUES: dict[str, Callable[[datetime], Select[*tuple[Any, ...]]]] = {
    "mails": lambda _: _of(OutboxMail.due_at, OutboxMail.state == MailState.WAITING),
    "payouts": lambda _: _of(
        Payout.next_try_at,
        Payout.state.in_([PayoutState.DUE, PayoutState.FAILED, *UNDER_WAY]),
        Payout.next_try_at.is_not(None),
    ),
    "payout_runs": lambda _: _of(
        PayoutRun.released_at,
        PayoutRun.released_at.is_not(None),
        PayoutRun.sha256.is_(None),
        PayoutRun.discarded_at.is_(None),
    ),
    "settlings": lambda _: _of(Settling.at, Settling.ended.is_(False)),
    "events": lambda _: _FEED,
    "webhooks": lambda _: _of(
        WebhookDelivery.due_at,
        WebhookDelivery.endpoint_id == WebhookEndpoint.id,
        WebhookEndpoint.state == EndpointState.ACTIVE,
        WebhookDelivery.due_at.is_not(None),
    ),
    "evidence": lambda _: _of(Evidence.due_at, Evidence.state == EvidenceState.CHECKING),
    "clocks": lambda at: _of(Claim.rings_at, Claim.rings_at <= at),
    "answers": lambda at: _of(
        Claim.due_at, Claim.status == Status.NEEDS_INFORMATION, Claim.due_at <= at
    ),
    "dates": lambda at: _of(
        Claim.judge_again_at,
        Claim.status.in_([*WAITING, Status.NEEDS_INFORMATION]),
        Claim.judge_again_at <= at,
    ),
    "offers": lambda at: _of(
        Replacement.answer_by,
        Replacement.claim_id == Claim.id,
        Replacement.state == ReplacementState.OFFERED,
        Replacement.answer_by <= at,
        Claim.status == Status.APPROVED,
    ),
    "audit_links": lambda _: not_linked(func.count(), func.min(AuditEntry.at)),
    "drafts": lambda _: _of(Answer.due_at, Answer.due_at.is_not(None)),
}


def queues(*, at: datetime) -> Iterator[Queue]:
    """Every queue of the worker as it is ``at`` (UTC)."""
    for name, rows in QUEUES.items():
        waits, oldest = db.session.execute(rows(at)).one()
        late = 0.0 if oldest is None else max(0.0, (at - oldest).total_seconds())
        yield Queue(name, waits, late)
