"""Steps that several web tests take: a code read from the outbox, a draft walked to a page."""

import re

from sqlalchemy import select

from portal.extensions import db
from portal.mail.models import OutboxMail
from tests import factories


def code_for(address=factories.EMAIL):
    """The digits of the newest code sent to the address."""
    newest = (
        select(OutboxMail.text)
        .where(OutboxMail.recipient == address, OutboxMail.event == "sign_in_code")
        .order_by(OutboxMail.id.desc())
        .limit(1)
    )
    text = db.session.execute(newest).scalar_one()
    db.session.rollback()
    return re.search(r"\b\d{6}\b", text).group()


def begin(visitor, *, shop=factories.SHOP, order=factories.ORDER, email=factories.EMAIL):
    """Name the order and enter the code; the draft's reference."""
    if order:
        page = visitor.post(f"/{shop}/claim", {"order": order, "email": email})
    else:
        page = visitor.post(f"/{shop}/claim?about=balance", {"email": email})
    reference = page.location.split("/")[2]
    assert page.location == f"/new/{reference}/code"
    visitor.post(page.location, {"code": code_for(email)})
    return reference


def answered(visitor, reference, *, reason="sms_not_received", **answers):
    """Choose the reason and answer its questions."""
    visitor.post(f"/new/{reference}/reason", {"reason": reason})
    visitor.post(f"/new/{reference}/questions", answers)
    return reference


def drafted(visitor, *, reason="sms_not_received", **given):
    """A draft that stands before its result."""
    place = {name: given.pop(name) for name in ("shop", "order", "email") if name in given}
    answers = {
        "service_name": "WhatsApp",
        "description": "I asked for the code twice and nothing came.",
    } | given
    return answered(visitor, begin(visitor, **place), reason=reason, **answers)
