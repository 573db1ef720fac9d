"""What can be told to a shop's own systems (docs/webhooks.md). No framework: the tables of states name these."""

from enum import StrEnum


class EventType(StrEnum):
    """What happened, as the feed and the webhooks call it."""

    CLAIM_SUBMITTED = "claim.submitted"
    CLAIM_NEEDS_INFORMATION = "claim.needs_information"
    CLAIM_IN_REVIEW = "claim.in_review"
    CLAIM_APPROVED = "claim.approved"
    CLAIM_DECLINED = "claim.declined"
    CLAIM_APPEALED = "claim.appealed"
    CLAIM_CLOSED = "claim.closed"
    CLAIM_WITHDRAWN = "claim.withdrawn"
    PAYOUT_DUE = "payout.due"
    PAYOUT_SENT = "payout.sent"
    PAYOUT_PAID = "payout.paid"
    PAYOUT_FAILED = "payout.failed"
    PAYOUT_UNKNOWN = "payout.unknown"
    PAYOUT_HELD = "payout.held"
    ORDER_OWED = "order.owed"
    FILE_READY = "file.ready"
    FILE_REFUSED = "file.refused"
