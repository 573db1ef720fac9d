"""Finding what a page about policies is about: a shop's versions, one of them, and who may change it."""

from functools import lru_cache

from flask import abort

from portal.database import LARGEST_ID
from portal.people.rights import Task
from portal.policy.deciding.document import Policy, Version
from portal.policy.file import reading
from portal.versions import queries
from portal.versions.lifecycle import VersionAction, next_state
from portal.versions.models import PolicyVersion
from portal.versions.registry import Governing, policies
from portal.web.guards import staff


def look_now() -> None:
    """Have what other processes published or withdrew, before somebody builds on what governs."""
    policies().look(pause=0)


def governing(shop: str) -> Governing:
    """What governs a shop; 404 for an unknown one, and for one of which this person may read nothing."""
    staff.shop_for(Task.READ_POLICY, shop)
    return policies().governing(shop)


def may_keep(shop: str) -> None:
    """Refuse who may not change the shop's policy: 404 where they may not read it, else 403."""
    staff.shop_for(Task.READ_POLICY, shop)
    staff.me().demand(Task.KEEP_POLICY, shop)


def row(number: int) -> PolicyVersion:
    """A version made in the browser, with its people and answers; 404 for none of this person's shops."""
    found = queries.version_page(number) if number <= LARGEST_ID else None
    if found is None:
        abort(404)
    staff.shop_for(Task.READ_POLICY, found.shop)
    return found


@lru_cache(maxsize=16)
def read(text: str, shop: str) -> Policy:
    """The policy that a stored text is: it was read before it was stored, so that it is whole."""
    return reading.read(text.encode(), f"{shop}.toml")


def policy_of_row(found: PolicyVersion) -> Policy:
    """The policy that a row's text is."""
    return read(found.text, found.shop)


def version_of(found: PolicyVersion) -> Version:
    """The version that this row adds."""
    policy = policy_of_row(found)
    return next(each for each in policy.versions if each.in_force == found.in_force)


def before(found: PolicyVersion) -> Version:
    """The version that this row follows."""
    policy = policy_of_row(found)
    starts = version_of(found).starts_at
    return [each for each in policy.versions if each.starts_at < starts][-1]


def every_version(shop: str) -> dict[str, Version]:
    """A shop's versions by their dates, the oldest first: what governs, and a draft."""
    found = {str(each.in_force): each for each in governing(shop).policy.versions}
    if open_draft := queries.draft_of(shop):
        found[str(open_draft.in_force)] = version_of(open_draft)
    return found


def draft(number: int) -> PolicyVersion:
    """A version that this person may still change; NotAllowed for what is published or thrown away."""
    found = row(number)
    may_keep(found.shop)
    next_state(found.state, VersionAction.CHANGE)
    return found
