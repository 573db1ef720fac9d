"""In a language that nobody speaks, what is wrong with a file is said in no plain letters."""

import pytest

from portal.records.fields import COLUMNS, RECORDS
from portal.records.problems import FileRefused
from tests import pseudo
from tests.records.importing import HEADING, ROW, lines, message, order, take

# Names of columns and of kinds of record, and what may be written in one: a file has them in English.
WRITTEN = ["messages", "amount", "colour", "activation", "rental", "CSV", "UTF"]
DATA = pseudo.known([*COLUMNS, *RECORDS, *WRITTEN])
FAULTS = [
    b"",
    b"\n\n",
    b"\xff\xfea",
    b"a\0b",
    b"\xe9\n",
    b"x" * (1024 * 1024 + 2),
    "[1, 2]",
    "{}",
    "{",
    "[]\n1",
    '{"record": 1, "record": 2}',
    "Ana,Bo,Cy\n",
    "record,colour,sms_text,record\n",
    "reference\n",
    HEADING + '"open\n',
    HEADING + ROW.replace("0.50", "0,50"),
    HEADING + ROW + "order\n",
    HEADING.replace("kind", "") + ROW,
    HEADING + ROW + ROW.replace("0.50", "0.60") + ROW.replace("A-1", "a1"),
    HEADING + ROW.replace("order", "parcel"),
    lines(order(colour="red", sms_text="1"), order(messages=1), {"record": "order"}),
    lines(
        order("A-1", ordered_at="2026-03-02", kind="gift", messages_known="maybe"),
        order("A-2", ordered_at="1970-01-01T00:00:00Z", service="x" * 500, country=7),
        order("A-3", ordered_at="1999-01-01T00:00:00Z", service="\x01", provider_reference="1E+09"),
        order("-", account_email="nobody", service="4111 1111 1111 1111"),
    ),
    lines(
        order("A-1", price={"amount": "1"}),
        order("A-2", price={"amount": 1, "currency": "USD"}),
        order("A-3", price={"amount": "1", "currency": "$"}),
        order("A-4", price={"amount": "9" * 25, "currency": "USD"}),
        order("A-5", price={"amount": "one", "currency": "USD"}),
        order("A-6", ordered_at="2027-03-02T10:00:00Z"),
        order("A-7", ordered_at="2026-03-02T10:00:00Z", cancelled_at="2026-03-01T10:00:00Z"),
        order("A-8", paid_until="2050-03-02T10:00:00Z"),
    ),
    lines(message("A-9")),
    lines(order(ordered_at="2026-03-03T10:00:00Z"), message()),
]


@pytest.mark.usefixtures("app", "pseudo_language")
@pytest.mark.parametrize("text", FAULTS)
def test_no_problem_of_a_file_is_left_in_plain_letters(text):
    with pytest.raises(FileRefused) as refused:
        take(text)
    said = [str(problem) for problem in refused.value.problems]
    assert said
    assert [found for each in said if (found := pseudo.plain(each, DATA))] == []
