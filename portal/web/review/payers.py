"""What a person with the right to pay does besides paying: lets go what is held."""

from typing import Any

from portal.claims.models import Claim
from portal.payouts import paying
from portal.translation import gettext
from portal.web.review import deciding, taking_back

bp = taking_back.bp  # deciding's own


@deciding.decision("release", pays=True)
def release(claim: Claim, form: Any) -> str:
    """Let go what is held, as the second person or for what the records say."""
    said = deciding.told_by(form, claim)
    paying.release(claim, claim.payouts[-1], reason=form.because.data, **said)
    return gettext("Released. It is to be paid.")
