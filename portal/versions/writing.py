"""Whether a policy text can be a draft: read whole, before any transaction, and fitted to what governs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.policy.deciding.document import Policy, PolicyError, Version
from portal.policy.file import reading
from portal.policy.language.in_force import AT_ONCE
from portal.policy.text import editing, placing
from portal.policy.text.blocks import NotByLines
from portal.translation import gettext, lazy_gettext as _, number
from portal.versions.models import Deed, PolicyVersion
from portal.versions.refusals import DraftHasMoved, TextRefused
from portal.versions.registry import Governing
from portal.words.in_force import since

MOST = 400_000  # characters of a policy file
_PLACE = re.compile(
    r": version (\d{4}-\d\d-\d\d\S*|at once): (\S+): "
)  # as a refusal names a clause


@dataclass(frozen=True, slots=True)
class Written:
    """A text for a draft, and the policy that it was read to be; not kept anywhere yet.

    ``seen`` is the hash of the draft's text from which it was made, empty for a new draft. To read a
    text may take seconds of a process of its own, so a Written is made before transaction() and
    compared and kept within (drafting.py).
    """

    text: str
    policy: Policy
    deed: Deed
    about: str = ""
    seen: str = ""


def copied(governing: Governing, in_force: date, *, at: datetime) -> Written:
    """What governs, and its newest version once more, in force from ``in_force``.

    Every line of what governs stays as it is. Raises TextRefused where the date doesn't come after
    every version.
    """
    _refuse_early(in_force, governing.policy, at=at)
    with _refusing():
        text = editing.with_copy(governing.text, governing.policy.current.in_force, in_force)
    return Written(text, readable(text, governing.policy.id), Deed.BEGIN)


def uploaded(text: str, shop: str) -> Written:
    """The file that somebody wrote. Raises TextRefused with what is wrong and where."""
    return _written(text, shop, Deed.UPLOAD)


def with_text(draft: PolicyVersion, text: str, *, seen: str) -> Written:
    """``text`` in the place of the draft's. Raises TextRefused with what is wrong and where.

    ``seen`` is the hash of the text that the person was shown; raises DraftHasMoved for another.
    """
    must_be_seen(draft, seen)
    return _written(text, draft.shop, Deed.CHANGE_TEXT, seen=seen)


def with_clause(
    draft: PolicyVersion, clause_id: str, changes: Mapping[str, Any], *, seen: str
) -> Written:
    """Keys of one clause changed (``wording``, ``when``, ``reversed.when`` …); None removes a key.

    Only the lines of these keys change; of another ``id`` those too that name the clause. Raises TextRefused for what the policy language refuses,
    for a clause that isn't there, and for one that is only changed in the text; DraftHasMoved.
    """
    must_be_seen(draft, seen)
    others = {key: value for key, value in changes.items() if key != "id"}
    new = changes.get("id", clause_id)
    with _refusing():
        text = editing.with_clause(draft.text, draft.in_force, clause_id, others)
        if new != clause_id:
            text = placing.with_clause_renamed(text, draft.in_force, clause_id, new)
    return _written(text, draft.shop, Deed.CHANGE_CLAUSE, about=new, seen=seen)


def with_clause_added(
    draft: PolicyVersion, said: Mapping[str, Any], *, after: str, seen: str
) -> Written:
    """One clause more, which says this, behind the clause ``after``, or first.

    Raises as with_clause does, and TextRefused for a number that is taken.
    """
    must_be_seen(draft, seen)
    with _refusing():
        text = placing.with_clause_added(draft.text, draft.in_force, said, after=after)
    return _written(text, draft.shop, Deed.ADD_CLAUSE, about=said["id"], seen=seen)


def without_clause(draft: PolicyVersion, clause_id: str, *, seen: str) -> Written:
    """A clause taken out, with the examples that expect it and its number in what names it.

    Raises TextRefused where the version can't be without it, or is only changed in the text;
    DraftHasMoved.
    """
    must_be_seen(draft, seen)
    with _refusing():
        text = placing.without_clause(draft.text, draft.in_force, clause_id)
    return _written(text, draft.shop, Deed.REMOVE_CLAUSE, about=clause_id, seen=seen)


def with_clause_moved(draft: PolicyVersion, clause_id: str, *, up: bool, seen: str) -> Written:
    """A clause one place up or down. Raises TextRefused, DraftHasMoved."""
    must_be_seen(draft, seen)
    with _refusing():
        text = placing.with_clause_moved(draft.text, draft.in_force, clause_id, up=up)
    return _written(text, draft.shop, Deed.MOVE_CLAUSE, about=clause_id, seen=seen)


def with_examples_added(draft: PolicyVersion, examples: Sequence[str], *, seen: str) -> Written:
    """Examples more, each as a file has it. Raises TextRefused, DraftHasMoved."""
    must_be_seen(draft, seen)
    text = draft.text
    with _refusing():
        for example in examples:
            text = placing.with_example_added(text, draft.in_force, example)
    about = str(len(examples))
    return _written(text, draft.shop, Deed.ADD_EXAMPLE, about=about, seen=seen)


def with_expected(
    draft: PolicyVersion, example: str, expect: Mapping[str, Any], *, seen: str
) -> Written:
    """An example that expects something else. Raises TextRefused, DraftHasMoved."""
    must_be_seen(draft, seen)
    with _refusing():
        text = placing.with_expected(draft.text, draft.in_force, example, expect)
    return _written(text, draft.shop, Deed.CHANGE_EXAMPLE, about=example, seen=seen)


def with_date(
    draft: PolicyVersion, in_force: date, *, governing: Governing, seen: str, at: datetime
) -> Written:
    """The draft in force from another date. Raises TextRefused unless it is the latest; DraftHasMoved."""
    must_be_seen(draft, seen)
    _refuse_early(in_force, governing.policy, at=at)
    with _refusing():
        text = editing.with_date(draft.text, draft.in_force, in_force)
    return _written(text, draft.shop, Deed.CHANGE_DATE, about=str(in_force), seen=seen)


def with_calendar(
    draft: PolicyVersion, calendar: Mapping[str, Any] | None, *, seen: str
) -> Written:
    """The draft counting by this calendar; None for the shop's. Raises TextRefused, DraftHasMoved."""
    must_be_seen(draft, seen)
    with _refusing():
        text = editing.with_calendar(draft.text, draft.in_force, calendar)
    return _written(text, draft.shop, Deed.CHANGE_CALENDAR, seen=seen)


