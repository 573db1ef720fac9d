"""What a shop's program sends, and how a problem reads."""

import io
import json
from datetime import timedelta

from PIL import Image

from portal.api import tokens
from portal.api.tokens import TokenScope
from portal.config.settings import API
from portal.database import transaction
from portal.extensions import db
from tests import factories
from tests.conftest import NOW

RECORDS, CLAIMS, PAYOUTS = TokenScope
# Endpoint -> the one scope that opens it; None where any does.
ACCESS = {
    "api.push_records": RECORDS,
    "api.read_order": RECORDS,
    "api.decide_case": CLAIMS,
    "api.decide_whole_case": None,
    "api.file_claim": CLAIMS,
    "api.list_claims": CLAIMS,
    "api.read_claim": CLAIMS,
    "api.add_evidence": CLAIMS,
    "api.give_answers": CLAIMS,
    "api.withdraw_claim": CLAIMS,
    "api.appeal_claim": CLAIMS,
    "api.list_payouts": PAYOUTS,
    "api.say_paid": PAYOUTS,
    "api.say_failed": PAYOUTS,
    "api.list_owed": PAYOUTS,
    "api.read_feed": None,
}
ORDERED = NOW - timedelta(hours=1)


class Program:
    """Calls by one token; ``text`` is the token."""

    def __init__(self, app, *, shop=factories.SHOP, scopes=tuple(TokenScope)):
        with transaction():
            self.token, self.text = tokens.issue(shop, name="backend", scopes=scopes, at=NOW)
        self.shop, self.client = shop, app.test_client()

    def send(self, method, path, **given):
        """The answer of a call below /api/v1; ``key`` is its Idempotency-Key."""
        headers = {"Authorization": f"Bearer {self.text}"} | given.pop("headers", {})
        if key := given.pop("key", None):
            headers["Idempotency-Key"] = key
        answer = self.client.open(f"{API}{path}", method=method, headers=headers, **given)
        db.session.rollback()
        return answer

    def get(self, path, **query):
        return self.send("GET", path, query_string=query)

    def post(self, path, body=None, **given):
        return self.send("POST", path, json={} if body is None else body, **given)

    def push(self, *rows, **given):
        text = "".join(f"{json.dumps(row)}\n" for row in rows)
        return self.send(
            "POST", f"/shops/{self.shop}/records", data=text,
            content_type="application/x-ndjson", **given,
        )  # fmt: skip

    def file(self, **given):
        body = {
            "account": {"email": factories.EMAIL},
            "order_reference": factories.ORDER,
            "reason": "sms_not_received",
            "service_name": "WhatsApp",
            "description": "I asked for the code twice and nothing came.",
            "number_used": False,
        } | given.pop("body", {})
        return self.post(f"/shops/{self.shop}/claims", body, **given)

    def add_file(self, reference, data=None, *, name="shot.png", **given):
        file = (io.BytesIO(picture() if data is None else data), name)
        return self.send(
            "POST", f"/claims/{reference}/evidence", data={"file": file},
            content_type="multipart/form-data", **given,
        )  # fmt: skip


def picture():
    """A small screenshot as a file."""
    found = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(found, "PNG")
    return found.getvalue()


def word(answer):
    """The kind of a problem, which is a whole one."""
    said = answer.get_json()
    assert answer.content_type == "application/problem+json"
    assert said["status"] == answer.status_code
    assert said["title"] and said["detail"]
    return said["type"].rpartition("/problems/")[2]


def account(email=factories.EMAIL):
    return {"record": "account", "email": email}


def order(reference=factories.ORDER, **given):
    return {
        "record": "order",
        "reference": reference,
        "account_email": factories.EMAIL,
        "kind": "activation",
        "service": "WhatsApp",
        "price": {"amount": "0.50", "currency": "USD"},
        "ordered_at": ORDERED.isoformat(),
        "expires_at": (ORDERED + timedelta(minutes=20)).isoformat(),
        "messages_known": True,
    } | given
