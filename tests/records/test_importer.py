import tracemalloc
from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy import select

from portal.database import transaction
from portal.extensions import db
from portal.records.importer import import_file
from portal.records.models import Order
from portal.records.problems import FileRefused, RecordProblem
from portal.records.storing.rows import ImportCount
from tests.records.importing import (
    AT,
    HEADING,
    NOTHING,
    ROW,
    all_rows,
    lines,
    message,
    order,
    problems,
    take,
)


def test_csv_and_json_lines_store_the_same_order(app):
    assert take(HEADING + ROW) == {"order": ImportCount(created=1)}
    stored = db.session.scalars(select(Order)).one()
    assert (stored.reference, stored.reference_key, stored.account_email, stored.kind) == (
        "A-1",
        "A1",
        "ana@example.org",
        "activation",
    )
    assert (stored.price_minor, stored.price_currency) == (50, "USD")
    assert stored.ordered_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    same = {
        "record": "order",
        "reference": "A-1",
        "account_email": "Ana@Example.org",
        "kind": "activation",
        "price": {"amount": "0.50", "currency": "USD"},
        "ordered_at": "2026-03-02T11:00:00+01:00",
    }
    assert take(lines(same)) == {"order": ImportCount(unchanged=1)}


def test_the_same_file_again_changes_nothing_and_writes_only_that_it_was_read(app, statements):
    text = lines(
        {"record": "account", "email": "a@example.org", "purchases_known": True},
        order(messages=[{"received_at": "2026-03-02T10:00:00Z", "service": "WhatsApp"}]),
        message(at="2026-03-02T10:00:00Z"),
        {
            "record": "top_up",
            "reference": "T1",
            "account_email": "a@example.org",
            "at": "2026-03-01T00:00:00.25Z",
            "amount": {"amount": "10", "currency": "USD"},
        },
        {
            "record": "purchase",
            "reference": "P1",
            "account_email": "a@example.org",
            "at": "2026-03-01T00:00:00Z",
            "amount": "1.50",
            "currency": "EUR",
        },
    )
    assert take(text) == {
        "account": ImportCount(created=1),
        "order": ImportCount(created=1),
        "top_up": ImportCount(created=1),
        "purchase": ImportCount(created=1),
        "message": ImportCount(created=2),
    }
    statements.clear()
    assert take(text) == {
        "account": ImportCount(unchanged=1),
        "order": ImportCount(unchanged=1),
        "top_up": ImportCount(unchanged=1),
        "purchase": ImportCount(unchanged=1),
        "message": ImportCount(unchanged=2),
    }
    inserts = [each.split()[2] for each in statements if "INSERT" in each]
    assert inserts == ["records_read"]  # how new the records are: they said the same again
    assert all_rows() == [1, 1, 2, 1, 1]


def test_a_changed_row_replaces_what_was_stored(app):
    take(lines(order("A-1", cancelled_by="customer"), order("A-2")))
    first = db.session.scalars(select(Order.id).order_by(Order.id)).all()
    report = take(lines(order("A-1", account_email="b@example.org"), order("A-2")))
    assert report == {"order": ImportCount(changed=1, unchanged=1)}
    stored = db.session.scalars(select(Order).order_by(Order.id)).all()
    assert [row.id for row in stored] == first
    assert [(row.account_email, row.cancelled_by) for row in stored] == [
        ("b@example.org", None),
        ("a@example.org", None),
    ]


def test_two_rows_with_one_reference_are_taken_when_they_say_the_same(app):
    assert take(lines(order(service="WhatsApp"), order(service="WhatsApp"))) == {
        "order": ImportCount(created=1, unchanged=1)
    }
    assert db.session.scalars(select(Order.service)).all() == ["WhatsApp"]


def test_shops_keep_their_records_apart(app):
    take(lines(order(service="WhatsApp")), shop="numberplug")
    take(lines(order(service="Telegram")), shop="sms-service")
    rows = db.session.execute(select(Order.shop, Order.service).order_by(Order.id)).all()
    assert [tuple(row) for row in rows] == [("numberplug", "WhatsApp"), ("sms-service", "Telegram")]


