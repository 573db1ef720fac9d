"""What each letter about money is told: the contexts of the golden texts in letters/."""

from portal.mail.letters import Event
from tests.mail.samples import BANK, CLAIM, CLAUSE, FEE, KEPT, PAYMENT, at

NAMED = CLAIM | {"link": None, "at": at(4, 12), "contact": "refunds@numberplug.example"}
MONEY_LETTERS = {
    "approved_balance": (
        Event.APPROVED,
        CLAIM
        | {
            "what": "0.50 USD to your balance",
            "payment": PAYMENT,
            "replacement": False,
            "due": at(5, 12),
            "ground": [],
            "note": None,
            "appeal_until": None,
            "clauses": [CLAUSE],
        },
    ),
    "approved_with_a_fee": (
        Event.APPROVED,
        CLAIM
        | {
            "what": "12.00 USD to your PayPal account",
            "payment": [("Method", "PayPal"), FEE],
            "replacement": False,
            "due": at(5, 12),
            "ground": [KEPT.replace("0.50", "12.05")],
            "note": None,
            "appeal_until": None,
            "clauses": [CLAUSE],
        },
    ),
    "paid_with_a_fee": (
        Event.PAID,
        CLAIM
        | {
            "what": "12.00 USD to your PayPal account",
            "payment": [("Method", "PayPal"), FEE],
            "payer_reference": "TX-1",
            "replacement": False,
            "to_account": True,
        },
    ),
    "approved_replacement": (
        Event.APPROVED,
        CLAIM
        | {
            "what": "a new number",
            "payment": [],
            "replacement": True,
            "due": None,
            "ground": [],
            "note": None,
            "appeal_until": None,
            "clauses": [],
        },
    ),
    "approved_replacement_offered": (
        Event.APPROVED,
        CLAIM
        | {
            "what": "a new number",
            "payment": [],
            "replacement": True,
            "answer_by": at(11, 12),
            "due": None,
            "ground": [],
            "note": None,
            "appeal_until": None,
            "clauses": [],
        },
    ),
    "paid": (
        Event.PAID,
        CLAIM
        | {
            "what": "12.00 USD to your bank account",
            "payment": BANK,
            "payer_reference": "TR-99812",
            "to_account": True,
            "replacement": False,
        },
    ),
    "paid_balance": (
        Event.PAID,
        CLAIM
        | {
            "what": "0.50 USD to your balance",
            "payment": [],
            "payer_reference": None,
            "to_account": False,
            "replacement": False,
        },
    ),
    "returned": (
        Event.RETURNED,
        CLAIM
        | {
            "amount": "0.50 USD",
            "order": "A-1001",
            "paid": True,
            "due": None,
            "payer_reference": "SHOP-17",
            "ground": [],
            "clauses": [CLAUSE],
        },
    ),
    "returned_soon": (
        Event.RETURNED,
        CLAIM
        | {
            "amount": "0.45 USD",
            "order": "A-1001",
            "paid": False,
            "due": at(5, 12),
            "payer_reference": None,
            "ground": [KEPT],
            "clauses": [CLAUSE],
        },
    ),
    "payout_failed": (
        Event.PAYOUT_FAILED,
        CLAIM
        | {
            "amount": "12.00 USD",
            "reason": "The bank knows no such account.",
            "payment": BANK,
            "to_balance": False,
            "replacement": False,
            "fixable": True,
        },
    ),
    "payout_failed_balance": (
        Event.PAYOUT_FAILED,
        CLAIM
        | {
            "amount": "0.50 USD",
            "reason": "The shop did not answer.",
            "payment": [],
            "to_balance": True,
            "replacement": False,
            "fixable": False,
        },
    ),
    "payout_failed_fixable": (
        Event.PAYOUT_FAILED,
        CLAIM
        | {
            "amount": "0.50 USD",
            "reason": "Your account is locked. Unlock it in its settings.",
            "payment": [],
            "to_balance": True,
            "replacement": False,
            "fixable": True,
        },
    ),
    "payee_changed": (
        Event.PAYEE_CHANGED,
        CLAIM
        | {
            "at": at(4, 12),
            "payment": BANK,
            "owed": "12.00 USD",
            "earliest": at(5, 12),
            "second": True,
        },
    ),
    "payee_changed_in_review": (
        Event.PAYEE_CHANGED,
        CLAIM | {"at": at(4, 12), "payment": BANK, "owed": None, "earliest": None, "second": False},
    ),
    "payee_named": (
        Event.PAYEE_NAMED,
        NAMED | {"now": True},
    ),
    "payee_named_before": (
        Event.PAYEE_NAMED,
        NAMED | {"now": False},
    ),
    "payment_taken_back": (
        Event.PAYMENT_TAKEN_BACK,
        CLAIM
        | {
            "what": "0.50 USD to your bank account",
            "payer_reference": "TX-2026-0042",
            "note": "The bank sent it back: the account is closed.",
            "due": at(6, 12),
        },
    ),
    "payment_taken_back_bare": (
        Event.PAYMENT_TAKEN_BACK,
        CLAIM
        | {
            "what": "another number for you",
            "payer_reference": None,
            "note": "The number was never handed over.",
            "due": at(6, 12),
        },
    ),
    "reference_corrected": (
        Event.REFERENCE_CORRECTED,
        CLAIM
        | {
            "what": "0.50 USD to your balance",
            "payer_reference": "TX-2026-0042",
            "before": "TX-2026-0024",
        },
    ),
    "approved_less": (
        Event.APPROVED,
        CLAIM
        | {
            "what": "0.30 USD to your balance",
            "payment": [],
            "replacement": False,
            "due": at(5, 12),
            "ground": ["The policy gives 0.50 USD for this. A person decided on less."],
            "note": "One of the two codes came.",
            "appeal_until": at(18, 12),
            "clauses": [],
        },
    ),
    "approved_override": (
        Event.APPROVED,
        CLAIM
        | {
            "what": "0.50 USD to your balance",
            "payment": [],
            "replacement": False,
            "due": at(5, 12),
            "ground": [
                "A person looked at your claim and decided otherwise than the rules alone would."
            ],
            "note": "The SMS that came was our own test.",
            "appeal_until": None,
            "clauses": [],
        },
    ),
}
