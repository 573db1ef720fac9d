"""What several web tests share: a draft walked to a page, claims in each state, files to send."""

import io
import itertools
import re
from datetime import timedelta

from PIL import Image
from sqlalchemy import select

from portal.claims.evidence.storage.chosen import storage
from portal.claims.letters.links import status_token
from portal.claims.models import Claim
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.queries import claim_for_change, claim_page
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.payouts import paying
from tests import factories
from tests.factories import NOW

_orders = itertools.count(1)


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
    """Name the order, and enter the code where this session has entered none; the draft's reference."""
    if order:
        page = visitor.post(f"/{shop}/claim", {"order": order, "email": email})
    else:
        page = visitor.post(f"/{shop}/claim?about=balance", {"email": email})
    reference = page.location.split("/")[2]
    if page.location != f"/new/{reference}/reason":
        assert page.location == f"/new/{reference}/code"
        visitor.post(page.location, {"code": code_for(email)})
    return reference


def answered(visitor, reference, *, reason="sms_not_received", **answers):
    """Choose the reason and answer its questions, of which the page takes those that it asks."""
    said = {"reason": reason, "shown": reason} | answers
    page = visitor.post(f"/new/{reference}/reason", said)
    if visitor.client.get(page.location).location:  # an answer made another one necessary
        visitor.post(f"/new/{reference}/reason", said)
    return reference


def drafted(visitor, *, reason="sms_not_received", **given):
    """A draft that stands before its result."""
    place = {name: given.pop(name) for name in ("shop", "order", "email") if name in given}
    answers = {
        "service_name": "WhatsApp",
        "description": "I asked for the code twice and nothing came.",
    } | given
    return answered(visitor, begin(visitor, **place), reason=reason, **answers)


def link(claim):
    return f"/claims/{claim.reference}/{status_token(claim.reference)}"


def opened(visitor, claim):
    """Enter a code for the claim; its address."""
    url = link(claim)
    visitor.post(f"{url}/unlock")
    visitor.post(f"{url}/code", {"code": code_for(claim.email)})
    return url


def stored(reference):
    """The claim of that name as the database has it now."""
    db.session.rollback()
    return db.session.execute(db.select(Claim).where(Claim.reference == reference)).scalar_one()


def again(claim):
    """The claim as the database has it now, with all that its page shows."""
    db.session.rollback()
    return claim_page(claim.reference)


def declined(**given):
    claim = factories.claim(**given)
    person = factories.reviewer()
    with transaction():
        reviewing.decline(
            claim_for_change(claim.reference),
            clause="SS-N3",
            customer_text="The table of your order shows a message at 09:10.",
            internal="smells of a second account",
            override_reason="seen in the table",
            by=person,
            at=NOW,
            seen=claim.version,
            policy=factories.policy(),
        )
    return again(claim)


def asked(missing, note="Send the whole screen, with its time."):
    claim = factories.claim()
    person = factories.reviewer()
    with transaction():
        reviewing.ask(
            claim_for_change(claim.reference),
            missing=missing,
            note=note,
            policy=factories.policy(),
            by=person,
            at=NOW,
            seen=claim.version,
        )
    return again(claim)


def payout_failed():
    """An approved payout that came back, of an order of its own."""
    claim = factories.claim(destination="payout", order_reference=f"A-20{next(_orders)}")
    person = factories.reviewer(may_pay=True)
    with transaction():
        claim = claim_for_change(claim.reference)
        name_payee(claim, details=read("paypal", {"email": "kim@example.com"}))
        reviewing.approve(
            claim,
            amount=Money.parse("0.50", "USD"),
            override_reason="the order was never made",
            by=person,
            at=NOW,
            seen=claim.version,
            policy=factories.policy(),
        )
    factories.released(claim)
    with transaction():
        claim = claim_for_change(claim.reference)
        paying.mark_failed(
            claim,
            reason="account closed",
            policy=factories.policy(),
            by=person,
            at=NOW,
            seen=claim.version,
        )
    return again(claim)


_numbers = itertools.count()


def picture(name="shot.png", size=(60, 40)):
    """A file of its own: each has another colour in its corner."""
    data = io.BytesIO()
    drawn = Image.new("RGB", size, "white")
    drawn.putpixel((0, 0), tuple(next(_numbers).to_bytes(3, "big")))
    drawn.save(data, "PNG")
    return io.BytesIO(data.getvalue()), name


def files_of(reference):
    db.session.rollback()
    return [(file.filename, file.state.value) for file in claim_page(reference).evidence]


def kept():
    """How many files the storage holds."""
    return len(list(storage().written_before(NOW + timedelta(days=36500))))