def test_a_message_may_stand_before_or_after_its_order_and_twice(app):
    report = take(lines(message(), order(), message(), message(service="WhatsApp")))
    assert report == {
        "order": ImportCount(created=1),
        "message": ImportCount(created=2, unchanged=1),
    }


def test_a_message_may_come_in_a_later_file(app):
    take(lines(order()))
    assert take(lines(message())) == {"message": ImportCount(created=1)}


def test_a_message_without_an_order_refuses_the_whole_file(app):
    reason = "no such order in the file or in the records"
    assert problems(lines(order(), message("B-1"))) == [(2, "order_reference", reason)]


def test_an_order_of_another_shop_is_no_order_for_a_message(app):
    take(lines(order()), shop="sms-service")
    with pytest.raises(FileRefused):
        take(lines(message()), shop="numberplug")


def test_messages_stay_known_when_a_later_file_does_not_say(app):
    take(lines(order(messages=[])))
    take(lines(order(service="WhatsApp")))
    assert db.session.scalars(select(Order.messages_known)).all() == [True]
    take(lines(order(messages_known=False)))
    assert db.session.scalars(select(Order.messages_known)).all() == [False]


def test_a_csv_file_may_hold_several_kinds(app):
    text = (
        "record,email,reference,account_email,at,amount,currency,order_reference,received_at\n"
        "account,a@example.org,,,,,,,\n"
        "top_up,,T1,a@example.org,2026-03-01T00:00:00Z,10.00,USD,,\n"
        "message,,,,,,,A-1,2026-03-01T00:00:00Z\n"
        "order,,A-1,a@example.org,,,,,\n"
        "purchase,,P1,a@example.org,2026-03-01T00:00:00Z,1.00,USD,,\n"
    )
    take(text)
    assert all_rows() == [1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf" + (HEADING + ROW).encode(),
        HEADING.replace(",", ";") + ROW.replace(",", ";"),
        HEADING.replace(",", "\t") + ROW.replace(",", "\t"),
        (HEADING + ROW).replace("\n", "\r\n"),
        "\n\n" + HEADING + "\n,,,,,,\n" + ROW + "\n",
        HEADING + ROW.rstrip("\n"),
        HEADING + ROW.replace("A-1", '" A-1 "'),
    ],
    ids=["bom", "semicolons", "tabs", "crlf", "blank lines", "no last newline", "quotes"],
)
def test_csv_is_read_as_spreadsheets_write_it(app, text):
    assert take(text) == {"order": ImportCount(created=1)}
    assert db.session.scalars(select(Order.reference)).all() == ["A-1"]


def test_json_lines_are_read_with_a_mark_and_blank_lines(app):
    text = "\n  \n" + lines(order("A-1")) + "\n\n" + lines(order("A-2")) + "\n"
    assert take(b"\xef\xbb\xbf" + text.encode()) == {"order": ImportCount(created=2)}


def test_each_bad_row_is_named_with_its_line_column_and_reason(app):
    text = (
        HEADING
        + ROW
        + "\n"
        + 'order,"A-2",ana,activation,0.50,USD,2026-03-02T10:00:00Z\n'
        + "order,A-3,ana@example.org,other,-0.50,USD,2026-03-02T10:00:00\n"
        + "order,,ana@example.org,,0.50,,\n"
        + "orders,A-4,,,,,\n"
        + "order,A-5\n"
        + "account,A-6,,,,,\n"
    )
    assert problems(text) == [
        (4, "account_email", "write an e-mail address, such as ana@example.org"),
        (5, "kind", "write activation or rental"),
        (5, "ordered_at", "write a time with its offset, such as 2026-03-02T10:00:00Z"),
        (5, "price_amount", "write the amount with digits and a point, such as 0.50"),
        (6, "reference", "is missing"),
        (6, "price_amount", "fill both price_amount and price_currency, or neither"),
        (7, "record", "write account or order or top_up or purchase or message or provider"),
        (8, "", "has 2 values, and the heading has 7"),
        (9, "reference", "is not a column of record account"),
    ]


