"""Who may do what without a password: the drafts of this session, and the claims it has opened."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from flask import abort, request, session, url_for
from sqlalchemy import select

from portal.claims.letters import links
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queries import claim_alone, claim_for_change, claim_page
from portal.claims.verbs.codes import Asker
from portal.database import transaction
from portal.email_addresses import email_key
from portal.extensions import db, limiter
from portal.limits import network
from portal.web.frame.clock import now
from portal.web.frame.htmx import go
from portal.web.guards.languages import in_the_language_of
from portal.web.guards.limits import a_wrong_link

UNLOCKED_FOR = timedelta(minutes=30)
MOST_DRAFTS = 10

_DRAFTS = "drafts"
_BEGUN = "begun"  # of the drafts, those whose address this session has not proved
_PROVED = "proved"
_UNLOCKED = "unlocked"
_HELD = "held"  # addresses whose code was entered here, each with the end of the half hour
_BROWSER = "browser"


def drafts() -> list[str]:
    """References of the drafts this session began, the newest first."""
    return [text for text in session.get(_DRAFTS, []) if isinstance(text, str)]


def keep_draft(reference: str) -> None:
    """This session began the draft, or was led to it; the oldest of too many is let go."""
    others = [each for each in drafts() if each != reference]
    if len(others) == len(drafts()):
        session[_BEGUN] = [reference, *session.get(_BEGUN, [])][:MOST_DRAFTS]
    session[_DRAFTS] = [reference, *others][:MOST_DRAFTS]


def let_go(reference: str) -> None:
    """The draft is sent or thrown away."""
    session[_DRAFTS] = [each for each in drafts() if each != reference]


def prove(reference: str, address: str) -> None:
    """A code sent to this address of the draft was entered in this session.

    Another session that began the same draft has to enter one of its own: who names an address
    first learns nothing when its owner goes on.
    """
    kept = {name: proof for name, proof in session.get(_PROVED, {}).items() if name in drafts()}
    session[_PROVED] = kept | {reference: _mark(address)}
    session[_BEGUN] = [each for each in session.get(_BEGUN, []) if each != reference]


def proved(claim: Claim) -> bool:
    """Whether this session proved the address that the draft has now."""
    if claim.email_confirmed_at is None or claim.reference in session.get(_BEGUN, []):
        return False
    mark = _mark(claim.email)
    return bool(session.get(_PROVED, {}).get(claim.reference, mark) == mark)


def may_rename(claim: Claim) -> bool:
    """Whether this session may name another order or address for the draft.

    Where it holds answers already, only one that proved an address of it.
    """
    return claim.reason is None or claim.reference not in session.get(_BEGUN, [])


def hold_address(address: str) -> None:
    """A code sent to this address was entered in this session: it opens all of its holder's orders here."""
    others = {name: end for name, end in session.get(_HELD, {}).items() if name != address}
    until = (now() + UNLOCKED_FOR).isoformat()
    session[_HELD] = dict([*others.items(), (address, until)][-MOST_DRAFTS:])


def is_holder(address: str | None) -> bool:
    """Whether a code sent to this address was entered in this session."""
    return address is not None and address in session.get(_HELD, {})


def open_addresses() -> list[str]:
    """The addresses whose code was entered in this session within the last half hour."""
    held = session.get(_HELD, {}).items()
    return [address for address, until in held if now() < datetime.fromisoformat(until)]


def _mark(address: str | None) -> str:
    return hashlib.sha256((address or "").encode()).hexdigest()[:16]


def browser() -> str:
    """What this session is known by: a random name that it keeps."""
    return str(session.setdefault(_BROWSER, secrets.token_urlsafe(12)))


def asker(address: str) -> Asker:
    """Who asks for a code to the address: this session, the network it comes from, and whether we know it."""
    stranger = limiter.enabled and not is_holder(email_key(address))
    return Asker(browser(), network(), stranger)


def let_in(claim: Claim) -> str:
    """The shop says that this is the claim's holder, as a code would: where the claim goes on."""
    unlock_session(claim.reference)
    if claim.status is not Status.DRAFT:
        return status_url(claim.reference)
    keep_draft(claim.reference)
    prove(claim.reference, claim.email or "")
    return resume_url(claim)


