"""What a shop's systems are told of each step of a claim."""

from portal.claims.lifecycle import TRANSITIONS, Action, Status
from portal.events.kinds import EventType

_NEWS = {
    Action.SUBMIT: EventType.CLAIM_SUBMITTED,
    Action.FILE: EventType.CLAIM_SUBMITTED,
    Action.ASK: EventType.CLAIM_NEEDS_INFORMATION,
    Action.REFER: EventType.CLAIM_IN_REVIEW,
    Action.APPROVE: EventType.CLAIM_APPROVED,
    Action.UPHOLD: EventType.CLAIM_APPROVED,  # what was given before stands
    Action.UPHOLD_PAID: EventType.CLAIM_APPROVED,
    Action.UPHOLD_FAILED: EventType.CLAIM_APPROVED,
    Action.DECLINE: EventType.CLAIM_DECLINED,
    Action.LAPSE: EventType.CLAIM_DECLINED,
    Action.WITHDRAW: EventType.CLAIM_WITHDRAWN,
    Action.APPEAL: EventType.CLAIM_APPEALED,
    Action.UNDO_APPEAL: EventType.CLAIM_APPEALED,
    Action.UNDO: EventType.CLAIM_IN_REVIEW,
    **dict.fromkeys((Action.REOPEN, Action.REVERSE, Action.COME_BACK), EventType.CLAIM_IN_REVIEW),
}
# What a shop's systems are told of each step; of the others its payout or its file tells.
TOLD: dict[tuple[Status, Action], EventType] = {
    (status, action): _NEWS[action] for status, action in TRANSITIONS if action in _NEWS
} | {(Status.APPEALED, Action.DECLINE): EventType.CLAIM_CLOSED}
