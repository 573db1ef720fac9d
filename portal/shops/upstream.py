"""The upstream of a shop's numbers: what changed there is taken in, at a command and by the worker."""

from datetime import datetime, timedelta

from portal.claims.decisions.ownership import CLAIMED
from portal.config.pullers import PullerSetting
from portal.config.settings import Mode, settings
from portal.records.pulling.pulls import Pulling, pull, pull_due
from portal.records.storing.rows import ImportCount
from portal.versions.registry import policies


def pull_for(setting: PullerSetting, *, at: datetime) -> ImportCount:
    """Take in what changed at the shop's upstream since the last time, now. Raises PullFailed."""
    return pull(setting, _pulling(setting.shop), at=at)


def pull_all_due(*, now: datetime) -> int:
    """Do so for each shop whose turn it is, where the worker pulls at all; how many."""
    if not settings().pull_every:
        return 0
    running = [each for each in settings().pullers if each.shop in policies()]
    return pull_due(running, _pulling, now=now)


def _pulling(shop: str) -> Pulling:
    return Pulling(
        claimed=CLAIMED,
        currencies=policies()[shop].shop.currencies,
        every=timedelta(seconds=settings().pull_every),
        inward=settings().mode is Mode.DEVELOPMENT,
    )
