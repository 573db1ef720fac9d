"""The shops, what each needs to know of a claim, and the policy they decide by."""

from flask import Blueprint, Response, request, url_for

from portal.claims.queries import drafts_among
from portal.versions.registry import policies
from portal.web.frame.clock import now
from portal.web.frame.htmx import go, render
from portal.web.frame.shop import masthead, offers_balance, shop_policy
from portal.web.guards.access import drafts, resume_url
from portal.web.public.policy import by_rule, page_of, version_of_date
from portal.words.differences import differences

bp = Blueprint("shops", __name__)


@bp.get("/")
def home() -> Response:
    """The shops of this install; where there is one only, its own page."""
    every = list(policies().values())
    if len(every) == 1:
        return go(url_for(".start", shop=every[0].id))
    return render("public/home.html", shops=[masthead(policy) for policy in every])


@bp.get("/<shop>/")
def start(shop: str) -> Response:
    """Who can claim, what to have ready, how long it takes."""
    policy = shop_policy(shop)
    kept = [(draft, resume_url(draft)) for draft in drafts_among(drafts(), shop=shop)]
    return render(
        "public/start.html",
        shop=masthead(policy),
        policy=policy,
        offers_balance=offers_balance(policy),
        kept=kept,
    )


@bp.get("/<shop>/policy")
def policy(shop: str) -> Response:
    """The rules in force: in their wording, in plain words, and as the way that a claim takes."""
    found = shop_policy(shop)
    at = now()
    page = page_of(found, found.version_at(at), reason=request.args.get("reason"), at=at)
    return render("public/policy.html", **page)


@bp.get("/<shop>/policy/<version>")
def policy_version(shop: str, version: str) -> Response:
    """The rules of one version: an earlier one, or one that is not in force yet."""
    found = shop_policy(shop)
    chosen = version_of_date(found, version)
    page = page_of(found, chosen, reason=request.args.get("reason"), at=now())
    return render("public/policy.html", **page)


@bp.get("/<shop>/policy/<old>/<new>")
def policy_changes(shop: str, old: str, new: str) -> Response:
    """What one version says otherwise than another, rule by rule, in words."""
    found = shop_policy(shop)
    before, after = version_of_date(found, old), version_of_date(found, new)
    return render(
        "public/changes.html",
        shop=masthead(found),
        policy=found,
        old=before,
        new=after,
        changes=by_rule(differences(before, after)),
    )
