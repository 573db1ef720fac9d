"""A link to a new password: the same words, the same work and the same time, whoever's address it is."""

import secrets
from collections.abc import Callable
from typing import Any

from flask import flash, request
from flask_security.recoverable import send_reset_password_instructions

from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer, by_email
from portal.translation import gettext, lazy_gettext as _
from portal.web.account import mails
from portal.web.frame.clock import now
from portal.web.frame.fields import EmailField, PageForm
from portal.web.frame.htmx import render
from portal.web.guards import limits
from portal.web.guards.known_browsers import plain

SENT = _(
    "If %(email)s has an account, a link is on its way to it. It is good for one day. We send three a"
    " day at most, so look for an earlier one if none comes."
)


class LinkForm(PageForm):
    """Whose password is to be set."""

    email = EmailField(_("E-mail address"), empty=_("Enter your e-mail address."))


def same_for_all(view: Callable[..., Any], **parts: Any) -> Any:
    """The page that sends a link, in place of the library's, which took its time for those it knew."""
    if request.method != "POST":
        return view(**parts)
    form = LinkForm()
    if form.validate_on_submit():
        email = plain(form.email.data or "")
        _write(email)
        flash(gettext(SENT, email=email), "info")
    status = 422 if form.errors else 200
    return render("security/forgot_password.html", status=status, forgot_password_form=form)


def _write(email: str) -> None:
    """Write the mail and put it into the outbox; for whom there is none, take it back out again."""
    fits = limits.a_link_mail(email)
    person = by_email(email)
    leaves = fits and person is not None and person.active
    if person is None or not person.active:
        mark = secrets.token_hex(32)
        person = Reviewer(email=email, fs_uniquifier=mark, password=mark)
    send_reset_password_instructions(person)
    with transaction(), db.session.begin_nested() as put:
        mails.post(at=now())
        db.session.flush()
        if not leaves:
            put.rollback()
