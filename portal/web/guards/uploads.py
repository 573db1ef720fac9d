"""How much may be uploaded: by one network before it is read, and for one claim and by all as it is kept."""

from collections.abc import Sequence

from flask import request
from limits import RateLimitItemPerDay, RateLimitItemPerMinute
from werkzeug.exceptions import TooManyRequests

from portal.config.settings import settings
from portal.extensions import limiter
from portal.limits import Counting, first_over, network
from portal.translation import lazy_gettext as _

TAKEN = {"evidence.files", "phone.files", "changing.identity"}  # where customers send files
UNSAID = 56_000  # kB that a request counts for which says no length
_KB = 1000  # in a MB, and bytes in one

BY_NETWORK = _(
    "More was sent from your network within a short time than we take. Nothing of this arrived; what you"
    " sent before is kept. Wait ten minutes, then send the rest a few files at a time."
)
FOR_CLAIM = _(
    "More files were sent for this claim today, or altogether, than we take in a day. Nothing of these was"
    " kept; what you sent before is. Send the rest tomorrow, or smaller files."
)


class TooMuchSent(TooManyRequests):
    """More was uploaded than is taken; its words say what was kept, and how to go on."""


def announced() -> None:
    """Count what a request says that it brings, before any of it is read; raises TooMuchSent."""
    if request.method != "POST" or request.endpoint not in TAKEN:
        return
    length = request.content_length
    size = UNSAID if length is None else -(-length // _KB)
    by, most = ("upload by network", network()), settings()
    _spend(
        [
            Counting(RateLimitItemPerMinute(most.upload_mb_network * _KB, 10), by, size),
            Counting(RateLimitItemPerDay(most.upload_mb_network_day * _KB), by, size),
        ],
        BY_NETWORK,
    )


def brought(claim: str, sizes: Sequence[int]) -> None:
    """Count files of so many bytes each that came for this claim, by its reference; raises TooMuchSent."""
    size, count, most = -(-sum(sizes) // _KB), len(sizes), settings()
    whose, by = ("upload for claim", claim), ("uploaded files", network())
    _spend(
        [
            Counting(RateLimitItemPerDay(most.upload_mb_claim_day * _KB), whose, size),
            Counting(RateLimitItemPerDay(most.upload_files_claim_day), (*whose, "files"), count),
            Counting(RateLimitItemPerDay(most.upload_files_network_day), by, count),
            Counting(RateLimitItemPerDay(most.upload_mb_day * _KB), ("uploads",), size),
            Counting(RateLimitItemPerDay(most.upload_files_day), ("uploads", "files"), count),
        ],
        FOR_CLAIM,
    )


def _spend(more: Sequence[Counting], words: str) -> None:
    full = first_over(limiter.limiter, more) if limiter.enabled else None
    if full is not None:
        raise TooMuchSent(words, retry_after=full.get_expiry())
