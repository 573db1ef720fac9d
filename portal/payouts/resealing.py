"""The files of runs are sealed anew, with the newest key."""

from portal.claims.payout.resealing import reseal_column
from portal.ledger.runs import PayoutRun
from portal.payouts.releasing import bound_to


def reseal_files() -> tuple[int, list[str]]:
    """Seal with the first key what an older one sealed: how many, and which could not be opened."""
    of, sealed = PayoutRun.key, PayoutRun.file_sealed
    return reseal_column(sealed, of, bound_to=bound_to, called="run", lot=1)  # each may be large
