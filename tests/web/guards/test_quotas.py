"""So much is taken in a day, of one network before it is read, for one claim, and of all."""

import io
import itertools

import pytest

from portal.extensions import limiter
from tests.conftest import NOW
from tests.web.inspector import Browser
from tests.web.steps.journeys import begin, picture

MB = 1_000_000
ONE, OTHER = {"REMOTE_ADDR": "127.0.0.1"}, {"REMOTE_ADDR": "127.0.0.2"}
_numbers = itertools.count(1)


@pytest.fixture
def bounded(app):
    """The portal with its limits on, and room for two files a day by whatever is counted."""
    app.config["NOW"] = NOW

    def made(**quotas):
        app.extensions["settings"] = app.extensions["settings"].model_copy(update=quotas)
        return Browser(app.test_client())

    limiter.enabled = True
    yield made
    limiter.enabled = False


def announce(visitor, reference, size, at=ONE):
    """The answer to a request that says it brings so many bytes, and how many of them were read."""
    body = io.BytesIO(b"x" * 10)
    said = {"CONTENT_LENGTH": str(size)} if size else {"HTTP_TRANSFER_ENCODING": "chunked"}
    answer = visitor.client.post(
        f"/evidence/{reference}",
        input_stream=body,
        content_type="multipart/form-data; boundary=x",
        environ_overrides=said | at,
    )
    return answer, body.tell()


def send(visitor, reference, status=303, at=ONE):
    number = next(_numbers)
    file = picture(f"shot-{number}.png")
    return visitor.post(f"/evidence/{reference}", {"files": file}, status=status, environ_base=at)


def test_320_megabytes_by_one_network_are_refused_before_they_are_read(bounded):
    visitor = bounded()
    reference = begin(visitor)
    answers = [announce(visitor, reference, 40 * MB) for _ in range(8)]
    assert [answer.status_code for answer, _ in answers] == [400] * 7 + [429]
    answer, read = answers[-1]
    assert (read, answer.headers["Retry-After"], answer.headers["Connection"]) == (
        0,
        "600",
        "close",
    )
    assert "Nothing of this arrived; what you sent before is kept." in answer.text
    assert announce(visitor, reference, MB, at=OTHER)[0].status_code == 400
    assert visitor.client.get(f"/evidence/{reference}", environ_base=ONE).status_code == 200


def test_one_request_of_more_than_all_that_is_taken_is_refused(bounded):
    visitor = bounded(upload_mb_network=1)
    assert announce(visitor, begin(visitor), 2 * MB)[0].status_code == 429


def test_one_that_says_no_length_counts_as_a_large_one(bounded):
    visitor = bounded(upload_mb_network=56)
    reference = begin(visitor)
    assert [announce(visitor, reference, None)[0].status_code for _ in range(2)] == [400, 429]


@pytest.mark.parametrize(
    "quota", ["upload_files_claim_day", "upload_files_network_day", "upload_files_day"]
)
def test_files_are_counted_by_claim_network_and_portal(bounded, quota):
    visitor = bounded(**{quota: 2})
    first = begin(visitor)
    for _ in range(2):
        send(visitor, first)
    page = send(visitor, first, status=429)
    assert page.h1 == "Too much was sent"
    assert page.response.headers["Retry-After"] == "86400"
    assert "Back to your files" in page.text()
    second = begin(visitor, order="A-2")
    by_claim, by_network = quota == "upload_files_claim_day", quota == "upload_files_network_day"
    send(visitor, second, status=303 if by_claim else 429)
    send(visitor, second, at=OTHER, status=303 if by_claim or by_network else 429)


@pytest.mark.parametrize("quota", ["upload_mb_claim_day", "upload_mb_day"])
def test_bytes_that_came_are_counted_by_claim_and_portal(bounded, quota):
    visitor = bounded(**{quota: 1})
    first = begin(visitor)
    for status in (303, 303, 429):
        file = (io.BytesIO(picture()[0].getvalue() + b"\0" * 400_000), "shot.png")
        visitor.post(f"/evidence/{first}", {"files": file}, status=status)
    send(visitor, first)