def test_a_line_is_named_as_an_editor_counts_it(app):
    text = HEADING + '"order\n",A-1,a@example.org,,,,\norder,A-2,ana,,,,\n'
    assert problems(text) == [
        (4, "account_email", "write an e-mail address, such as ana@example.org")
    ]


def test_one_bad_row_keeps_the_good_ones_out(app):
    good = [order(f"A-{number}") for number in range(2500)]
    assert problems(lines(*good, order("A-x", kind="other"))) == [
        (2501, "kind", "write activation or rental")
    ]


def test_reading_stops_at_the_fiftieth_problem(app):
    with pytest.raises(FileRefused) as refused:
        take("\n".join(["{"] * 1000))
    assert [problem.line for problem in refused.value.problems] == list(range(1, 51))
    assert refused.value.stopped


def test_a_bad_file_asks_the_database_nothing(statements):
    with pytest.raises(FileRefused):
        take(lines(order(), order(kind="other")))
    assert statements == []


@pytest.mark.parametrize("name", ["text", "Body", "sms_text", "code", "message"])
def test_sms_text_is_refused_by_its_column(app, name):
    reason = "SMS text is never kept: take this column out of the file"
    secret = "Your code is 123456"
    assert problems(f"record,{name}\nmessage,{secret}\n") == [(1, name, reason)]
    assert problems(lines(order(), message(**{name: secret}))) == [(2, name, reason)]
    nested = {"received_at": "2026-03-02T10:00:00Z", name: secret}
    assert problems(lines(order(messages=[nested]))) == [(1, name, reason)]


def test_unknown_columns_are_refused_by_name(app):
    assert problems("record,reference,prize\norder,A-1,1\n") == [
        (1, "prize", "is not a column that is known here")
    ]
    assert problems(lines(order(prize="1"))) == [(1, "prize", "is not a column of record order")]
    assert problems("record,reference,reference\norder,A,B\n") == [
        (1, "reference", "is there twice")
    ]
    assert problems("reference\nA-1\n") == [(1, "record", "this column is missing")]


