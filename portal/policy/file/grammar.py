"""What a policy file may say: the keys of each clause, by its effect and its kind."""

from __future__ import annotations

from portal.policy.facts import table
from portal.policy.language.clause import ClauseKind, Effect

DEADLINES = (
    "review_target",
    "review_due",
    "payout_due",
    "payout_limit",
    "information_due",
    "rectify_by",
)
ASKABLE = tuple(f.name for f in table.ALL if f.source is table.Source.CUSTOMER)
COMMON = {"id", "part", "wording", "kind", "effect", "reading", "requires", "deadlines"}
COMMON |= {"requires_for_payout", "description_length", "only_unsettled"}
# Of the shop, what a decision rests on; the rest is words and may change at any time.
DECISIVE = ("currency", "time_zone", "working_days", "holidays")
# Of a version, what only says what it means.
EXPLAINING = ("ordinary", "example")
# Of a decision, what an example may expect.
EXPECTED = (
    "outcome", "clauses", "destination", "remedy", "amount", "missing", "awaiting", "claimable_from",
    "deadlines", "automatic",
)  # fmt: skip
KEYS = {
    Effect.DENY: {"when", "yields_to", "beats", "because", "reversed"},
    Effect.APPROVE: {
        "when", "amount", "destination", "remedy_asked", "automatic", "finding", "person_when",
        "evidence", "opens", "also",
    },
    Effect.ASK: {"when"},
    Effect.REVIEW: {"when", "finding", "on", "confirmed", "refused"},
    Effect.SET: {"on"},
    Effect.INFORM: {"when"},
}  # fmt: skip
NEEDS = {
    Effect.DENY: ("when",),
    Effect.APPROVE: ("when", "amount", "destination"),
    Effect.ASK: ("requires",),
    Effect.REVIEW: ("when", "finding", "on", "confirmed", "refused"),
    Effect.SET: ("deadlines",),
    Effect.INFORM: (),
}
EFFECTS = {
    ClauseKind.OVERRIDING: {Effect.DENY},
    ClauseKind.EXCLUDED: {Effect.DENY},
    ClauseKind.DEADLINE: {Effect.DENY},
    ClauseKind.DEFAULT: {Effect.DENY},
    ClauseKind.ELIGIBLE: {Effect.APPROVE},
    ClauseKind.AMOUNT: {Effect.APPROVE, Effect.INFORM},
    ClauseKind.REQUIRED_INFORMATION: {Effect.ASK},
    ClauseKind.METHOD: {Effect.REVIEW, Effect.INFORM},
    ClauseKind.PAYOUT_DEADLINE: {Effect.SET},
    ClauseKind.REVIEW_DEADLINE: {Effect.SET},
}