def unlock_session(reference: str) -> None:
    """A code was entered: this session may change the claim for half an hour."""
    until = (now() + UNLOCKED_FOR).isoformat()
    kept = {
        name: end
        for name, end in session.get(_UNLOCKED, {}).items()
        if datetime.fromisoformat(end) > now()
    }
    session[_UNLOCKED] = kept | {reference: until}


def unlocked(claim: Claim) -> bool:
    """Whether a code for this claim, or another one of its holder, was entered within the last half hour."""
    return _in_time(claim.reference) or claim.email in open_addresses()


def was_unlocked(reference: str) -> bool:
    """Whether the half hour that a code opened is over, in the session that entered it."""
    return reference in session.get(_UNLOCKED, {}) and not _in_time(reference)


def _in_time(reference: str) -> bool:
    until = session.get(_UNLOCKED, {}).get(reference)
    return until is not None and now() < datetime.fromisoformat(until)


def held_here() -> list[Claim]:
    """The drafts and claims that this session may change now."""
    known = {*drafts(), *session.get(_UNLOCKED, {})}
    if not known:
        return []
    found = db.session.scalars(select(Claim).where(Claim.reference.in_(known)).order_by(Claim.id))
    return [claim for claim in found if holds(claim)]


def status_url(reference: str, **query: Any) -> str:
    """The claim's own page on this host."""
    token = links.status_token(reference)
    return url_for("claim.show", reference=reference, token=token, **query)


def draft(reference: str, *, lock: bool = False, confirmed: bool = True) -> Claim:
    """A draft of this session, with its files; ``lock`` within transaction() to change it.

    404 for everybody else's. Leads to the claim's page when it was sent, and to the code where this
    session has not proved the address yet.
    """
    if reference not in drafts():
        abort(404)
    claim = claim_for_change(reference) if lock else claim_alone(reference)
    if claim is None:
        let_go(reference)
        abort(404)
    in_the_language_of(claim)
    if claim.status is not Status.DRAFT:
        if not proved(claim):
            abort(404)
        abort(go(status_url(reference)))
    if confirmed and not proved(claim):
        abort(go(url_for("opening.code", reference=reference)))
    return claim


@contextmanager
def looked_at(reference: str) -> Iterator[Claim]:
    """A draft of this session for one request; a POST holds it in one transaction until the end.

    What it refuses and where it leads is draft()'s.
    """
    changing = request.method == "POST"
    with transaction() if changing else nullcontext():
        yield draft(reference, lock=changing)


def check_link(reference: str, token: str) -> None:
    """404 unless this is the link of that claim's mails; 429 for who tries many."""
    if not links.opens(reference, token):
        a_wrong_link()
        abort(404)


def opened(reference: str, token: str, *, lock: bool = False) -> Claim:
    """The claim for whoever entered its code; ``lock`` within transaction() to change it.

    Anybody else with the link is led to ask for a code, and from there back to this page.
    """
    check_link(reference, token)
    claim = claim_for_change(reference) if lock else claim_page(reference)
    if claim is None:
        abort(404)
    in_the_language_of(claim)
    if not unlocked(claim):
        page = (request.endpoint or "").rpartition(".")[2]
        abort(go(url_for("claim.unlock", reference=reference, token=token, to=page)))
    if claim.status is Status.DRAFT:
        abort(404)
    return claim


def holds(claim: Claim) -> bool:
    """Whether this session may see and add the claim's files: its own draft, or opened by a code."""
    if claim.status is Status.DRAFT:
        return claim.reference in drafts() and proved(claim)
    return unlocked(claim)


def may_hold(reference: str) -> bool:
    """Whether this session began the claim, or opened it or another of its holder: holds() decides.

    Asked before anything of it is read: to whom it is not open, one that is there takes no longer
    than one that isn't.
    """
    if reference in drafts() or _in_time(reference):
        return True
    addresses = open_addresses()
    of_holder = Claim.reference == reference, Claim.email.in_(addresses)
    return bool(addresses) and db.session.scalar(select(Claim.id).where(*of_holder)) is not None


def resume_url(claim: Claim) -> str:
    """Where a kept draft goes on: its result leads to the first page that is still open."""
    if claim.email_confirmed_at is None:
        return url_for("opening.code", reference=claim.reference)
    step = "result" if claim.reason else "reason"
    return url_for(f"filing.{step}", reference=claim.reference)
