"""What was decided or paid is taken back: guard, form, one verb, answer."""

from typing import Any

from portal.claims.models import Claim
from portal.claims.verbs import undoing
from portal.translation import gettext
from portal.web.review import deciding

bp = deciding.bp


@deciding.decision("undo")
def undo(claim: Claim, form: Any) -> str:
    """Undo one's own decision, of which nobody was told yet."""
    undoing.undo(claim, **deciding.told_by(form, claim))
    return gettext("Undone. The customer hears nothing of it, and the claim waits as before.")
