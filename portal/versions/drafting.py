"""The verbs of a draft: begin one, change it, throw it away. None commits, none reads the clock.

A draft is a whole policy file: what governs now, every version of it unchanged, and one version more.
``seen`` is the ``text_sha256`` that the person was shown; another one refuses with DraftHasMoved.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError

from portal.extensions import db
from portal.policy import loading
from portal.policy.document import PolicyError
from portal.versions import lines, queries
from portal.versions.lifecycle import Action, next_state
from portal.versions.models import Deed, PolicyVersion, Question, text_hash
from portal.versions.refusals import DraftHasMoved, DraftIsOpen, TextRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from portal.people import Reviewer
    from portal.policy.document import Policy, Version
    from portal.versions.registry import Governing

MOST = 400_000  # characters of a policy file
_PLACE = re.compile(r": version (\d{4}-\d\d-\d\d): (\S+): ")  # as a refusal names a clause


def begin(
    governing: Governing, *, in_force: date, by: Reviewer, at: datetime, note: str = ""
) -> PolicyVersion:
    """A draft in which the newest version is there once more, in force from ``in_force``.

    Every line of what governs stays as it is. Raises DraftIsOpen where the shop has a draft,
    TextRefused where the date doesn't come after every version.
    """
    with _refusing():
        text = lines.with_copy(governing.text, governing.policy.current.in_force, in_force)
    return _open(text, Deed.BEGIN, governing=governing, note=note, by=by, at=at)


def upload(
    governing: Governing, text: str, *, by: Reviewer, at: datetime, note: str = ""
) -> PolicyVersion:
    """A draft from a file that somebody wrote: all that governs, and one version more.

    Raises DraftIsOpen where the shop has a draft, TextRefused with what is wrong and where.
    """
    return _open(text, Deed.UPLOAD, governing=governing, note=note, by=by, at=at)


def replace_text(
    draft: PolicyVersion,
    text: str,
    *,
    governing: Governing,
    seen: str,
    by: Reviewer,
    at: datetime,
) -> None:
    """Put ``text`` in the place of the draft's. Raises TextRefused with what is wrong and where."""
    _change(draft, text, governing=governing, seen=seen, by=by, at=at)
    draft.record(Deed.CHANGE_TEXT, by=by, at=at)


def change_clause(
    draft: PolicyVersion,
    clause_id: str,
    changes: Mapping[str, Any],
    *,
    governing: Governing,
    seen: str,
    by: Reviewer,
    at: datetime,
) -> None:
    """Change keys of one clause (``wording``, ``when``, ``reversed.when`` …); None removes a key.

    Only the lines of these keys change. Raises TextRefused for what the policy language refuses,
    for a clause that isn't there, and for one that is only changed in the text.
    """
    _must_be_seen(draft, seen)
    with _refusing():
        text = lines.with_clause(draft.text, draft.in_force, clause_id, changes)
    _change(draft, text, governing=governing, seen=seen, by=by, at=at)
    draft.record(Deed.CHANGE_CLAUSE, by=by, at=at, about=clause_id)


def change_date(
    draft: PolicyVersion,
    in_force: date,
    *,
    governing: Governing,
    seen: str,
    by: Reviewer,
    at: datetime,
) -> None:
    """Let the draft be in force from another date. Raises TextRefused unless it is the latest."""
    _must_be_seen(draft, seen)
    with _refusing():
        text = lines.with_date(draft.text, draft.in_force, in_force)
    _change(draft, text, governing=governing, seen=seen, by=by, at=at)
    draft.record(Deed.CHANGE_DATE, by=by, at=at, about=in_force.isoformat())


def explain(draft: PolicyVersion, note: str, *, by: Reviewer, at: datetime) -> None:
    """Say why the version is made; its text stays. Raises NotAllowed once it is no draft."""
    next_state(draft.state, Action.CHANGE)
    draft.note = note.strip()
    draft.record(Deed.EXPLAIN, by=by, at=at)


def discard(draft: PolicyVersion, *, seen: str, by: Reviewer, at: datetime) -> None:
    """Throw the draft away; the row is kept. Raises NotAllowed once it is published."""
    _must_be_seen(draft, seen)
    draft.move(Action.DISCARD)
    draft.open_key = None
    draft.record(Deed.DISCARD, by=by, at=at)


