"""What the letters about clocks are told: a date that passed, one that was put off, the end of an appeal's time."""

from portal.mail.letters import Event
from tests.mail.samples import CLAIM, TEAM, at

CLOCK_LETTERS = {
    "late": (
        Event.LATE,
        CLAIM
        | {
            "pays": False,
            "due": at(6, 12),
            "by": at(8, 12),
            "clauses": [("NP-5.2", "A person looks at your claim within 24 to 48 hours.")],
        },
    ),
    "late_payment": (
        Event.LATE,
        CLAIM | {"pays": True, "due": at(6, 12), "by": at(9, 12), "clauses": []},
    ),
    "payment_extended": (
        Event.PAYMENT_EXTENDED,
        CLAIM
        | {
            "note": "Our bank is closed until Friday.",
            "due": at(13, 12),
            "clauses": [("SS-M4", "The money is on its way within 14 days of your claim.")],
        },
    ),
    "payment_extended_bare": (
        Event.PAYMENT_EXTENDED,
        CLAIM | {"note": "Our bank is closed until Friday.", "due": at(13, 12), "clauses": []},
    ),
    "appeal_ended": (Event.APPEAL_ENDED, CLAIM | {"until": at(18, 12), "days": 14}),
    "team_near": (
        Event.TEAM_NEAR,
        TEAM
        | {"count": 12, "rows": [("7K3F-9QXM", at(4, 12), True), ("AB2C-DE3F", at(5, 12), False)]},
    ),
    "team_near_one": (
        Event.TEAM_NEAR,
        TEAM | {"count": 1, "rows": [("7K3F-9QXM", at(4, 12), True)]},
    ),
}
