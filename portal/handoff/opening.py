"""A token used: the claims that it leads to, once, for the browser that brought it."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from portal.claims import answering
from portal.claims.decisions.returned import NOT_CLAIMED
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change, claims_for_change, claims_named
from portal.claims.verbs import filing
from portal.database import hold, transaction
from portal.extensions import db
from portal.handoff.models import HandoffUse
from portal.handoff.together import say_what_happened
from portal.handoff.tokens import Handoff
from portal.policy.deciding.document import Policy
from portal.records.models import Holder
from portal.records.queries import reached

# A list of orders stays open in its browser for a while after its token ended.
KEPT = timedelta(days=1)


class HandoffUsed(Exception):
    """Another browser has used this token."""


def open_handoff(
    handoff: Handoff,
    *,
    browser: str,
    drafts: Sequence[str],
    policy: Policy,
    at: datetime,
    language: str | None = None,
) -> tuple[HandoffUse, list[Claim]]:
    """Use a token: a draft for each of its orders, or the claim that its holder has about it already.

    Its use, and the claims in its own order; used again by the same browser it is what it was at
    first. ``browser`` is what its session knows it by, ``drafts`` what it holds: one of them about
    the same order is gone on with. What the token says of the language goes before ``language``, which
    a draft gets that it begins. In the caller's transaction. Raises HandoffUsed.
    """
    mark, jti = _mark(browser), _mark(handoff.jti)
    hold(f"hand-off {handoff.kid} {jti}")
    known = HandoffUse.kid == handoff.kid, HandoffUse.jti == jti
    used = db.session.scalar(select(HandoffUse).where(*known))
    if used is not None:
        if not hmac.compare_digest(used.browser, mark):
            raise HandoffUsed
        return used, claims_of(used)
    holder = reached(handoff.shop, handoff.holder)
    orders = {filing.order_key(order): order for order in reversed(handoff.orders)}
    offered = {each.code for each in policy.shop.reasons if each.about == "order"}
    reason = handoff.reason if handoff.reason in offered else None
    claims = [
        _begun_or_sent(holder, order, shop=handoff.shop, drafts=drafts)
        or _begin(
            holder,
            order,
            reason=reason,
            language=handoff.language or language,
            policy=policy,
            at=at,
        )
        for order in reversed(orders.values())
    ]
    answering.keep_language(claims, language=handoff.language)
    if reason:
        for claim in sorted(claims, key=lambda each: each.id):
            held = claim_for_change(claim.reference) if claim.reference in drafts else claim
            if held and held.status is Status.DRAFT and held.reason is None:
                say_what_happened(held, reason=reason, policy=policy, at=at)
    used = HandoffUse(
        shop=handoff.shop,
        kid=handoff.kid,
        jti=jti,
        browser=mark,
        used_at=at,
        good_until=handoff.good_until,
        claims=[claim.reference for claim in claims],
    )
    db.session.add(used)
    db.session.flush()
    return used, claims


def use_of(public_id: str, *, browser: str) -> HandoffUse | None:
    """What a token led this browser to; None for any other browser."""
    used = db.session.scalar(select(HandoffUse).where(HandoffUse.public_id == public_id))
    if used is None or not hmac.compare_digest(used.browser, _mark(browser)):
        return None
    return used


def claims_of(used: HandoffUse, *, lock: bool = False) -> list[Claim]:
    """The claims that a token led to, in its order; ``lock`` within transaction() to change them."""
    return claims_for_change(used.claims) if lock else claims_named(used.claims)


def forget_due(*, now: datetime) -> int:
    """Forget the uses of tokens that ended a day ago; how many they were."""
    over = HandoffUse.good_until < now - KEPT
    if db.session.scalar(select(HandoffUse.id).where(over).limit(1)) is None:
        return 0
    with transaction():
        gone = delete(HandoffUse).where(over).returning(HandoffUse.id)
        return len(db.session.scalars(gone).all())


def _begin(
    holder: Holder,
    order: str,
    *,
    reason: str | None,
    language: str | None,
    policy: Policy,
    at: datetime,
) -> Claim:
    claim = filing.start(
        shop=policy.id,
        order_reference=order,
        email=holder.email,
        account_id=holder.account_id,
        language=language,
        at=at,
        vouched=True,
        reason=reason,
    )
    if reason:
        say_what_happened(claim, reason=reason, policy=policy, at=at)
    return claim


def _begun_or_sent(holder: Holder, order: str, *, shop: str, drafts: Sequence[str]) -> Claim | None:
    """The newest claim of this holder about the order: a draft of the browser's, or one that was sent."""
    about = (
        select(Claim)
        .where(Claim.shop == shop, Claim.order_key == filing.order_key(order))
        .order_by(Claim.id.desc())
    )
    for claim in db.session.scalars(about):
        begun = claim.status is Status.DRAFT and claim.reference in drafts
        sent = claim.status not in NOT_CLAIMED
        if (begun or sent) and claim.email_confirmed_at and claim.holder.is_same(holder):
            return claim
    return None


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
