"""A payout run by two people: made by one, released by the other, paid as the bank's statement says."""

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import expect

from portal.demo.people import ADMIN, MARTA
from portal.ledger.payout import Rail
from portal.payouts.rails.pain001 import schema
from tests.journeys.people import at, find_mail, follow, press, press_here
from tests.payouts.bank import camt
from tests.payouts.runs import ACCOUNT, owed_to_iban, pays_by

NAMES = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.11}"


@pytest.mark.long
def test_made_by_one_released_by_another_and_paid_by_the_banks_word(portal, staff):
    with portal.app_context():
        pays_by(Rail.SEPA, **ACCOUNT)
        claims = [
            owed_to_iban(name, at=datetime.now(UTC)) for name in ("Ana Díaz", "Владимир", "王小明")
        ]
    marta = staff(MARTA)
    marta.goto("/review")
    follow(marta, "Money")
    at(marta, "Money")
    follow(marta, "SMS Service (SEPA transfer, USD)")
    at(marta, "Make a payout run")
    marta.get_by_label(claims[2]).uncheck()
    press(marta, "Make the run")
    at(marta, "Payout run")
    expect(marta.get_by_label("The run", exact=True)).to_contain_text("1.00 USD")
    run = marta.url

    sam = staff(ADMIN)
    sam.goto(run)
    expect(sam.get_by_label("The run", exact=True)).to_contain_text("by Marta Nowak")
    press(sam, "Release the run")
    expect(sam.get_by_label("The run", exact=True)).to_contain_text("by Sam Okafor")
    with sam.expect_download() as downloading:
        press_here(sam, "Download the file")
    data = Path(downloading.value.path()).read_bytes()
    schema().validate(data.decode())
    expect(sam.get_by_label("The run", exact=True)).to_contain_text(
        hashlib.sha256(data).hexdigest()
    )
    keys = [each.text for each in ET.fromstring(data).iter(f"{NAMES}EndToEndId")]
    assert [each.text for each in ET.fromstring(data).iter(f"{NAMES}Nm")][2:] == [
        "Ana Diaz",
        "Vladimir",
    ]

    lines = ((keys[0], "DBIT", "0.50", "", "BOOK"), (keys[1], "CRDT", "0.50", "AC04", "BOOK"))
    statement = camt("camt.053", *lines, currency="USD")
    sam.get_by_label("File that came back").set_input_files(
        {"name": "statement.xml", "mimeType": "application/xml", "buffer": statement}
    )
    press(sam, "Read the file")
    said = sam.get_by_role("region", name="What the file said")
    expect(said).to_contain_text("Paid: 1")
    expect(said).to_contain_text("Failed: 1")
    expect(said).to_contain_text("The account is closed (AC04)")
    assert find_mail(sam, re.compile(rf"paid.*{claims[0]}|{claims[0]}.*paid", re.IGNORECASE))
    assert find_mail(sam, re.compile(rf"{claims[1]}"))
    follow(marta, "Money")
    expect(
        marta.get_by_role("table", name="What is due by shop, rail and currency")
    ).to_contain_text("0.50 USD")
