"""A version of a policy as its public pages show it: the one in force, an earlier one, what changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from flask import abort, url_for

from portal.claims.counts import decided
from portal.policy.deciding.document import Policy, Version
from portal.policy.language.clause import Clause, Effect
from portal.web.frame.governing import changes_url
from portal.web.frame.shop import masthead
from portal.words.aspects import READING, WHY, terms
from portal.words.clauses import applies
from portal.words.diagram import drawing, steps
from portal.words.differences import Difference
from portal.words.schema_org import return_policy

COUNTED = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A version in the list of a shop's texts; ``until`` is the day on which the next one begins."""

    since: date
    until: date | None
    href: str
    changes: str | None
    shown: bool


def version_of_date(policy: Policy, in_force: str) -> Version:
    """The version that an address names by its date; 404 for none."""
    return policy.dated(in_force) or abort(404)


def page_of(
    policy: Policy, version: Version, *, reason: str | None, at: datetime
) -> dict[str, Any]:
    """What the page of a version shows; ``reason`` narrows its diagram to one reason of the shop."""
    chosen = next((each for each in policy.shop.reasons if each.code == reason), None)
    counts = decided(policy.id, version.in_force, since=(at - COUNTED).date())
    parts: dict[str, list[Clause]] = {}
    for clause in version.clauses:
        parts.setdefault(clause.part, []).append(clause)
    listed = versions(policy, version)
    way = steps(version, chosen.code if chosen else None)
    link = url_for("shops.policy_version", shop=policy.id, version=version.in_force, _external=True)
    return {
        "shop": masthead(policy),
        "policy": policy,
        "version": version,
        "versions": listed,
        "until": next(each.until for each in listed if each.shown),
        "in_force": version is policy.version_at(at),
        "parts": parts,
        "plain": {c.id: applies(c) for c in version.clauses if c.effect is not Effect.INFORM},
        "decided": counts,
        "terms": terms(version),
        "counted": sum(counts.values()),
        "chosen": chosen,
        "way": way,
        "drawing": drawing(way, wordy=chosen is not None),
        "json_ld": return_policy(policy.shop, version, link=link),
    }


def versions(policy: Policy, shown: Version) -> list[ShownVersion]:
    """The shop's texts, the newest first, each with the address of what it changed; one is shown."""
    texts = policy.versions
    found = [
        ShownVersion(
            since=version.in_force,
            until=after.in_force if after else None,
            href=url_for("shops.policy_version", shop=policy.id, version=version.in_force),
            changes=changes_url(policy, before, version) if before else None,
            shown=version is shown,
        )
        for before, version, after in zip((None, *texts), texts, (*texts[1:], None), strict=False)
    ]
    return found[::-1]


def by_rule(found: Iterable[Difference]) -> list[tuple[str, list[Difference]]]:
    """The differences of each clause together, in their order; what is shop-wide has no number.

    How a clause is read and why it yields are notes between the shop and its reviewers.
    """
    told = [each for each in found if each.about not in (READING, WHY)]
    return [(clause, list(each)) for clause, each in groupby(told, key=attrgetter("clause"))]
