"""Payout details on a page: the fields of one method, checked by the claims room."""

from dataclasses import asdict
from typing import Any

from flask import Response, request

from portal.claims.payout.details import PayoutDetails, PayoutRefused, read
from portal.claims.payout.fields import FIELDS, Method
from portal.translation import lazy_gettext as _
from portal.web.customer.forms import payout_form
from portal.web.frame.fields import PageForm
from portal.web.frame.htmx import render

CONFIRM = _("Compare the address with your wallet, then tick the box")


def read_payee(
    method: str, *, kept: PayoutDetails | None = None
) -> tuple[PayoutDetails | None, PageForm]:
    """The details that were sent, or None with the form that says what to mend.

    The form begins with those that were ``kept``, in full: it is their owner who changes them. What
    may be a card number is never shown again.
    """
    chosen = Method(method)
    given = asdict(kept) if kept is not None and kept.method is chosen else {}
    form = payout_form(chosen, confirm="confirmed" in request.form, data=given)
    if not form.is_submitted():
        return None, form
    form.validate()
    typed = {name: value[:2000] for name, value in request.form.items()}
    try:
        details = read(method, typed)
    except PayoutRefused as refused:
        for name, words in refused.errors.items():
            form[name].errors = [words]
            if name in refused.withheld:
                form[name].data = ""
        return None, form
    if details.needs_confirmation:
        form = payout_form(chosen, confirm=True)
        form.confirmed.errors = [CONFIRM]
        return None, form
    return details, form


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
