"""What a claim says."""

from typing import Final

from portal.policy.facts.fact import (
    FLAGS,
    Asked,
    FactWord,
    Source,
    flag,
    listed,
    moment,
    money,
    rows,
    text,
    word,
)
from portal.policy.facts.reasons import CODES
from portal.translation import lazy_gettext as _

_DESTINATION = Asked(
    "destination",
    _("Where should the money go?"),
    answers={"balance": _("To my balance in the shop"), "payout": _("Out of the shop, to me")},
    empty=_("Choose where the money should go"),
)
_REMEDY = Asked(
    "remedy",
    _("What would put it right?"),
    answers={"refund": _("My money back"), "replacement": _("A replacement")},
    empty=_("Choose what would put it right"),
)
_NOW = {
    "now": moment(
        source=Source.PORTAL,
        noun=_("the moment of the decision"),
        yes=_("the decision"),
        no=_("nothing is decided"),
    )
}
NOW: Final = listed(_NOW)
_CLAIM = {
    "claim.reason": word(
        source=Source.CUSTOMER,
        noun=_("your reason"),
        label=_("What happened"),
        staff_label=_("Reason"),
        values=CODES,
        missing=_("What happened"),
        asks=Asked("reason", _("What happened?"), _("Choose what fits best.")),
    ),
    "claim.submitted_at": moment(
        source=Source.PORTAL,
        noun=_("the moment you sent your claim"),
        label=_("Claim sent"),
        yes=_("you sent your claim"),
        no=_("you did not send your claim"),
        after=("order.ordered_at",),
    ),
    "claim.service_name": text(
        source=Source.CUSTOMER,
        noun=_("the service you wanted the number for"),
        label=_("Service you named"),
        staff_label=_("Service named"),
        missing=_("Which service the number was for"),
        form=Asked(
            "service_name", _("Which service was it for?"), empty=_("Enter the service you ordered")
        ),
        longest=120,
    ),
    "claim.order_reference": text(
        source=Source.CUSTOMER,
        noun=_("the order number"),
        label=_("Order you named"),
        staff_label=_("Order named"),
        missing=_("The order number"),
        form=Asked(
            "order_reference",
            _("What is the order number?"),
            empty=_("Enter the order number from your order history"),
        ),
        longest=80,
    ),
    "claim.description": text(
        source=Source.CUSTOMER,
        noun=_("a description of what happened"),
        missing=_("What happened, in your own words"),
        form=Asked(
            "description", _("What happened, in your own words?"), empty=_("Write what happened")
        ),
    ),
    "claim.destination": word(
        source=Source.CUSTOMER,
        noun=_("where the money should go"),
        label=_("Where the money should go"),
        words={
            "balance": FactWord(
                _("balance"),
                _("you want the money on your balance"),
                _("you do not want the money on your balance"),
            ),
            "payout": FactWord(
                _("payout"),
                _("you ask for the money outside your balance"),
                _("you do not ask for the money outside your balance"),
            ),
        },
        default="balance",
        missing=_("Whether the money should go to your balance or be paid out"),
        asks=_DESTINATION,
        form=_DESTINATION,
    ),
    "claim.remedy": word(
        source=Source.CUSTOMER,
        noun=_("whether you want the money or another number"),
        label=_("What you asked for"),
        staff_label=_("Asked for"),
        words={
            "refund": FactWord(
                _("refund"), _("you ask for your money"), _("you do not ask for your money")
            ),
            "replacement": FactWord(
                _("replacement"),
                _("you ask for another number"),
                _("you do not ask for another number"),
            ),
        },
        default="refund",
        missing=_("Whether you want the money or another number"),
        asks=_REMEDY,
        form=_REMEDY,
    ),
    "claim.amount": money(
        source=Source.CUSTOMER,
        noun=_("the amount you ask for"),
        label=_("Amount you asked for"),
        staff_label=_("Amount asked for"),
        yes=_("you ask for an amount"),
        no=_("you ask for no amount"),
        missing=_("How much you ask for"),
        asks=Asked(
            "wanted",
            _("How much would you like back?"),
            _("What can go back at most follows from your top-ups."),
            never=_("All that can go back"),
        ),
        form=Asked(
            "asked", _("How much do you ask for?"), empty=_("Enter the amount, such as 0.50")
        ),
    ),
    "claim.payout": flag(
        source=Source.CUSTOMER,
        noun=_("how and where you want to be paid"),
        yes=_("you gave all details of where the money should go"),
        no=_("you did not give all details of where the money should go"),
        missing=_("Where the money should go, with all details"),
    ),
    "claim.payout.method": word(
        source=Source.CUSTOMER,
        noun=_("how you want to be paid"),
        words={
            "original": FactWord(
                _("original"),
                _("you want it back the way you paid"),
                _("you do not want it back the way you paid"),
            ),
            "iban": FactWord(
                _("iban"),
                _("you want it on a bank account"),
                _("you do not want it on a bank account"),
            ),
            "card": FactWord(
                _("card"), _("you want it on a card"), _("you do not want it on a card")
            ),
            "paypal": FactWord(
                _("paypal"), _("you want it on PayPal"), _("you do not want it on PayPal")
            ),
            "crypto": FactWord(
                _("crypto"),
                _("you want it at a crypto address"),
                _("you do not want it at a crypto address"),
            ),
            "other": FactWord(
                _("other"), _("you want it some other way"), _("you do not want it some other way")
            ),
        },
        missing=_("How you want to be paid"),
        asks=Asked("method", _("How should the money come to you?")),
    ),
    "claim.answers.number_used": flag(
        source=Source.CUSTOMER,
        noun=_("whether you used the number"),
        label=_("You used the number"),
        staff_label=_("Number used"),
        yes=_("you used the number"),
        no=_("you never used the number"),
        missing=_("Whether you used the number"),
        asks=Asked(
            "used",
            _("Did you use the number?"),
            answers={"yes": _("Yes, I tried to use it"), "no": _("No, never")},
            sets=FLAGS,
        ),
        form=Asked(
            "number_used",
            _("Did you use the number?"),
            answers={"yes": _("Yes, I tried to use it"), "no": _("No, I never used it")},
            empty=_("Tell us: yes or no"),
        ),
    ),
    "claim.evidence": rows(
        source=Source.CUSTOMER,
        noun=_("a file that shows what happened"),
        label=_("Files you gave"),
        staff_label=_("Files"),
        yes=_("you sent a file"),
        no=_("you sent no file"),
        default=0,
        missing=_("A picture or a file that shows what happened"),
    ),
}
CLAIM: Final = listed(_CLAIM)
# The kind of a file that says who somebody is: it is no evidence of a case.
IDENTITY: Final = "identity"
