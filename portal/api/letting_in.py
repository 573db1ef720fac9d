"""Who is let in to a call: by its token, so many times a minute, for its scopes and its shop alone."""

from collections.abc import Mapping
from math import ceil
from time import time

import structlog
from flask import request
from limits import RateLimitItemPerMinute, parse_many
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from portal.api import problems, tokens
from portal.api.problems import Problem
from portal.api.tokens import Bearer, TokenScope
from portal.audit.bounded import note_held_back
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.config.clock import now
from portal.config.settings import settings
from portal.database import transaction
from portal.extensions import Limiter, db, limiter, reading_limiter
from portal.ledger.payout import Payout
from portal.limits import Counting, first_over, full_for_readers, network
from portal.policy.deciding.document import Policy
from portal.versions.registry import policies

log = structlog.get_logger(__name__)

MINUTE = 60  # seconds
WRONG_TOKENS = sorted(parse_many("60 per minute;600 per hour"))  # by one network
PATIENCE = 0.2  # seconds that a call waits to note its token's use while somebody else writes


def who_calls() -> Bearer:
    """Whose call it is, which counts from here on. Raises Problem: 401, or 429."""
    bearer = _bearer()
    _spend(bearer)
    if bearer.used_at is None or (now() - bearer.used_at).total_seconds() >= MINUTE:
        _note_use(bearer)
    return bearer


def let_in(bearer: Bearer, scope: TokenScope | None, parts: Mapping[str, str]) -> Policy:
    """The policy of the token's shop, where it may call this. ``parts`` are those of the address.

    Raises Problem: 403 before 404.
    """
    if scope is not None and scope not in bearer.scopes:
        raise Problem("forbidden", f"This call needs a token with the scope {scope}.")
    policy = policies().get(bearer.shop)
    shop = parts.get("shop", bearer.shop)
    if policy is None or shop != bearer.shop or any("\x00" in part for part in parts.values()):
        raise problems.not_found()
    if "reference" in parts and not _has_claim(shop, parts["reference"]):
        raise problems.not_found()
    if "key" in parts and not _has_payout(shop, parts["key"]):
        raise problems.not_found()
    return policy


def _bearer() -> Bearer:
    """The token of this request. Raises Problem where it has none that is good: 401, or 429 of who guesses."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    found = tokens.bearer_of(text) if kind.lower() == "bearer" else None
    if found is None:
        if text:
            _a_guess()
        raise Problem(
            "unauthorized",
            "Send the header Authorization: Bearer rk_… with a token that is not revoked.",
            headers={"WWW-Authenticate": 'Bearer realm="redress"'},
        )
    return found


def _a_guess() -> None:
    """Count a token that opens nothing, whose network is held back in time; a good one opens all the same."""
    if not reading_limiter.enabled:
        return
    if full := full_for_readers(WRONG_TOKENS, "wrong token", network()):
        note_held_back(request.endpoint or "", at=now())
        wait = full.get_expiry()
        raise Problem(
            "too-many-requests",
            "Too many tokens that nobody knows were sent from this network."
            f" Look at the token, and go on in {wait} seconds.",
            headers={"Retry-After": str(wait)},
        )


def _has_claim(shop: str, reference: str) -> bool:
    """Whether the shop has this claim; of another's no row is read, as of one that isn't there."""
    here = Claim.reference == reference, Claim.shop == shop, Claim.status != Status.DRAFT
    return db.session.scalar(select(Claim.id).where(*here)) is not None


def _has_payout(shop: str, key: str) -> bool:
    here = Payout.key == key, Claim.shop == shop
    return (
        db.session.scalar(select(Payout.id).join(Claim, Claim.id == Payout.claim_id).where(*here))
        is not None
    )


def _spend(bearer: Bearer) -> None:
    """Count one call: for all by the Redis that they share, where there is one, else for this process.

    Where that Redis doesn't answer, what only reads is counted for this process, and nothing else is done.
    """
    if not reading_limiter.enabled:
        return
    shared = limiter.shared
    wait = shared.told(lambda _: _wait(limiter, bearer)) if shared else None
    if wait is None:
        if shared and request.method != "GET":
            shared.must_answer()
        wait = _wait(reading_limiter, bearer)
    if wait:
        raise Problem(
            "too-many-requests",
            f"This token may make {settings().api_calls_a_minute} calls a minute. Go on in {wait} seconds.",
            headers={"Retry-After": str(wait)},
        )


def _wait(by: Limiter, bearer: Bearer) -> int:
    """Seconds until there is room for one more call, at most a MINUTE; 0 where it was counted."""
    one = Counting(RateLimitItemPerMinute(settings().api_calls_a_minute), ("api", bearer.public_id))
    if by.limiter is None or first_over(by.limiter, [one]) is None:
        return 0
    free_at = by.limiter.get_window_stats(one.limit, one.key).reset_time
    return min(MINUTE, max(1, ceil(free_at - time())))


def _note_use(bearer: Bearer) -> None:
    """To the minute, so that not every call writes; and not at all while another writer is slow."""
    try:
        with transaction(patience=PATIENCE):
            tokens.note_use(bearer, at=now())
    except OperationalError:
        db.session.rollback()
        log.info("use of a token not noted")
