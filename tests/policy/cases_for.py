"""Cases for the policy tests: a whole one for each kind of order, changed by path."""

import copy

ACTIVATION = {
    "account": {"email": "ana@example.org", "status": "active"},
    "order": {
        "reference": "A-1001",
        "kind": "activation",
        "service": "WhatsApp",
        "price": {"amount": "0.50", "currency": "USD"},
        "ordered_at": "2026-03-02T10:00:00Z",
        "expires_at": "2026-03-02T10:20:00Z",
        "messages": [],
    },
    "claim": {
        "reason": "sms_not_received",
        "submitted_at": "2026-03-02T11:00:00Z",
        "service_name": "WhatsApp",
        "order_reference": "A-1001",
        "amount": {"amount": "0.50", "currency": "USD"},
        "description": "I asked for the code twice and waited, but nothing came.",
    },
}
RENTAL = {
    "account": {"email": "ben@example.org", "status": "active"},
    "order": {
        "reference": "R-2001",
        "kind": "rental",
        "service": "any",
        "price": {"amount": "30.00", "currency": "USD"},
        "ordered_at": "2026-03-01T00:00:00Z",
        "paid_from": "2026-03-01T00:00:00Z",
        "paid_until": "2026-03-31T00:00:00Z",
        "outage_reported_at": "2026-03-10T09:00:00Z",
        "messages": [],
    },
    "claim": {
        "reason": "rental_outage",
        "submitted_at": "2026-03-12T09:00:00Z",
        "service_name": "A number in NL",
        "order_reference": "R-2001",
        "amount": {"amount": "30.00", "currency": "USD"},
        "description": "Nothing has come to the number since I told you.",
    },
}
BALANCE = {
    "account": {"email": "ana@example.org", "status": "active"},
    "top_ups": [
        {
            "reference": "T1",
            "at": "2026-02-27T11:00:00Z",
            "amount": {"amount": "10.00", "currency": "USD"},
            "method": "card",
        }
    ],
    "purchases": [],
    "claim": {
        "reason": "unused_balance",
        "submitted_at": "2026-03-02T11:00:00Z",
        "destination": "payout",
        "amount": {"amount": "10.00", "currency": "USD"},
        "payout": {"method": "iban", "complete": True},
        "description": "I no longer need the service.",
    },
}
SMS = [{"received_at": "2026-03-02T10:02:00Z", "service": "WhatsApp"}]
SHOT = [{"kind": "screenshot", "at": "2026-03-02T11:00:00Z"}]


def changed(case, changes=None):
    """A copy of ``case`` with each dotted path set; a list index is a number."""
    case = copy.deepcopy(case)
    for path, value in (changes or {}).items():
        *parents, last = path.split(".")
        place = case
        for name in parents:
            place = place[int(name)] if name.isdigit() else place.setdefault(name, {})
        place[last] = value
    return case
