"""Payout details on a page: the fields of one method, checked by the claims room."""

from dataclasses import asdict, replace
from typing import Any

from flask import Response, abort, request
from wtforms import ValidationError

from portal.claims.models import Claim
from portal.claims.payout.details import PayoutDetails, PayoutRefused, read
from portal.claims.payout.fields import FIELDS, Method
from portal.claims.payout.payee import payee_of
from portal.claims.payout.ways import (
    closed_words,
    costs,
    methods_open,
    none_left,
    too_small,
    way_words,
)
from portal.translation import lazy_gettext as _
from portal.web.customer.forms import method_form, payout_form
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, asked_about, only_language
from portal.web.frame.htmx import render
from portal.web.frame.shop import policy_of

CONFIRM = _("Compare the address with your wallet, then tick the box")


def chosen_method(claim: Claim) -> PageForm:
    """The form that asks how the money should come, of the ways that are open to the claim."""
    ways = [(method, way_words(claim, method)) for method in _open(claim)]
    return method_form(ways, method=claim.payout_method)


def ways_of(claim: Claim) -> dict[str, Any]:
    """What a page that asks how to be paid says besides: what each way costs, and which are closed and why.

    ``none_left`` is what can be done where none is open.
    """
    of: dict[str, Any] = {"policy": policy_of(claim), "at": now()}
    closed = [words for words in (closed_words(claim, **of), *too_small(claim, **of)) if words]
    return {
        "closed": closed,
        "costs": {method: cost.words for method, cost in costs(claim, **of).items()},
        "none_left": None if methods_open(claim, **of) else none_left(claim),
    }


def read_payee(claim: Claim, method: str) -> tuple[PayoutDetails | None, PageForm]:
    """The details that were sent, or None with the form that says what to mend.

    404 for a method that isn't open to the claim. The form begins with the details that are kept, in
    full: it is their owner who changes them. What may be a card number is never shown again.
    """
    if method not in _open(claim):
        abort(404)
    chosen, kept = Method(method), payee_of(claim)
    given = asdict(kept) if kept is not None and kept.method is chosen else {}
    form = payout_form(chosen, confirm="confirmed" in request.form, data=given)
    if not form.is_submitted():
        if only_language():
            _withhold(form, method)
        return None, form
    form.validate()
    try:
        details = _read_typed(method)
    except PayoutRefused as refused:
        for name, words in refused.errors.items():
            form[name].errors = [words]
            if name in refused.withheld:
                form[name].data = ""
        return None, form
    if details.email:
        try:
            details = replace(details, email=asked_about(form["email"], details.email))
        except ValidationError as question:
            form["email"].errors = [str(question)]
            return None, form
    if details.needs_confirmation:
        form = payout_form(chosen, confirm=True)
        form.confirmed.errors = [CONFIRM]
        return None, form
    return details, form


def _read_typed(method: str) -> PayoutDetails:
    return read(method, {name: value[:2000] for name, value in request.form.items()})


def _withhold(form: PageForm, method: str) -> None:
    """Take out of what is shown again what may be a card number."""
    try:
        _read_typed(method)
    except PayoutRefused as refused:
        for name in refused.withheld:
            form[name].data = ""


def _open(claim: Claim) -> list[str]:
    return methods_open(claim, policy=policy_of(claim), at=now())


def payee_page(form: PageForm, *, method: str, **context: Any) -> Response:
    """The page of one method's fields."""
    chosen = Method(method)
    return render(
        "customer/payee/payout_details.html",
        form=form,
        method=chosen,
        fields=FIELDS[chosen],
        **context,
    )
