"""The portal with a Redis that its processes share."""

import pytest

from portal.extensions import limiter, reading_limiter
from tests.conftest import NOW
from tests.machines.redis_server import RedisServer


@pytest.fixture(scope="session")
def server():
    """One for the run, whose data each test throws away."""
    found = RedisServer()
    yield found
    found.stop()


@pytest.fixture
def mortal():
    """One that the test may stop."""
    found = RedisServer()
    yield found
    found.stop()


@pytest.fixture
def counting_at(app):
    """Have the portal of this test count at an address, with its limits on."""
    before = app.config["RATELIMIT_STORAGE_URI"]

    def move(uri):
        settings = app.extensions["settings"]
        app.extensions["settings"] = settings.model_copy(update={"ratelimit_storage": uri})
        app.config |= {"RATELIMIT_STORAGE_URI": uri, "NOW": NOW, "RATELIMIT_ENABLED": True}
        for each in (limiter, reading_limiter):
            each.init_app(app)

    yield move
    move(before)
    limiter.enabled = reading_limiter.enabled = False


@pytest.fixture
def shared(app, server, counting_at):
    """The data of the Redis that this portal shares with others."""
    client = server.client()
    client.flushall()
    counting_at(server.uri)
    return client
