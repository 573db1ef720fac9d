"""What a reviewer finds about a claim."""

from typing import Final

from portal.policy.facts.fact import Source, event, flag, listed
from portal.translation import lazy_gettext as _

_FINDINGS = {
    "findings.technical_error_verified": flag(
        noun=_("whether a person confirms the technical error"),
        label=_("Technical error confirmed by a person"),
        yes=_("a person confirms the technical error"),
        no=_("a person does not confirm the technical error"),
        unconfirmed=_("A person looked for the technical error and could not confirm it."),
    ),
    "findings.claim_verified": flag(
        noun=_("whether a person confirms your claim"),
        label=_("Claim confirmed by a person"),
        yes=_("a person confirms your claim"),
        no=_("a person does not confirm your claim"),
        unconfirmed=_("A person checked what you wrote and could not confirm it."),
    ),
    "findings.defect_confirmed": flag(
        noun=_("whether a person confirms the defect"),
        label=_("Defect confirmed by a person"),
        yes=_("a person confirms the defect"),
        no=_("a person does not confirm the defect"),
        unconfirmed=_("A person looked for the defect and could not confirm it."),
    ),
    "findings.payment_found": flag(
        noun=_("whether a person finds your payment"),
        label=_("Payment found by a person"),
        yes=_("a person finds your payment, and that it did not reach your balance"),
        no=_("a person finds no payment of yours that did not reach your balance"),
        unconfirmed=_(
            "A person looked for your payment and found none that did not reach your balance."
        ),
    ),
    "findings.rectified_at": event(
        noun=_("the repair"),
        label=_("Mended"),
        yes=_("the defect was mended"),
        no=_("the defect was not mended"),
    ),
    "findings.access_requested_at": event(
        noun=_("our request for access"),
        label=_("Access asked for"),
        yes=_("we asked you for access"),
        no=_("we did not ask you for access"),
    ),
    "findings.access_granted_at": event(
        noun=_("the moment you gave us access"),
        label=_("Access given"),
        yes=_("you gave us access"),
        no=_("you did not give us access"),
        after=("findings.access_requested_at",),
    ),
    "findings.access_refused": flag(
        noun=_("whether you refused us access"),
        label=_("Access refused"),
        yes=_("you refused us access"),
        no=_("you did not refuse us access"),
    ),
    "findings.information_requested_at": event(
        noun=_("our request for details"),
        label=_("Information asked for"),
        yes=_("we asked you for details"),
        no=_("we did not ask you for details"),
        again={"details": _("we asked for them")},
    ),
    "findings.information_given_at": event(
        noun=_("the moment you gave the details"),
        label=_("Information given"),
        yes=_("you gave the details"),
        no=_("you did not give the details"),
        subject="details",
    ),
    "findings.exceptional_payout_verified": flag(
        noun=_("whether a person confirms the exception"),
        label=_("Exceptional payout confirmed by a person"),
        yes=_("a person confirms the exception"),
        no=_("a person does not confirm the exception"),
        unconfirmed=_(
            "A person looked at why the money should leave the shop and could not confirm it."
        ),
    ),
}
FINDINGS: Final = listed(_FINDINGS, source=Source.REVIEWER)
