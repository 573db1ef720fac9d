"""What a reviewer finds about a claim."""

from __future__ import annotations

from typing import Final

from portal.policy.facts.fact import Fact, Source, Type
from portal.translation import lazy_gettext as _

FINDINGS: Final = (
    Fact(
        "findings.technical_error_verified",
        Type.BOOL,
        Source.REVIEWER,
        noun=_("whether a person confirms the technical error"),
        label=_("Technical error confirmed by a person"),
        yes=_("a person confirms the technical error"),
        no=_("a person does not confirm the technical error"),
        unconfirmed=_("A person looked for the technical error and could not confirm it."),
    ),
    Fact(
        "findings.claim_verified",
        Type.BOOL,
        Source.REVIEWER,
        noun=_("whether a person confirms your claim"),
        label=_("Claim confirmed by a person"),
        yes=_("a person confirms your claim"),
        no=_("a person does not confirm your claim"),
        unconfirmed=_("A person checked what you wrote and could not confirm it."),
    ),
    Fact(
        "findings.defect_confirmed",
        Type.BOOL,
        Source.REVIEWER,
        noun=_("whether a person confirms the defect"),
        label=_("Defect confirmed by a person"),
        yes=_("a person confirms the defect"),
        no=_("a person does not confirm the defect"),
        unconfirmed=_("A person looked for the defect and could not confirm it."),
    ),
    Fact(
        "findings.rectified_at",
        Type.TIME,
        Source.REVIEWER,
        noun=_("the repair"),
        label=_("Mended"),
        yes=_("the defect was mended"),
        no=_("the defect was not mended"),
        default=None,
    ),
    Fact(
        "findings.access_requested_at",
        Type.TIME,
        Source.REVIEWER,
        noun=_("our request for access"),
        label=_("Access asked for"),
        yes=_("we asked you for access"),
        no=_("we did not ask you for access"),
        default=None,
    ),
    Fact(
        "findings.access_granted_at",
        Type.TIME,
        Source.REVIEWER,
        noun=_("the moment you gave us access"),
        label=_("Access given"),
        yes=_("you gave us access"),
        no=_("you did not give us access"),
        default=None,
        after=("findings.access_requested_at",),
    ),
    Fact(
        "findings.access_refused",
        Type.BOOL,
        Source.REVIEWER,
        noun=_("whether you refused us access"),
        label=_("Access refused"),
        yes=_("you refused us access"),
        no=_("you did not refuse us access"),
    ),
    Fact(
        "findings.information_requested_at",
        Type.TIME,
        Source.REVIEWER,
        noun=_("our request for details"),
        label=_("Information asked for"),
        yes=_("we asked you for details"),
        no=_("we did not ask you for details"),
        again={"details": _("we asked for them")},
        default=None,
    ),
    Fact(
        "findings.information_given_at",
        Type.TIME,
        Source.REVIEWER,
        noun=_("the moment you gave the details"),
        label=_("Information given"),
        yes=_("you gave the details"),
        no=_("you did not give the details"),
        subject="details",
        default=None,
    ),
    Fact(
        "findings.exceptional_payout_verified",
        Type.BOOL,
        Source.REVIEWER,
        noun=_("whether a person confirms the exception"),
        label=_("Exceptional payout confirmed by a person"),
        yes=_("a person confirms the exception"),
        no=_("a person does not confirm the exception"),
        unconfirmed=_(
            "A person looked at why the money should leave the shop and could not confirm it."
        ),
    ),
)
