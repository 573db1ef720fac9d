"""Files as spreadsheets and databases write them: read, or refused in one sentence that is true."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.records.models import Order
from portal.records.storing.rows import ImportCount
from tests.records.importing import HEADING, ROW, lines, order, problems, take

ONE = {"order": ImportCount(created=1)}
SHORTENED = "was shortened by a spreadsheet: make the column text there and write every digit"
COMMA = (
    "has a decimal comma, which ends the value here: write a point, such as 1.20, or put the value"
    " in quotes"
)
ZERO = "is a zero date: leave the column empty where it didn't happen or isn't known"


@pytest.mark.parametrize(
    "text",
    [
        "sep=,\n" + HEADING + ROW,
        "sep=;\r\n" + (HEADING + ROW).replace(",", ";").replace("\n", "\r\n"),
        "\ufeffSEP=;\r\n\r\n" + (HEADING + ROW).replace(",", ";"),
        '"sep=;"\n' + (HEADING + ROW).replace(",", ";"),
        "sep=\t\n" + (HEADING + ROW).replace(",", "\t"),
        "sep=|\n" + (HEADING + ROW).replace(",", "|"),
        "sep=;;;;\n" + (HEADING + ROW).replace(",", ";"),
        HEADING + ROW.replace("\n", ",,,\n") + ",,,,,,\n,,,,,,,,,,\n",
        HEADING.replace("\n", ",,,\n") + ROW.replace("\n", ",,,\n"),
        HEADING.replace("\n", ",,,\n") + ROW,
        HEADING.replace(",kind", ",,kind") + ROW.replace(",activation", ",,activation"),
        (HEADING + ROW).replace("\n", "\r"),
        (HEADING + ROW).replace("\n", "\r").rstrip("\r"),
        "\r\n\r\n" + HEADING + "\r\n" + ROW,
        HEADING.upper() + ROW,
    ],
    ids=range(15),
)
def test_what_a_spreadsheet_adds_is_no_part_of_the_table(app, text):
    assert take(text) == ONE
    assert db.session.scalars(select(Order.reference)).all() == ["A-1"]


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-03-02 10:00:00+00", (10, 0, 0, 0)),
        ("2026-03-02 10:00:00.123456+00", (10, 0, 0, 123456)),
        ("2026-03-02 15:30:00+05:30", (10, 0, 0, 0)),
        ("2026-03-02 15:30:00+0530", (10, 0, 0, 0)),
        ("2026-03-02 05:00:00.5-05", (10, 0, 0, 500000)),
        ("2026-03-02 10:00:00 +0000", (10, 0, 0, 0)),
        ("2026-03-02 10:00:00 UTC", (10, 0, 0, 0)),
        ("2026-03-02 10:00:00Z", (10, 0, 0, 0)),
        ("2026-03-02t10:00:00z", (10, 0, 0, 0)),
        ("2026-03-02 10:34:08+00:34:08", (10, 0, 0, 0)),
        ('"2026-03-02 10:00:00,250+00"', (10, 0, 0, 250000)),
        ("2026-03-02T10:00:00.123456789Z", (10, 0, 0, 123456)),
    ],
)
def test_a_databases_own_times_are_read(app, written, at):
    assert take(HEADING + ROW.replace("2026-03-02T10:00:00Z", written)) == ONE
    assert db.session.scalars(select(Order.ordered_at)).one() == datetime(
        2026, 3, 2, *at, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("0000-00-00 00:00:00", ZERO),
        ("0000-00-00", ZERO),
        ("0000-00-00T00:00:00Z", ZERO),
        ("0001-01-01T00:00:00Z", ZERO),
        ("0001-01-01 00:00:00+00", ZERO),
        ("1970-01-01T00:00:00Z", ZERO),
        ("1970-01-01 01:00:00+01", ZERO),
        ("1969-12-31T23:59:59Z", ZERO),
        ("0", ZERO),
        ("-infinity", ZERO),
        ("1899-12-30T00:00:00Z", "write a time between 2000 and 2999"),
        ("1980-01-01T00:00:00Z", "write a time between 2000 and 2999"),
        ("9999-12-31T23:59:59Z", "write a time between 2000 and 2999"),
        ("2062-03-02T10:00:00Z", "lies in the future"),
        ("2026-06-03T10:00:00Z", "lies in the future"),
        ("2026-03-02 10:00:00", "write a time with its offset, such as 2026-03-02T10:00:00Z"),
        ("02.03.2026 10:00", "write a time with its offset, such as 2026-03-02T10:00:00Z"),
        ("2026-03-02 25:00:00+00", "write a time with its offset, such as 2026-03-02T10:00:00Z"),
        ("2026-02-30 10:00:00+00", "write a time with its offset, such as 2026-03-02T10:00:00Z"),
    ],
)
def test_a_time_that_is_none_or_cannot_be_is_named(app, written, reason):
    text = HEADING + ROW.replace("2026-03-02T10:00:00Z", written)
    assert problems(text) == [(2, "ordered_at", reason)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ((HEADING + ROW).encode("utf-16-be"), (1, "", "holds bytes that are no text: save the file as CSV in UTF-8")),
        ((HEADING + ROW).encode("utf-32"), (1, "", "is UTF-32, not UTF-8: save the file as UTF-8")),
        (b"PK\x03\x04\x14\x00\x06", (1, "", "holds bytes that are no text: save the file as CSV in UTF-8")),
        ("sep=;\r\n", (1, "", "the file is empty")),
        ((HEADING + ROW).encode("utf-16"), (1, "", "is UTF-16, not UTF-8: save the file as UTF-8")),
        ((HEADING + ROW * 3).replace("A-1", "Ä").encode("latin-1"), (2, "", "is not UTF-8: save the file as UTF-8")),
        (HEADING + ROW.replace("A-1", "A\0-1"), (2, "", "holds bytes that are no text: save the file as CSV in UTF-8")),
        ("order,A-1,ana@example.org\n" * 3, (1, "", "is no heading: write the names of the columns in the first line, such as record,reference,account_email")),
        (HEADING.replace("account_email", "acount_email") + ROW * 3, (1, "acount_email", "is not a column that is known here")),
        (HEADING.replace("kind", "reference") + ROW * 3, (1, "reference", "is there twice")),
        (HEADING.replace(",kind", "") + ROW * 3, (2, "", "has 7 values, and the heading has 6")),
        (HEADING.replace("kind", "") + ROW * 3, (2, "column 4", "has values, and no name in the heading")),
        (HEADING + ROW.replace("0.50", "1,20"), (2, "price_amount", COMMA)),
        (HEADING + ROW.replace("0.50,USD,2026-03-02T10:00:00Z", "1,20,USD"), (2, "price_amount", COMMA)),
        (HEADING + ROW.replace("0.50", '"1,250"'), (2, "price_amount", "1250.00 or 1.25? This can be read as either: write the one that is meant")),
        (HEADING + ROW.replace("0.50", "1.250"), (2, "price_amount", "1250.00 or 1.25? This can be read as either: write the one that is meant")),
        (HEADING + ROW.replace("0.50", "7.5E+07"), (2, "price_amount", SHORTENED)),
        (HEADING + ROW.replace("USD", "840"), (2, "price_currency", "write the currency as its capital letters, such as USD")),
        (HEADING + ROW.replace("USD", "usd"), (2, "price_currency", "write the currency as its capital letters, such as USD")),
        (HEADING + ROW.replace("A-1", "7.53533E+07"), (2, "reference", SHORTENED)),
        (HEADING + ROW.replace("A-1", '"7,5E+07"'), (2, "reference", SHORTENED)),
        (HEADING + ROW.replace("A-1", "1.23457e+14"), (2, "reference", SHORTENED)),
        (HEADING + ROW.replace("ana@example.org", "ana@@example.org"), (2, "account_email", "write an e-mail address, such as ana@example.org")),
        (lines(*(order(f"A-{n}", acount="x") for n in range(3))), (1, "acount", "is not a column of record order")),
        (lines(order("7.5E+07", messages=[{"received_at": "2026-03-02T10:00:00Z"}] * 3)), (1, "reference", SHORTENED)),
        (lines(order(account_email="mailto:@", messages=[])), (1, "account_email", "write an e-mail address, such as ana@example.org")),
    ],
    ids=range(26),
)  # fmt: skip
def test_one_fault_is_one_message(app, text, expected):
    assert problems(text) == [expected]


@pytest.mark.parametrize(
    ("written", "minor"),
    [('"1,20"', 120), ('"1.250,00"', 125000), ("0.014", 1.4), ("1 250.00", 125000), ("0.750", 75)],
)
def test_an_amount_with_one_reading_is_taken_as_people_write_it(app, written, minor):
    assert take(HEADING + ROW.replace("0.50", written)) == ONE
    assert float(db.session.scalars(select(Order.price_minor)).one()) == minor


@pytest.mark.parametrize(("true", "false"), [("t", "f"), ("TRUE", "FALSE"), ("1", "0")])
@pytest.mark.parametrize("nothing", ["", "\\N", "NULL"])
def test_flags_and_what_is_not_there_are_read_as_databases_write_them(app, true, false, nothing):
    heading = "record,reference,account_email,operational,was_orderable,service,expires_at\n"
    row = f"order,A-1,ana@example.org,{true},{false},{nothing},{nothing}\n"
    assert take(heading + row) == ONE
    stored = db.session.scalars(select(Order)).one()
    assert (stored.operational, stored.was_orderable) == (True, False)
    assert (stored.service, stored.expires_at) == (None, None)


def test_an_address_is_kept_as_a_form_keeps_it(app):
    for number, written in enumerate(
        ["mailto:ana@example.org", "\u200bAna@Example.org", "<ana@example.org>", "ana@example.org."]
    ):
        take(HEADING + ROW.replace("A-1", f"A-{number}").replace("ana@example.org", written))
    assert set(db.session.scalars(select(Order.account_email))) == {"ana@example.org"}
