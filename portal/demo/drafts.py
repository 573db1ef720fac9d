"""The demo's draft of a policy: seven days to claim instead of five, for a lead to publish."""

from datetime import datetime, timedelta

from portal.people.reviewers import Reviewer
from portal.policy.text import editing
from portal.versions import drafting, writing
from portal.versions.models import PolicyVersion
from portal.versions.registry import Governing
from portal.versions.writing import Written

SHOP = "activation-claims"
AHEAD = timedelta(days=14)
NOTE = "Seven days to claim instead of five: most late claims come on the sixth day."
# What the new version says otherwise; the examples' latest moments move with the window.
CHANGES = (
    ("order.ordered_at + 5 days", "order.ordered_at + 7 days"),
    ("reaches us within five days", "reaches us within seven days"),
    ("five times 24 hours", "seven times 24 hours"),
    ("knows no five days", "knows no seven days"),
    ("tell us within five days", "tell us within seven days"),
    ("after the five days this clause", "after the seven days this clause"),
    ("claim within five days", "claim within seven days"),
    ("submitted_at = 2026-03-09T10:00:00Z", "submitted_at = 2026-03-11T10:00:00Z"),
    ("submitted_at = 2026-03-07T10:00:0", "submitted_at = 2026-03-09T10:00:0"),
    ("five days to the second", "seven days to the second"),
    ("a second after the five days", "a second after the seven days"),
    ("shown on the fifth day", "shown on the seventh day"),
)


def written(governing: Governing, *, at: datetime) -> Written:
    """The draft's text, read before the transaction in which ``begin`` keeps it."""
    newest = governing.policy.current.in_force
    text = changed(editing.with_copy(governing.text, newest, (at + AHEAD).date()))
    return writing.uploaded(text, SHOP)


def begin(text: Written, *, governing: Governing, by: Reviewer, at: datetime) -> PolicyVersion:
    """The draft, within the caller's transaction."""
    return drafting.begin(text, governing=governing, note=NOTE, by=by, at=at)


def changed(text: str) -> str:
    """The policy file's text with the changes in its newest version."""
    head, mark, version = text.rpartition("[[version]]")
    for old, new in CHANGES:
        version = version.replace(old, new)
    return head + mark + version
