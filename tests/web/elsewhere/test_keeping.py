"""What a customer takes along: a date for the calendar, and a receipt."""

from datetime import timedelta

from tests import factories
from tests.factories import NOW
from tests.web.steps.journeys import declined, drafted, link
from tests.web.steps.sending import sent


def entry(answer):
    """The lines of a calendar file, as RFC 5545 unfolds them."""
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    body = answer.get_data(as_text=True)
    assert all(len(line.encode()) <= 75 for line in body.split("\r\n"))
    return body.replace("\r\n ", "").split("\r\n")


def test_the_date_of_what_comes_next_goes_to_the_calendar(visitor):
    claim = declined()
    page = visitor.get(link(claim))
    assert page.one("a", href=f"{link(claim)}/calendar.ics") is not None
    lines = entry(visitor.client.get(f"{link(claim)}/calendar.ics"))
    assert lines[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Redress//EN"]
    for line in (
        f"UID:claim-{claim.reference}@redress",
        "DTSTAMP:20260304T100000Z",
        "DTSTART:20260318T100000Z",
        f"SUMMARY:You can appeal once ({claim.reference})",
        f"URL:http://localhost{link(claim)}",
        "END:VCALENDAR",
    ):
        assert line in lines


def test_where_no_date_is_promised_there_is_none_for_the_calendar(visitor):
    factories.account()
    factories.order()
    reference = drafted(visitor)
    onward = visitor.get(f"/new/{reference}/calendar.ics", status=303).location
    assert onward == f"/new/{reference}/result"


def test_from_when_a_claim_can_be_made_goes_to_the_calendar(visitor):
    factories.account()
    factories.order(ordered_at=NOW - timedelta(minutes=5), expires_at=NOW + timedelta(minutes=15))
    reference = drafted(visitor)
    page = visitor.get(f"/new/{reference}/result")
    assert page.h1 == "It is too early for this claim"
    assert "(in 15 min)" in page.text()
    assert page.one("a", href=f"/new/{reference}/calendar.ics") is not None
    lines = entry(visitor.client.get(f"/new/{reference}/calendar.ics"))
    assert "DTSTART:20260304T101500Z" in lines
    assert "SUMMARY:Ask SMS Service for your refund" in lines


def test_a_receipt_states_claim_decision_amount_references_and_dates(visitor):
    factories.account()
    factories.order()
    url = sent(visitor, drafted(visitor)).partition("?")[0]
    page = visitor.get(f"{url}/receipt")
    reference = url.split("/")[2]
    assert page.h1 == f"Receipt for claim {reference}"
    rows = [page.text(term) for term in page.all("dt")]
    assert rows == ["Reference", "Order", "What happened", "E-mail", "Sent",
                          "Where it stands", "Decision", "Amount", "How you are paid",
                          "Payment"]  # fmt: skip
    said = page.text()
    for words in ("A-1001", "k•••@e•••.com", "Wed 4 Mar 2026, 10:00 UTC", "Approved by the policy",
                  "0.50 USD", "To your balance in the shop", "Paid by Wed 18 Mar 2026"):  # fmt: skip
        assert words in said
    assert factories.EMAIL not in page.body
    assert page.one("button", data_print="").get("class") == "button primary js-only"


def test_a_receipt_of_a_claim_that_a_person_declined_says_why(visitor):
    page = visitor.get(f"{link(declined())}/receipt")
    assert "A person declined your claim. Wed 4 Mar 2026, 10:00 UTC" in page.text()
    assert "The table of your order shows a message at 09:10." in page.text()
    assert "smells of a second account" not in page.body
