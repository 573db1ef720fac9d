"""A message that has just arrived is told by a call: that it came is stored, its text never."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from portal.cli.receivers import receivers
from portal.database import transaction
from portal.extensions import Base, db
from portal.records.models import Message, Order, RecordsRead
from tests import factories
from tests.conftest import NOW

PLUG = "numberplug"
TEXT = "Your code is 482913"


@pytest.fixture
def address(app):
    app.config["NOW"] = NOW
    said = app.test_cli_runner().invoke(receivers, ["add", PLUG, "--zone", "Europe/Moscow"]).output
    key, url = said.splitlines()
    assert key.startswith("SR-")
    assert url.startswith(f"http://localhost/incoming/{PLUG}/sms/")
    return url.removeprefix("http://localhost")


def stored():
    db.session.rollback()
    found = select(Order.reference, Message.received_at, Message.service).join(
        Message, Message.order_id == Order.id
    )
    return [tuple(row) for row in db.session.execute(found.order_by(Message.id))]


def answer(client, address, **given):
    said = client.post(address, **given)
    return said.status_code, said.get_data(as_text=True)


def test_that_a_message_came_is_stored_once_and_its_text_nowhere(address, client):
    factories.order(shop=PLUG, reference="635468024")
    told = {"activationId": 635468024, "service": "wa", "text": TEXT, "code": "482913",
            "country": 2, "receivedAt": "2026-03-04 12:30:00"}  # fmt: skip
    assert answer(client, address, json=told) == (200, "stored\n")
    assert answer(client, address, json=told) == (200, "known\n")
    assert stored() == [("635468024", datetime(2026, 3, 4, 9, 30, tzinfo=UTC), "WhatsApp")]
    for table in Base.metadata.tables:
        rows = db.session.execute(text(f"SELECT * FROM {table}")).all()
        assert "482913" not in str(rows), table
    # One message is no reading of the logs: what is owed still waits for the orders.
    assert db.session.scalars(select(RecordsRead)).all() == []


def test_a_form_is_taken_too_and_a_rentals_service_is_the_one_told(address, client):
    factories.order(shop=PLUG, reference="R-1", kind="rental", service=None)
    told = {"id": "R-1", "service": "Telegram", "sms": TEXT, "date": "2026-03-04T09:30:00Z"}
    assert answer(client, address, data=told) == (200, "stored\n")
    assert answer(client, address, data={"id": "R-1"}) == (200, "stored\n")
    seconds = {"id": "R-1", "date": str(int((NOW - timedelta(minutes=9)).timestamp()))}
    assert answer(client, address, data=seconds) == (200, "stored\n")
    assert stored() == [
        ("R-1", datetime(2026, 3, 4, 9, 30, tzinfo=UTC), "Telegram"),
        ("R-1", NOW, ""),
        ("R-1", NOW - timedelta(minutes=9), ""),
    ]


@pytest.mark.parametrize(
    ("ordered", "told", "kept"),
    [
        ("WhatsApp", "wa", "WhatsApp"),
        ("whatsapp", "WhatsApp", "whatsapp"),
        ("wa", "WhatsApp", "wa"),
        ("WhatsApp", None, "WhatsApp"),
        ("WhatsApp", ["Your code is 1"], "WhatsApp"),
        # Another service's stays another's, as it is told.
        ("WhatsApp", "tg", "Telegram"),
        ("WhatsApp", "Telegram", "Telegram"),
        ("tg", "wa", "WhatsApp"),
        # Nobody can tell whether this is the one that was ordered.
        ("WhatsApp", "zq", ""),
        ("Any other", "wa", ""),
    ],
)
def test_whose_a_message_is_stays_as_it_was_told(address, client, ordered, told, kept):
    factories.order(shop=PLUG, reference="635468024", service=ordered)
    said = {"activationId": "635468024", "service": told, "date": "2026-03-04T09:30:00Z"}
    assert answer(client, address, json=said) == (200, "stored\n")
    assert stored() == [("635468024", datetime(2026, 3, 4, 9, 30, tzinfo=UTC), kept)]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "name the order: activationId is missing"),
        ({"activationId": "635468024", "receivedAt": "yesterday"}, "receivedAt is no time"),
        ({"activationId": "nobody's"}, "no such order in the file or in the records"),
        ({"activationId": "635468024", "receivedAt": "2026-03-01T10:00:00Z"}, "ordered_at"),
        ({"activationId": "635468024", "receivedAt": "9" * 40}, "receivedAt is no time"),
        ([1, 2], "name the order"),
        ({"activationId": "a\x00b"}, "is no order's reference"),
        ({"activationId": "x" * 81}, "is no order's reference"),
        ({"activationId": "635468024", "receivedAt": "0001-01-01"}, "receivedAt is no time"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_stored(address, client, told, said):
    factories.order(shop=PLUG, reference="635468024")
    status, words = answer(client, address, json=told)
    assert (status, said in words) == (422, True), words
    assert stored() == []


def test_an_address_that_was_closed_or_is_anothers_is_not_there(address, client, app):
    factories.order(shop=PLUG, reference="635468024")
    told = {"activationId": "635468024"}
    assert client.post(address.replace(PLUG, "sms-service"), json=told).status_code == 404
    assert client.post(address[:-1], json=told).status_code == 404
    key = app.test_cli_runner().invoke(receivers, ["list"]).output.partition(" ")[0]
    done = app.test_cli_runner().invoke(receivers, ["revoke", key])
    assert done.output == f"{key} is closed\n"
    assert client.post(address, json=told).status_code == 404
    assert stored() == []
    assert app.test_cli_runner().invoke(receivers, ["revoke", key]).exit_code == 1
    assert app.test_cli_runner().invoke(receivers, ["add", PLUG, "--zone", "Mars/X"]).exit_code == 2


def test_json_that_is_nested_too_deeply_is_refused_in_words(address, client):
    deep = b'{"a":' * 60_000
    status, words = answer(client, address, data=deep, content_type="application/json")
    assert (status, stored()) == (422, []), words


def test_a_body_that_comes_slowly_is_read_before_anybody_has_to_wait_for_it(address, client):
    factories.order(shop=PLUG, reference="635468024")

    class Slow(BytesIO):
        def read(self, *size):
            with transaction():  # refused within another
                return super().read(*size)

    body = json.dumps({"activationId": "635468024"}).encode()
    headers = {"content_type": "application/json", "content_length": len(body)}
    assert answer(client, address, input_stream=Slow(body), **headers) == (200, "stored\n")


def test_what_fails_there_is_logged_without_the_secret_of_the_address(address, client, app):
    def fail(**_parts):
        return db.session.execute(text("SELECT :said, :no"), {"said": TEXT, "no": object()})

    app.view_functions["arriving.sms"] = fail
    with capture_logs() as logs:
        assert client.post(address, json={}).status_code == 500
    assert [each["path"] for each in logs] == ["/incoming/<shop>/sms/<secret>"]
    secret = address.rpartition("/")[2]
    told = f"{logs} {logs[0]['exc_info']}"
    assert (secret in told, TEXT in told) == (False, False)
