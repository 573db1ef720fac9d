"""Where a claim's money goes: sealed to the claim's own row, and shown masked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

from portal.claims.payout import PayoutDetails
from portal.sealed import Keyring

if TYPE_CHECKING:
    from portal.claims.models import Claim


def name_payee(claim: Claim, *, details: PayoutDetails) -> None:
    """Keep checked details: sealed for this claim alone, with the mask that pages may show."""
    claim.payout_method = details.method.value
    claim.payout_sealed = _keys().seal(details.to_bytes(), bound_to=_row(claim))
    claim.payout_masked = [list(line) for line in details.masked()]


def forget_payee(claim: Claim) -> None:
    """Drop the details: the money goes to the balance after all."""
    claim.payout_method = claim.payout_sealed = claim.payout_masked = None


def payee_of(claim: Claim) -> PayoutDetails | None:
    """The details in full, for the person who pays; None where none were given. Raises SealError."""
    if claim.payout_sealed is None:
        return None
    return PayoutDetails.from_bytes(_keys().open_sealed(claim.payout_sealed, bound_to=_row(claim)))


def _keys() -> Keyring:
    entries = current_app.extensions["settings"].seal_keys
    return Keyring.parse(key.get_secret_value() for key in entries)


def _row(claim: Claim) -> str:
    return f"payout_details:{claim.reference}"
