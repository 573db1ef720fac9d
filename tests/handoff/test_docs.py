"""docs/handoff.md: the link that its Python makes opens a draft."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from portal.handoff.tokens import read
from portal.records.models import Holder
from tests.factories import SHOP
from tests.handoff.signing import a_key

DOCS = (Path(__file__).parents[2] / "docs" / "handoff.md").read_text(encoding="utf-8")


def test_the_link_that_the_docs_make_is_sound(app):
    (written,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    made = {}
    exec(written, made)
    kid, secret = a_key()
    link = made["claim_link"]("https://refunds.example.com", SHOP, kid, secret, account_id="u-17",
                              order="A-1001", reason="sms_not_received")  # fmt: skip
    address, _, token = link.partition("?token=")
    assert address == f"https://refunds.example.com/{SHOP}/claim"
    handoff = read(token, shop=SHOP, at=datetime.now(UTC))
    assert (handoff.holder, handoff.orders, handoff.reason) == (
        Holder(None, "u-17"),
        ("A-1001",),
        "sms_not_received",
    )
