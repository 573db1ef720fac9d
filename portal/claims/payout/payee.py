"""Where a claim's money goes: sealed to the claim's own row, and shown masked."""

import json
from hashlib import sha256

from sqlalchemy import select, update

from portal.claims.decisions.requirements import PAYEE, asked_on_appeal
from portal.claims.lifecycle import Action, Actor, actions_open_to
from portal.claims.models import Claim
from portal.claims.payout.details import PayoutDetails, PayoutUnreadable
from portal.config.settings import settings
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import UNDER_WAY, Payout
from portal.sealed import Keyring, SealError

CHANGES = frozenset({Action.CHANGE_PAYOUT, Action.CORRECT_PAYOUT})


def name_payee(claim: Claim, *, details: PayoutDetails) -> None:
    """Keep checked details: sealed for this claim alone, with the mask that pages may show."""
    claim.payout_method = details.method.value
    claim.payout_sealed = keyring().seal(details.to_bytes(), bound_to=_row(claim.reference))
    claim.payout_masked = [list(line) for line in details.masked()]
    claim.payee_key = _payee_key(details, keyring())


def forget_payee(claim: Claim) -> None:
    """Drop the details: the money goes to the balance after all."""
    claim.payout_method = claim.payout_sealed = claim.payout_masked = claim.payee_key = None


def digest_of(claim: Claim, payout: Payout) -> str:
    """SHA-256 over payee, amount, currency and claim version: what an approval is given for.

    Another payee or amount is another digest, so that nothing goes where nobody approved it.
    """
    return _digest(claim.payee_key if payout.destination == "payout" else claim.holder.name, payout)


def _digest(payee: str | None, payout: Payout) -> str:
    said = [payee, payout.amount_minor, payout.currency, payout.claim_version]
    return sha256(json.dumps(said).encode()).hexdigest()


def _payee_key(details: PayoutDetails, keys: Keyring) -> str | None:
    """The destination as claims are compared by it, whoever is named as its holder."""
    where = details.iban or details.email.casefold() or details.address or details.description
    return keys.fingerprint(where.encode(), purpose="payee") if where else None


def key_of_address(email: str) -> str:
    """What a claim's ``payee_key`` is where its money goes to this PayPal address."""
    return keyring().fingerprint(email.casefold().encode(), purpose="payee")


def payee_of(claim: Claim) -> PayoutDetails | None:
    """The details in full, for the person who pays; None where none were given. Raises SealError."""
    if claim.payout_sealed is None:
        return None
    opened = keyring().open_sealed(claim.payout_sealed, bound_to=_row(claim.reference))
    return PayoutDetails.from_bytes(opened)


def reseal_payees(*, lot: int = 100) -> tuple[int, list[str]]:
    """Seal with the first key what an older one sealed: how many, and which could not be opened.

    Each lot is a transaction of its own: broken off, it goes on where it was. The claims stay as
    they are for whoever has one before them, and keep their version.
    """
    keys, last, count = keyring(), 0, 0
    refused: list[str] = []
    while True:
        older = (
            select(Claim.id, Claim.reference, Claim.payout_sealed, Claim.payee_key)
            .where(Claim.payout_sealed.is_not(None), Claim.id > last)
            .order_by(Claim.id)
            .limit(lot)
            .with_for_update()
        )
        with transaction():
            rows = db.session.execute(older).all()
            for number, reference, sealed, known_by in rows:
                try:
                    opened = keys.open_sealed(str(sealed), bound_to=_row(reference))
                    again = keys.reseal(str(sealed), bound_to=_row(reference))
                    key = _payee_key(PayoutDetails.from_bytes(opened), keys)
                except (SealError, PayoutUnreadable) as error:
                    refused.append(f"claim {reference}: {error}")
                    continue
                if again != sealed:
                    one = update(Claim).where(Claim.id == number)
                    db.session.execute(one.values(payout_sealed=again, payee_key=key))
                    _renew_digests(number, known_by, key)
                    count += 1
        if len(rows) < lot:
            return count, refused
        last = rows[-1].id


def _renew_digests(claim: int, before: str | None, after: str | None) -> None:
    """What was approved stays approved: the payee is the same, only known by another key."""
    to_payee = select(Payout).where(Payout.claim_id == claim, Payout.destination == "payout")
    for payout in db.session.scalars(to_payee):
        if payout.digest == _digest(before, payout):
            payout.digest = _digest(after, payout)


def may_change_payee(claim: Claim) -> bool:
    """Whether its owner may give other details: until it is paid, where the money leaves the shop."""
    payout = claim.payout
    leaves = payout is None or (
        payout.destination == "payout"
        and payout.amount is not None
        and payout.state not in UNDER_WAY
    )
    asked = any(path.startswith(PAYEE) for path in asked_on_appeal(claim))
    given = asked or claim.payout_sealed is not None or payout is not None
    return given and leaves and bool(CHANGES & actions_open_to(claim.status, Actor.CUSTOMER))


def keyring() -> Keyring:
    """The keys that seal, from the settings; the first one seals anew."""
    return Keyring.parse(key.get_secret_value() for key in settings().seal_keys)


def _row(reference: str) -> str:
    return f"payout_details:{reference}"
