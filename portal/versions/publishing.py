"""Publishing a draft: from then on it never changes, and it governs from its date on."""

import tomllib
from datetime import datetime, timedelta

from portal.people.reviewers import Reviewer
from portal.people.rights import Task
from portal.policy.deciding.document import Policy
from portal.policy.file import reading
from portal.policy.language.in_force import AT_ONCE, next_second
from portal.policy.text import editing
from portal.translation import gettext, lazy_gettext as _
from portal.versions import queries
from portal.versions.lifecycle import OPEN, VersionAction, VersionNotAllowed, next_state
from portal.versions.models import Deed, DraftQuestion, PolicyVersion, text_hash
from portal.versions.refusals import NotPublishable, NotWithdrawable, TextRefused
from portal.versions.registry import Governing
from portal.versions.writing import fitting, must_be_seen
from portal.words.in_force import since

AHEAD = timedelta(hours=1)  # so that every process has it before it counts
SETTLED = timedelta(minutes=2)  # in which every process has let go what was withdrawn


def publish(
    draft: PolicyVersion, read: Policy, *, governing: Governing, by: Reviewer, at: datetime
) -> None:
    """Publish the draft: within transaction(), the draft under its lock.

    ``read`` is the policy that the person was shown, read before. What is to take effect at once gets
    the first whole second from ``at`` on in its text: ``at`` is to be read while what is published is
    held (``queries.newest_published``), so that nothing sent before comes after it. After the commit
    let this process have it at once: ``policies.renew()``; others have it within a minute, and decide
    nothing by what governed before (``queries.must_govern``). Raises NotAllowed for what is no draft, DraftHasMoved where its text is another now,
    NotPublishable with every reason there is.
    """
    if draft.state not in OPEN:
        raise VersionNotAllowed(draft.state, VersionAction.PUBLISH)
    must_be_seen(draft, read.sha256)
    newest = queries.newest_published(draft.shop)
    if newest and newest.in_force not in {each.in_force for each in governing.policy.versions}:
        words = _("A version for %(date)s was published a moment ago. Look again.")
        raise NotPublishable((gettext(words, date=since(newest.in_force)),))
    if governing.row != (newest and newest.id):
        raise NotPublishable((gettext("A version was withdrawn a moment ago. Look again."),))
    if reasons := hindrances(draft, read, governing=governing, by=by, at=at):
        raise NotPublishable(reasons)
    if draft.in_force == AT_ONCE:
        _begin(draft, at=at)
    draft.move(VersionAction.PUBLISH)
    draft.open_key = None
    draft.published_by, draft.published_at = by, at
    draft.record(Deed.PUBLISH, by=by, at=at)


def _begin(draft: PolicyVersion, *, at: datetime) -> None:
    """Write into the draft from when it governs; what was asked about its text is about this one."""
    moment = next_second(at)
    text = editing.with_date(draft.text, AT_ONCE, moment)
    version = reading.whole(text.encode(), f"{draft.shop}.toml").current
    for answer in draft.answers:
        if answer.text_sha256 == draft.text_sha256:
            answer.text_sha256 = text_hash(text)
    draft.in_force, draft.text = moment, text
    draft.text_sha256, draft.sha256 = text_hash(text), version.sha256


def withdraw(
    version: PolicyVersion, *, governing: Governing, why: str, by: Reviewer, at: datetime
) -> None:
    """Take a scheduled version back: within transaction(), the version under its lock.

    Any lead of the shop may, with a reason: what governs is what two people agreed on before. The row is kept.
    After the commit: ``policies.renew()``. Raises NotAllowed for what is not published, and
    NotWithdrawable within SETTLED of its time, after it, and where another was built on it.
    """
    next_state(version.state, VersionAction.WITHDRAW)
    if not by.may(Task.KEEP_POLICY, version.shop):
        raise NotWithdrawable(gettext("Only a lead of this shop can withdraw a version."))
    if not why.strip():
        raise NotWithdrawable(gettext("Say why the version is withdrawn."))
    newest = queries.newest_published(version.shop)
    if newest and newest.id != version.id:
        words = _(
            "The version for %(date)s was written on top of this one. Withdraw that one first."
        )
        raise NotWithdrawable(gettext(words, date=since(newest.in_force)))
    starts = governing.policy.calendar.start(version.in_force)
    if at >= starts:
        words = _(
            "This version is in force since %(date)s, so claims may have been decided by it. Publish a new version after it."
        )
        raise NotWithdrawable(gettext(words, date=since(version.in_force)))
    if starts - at < SETTLED:
        raise NotWithdrawable(
            gettext(
                "This version is in force in less than two minutes, too late for all of the portal to"
                " let it go. Publish a new version after it."
            )
        )
    version.move(VersionAction.WITHDRAW)
    version.record(Deed.WITHDRAW, by=by, at=at, why=why.strip())


def hindrances(
    draft: PolicyVersion, read: Policy, *, governing: Governing, by: Reviewer, at: datetime
) -> tuple[str, ...]:
    """Why ``by`` can't publish the draft now, each a sentence that says what to do; none if they can.

    ``read`` is the policy that the draft's text says.
    """
    found = []
    check, replay = draft.answer(DraftQuestion.CHECK), draft.answer(DraftQuestion.REPLAY)
    if check is None or not check.given:
        found.append(gettext("The text as it stands has not been checked. Check it."))
    elif not check.clean:
        found.append(gettext("The check found something. Mend it, then check again."))
    if replay is None or not replay.given:
        found.append(
            gettext("The text as it stands has not been tried on past claims. Start a replay.")
        )
    elif replay.seen_at is None:
        found.append(gettext("Nobody has looked at the replay yet. Look at it, and say so."))
    if not by.may(Task.KEEP_POLICY, draft.shop):
        found.append(gettext("Only a lead of this shop can publish."))
    if draft.written_by(by):
        found.append(gettext("You wrote some of this text. Another lead has to publish it."))
    try:
        version = fitting(draft.text, read, governing, at=at)
    except TextRefused as refused:
        found.append(str(refused))
    else:
        if version.starts_at - at < AHEAD:
            words = _(
                "It would be in force from %(date)s, less than an hour from now. Give it a later date."
            )
            found.append(gettext(words, date=version.in_force))
    return tuple(found)


def at_once(text: str, governing: Governing) -> tuple[str, ...]:
    """What publishing ``text`` changes on the spot, not from the version's date on.

    That is what no decision rests on: of the shop (``shop.name``), of its reasons
    (``reason other``). The text must be whole.
    """
    before, after = tomllib.loads(governing.text), tomllib.loads(text)
    found = [f"shop.{key}" for key in editing.apart(before["shop"], after["shop"])]
    reasons = [{each["code"]: each for each in data["reason"]} for data in (before, after)]
    found += [gettext("reason %(code)s", code=code) for code in editing.apart(*reasons)]
    if not found and list(reasons[0]) != list(reasons[1]):
        found.append(gettext("the order of the reasons"))
    return tuple(found)
