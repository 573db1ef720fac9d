"""An S3 service on this machine: moto's, in a process of its own; and what the portal is told of a bucket in it."""

import socket
import subprocess
import sys
import time

import pytest
import urllib3

NAME = "evidence-of-tests"
CALLS = urllib3.PoolManager(retries=False, timeout=10)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def at(port, **given):
    """The settings of a bucket at this port; what never answers is waited for a moment only."""
    return {
        "evidence_bucket": NAME,
        "evidence_s3_endpoint": f"http://127.0.0.1:{port}",
        "evidence_s3_access_key": "a-key-of-tests",
        "evidence_s3_secret_key": "the-secret-of-tests",
        "evidence_s3_timeout": 20.0,
    } | given


@pytest.fixture(scope="session")
def s3():
    """The port of the service, for all tests of this worker that ask for it."""
    port = free_port()
    service = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert service.poll() is None, "moto ended"
                assert time.monotonic() < until, "moto does not answer"
                time.sleep(0.1)
        yield port
    finally:
        service.kill()
        service.wait()


@pytest.fixture
def bucket(s3):
    """The settings of an empty bucket that lets nobody else in."""
    here = f"http://127.0.0.1:{s3}"
    assert CALLS.request("POST", f"{here}/moto-api/reset").status == 200
    assert CALLS.request("PUT", f"{here}/{NAME}").status == 200
    return at(s3)


def told(app, given):
    """Have the portal keep its evidence there."""
    settings = app.extensions["settings"]
    whole = type(settings)(**settings.model_dump(exclude=set(given)) | given)
    app.extensions["settings"] = whole
    return app
