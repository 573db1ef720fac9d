"""The shop that a page is about: its policy, and how its pages are headed."""

import hashlib
from dataclasses import dataclass

from flask import abort, url_for
from werkzeug.routing import Map

from portal.claims.models import Claim
from portal.policy.deciding.document import Policy, ShopFace
from portal.versions.registry import policies


@dataclass(frozen=True, slots=True)
class Masthead:
    """What the frame of a page shows of its shop."""

    id: str
    name: str
    href: str
    face: ShopFace | None = None
    style: str | None = None
    logo: str | None = None


def own_addresses(addresses: Map) -> set[str]:
    """The first parts of the portal's own addresses: no shop can have one for its id."""
    return {rule.rule.split("/")[1] for rule in addresses.iter_rules()}


def shop_policy(shop: str) -> Policy:
    """The policy of a shop in an address; 404 for an unknown one."""
    policy = policies().get(shop)
    if policy is None:
        abort(404)
    return policy


def policy_of(claim: Claim) -> Policy:
    """The policy of a claim's shop."""
    return policies()[claim.shop]


def masthead(policy: Policy) -> Masthead:
    """The shop as its pages are headed."""
    face = policy.shop.face
    looks = hashlib.sha256(f"{face.colour} {face.logo}".encode()).hexdigest()[:12]
    return Masthead(
        policy.id,
        policy.shop.name,
        url_for("shops.start", shop=policy.id),
        face,
        url_for("faces.style", shop=policy.id, v=looks) if face.colour else None,
        url_for("faces.logo", shop=policy.id, v=looks) if face.logo else None,
    )


def offers_balance(policy: Policy) -> bool:
    """Whether the shop takes claims about the balance itself."""
    return any(reason.about == "balance" for reason in policy.shop.reasons)
