"""Claims of people of whom everything is known, paid and at an end."""

import io
from datetime import timedelta

from portal.claims import answering
from portal.claims.desk.noting import note
from portal.claims.evidence.storage.chosen import storage
from portal.claims.payout.details import PayoutDetails
from portal.claims.payout.fields import Method
from portal.claims.payout.payee import name_payee
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing, reviewing
from portal.database import transaction
from portal.money import Money
from portal.payouts import paying
from tests import factories
from tests.factories import NOW

IBAN = "DE89370400440532013000"


def stored(data):
    """The key of a file of the storage with these bytes."""
    return storage().create(io.BytesIO(data), limit=len(data)).key


def sent(name, *, at=NOW, iban=IBAN, order=None, description=None):
    """A claim that waits for a person; ``name`` stands in every text, address, file and file's name of it."""
    address, order = f"{name}@example.com", order or f"O-{name}"
    factories.account(email=address, account_id=f"acc-{name}")
    factories.order(reference=order, account_email=address, account_id=f"acc-{name}",
                    messages=[(NOW - timedelta(minutes=50), "WhatsApp")])  # fmt: skip
    row = factories.draft(
        order_reference=order, email=address, account_id=f"acc-{name}", at=at, files=0,
        reason="wrong_code", description=description or f"{name} asked twice.", destination="payout",
    )  # fmt: skip
    view = {"role": "view", "key": stored(f"bytes of {name}".encode()), "media_type": "image/png",
            "width": 4, "height": 4, "size": 4}  # fmt: skip
    factories.evidence(row, at=at, filename=f"{name}.png", views=[view],
                       original_key=stored(f"original of {name}".encode()))  # fmt: skip
    with transaction():
        row = claim_for_change(row.reference)
        holder = f"Holder {name}"
        name_payee(row, details=PayoutDetails(method=Method.IBAN, holder=holder, iban=iban))
        answering.keep(row, page="appeal", fields={"text": f"{name} typed"}, at=at)
        filing.submit(row, policy=factories.policy(), at=at)
    with transaction():
        row = claim_for_change(row.reference)
        note(row, text=f"{name} called", by=factories.reviewer(), at=at, policy=factories.policy())
    return row.reference


def paid(name, *, at=NOW, **given):
    """The same, approved and paid."""
    reference = sent(name, at=at, **given)
    policy = factories.policy()
    payer = factories.reviewer(may_pay=True)
    with transaction():
        row = claim_for_change(reference)
        reviewing.approve(
            row, amount=Money.parse("0.50", "USD"), override_reason=f"{name} is right",
            customer_text=f"Dear {name}", internal=f"{name} looks sound",
            by=factories.reviewer(), at=at, seen=row.version, policy=policy,
        )  # fmt: skip
    factories.released(claim_for_change(reference), at=at)
    with transaction():
        row = claim_for_change(reference)
        paying.mark_paid(row, reference=f"TX-{reference}", by=payer, at=at, seen=row.version,
                         policy=policy)  # fmt: skip
    return reference