def fitting(text: str, found: Policy, governing: Governing, *, at: datetime) -> Version:
    """The one version that ``text`` adds to what governs; ``found`` is what it was read to be.

    Raises TextRefused where it is another shop's, changes or lacks a version that was published, or
    adds none, more than one, or one that is in force before another.
    """
    policy = governing.policy
    if found.id != policy.id:
        words = _("This is the policy of %(other)s, not of %(shop)s.")
        raise TextRefused(gettext(words, other=found.id, shop=policy.id))
    added = {version.in_force: version for version in found.versions}
    for published in policy.versions:
        kept = added.pop(published.in_force, None)
        if kept is None:
            words = _("Version %(date)s is missing. What was published stays: put it back.")
            raise TextRefused(gettext(words, date=published.in_force))
        if kept.sha256 != published.sha256:
            what = ", ".join(editing.differing(governing.text, text, published.in_force))
            words = _(
                "Version %(date)s was published and can't change, but it differs in %(what)s. Put it back as it was, and write the change into the new version."
            )
            raise TextRefused(gettext(words, date=published.in_force, what=what))
    if not added:
        words = _("The text has no new version. Add one, in force after %(after)s.")
        raise TextRefused(gettext(words, after=since(policy.current.in_force)))
    start = policy.calendar.start
    _refuse_early(min(added, key=start), policy, at=at)
    if len(added) > 1:
        dates = " and ".join(since(in_force) for in_force in sorted(added, key=start))
        words = _(
            "The text has versions for %(dates)s, and none of them is published. Keep one, and take the rest out: a draft has one new version."
        )
        raise TextRefused(gettext(words, dates=dates))
    return found.current


def readable(text: str, shop: str) -> Policy:
    """The policy that the text says. Raises TextRefused with what is wrong and where.

    A new text is read by a process of its own first: ask before transaction().
    """
    if len(text) > MOST:
        words = _("A policy file has at most %(most)s characters; this has %(have)s.")
        raise TextRefused(gettext(words, most=number(MOST), have=number(len(text))))
    try:
        return reading.read(text.encode(), f"{shop}.toml")
    except PolicyError as error:
        flaws, lines = str(error).splitlines(), editing.lines(text)
        raise TextRefused("\n".join(f"{flaw}{_line(lines, flaw)}" for flaw in flaws)) from None
    except UnicodeEncodeError:
        raise TextRefused(gettext("The text has characters that no file can hold.")) from None


def _line(lines: Mapping[str, editing.Lines], refusal: str) -> str:
    """The line of the clause that a refusal names, in brackets; empty where it names none."""
    place = _PLACE.search(refusal)
    version = lines.get(place[1]) if place else None
    if place and version and place[2] in version.clauses:
        return f" (line {version.clauses[place[2]][0]})"
    return ""


def _written(text: str, shop: str, deed: Deed, *, about: str = "", seen: str = "") -> Written:
    text = text.replace("\r\n", "\n")  # as a browser sends a text area
    return Written(text, readable(text, shop), deed, about, seen)


def _refuse_early(in_force: date, policy: Policy, *, at: datetime) -> None:
    """Raise TextRefused unless it begins after every version; ``at`` tells which lie ahead.

    What is to take effect at once would begin then, and the shop has to allow it.
    """
    newest = policy.current
    if in_force == AT_ONCE and not policy.shop.at_once:
        words = _(
            "Versions of this shop begin at a time to come: its file doesn't say at_once = true. Choose a date."
        )
        raise TextRefused(gettext(words))
    begins = at if in_force == AT_ONCE else policy.calendar.start(in_force)
    if begins > newest.starts_at:
        return
    words = _("The version that governs is in force since %(date)s. Choose a later date.")
    if newest.starts_at > at:
        words = _(
            "A version is already published for %(date)s. Choose a later date, or withdraw that version first."
        )
    raise TextRefused(gettext(words, date=since(newest.in_force)))


def must_be_seen(draft: PolicyVersion, seen: str) -> None:
    """Raise DraftHasMoved where the draft has another text than ``seen``, the hash of what was shown."""
    if draft.text_sha256 != seen:
        raise DraftHasMoved(draft.id)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except NotByLines as error:
        raise TextRefused(str(error)) from None
