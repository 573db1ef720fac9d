"""What the golden letters have in common: a claim, a clause, a payment."""

from datetime import datetime, timedelta, timezone

KYIV = timezone(timedelta(hours=2))
LINK = "https://refunds.example.com/claims/7K3F-9QXM/8vQ1xPnC2kd"


def at(day, hour, minute=0):
    return datetime(2026, 3, day, hour, minute, tzinfo=KYIV)


CLAIM = {"shop": "Numberplug", "reference": "7K3F-9QXM", "link": LINK}
CLAUSE = ("NP-3.1", "No SMS of the ordered service came before the time ran out.")
PAYMENT = [("Amount", "0.50 USD"), ("Goes to", "Your balance")]
BANK = [("Method", "Bank transfer"), ("IBAN", "DE •••• 3000")]
FEE = ("Fee", "12.00 USD less 0.64 USD that the payment system keeps: 11.36 USD arrive.")
KEPT = "0.50 USD less 0.05 USD that the payment system kept."
FACTS = [("Messages received", "1"), ("Order expired", "Wed 4 Mar 2026, 12:20 UTC+2")]

TEAM = {
    "shop": "Redress",
    "reference": None,
    "link": "https://refunds.example.com/review",
    "choice": "https://refunds.example.com/account",
}
