"""What each letter is told: the contexts of the golden texts in letters/."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from portal.mail.letters import Event

KYIV = timezone(timedelta(hours=2))
LINK = "https://refunds.example.com/claims/7K3F-9QXM/8vQ1xPnC2kd"


def at(day, hour, minute=0):
    return datetime(2026, 3, day, hour, minute, tzinfo=KYIV)


CLAIM = {"shop": "Numberplug", "reference": "7K3F-9QXM", "link": LINK}
CLAUSE = ("NP-3.1", "No SMS of the ordered service came before the time ran out.")
PAYMENT = [("Amount", "0.50 USD"), ("Goes to", "Your balance")]
BANK = [("Method", "Bank transfer"), ("IBAN", "DE •••• 3000")]
FEE = ("Fee", "12.00 USD less 0.64 USD that the payment system keeps: 11.36 USD arrive.")
FACTS = [("Messages received", "1"), ("Order expired", "Wed 4 Mar 2026, 12:20 UTC+2")]

TEAM = {
    "shop": "Redress",
    "reference": None,
    "link": "https://refunds.example.com/review",
    "choice": "https://refunds.example.com/account",
}

LETTERS = {
    "team_appeal": (
        Event.TEAM_APPEAL,
        TEAM | {"claim": "7K3F-9QXM", "name": "Numberplug", "due": at(6, 12)},
    ),
    "team_overdue": (
        Event.TEAM_OVERDUE,
        TEAM
        | {"count": 12, "rows": [("7K3F-9QXM", at(4, 12), True), ("AB2C-DE3F", at(5, 12), False)]},
    ),
    "team_overdue_one": (
        Event.TEAM_OVERDUE,
        TEAM | {"count": 1, "rows": [("7K3F-9QXM", at(4, 12), True)]},
    ),
    "team_version": (
        Event.TEAM_VERSION,
        TEAM | {"name": "Numberplug", "in_force": "2026-04-01", "who": "Nora"},
    ),
    "sign_in_code": (Event.SIGN_IN_CODE, CLAIM | {"link": None, "code": "482913"}),
    "sign_in_code_new": (
        Event.SIGN_IN_CODE,
        {"shop": "Numberplug", "reference": None, "link": LINK, "code": "048291"},
    ),
    "received": (
        Event.RECEIVED,
        CLAIM
        | {
            "facts": [("Order", "A-1001"), ("What happened", "No SMS came")],
            "files": ["screen.png", "chat.pdf"],
            "due": at(6, 12),
        },
    ),
    "received_without_files": (
        Event.RECEIVED,
        CLAIM | {"facts": [("Order", "A-1001")], "files": [], "due": at(6, 12)},
    ),
    "received_by_our_own_date": (
        Event.RECEIVED,
        CLAIM | {"facts": [("Order", "A-1001")], "files": [], "due": at(6, 12), "own": True},
    ),
    "needs_information": (
        Event.NEEDS_INFORMATION,
        CLAIM
        | {
            "missing": ["A picture of the screen", "Which service it was for"],
            "note": "The first picture is cut off.\nSend the whole screen.",
            "clauses": [("NP-4.1", "A claim shows the error on a picture.")],
            "due": at(18, 12),
            "closed": None,
            "ways": [],
        },
    ),
    "needs_information_another_way": (
        Event.NEEDS_INFORMATION,
        CLAIM
        | {
            "missing": ["Where to send the money"],
            "note": None,
            "clauses": [("SS-M6", "Some ways of paying cannot take money back.")],
            "due": at(18, 12),
            "closed": "The way you paid (Gift card) can't take money back.",
            "ways": ["Bank transfer (IBAN)", "PayPal"],
        },
    ),
    "needs_information_bare": (
        Event.NEEDS_INFORMATION,
        CLAIM
        | {
            "missing": ["What happened"],
            "note": None,
            "clauses": [],
            "due": None,
            "closed": None,
            "ways": [],
        },
    ),
    "too_early": (Event.TOO_EARLY, CLAIM | {"subject": "order A-1001", "since": at(4, 12, 20)}),
    "policy_says_yes": (
        Event.POLICY_SAYS_YES,
        CLAIM | {"what": "0.50 USD to your balance", "clauses": [CLAUSE]},
    ),
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
            "ground": [],
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
            "clauses": [CLAUSE],
        },
    ),
    "returned_soon": (
        Event.RETURNED,
        CLAIM
        | {
            "amount": "0.50 USD",
            "order": "A-1001",
            "paid": False,
            "due": at(5, 12),
            "payer_reference": None,
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
    "declined": (
        Event.DECLINED,
        CLAIM
        | {
            "ground": [],
            "note": "A message of the ordered service came at 12:05.",
            "nearest": "It would have been approved if our records showed no SMS.",
            "clauses": [CLAUSE],
            "facts": FACTS,
            "appeal_until": at(18, 12),
        },
    ),
    "closed_by_a_date": (
        Event.DECLINED,
        CLAIM
        | {
            "note": None,
            "ground": [],
            "nearest": None,
            "clauses": [CLAUSE],
            "facts": [],
            "appeal_until": at(18, 12),
            "closed": True,
        },
    ),
    "declined_bare": (
        Event.DECLINED,
        CLAIM
        | {
            "ground": [],
            "note": None,
            "nearest": None,
            "clauses": [],
            "facts": [],
            "appeal_until": None,
        },
    ),
    "reopened": (
        Event.REOPENED,
        CLAIM
        | {
            "approved": True,
            "note": "The amount was of another order.",
            "due": at(6, 12),
        },
    ),
    "reopened_declined": (
        Event.REOPENED,
        CLAIM
        | {
            "approved": False,
            "note": "The message in the logs was a test.",
            "due": at(6, 12),
        },
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
    "appeal_received": (
        Event.APPEAL_RECEIVED,
        CLAIM | {"files": ["new.png"], "due": at(8, 12)},
    ),
    "appeal_approved": (
        Event.APPEAL_DECIDED,
        CLAIM
        | {
            "approved": True,
            "what": "0.50 USD to your balance",
            "payment": PAYMENT,
            "replacement": False,
            "due": at(9, 12),
            "upheld": False,
            "ground": [],
            "note": None,
            "clauses": [CLAUSE],
            "facts": [],
        },
    ),
    "appeal_declined": (
        Event.APPEAL_DECIDED,
        CLAIM
        | {
            "approved": False,
            "what": None,
            "payment": [],
            "replacement": False,
            "due": None,
            "upheld": False,
            "ground": [],
            "note": "The new picture shows the same message.",
            "clauses": [CLAUSE],
            "facts": FACTS,
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
    "declined_finding": (
        Event.DECLINED,
        CLAIM
        | {
            "note": None,
            "ground": [
                "A person checked what you wrote and could not confirm it.",
                "Rule SS-G5 asks for it.",
            ],
            "nearest": None,
            "clauses": [],
            "facts": [("Claim confirmed by a person", "no")],
            "appeal_until": at(18, 12),
        },
    ),
    "declined_returned": (
        Event.DECLINED,
        CLAIM
        | {
            "note": None,
            "ground": [
                "0.50 USD was already returned on 4 March, by claim 9XQM-3K7F, payment TX-1.",
                "Rule NP-2.1 returns a price once.",
            ],
            "nearest": None,
            "clauses": [],
            "facts": [],
            "appeal_until": at(18, 12),
        },
    ),
    "appeal_upheld": (
        Event.APPEAL_DECIDED,
        CLAIM
        | {
            "approved": False,
            "upheld": True,
            "what": "0.30 USD to your balance",
            "payment": [],
            "replacement": False,
            "due": at(9, 12),
            "ground": [],
            "note": "The new picture shows the same code.",
            "clauses": [],
            "facts": [],
        },
    ),
    "withdrawn": (Event.WITHDRAWN, CLAIM),
}