def fitting(text: str, governing: Governing) -> Version:
    """The one version that ``text`` adds to what governs.

    Raises TextRefused where the text isn't whole, is another shop's, changes or lacks a version that
    was published, or adds none or more than one.
    """
    policy = governing.policy
    found = readable(text, policy.id)
    if found.id != policy.id:
        raise TextRefused(f"This is the policy of {found.id}, not of {policy.id}.")
    added = {version.in_force: version for version in found.versions}
    for published in policy.versions:
        kept = added.pop(published.in_force, None)
        if kept is None:
            raise TextRefused(
                f"Version {published.in_force} is missing. What was published stays: put it back."
            )
        if kept.sha256 != published.sha256:
            what = ", ".join(lines.differing(governing.text, text, published.in_force))
            raise TextRefused(
                f"Version {published.in_force} was published and can't change, but it differs in"
                f" {what}. Put it back as it was, and write the change into the new version."
            )
    if len(added) != 1 or found.current.in_force not in added:
        dates = ", ".join(str(in_force) for in_force in sorted(added)) or "none"
        raise TextRefused(
            f"Add one version, in force after {policy.current.in_force}; this text adds {dates}."
        )
    return found.current


def readable(text: str, shop: str) -> Policy:
    """The policy that the text says. Raises TextRefused with what is wrong and where.

    A new text is read by a process of its own first: ask before transaction(), and inside it the
    answer is known.
    """
    if len(text) > MOST:
        raise TextRefused(f"A policy file has at most {MOST:,} characters; this has {len(text):,}.")
    try:
        return loading.read(text.encode(), f"{shop}.toml")
    except PolicyError as error:
        flaws = str(error).splitlines()
        raise TextRefused("\n".join(f"{flaw}{_line(text, flaw)}" for flaw in flaws)) from None
    except UnicodeEncodeError:
        raise TextRefused("The text has characters that no file can hold.") from None


def _line(text: str, refusal: str) -> str:
    """The line of the clause that a refusal names, in brackets; empty where it names none."""
    place = _PLACE.search(refusal)
    if place is None:
        return ""
    try:
        return f" (line {lines.clause_line(text, date.fromisoformat(place[1]), place[2])})"
    except ValueError:  # written in a way that has no lines of its own
        return ""


def _open(
    text: str, deed: Deed, *, governing: Governing, note: str, by: Reviewer, at: datetime
) -> PolicyVersion:
    shop = governing.policy.id
    _refuse_second(shop)
    draft = PolicyVersion(shop=shop, open_key=shop, note=note.strip(), created_at=at)
    _write(draft, text, governing=governing, by=by, at=at)
    draft.record(deed, by=by, at=at)
    try:
        with db.session.begin_nested():
            db.session.add(draft)
    except IntegrityError:  # begun by somebody else at the same moment
        _refuse_second(shop)
        raise
    return draft


def _refuse_second(shop: str) -> None:
    if other := queries.draft_of(shop):
        raise DraftIsOpen(other.id)


def _change(
    draft: PolicyVersion, text: str, *, governing: Governing, seen: str, by: Reviewer, at: datetime
) -> None:
    _must_be_seen(draft, seen)
    next_state(draft.state, Action.CHANGE)
    _write(draft, text, governing=governing, by=by, at=at)
    draft.move(Action.CHANGE)
    known = draft.answer(Question.CHECK)
    if known and known.clean:  # a text that was put back
        draft.move(Action.PASS)


def _write(
    draft: PolicyVersion, text: str, *, governing: Governing, by: Reviewer, at: datetime
) -> None:
    text = text.replace("\r\n", "\n")  # as a browser sends a text area
    version = fitting(text, governing)
    draft.text, draft.text_sha256 = text, text_hash(text)
    draft.in_force, draft.sha256 = version.in_force, version.sha256
    draft.author, draft.changed_at = by, at


def _must_be_seen(draft: PolicyVersion, seen: str) -> None:
    if draft.text_sha256 != seen:
        raise DraftHasMoved(draft.id)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except lines.NotByLines as error:
        raise TextRefused(str(error)) from None
