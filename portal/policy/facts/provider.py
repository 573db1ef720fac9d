"""What the provider says of an order: who sold the number to the shop, and keeps records of its own."""

from typing import Final

from portal.policy.facts.fact import FactWord, Source, flag, listed, word
from portal.translation import lazy_gettext as _

_PROVIDER = {
    "order.provider_status": word(
        noun=_("what the provider says of the order"),
        label=_("State at the provider"),
        words={
            "waiting": FactWord(
                _("waiting"),
                _("the provider says that it waits for an SMS"),
                _("the provider does not say that it waits for an SMS"),
            ),
            "completed": FactWord(
                _("completed"),
                _("the provider says that the order was completed"),
                _("the provider does not say that the order was completed"),
            ),
            "cancelled": FactWord(
                _("cancelled"),
                _("the provider says that the order was cancelled"),
                _("the provider does not say that the order was cancelled"),
            ),
            "expired": FactWord(
                _("expired"),
                _("the provider says that the time ran out"),
                _("the provider does not say that the time ran out"),
            ),
            "banned": FactWord(
                _("number withdrawn"),
                _("the provider says that the number was withdrawn"),
                _("the provider does not say that the number was withdrawn"),
            ),
        },
    ),
    "order.provider_delivered": flag(
        noun=_("whether the provider says that an SMS came"),
        label=_("SMS delivered by the provider"),
        yes=_("the provider says that an SMS came"),
        no=_("the provider says that no SMS came"),
    ),
    "order.provider_refunded": flag(
        noun=_("whether the provider gave the shop its money back"),
        label=_("Money returned by the provider"),
        yes=_("the provider gave the shop its money back"),
        no=_("the provider kept the shop's money"),
    ),
}
PROVIDER: Final = listed(_PROVIDER, source=Source.PROVIDER, seldom=True)