def test_a_file_without_a_heading_is_refused_without_repeating_what_is_in_it(app):
    said = problems("order,A-1,ana@example.org\n")
    reason = "is no heading: write the names of the columns in the first line, such as"
    assert said == [(1, "", f"{reason} record,reference,account_email")]
    assert "ana@" not in str(said)


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        ({"price": {"amount": 0.5, "currency": "USD"}}, "price_amount", "write the value as text, in quotes"),
        ({"price": {"amount": "-1", "currency": "USD"}}, "price_amount", "write the amount with digits and a point, such as 0.50"),
        ({"price": {"amount": "1,50", "currency": "USD"}}, "price_amount", "write the amount with digits and a point, such as 0.50"),
        ({"price": {"amount": "10", "currency": "ETH"}}, "price_amount", "the amount is too large"),
        ({"price": {"amount": "1", "currency": "usd"}}, "price_currency", "write the currency as its capital letters, such as USD"),
        ({"price": {"amount": "1", "currency": "USD", "vat": "1"}}, "price.vat", "is not a column of record order"),
        ({"price": "1"}, "price", "is not a column of record order"),
        ({"reference": 7}, "reference", "write the value as text, in quotes"),
        ({"reference": "-"}, "reference", "write 1 to 80 letters and digits"),
        ({"reference": "A" * 81}, "reference", "write 80 characters at most"),
        ({"service": "a\u0000b"}, "service", "take the control characters out"),
        ({"service": "\ud800"}, "service", "take the control characters out"),
        ({"service": ["a"]}, "service", "write the value as text, in quotes"),
        ({"account_email": "a b@example.org"}, "account_email", "write an e-mail address, such as ana@example.org"),
        ({"account_email": "\u0130" * 320 + "@x"}, "account_email", "write 320 characters at most"),
        ({"operational": 1}, "operational", "write true or false"),
        ({"operational": "yes"}, "operational", "write true or false"),
        ({"kind": {"a": 1}}, "kind", "write activation or rental"),
        ({"ordered_at": "2026-02-30T10:00:00Z"}, "ordered_at", "write a time with its offset, such as 2026-03-02T10:00:00Z"),
        ({"ordered_at": "0001-01-01T00:00:00+02:00"}, "ordered_at", "is a zero date: leave the column empty where it didn't happen or isn't known"),
        ({"ordered_at": "2026-03-02"}, "ordered_at", "write a time with its offset, such as 2026-03-02T10:00:00Z"),
        ({"ordered_at": 1772445600}, "ordered_at", "write the value as text, in quotes"),
        ({"messages": "none"}, "messages", "write a list of objects"),
        ({"messages": ["none"]}, "messages", "write a list of objects"),
        ({"messages": [{}]}, "received_at", "is missing"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_with_what_to_write(app, given, field, reason):
    assert problems(lines(order() | given)) == [(1, field, reason)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", (1, "", "the file is empty")),
        (b"\n \n", (1, "", "the file is empty")),
        (b'[{"record": "order"}]', (1, "", "write one JSON object a line, without a list around them")),
        (b'{"record": "order"', (1, "", "is not JSON")),
        (b'{"a":' * 100_000, (1, "", "is not JSON")),
        (b'{"a": ' + b"1" * 5000 + b"}", (1, "", "is not JSON")),
        (b'{"record": "order", "record": "order"}', (1, "", "a name is there twice in one object")),
        (b'{"record": ["order"]}', (1, "record", "write account or order or top_up or purchase or message or provider")),
        (b'{"a": "' + b"a" * 1_048_576 + b'"}', (1, "", "the line is longer than 1 MB")),
        (HEADING.encode() + b'order,"A-1', (2, "", "the quotes don't close, or a value is longer than 128 KB")),
        (HEADING.encode() + b'order,"A"-1,,,,,', (2, "", "the quotes don't close, or a value is longer than 128 KB")),
        (HEADING.encode() + b"order," + b"A" * 140_000, (2, "", "the quotes don't close, or a value is longer than 128 KB")),
        (HEADING.encode() + ROW.replace("A-1", "A\xff1").encode("latin-1"), (2, "", "is not UTF-8: save the file as UTF-8")),
        ((HEADING + ROW).encode("utf-16"), (1, "", "is UTF-16, not UTF-8: save the file as UTF-8")),
    ],
    ids=range(14),
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_where_and_what_to_do(app, text, expected):
    assert problems(text)[0] == expected


def test_a_heading_alone_is_a_file_with_no_records(app):
    assert take(HEADING) == {}


def test_a_path_is_read_as_a_stream_is(app, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(HEADING + ROW)
    with transaction():
        report = import_file("numberplug", path, at=AT, claimed=NOTHING)
    assert report == {"order": ImportCount(created=1)}


@pytest.mark.long
def test_a_long_file_is_imported_in_bounded_memory(app):
    def text(count):
        rows = (ROW.replace("A-1", f"A-{number}") for number in range(count))
        return BytesIO((HEADING + "".join(rows)).encode())

    def peak(shop, file):
        tracemalloc.start()
        with transaction():
            import_file(shop, file, at=AT, claimed=NOTHING)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak("warm", text(100))
    assert peak("long", text(3000)) < 1.2 * peak("short", text(1000))


def test_a_problem_reads_as_one_line():
    assert str(RecordProblem(7, "kind", "write a or b")) == "line 7, kind: write a or b"
    assert str(RecordProblem(7, "", "is not JSON")) == "line 7: is not JSON"
