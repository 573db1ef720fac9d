"""The text of a shop's policy by which a claim is decided, and the page of what changed since."""

from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for

from portal.claims.models import Claim
from portal.policy.deciding.document import Policy, Version


@dataclass(frozen=True, slots=True)
class GoverningText:
    """Which text decides a claim, and when a later one came into force."""

    since: date
    href: str
    changed: date | None
    changes: str | None


def governing(claim: Claim, policy: Policy, *, at: datetime) -> GoverningText | None:
    """The text by which a claim is decided; None where nothing has decided it yet."""
    for place, version in enumerate(policy.versions):
        if str(version.in_force) == claim.policy_version:
            later = [each for each in policy.versions[place + 1 :] if each.starts_at <= at]
            return GoverningText(
                since=version.in_force,
                href=url_for("shops.policy_version", shop=policy.id, version=version.in_force),
                changed=later[0].in_force if later else None,
                changes=changes_url(policy, version, later[-1]) if later else None,
            )
    return None


def changes_url(policy: Policy, old: Version, new: Version) -> str:
    """The page that tells what ``new`` changed in ``old``."""
    return url_for("shops.policy_changes", shop=policy.id, old=old.in_force, new=new.in_force)
