"""The files of runs are sealed anew, with the newest key."""

from sqlalchemy import select

from portal.claims.payout.payee import keyring
from portal.database import transaction
from portal.extensions import db
from portal.ledger.runs import PayoutRun
from portal.payouts.releasing import bound_to
from portal.payouts.runs import run_for_change
from portal.sealed import SealError


def reseal_files() -> tuple[int, list[str]]:
    """Seal with the first key what an older one sealed: how many, and which could not be opened."""
    keys, count = keyring(), 0
    refused: list[str] = []
    for key in db.session.scalars(
        select(PayoutRun.key).where(PayoutRun.file_sealed.is_not(None)).order_by(PayoutRun.id)
    ).all():
        with transaction():
            run = run_for_change(key)
            if run is None or run.file_sealed is None:
                continue
            try:
                again = keys.reseal(run.file_sealed, bound_to=bound_to(key))
            except SealError as error:
                refused.append(f"run {key}: {error}")
                continue
            count += again != run.file_sealed
            run.file_sealed = again
    return count, refused
