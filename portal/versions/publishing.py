"""Publishing a draft: from then on it never changes, and it governs from its date on."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from typing import TYPE_CHECKING

from portal.people import Role
from portal.versions import queries
from portal.versions.drafting import fitting
from portal.versions.lifecycle import OPEN, Action, NotAllowed
from portal.versions.models import Deed, PolicyVersion, Question
from portal.versions.refusals import DraftHasMoved, NotPublishable, TextRefused

if TYPE_CHECKING:
    from datetime import datetime

    from portal.people import Reviewer
    from portal.versions.registry import Governing

AHEAD = timedelta(hours=1)  # so that every process has it before it counts


def publish(
    draft: PolicyVersion, *, governing: Governing, seen: str, by: Reviewer, at: datetime
) -> None:
    """Publish the draft: within transaction(), the draft under its lock.

    After the commit let this process have it at once: ``policies.renew()``; others have it within a
    minute. Raises NotAllowed for what is no draft, DraftHasMoved where ``seen`` is not its text,
    NotPublishable with every reason there is.
    """
    if draft.state not in OPEN:
        raise NotAllowed(draft.state, Action.PUBLISH)
    if draft.text_sha256 != seen:
        raise DraftHasMoved(draft.id)
    newest = queries.newest_published(draft.shop)
    if newest and newest not in {version.in_force for version in governing.policy.versions}:
        raise NotPublishable((f"A version of {newest} was published a moment ago. Look again.",))
    if reasons := hindrances(draft, governing=governing, by=by, at=at):
        raise NotPublishable(reasons)
    draft.move(Action.PUBLISH)
    draft.open_key = None
    draft.published_by, draft.published_at = by, at
    draft.record(Deed.PUBLISH, by=by, at=at)


def hindrances(
    draft: PolicyVersion, *, governing: Governing, by: Reviewer, at: datetime
) -> tuple[str, ...]:
    """Why ``by`` can't publish the draft now, each a sentence that says what to do; none if they can."""
    found = []
    check, replay = draft.answer(Question.CHECK), draft.answer(Question.REPLAY)
    if check is None or not check.given:
        found.append("The text as it stands has not been checked. Check it.")
    elif not check.clean:
        found.append("The check found something. Mend it, then check again.")
    if replay is None or not replay.given:
        found.append("The text as it stands has not been tried on past claims. Start a replay.")
    elif replay.seen_at is None:
        found.append("Nobody has looked at the replay yet. Look at it, and say so.")
    if by.role is not Role.ADMIN:
        found.append("Only an admin can publish.")
    if draft.written_by(by):
        found.append("You wrote some of this text. Another admin has to publish it.")
    try:
        version = fitting(draft.text, governing)
    except TextRefused as refused:
        found.append(str(refused))
    else:
        if version.starts_at - at < AHEAD:
            found.append(
                f"It would be in force from {version.in_force}, less than an hour from now."
                " Give it a later date."
            )
    return tuple(found)


def at_once(text: str, governing: Governing) -> tuple[str, ...]:
    """What publishing ``text`` changes on the spot, not from the version's date on.

    That is what no decision rests on: of the shop (``shop.name``), of its reasons
    (``reason other``). The text must be whole.
    """
    before, after = tomllib.loads(governing.text), tomllib.loads(text)
    pairs = [
        (f"shop.{key}", before["shop"], after["shop"], key)
        for key in before["shop"] | after["shop"]
    ]
    reasons = [{each["code"]: each for each in data["reason"]} for data in (before, after)]
    pairs += [(f"reason {code}", *reasons, code) for code in reasons[0] | reasons[1]]
    found = [name for name, old, new, key in pairs if old.get(key) != new.get(key)]
    if not found and list(reasons[0]) != list(reasons[1]):
        found.append("the order of the reasons")
    return tuple(found)
