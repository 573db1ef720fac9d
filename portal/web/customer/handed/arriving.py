"""From the shop's own page to a draft, or to the claim that there is: by a signed link, without a code."""

import re
from http import HTTPStatus

import structlog
from flask import Response, request, url_for

from portal.claims.queries import drafts_among
from portal.database import transaction
from portal.handoff import opening, tokens
from portal.policy.deciding.document import Policy
from portal.web.customer.handed import orders
from portal.web.frame.clock import now
from portal.web.frame.htmx import go, render
from portal.web.frame.shop import masthead
from portal.web.guards import access
from portal.web.guards.languages import handed_over, reader_tag
from portal.web.guards.limits import a_wrong_link

log = structlog.get_logger(__name__)

# How browsers say that they look at a page before anybody asked for it, today and before.
_SAYS_WHY = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
_AHEAD = re.compile("prefetch|prerender|preview")


def arrive(policy: Policy, token: str) -> Response:
    """Use the token, and leave its address at once: 303 to what it leads to, or a page that says why not."""
    if request.method == "HEAD" or any(
        _AHEAD.search(request.headers.get(name, "")) for name in _SAYS_WHY
    ):
        return _leaving(go(url_for("opening.begin", shop=policy.id)))  # nobody has come yet
    try:
        handoff = tokens.read(token, shop=policy.id, at=now())
        with transaction():
            used, claims = opening.open_handoff(
                handoff,
                browser=access.browser(),
                drafts=access.drafts(),
                policy=policy,
                at=now(),
                language=reader_tag(),
            )
            listed = orders.wanted(used, claims, policy)
    except (tokens.HandoffRefused, opening.HandoffUsed) as refused:
        log.info("hand-off refused", shop=policy.id, why=str(refused) or "used by another browser")
        a_wrong_link()
        return _leaving(_refused(policy))
    handed_over(handoff.language)
    return _leaving(go(listed or access.let_in(claims[0])))


def _refused(policy: Policy) -> Response:
    begun = drafts_among(access.drafts(), shop=policy.id)
    known = [claim for claim in begun if access.proved(claim)]
    return render(
        "customer/handed/refused.html",
        status=HTTPStatus.FORBIDDEN,
        shop=masthead(policy),
        kept=access.resume_url(known[0]) if known else None,
    )


def _leaving(response: Response) -> Response:
    """Nothing is told of this address, which has the token."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
