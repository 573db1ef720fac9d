"""An upstream that listens, and a shop whose records are pulled from it."""

import pytest

from portal.config.pullers import Dialect, PullerSetting
from portal.config.settings import SecretStr
from tests.records.pulling.upstreams import KEY, speaking


@pytest.fixture
def upstream():
    with speaking() as upstream:
        yield upstream


@pytest.fixture
def pulled(app, upstream):
    """The shop's setting: ``pulled("5sim")`` for numberplug."""

    def set_up(dialect, *, shop="numberplug", url="", **given):
        setting = PullerSetting(
            shop, Dialect(dialect), url or upstream.url, **{"key": SecretStr(KEY)} | given
        )
        known = app.extensions["settings"]
        app.extensions["settings"] = known.model_copy(update={"pullers": [setting]})
        return setting

    return set_up
