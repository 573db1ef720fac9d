"""The shop that a page is about: its policy, and how its pages are headed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from flask import abort, request, url_for
from werkzeug.routing import Map

from portal import translation
from portal.claims.models import Claim
from portal.config.languages import code_of, language_name, tag_of
from portal.policy.deciding.document import Policy, ShopFace
from portal.translation import ENGLISH, narrowing, sentence
from portal.versions.registry import policies


class Offered(NamedTuple):
    """A language that a page can be had in, by the name that its speakers give it."""

    tag: str
    name: str
    current: bool


@dataclass(frozen=True, slots=True)
class Masthead:
    """What the frame of a page shows of its shop."""

    id: str
    name: str
    href: str
    face: ShopFace | None = None
    style: str | None = None
    logo: str | None = None
    languages: Sequence[Offered] = ()


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
    start, style, logo = _addresses(policy.id, face, request.script_root)
    return Masthead(policy.id, policy.shop.name, start, face, style, logo, offered(policy))


@lru_cache(maxsize=256)
def _addresses(shop: str, face: ShopFace, _root: str) -> tuple[str, str | None, str | None]:
    """Where a shop's pages start, and what they look like, below the portal's own address."""
    looks = hashlib.sha256(f"{face.colour} {face.logo}".encode()).hexdigest()[:12]
    return (
        url_for("shops.start", shop=shop),
        url_for("faces.style", shop=shop, v=looks) if face.colour else None,
        url_for("faces.logo", shop=shop, v=looks) if face.logo else None,
    )


def languages_of(policy: Policy) -> list[str]:
    """The languages (BCP 47) that a shop has words in, English first, since its own stand for that."""
    return [ENGLISH, *sorted(map(tag_of, policy.languages - {ENGLISH}))]


def offered(policy: Policy) -> list[Offered]:
    """What a page of the shop can be had in; nothing where that is one language alone."""
    found = languages_of(policy)
    if len(found) == 1:
        return []
    near = narrowing(translation.reader())
    current = next((tag for tag in found if code_of(tag) in near), ENGLISH)
    return [
        Offered(tag, sentence(language_name(code_of(tag), own=True)), tag == current)
        for tag in found
    ]


def offers_balance(policy: Policy) -> bool:
    """Whether the shop takes claims about the balance itself."""
    return any(reason.about == "balance" for reason in policy.shop.reasons)
