"""The shops, what each needs to know of a claim, and the policy they decide by."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import Blueprint, url_for

from portal.claims.queries import drafts_among
from portal.web.access import drafts
from portal.web.clock import now
from portal.web.htmx import go, render
from portal.web.journey import masthead, offers_balance, policies, resume_url, shop_policy

if TYPE_CHECKING:
    from flask import Response

bp = Blueprint("shops", __name__)


@bp.get("/")
def home() -> Response:
    """The shops of this install; where there is one only, its own page."""
    every = list(policies().values())
    if len(every) == 1:
        return go(url_for(".start", shop=every[0].id))
    return render("shops/home.html", shops=[masthead(policy) for policy in every])


@bp.get("/<shop>/")
def start(shop: str) -> Response:
    """Who can claim, what to have ready, how long it takes."""
    policy = shop_policy(shop)
    kept = [(draft, resume_url(draft)) for draft in drafts_among(drafts(), shop=shop)]
    return render(
        "shops/start.html",
        shop=masthead(policy),
        policy=policy,
        offers_balance=offers_balance(policy),
        kept=kept,
    )


@bp.get("/<shop>/policy")
def policy(shop: str) -> Response:
    """Every clause of the version in force, each under its own anchor."""
    found = shop_policy(shop)
    version = found.version_at(now())
    parts: dict[str, list[object]] = {}
    for clause in version.clauses:
        parts.setdefault(clause.part, []).append(clause)
    return render(
        "shops/policy.html",
        shop=masthead(found),
        policy=found,
        version=version,
        since=version.starts_at.astimezone(ZoneInfo(found.shop.time_zone)).date(),
        parts=parts,
    )
