"""What DNS says of the domain that mails come from."""

import pytest

from portal.shops.senders import NoAnswer, SenderRecords, sender_records

SPF, DMARC, DKIM = "v=spf1 mx -all", "v=DMARC1; p=reject", "v=DKIM1; p=abc"


def test_what_is_there_is_found(names):
    names.texts = {
        "pigeon.example": ["other=1", SPF],
        "_dmarc.pigeon.example": [DMARC],
        "key1._domainkey.pigeon.example": [DKIM],
    }
    assert sender_records("pigeon.example", selector="key1") == SenderRecords(SPF, DMARC, DKIM)
    assert sender_records("pigeon.example") == SenderRecords(SPF, DMARC, None)


def test_dmarc_of_the_domain_above_counts(names):
    names.texts = {"refunds.pigeon.example": [SPF], "_dmarc.pigeon.example": [DMARC]}
    assert sender_records("refunds.pigeon.example").dmarc == DMARC


def test_what_is_not_there_is_empty(names):
    assert sender_records("pigeon.example", selector="key1") == SenderRecords("", "", "")


def test_a_server_that_fails_has_not_said_that_there_is_nothing(names):
    names.silent = True
    with pytest.raises(NoAnswer):
        sender_records("pigeon.example")
