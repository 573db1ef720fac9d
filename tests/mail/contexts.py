"""What each letter is told: the contexts of the golden texts in letters/."""

from portal.mail.letters import Event
from tests.mail.clock_contexts import CLOCK_LETTERS
from tests.mail.money_contexts import MONEY_LETTERS
from tests.mail.samples import CLAIM, CLAUSE, FACTS, KEPT, LINK, PAYMENT, TEAM, at

PORTAL = "https://refunds.example.com"
WEBHOOK = {"name": "numberplug", "url": "https://shop.example/hooks", "tries": 10}
LETTERS = {
    "team_appeal": (
        Event.TEAM_APPEAL,
        TEAM | {"claim": "7K3F-9QXM", "name": "Numberplug", "due": at(6, 12)},
    ),
    "team_handed": (
        Event.TEAM_HANDED,
        TEAM | {"claim": "7K3F-9QXM", "name": "Numberplug", "who": "Marta Nowak", "noted": True},
    ),
    "team_handed_bare": (
        Event.TEAM_HANDED,
        TEAM | {"claim": "7K3F-9QXM", "name": "Numberplug", "who": "Marta Nowak", "noted": False},
    ),
    "team_named": (
        Event.TEAM_NAMED,
        TEAM | {"claim": "7K3F-9QXM", "name": "Numberplug", "who": "Marta Nowak"},
    ),
    "team_second": (Event.TEAM_SECOND, TEAM | {"claim": "7K3F-9QXM", "name": "Numberplug"}),
    "team_run": (
        Event.TEAM_RUN,
        TEAM | {"name": "Numberplug", "count": 30, "sum": "812.50 USD", "who": "Pia Roth"},
    ),
    "team_payout": (Event.TEAM_PAYOUT, TEAM | {"claim": "7K3F-9QXM", "name": "Numberplug"}),
    "team_daily": (
        Event.TEAM_DAILY,
        TEAM
        | {
            "count": 3,
            "lines": [
                (at(4, 12), "7K3F-9QXM: a payout failed", f"{PORTAL}/review/7K3F-9QXM"),
                (at(5, 8), "12 claims are overdue", f"{PORTAL}/review"),
            ],
        },
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
    "team_invited": (
        Event.TEAM_INVITED,
        {
            "shop": "Redress",
            "reference": None,
            "link": "https://refunds.example.com/sign-in/password/9f3c",
            "portal": "https://refunds.example.com",
            "email": "nora@example.com",
            "by": "Sam",
        },
    ),
    "team_webhook": (
        Event.TEAM_WEBHOOK,
        TEAM | WEBHOOK | {"said": "500", "parked": False},
    ),
    "team_webhook_stopped": (
        Event.TEAM_WEBHOOK,
        TEAM | WEBHOOK | {"said": "no answer in time", "parked": True},
    ),
    "identity_asked": (
        Event.IDENTITY_ASKED,
        CLAIM
        | {
            "purpose": "One page of your passport: the operator asks who uses the number.",
            "days": 30,
            "clauses": [("CN-V.N3", "The number needs proof of identity.")],
        },
    ),
    "access_asked": (
        Event.ACCESS_ASKED,
        CLAIM
        | {
            "note": "Your server, to see which answer your program gets.\nRead rights are enough.",
            "kept": "seven days",
            "clauses": [("AC-R4", "Our technicians may ask to reach your host for a while.")],
        },
    ),
    "sign_in_code": (Event.SIGN_IN_CODE, CLAIM | {"link": None, "code": "482913", "finds": False}),
    "sign_in_code_new": (
        Event.SIGN_IN_CODE,
        {"shop": "Numberplug", "reference": None, "link": LINK, "code": "048291", "finds": False},
    ),
    "sign_in_code_to_find": (
        Event.SIGN_IN_CODE,
        {"shop": "Redress", "reference": None, "link": None, "code": "731945", "finds": True},
    ),
    "filed_together": (
        Event.FILED_TOGETHER,
        {
            "shop": "Numberplug",
            "reference": None,
            "link": None,
            "claims": [
                (
                    "A-1001",
                    "7K3F-9QXM",
                    "Approved: 0.50 USD to your balance, by Wed 4 Mar 2026, 13:00 UTC+2.",
                    LINK,
                ),
                (
                    "A-1002",
                    "AB2C-DE3F",
                    "A person looks at it and decides by Fri 6 Mar 2026, 12:00 UTC+2.",
                    "https://refunds.example.com/claims/AB2C-DE3F/8vQ1xPnC2kd",
                ),
            ],
        },
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
            "closes": True,
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
            "closes": False,
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
            "closes": False,
            "closed": None,
            "ways": [],
        },
    ),
    "too_early": (Event.TOO_EARLY, CLAIM | {"subject": "order A-1001", "since": at(4, 12, 20)}),
    "policy_says_yes": (
        Event.POLICY_SAYS_YES,
        CLAIM | {"what": "0.45 USD to your balance", "ground": [KEPT], "clauses": [CLAUSE]},
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
LETTERS |= MONEY_LETTERS | CLOCK_LETTERS
