"""What the logs tell of an account, and of the money on its balance."""

from typing import Final

from portal.policy.facts.fact import (
    Asked,
    FactWord,
    Source,
    event,
    flag,
    listed,
    number,
    rows,
    text,
    word,
)
from portal.translation import lazy_gettext as _

_ACCOUNT = {
    "account.email": text(
        source=Source.CUSTOMER,
        noun=_("the e-mail address of your account"),
        missing=_("The e-mail address of your account"),
    ),
    "account.id": text(
        noun=_("the shop's own number of your account"),
    ),
    "account.status": word(
        noun=_("the state of your account"),
        label=_("Account"),
        words={
            "active": FactWord(
                _("active"), _("your account is active"), _("your account is not active")
            ),
            "blocked": FactWord(
                _("blocked"), _("your account is blocked"), _("your account is not blocked")
            ),
            "deleted": FactWord(
                _("deleted"), _("your account is deleted"), _("your account is not deleted")
            ),
        },
        default="active",
        asks=Asked(
            "account",
            _("How is your account?"),
            answers={
                "active": _("It works"),
                "deleted": _("It was deleted"),
                "blocked": _("It is blocked for breaking the rules"),
                "authorities": _("It is blocked because the authorities asked for it"),
            },
        ),
    ),
    "account.block_reason": word(
        noun=_("the reason of the block"),
        label=_("Reason of the block"),
        words={
            "rule_violation": FactWord(
                _("rule violation"),
                _("the block is for breaking the rules"),
                _("the block is not for breaking the rules"),
            ),
            "authorities": FactWord(
                _("authorities"),
                _("the authorities asked for the block"),
                _("the authorities did not ask for the block"),
            ),
        },
        asks=Asked(
            "blocked",
            _("Is your account blocked for breaking the rules?"),
            applies=_("My account is blocked for breaking the rules"),
        ),
    ),
    "account.fraud_flag": flag(
        noun=_("fraud or complaints on record"),
        label=_("Fraud or a complaint on record"),
        yes=_("fraud, unlawful use or a complaint is on record"),
        no=_("no fraud, unlawful use or complaint is on record"),
        default=False,
        asks=Asked(
            "fraud",
            _("Was there a complaint about fraud or unlawful use of your account?"),
            applies=_("There was a complaint about fraud or unlawful use"),
        ),
    ),
    "account.below_minimum": flag(
        noun=_("whether the balance is below what is paid out at least"),
        label=_("Balance below the least payout"),
        yes=_("the balance is below what is paid out at least"),
        no=_("the balance is not below what is paid out at least"),
        seldom=True,
        asks=Asked(
            "below_minimum", _("Is less on your balance than the least that the shop pays out?")
        ),
    ),
    "account.identity_documents": word(
        noun=_("your identity documents"),
        label=_("Identity documents"),
        words={
            "not_required": FactWord(
                _("not required"),
                _("no identity documents are needed"),
                _("identity documents are needed"),
            ),
            "provided": FactWord(
                _("provided"),
                _("you supplied the identity documents"),
                _("you did not supply the identity documents"),
            ),
            "refused": FactWord(
                _("refused"),
                _("you refused to show identity documents"),
                _("you did not refuse to show identity documents"),
            ),
        },
        default="not_required",
        asks=Asked(
            "documents",
            _("Were identity documents asked for that you did not supply?"),
            sets={"yes": "refused", "no": "provided"},
            applies=_("Identity documents were asked for, and I did not supply them all"),
        ),
    ),
    "account.often_cancelled_at": event(
        noun=_("the moment you had cancelled more orders than the shop allows"),
        label=_("More cancelled than allowed"),
        yes=_("you cancelled more orders than the shop allows"),
        no=_("you did not cancel more orders than the shop allows"),
    ),
    "account.cancellations_1_day": number(
        noun=_("how many orders you cancelled in the last 24 hours"),
        label=_("Cancelled in the last 24 hours"),
        yes=_("you cancelled an order %(times)s in the last 24 hours"),
        seldom=True,
    ),
    "account.cancellations_7_days": number(
        noun=_("how many orders you cancelled in the last 7 days"),
        label=_("Cancelled in the last 7 days"),
        yes=_("you cancelled an order %(times)s in the last 7 days"),
        seldom=True,
    ),
    "account.cancellations_30_days": number(
        noun=_("how many orders you cancelled in the last 30 days"),
        label=_("Cancelled in the last 30 days"),
        yes=_("you cancelled an order %(times)s in the last 30 days"),
        seldom=True,
    ),
}
ACCOUNT: Final = listed(_ACCOUNT)
_LISTS = {
    "top_ups": rows(
        noun=_("your top-ups"),
        label=_("Top-ups"),
        yes=_("you topped up"),
        no=_("you never topped up"),
        asks=Asked(
            "top_ups",
            _("Which top-ups did you make?"),
            _(
                "Put in each one since your last activation, and the ones of the last two weeks."
                " If there were none, just continue."
            ),
        ),
    ),
    "purchases": rows(
        noun=_("what you bought from your balance"),
        label=_("Purchases"),
        yes=_("you bought something"),
        no=_("you bought nothing"),
        asks=Asked(
            "purchases",
            _("What did you buy from that money?"),
            _(
                "Each number you bought since the first of those top-ups. If there were none, just continue."
            ),
        ),
    ),
}
LISTS: Final = listed(_LISTS)
