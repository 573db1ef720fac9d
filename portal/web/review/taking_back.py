"""What was decided or paid is taken back or corrected: guard, form, one verb, answer."""

from typing import Any

from portal.claims.models import Claim
from portal.claims.verbs import reopening, undoing
from portal.payouts import reversing
from portal.people.rights import Task
from portal.translation import gettext
from portal.web.review import deciding, finding

bp = finding.bp  # deciding's own


@deciding.decision("undo")
def undo(claim: Claim, form: Any) -> str:
    """Undo one's own decision, of which nobody was told yet."""
    undoing.undo(claim, **deciding.told_by(form, claim))
    return gettext("Undone. The customer hears nothing of it, and the claim waits as before.")


@deciding.decision("reopen", Task.REOPEN)
def reopen(claim: Claim, form: Any) -> str:
    """Take back a decision that was told, until it is paid."""
    reopening.reopen(claim, reason=form.reason.data, **deciding.told_by(form, claim))
    return gettext("Reopened, to be decided anew. The customer gets an e-mail.")


@deciding.decision("reverse", Task.PAY)
def reverse(claim: Claim, form: Any) -> str:
    """Say that a payment no longer counts."""
    said = deciding.told_by(form, claim)
    reversing.reverse(claim, form.chosen(claim), reason=form.reason.data, **said)
    return gettext("Taken back, to be decided anew. The customer gets an e-mail.")


@deciding.decision("reference", Task.PAY)
def reference(claim: Claim, form: Any) -> str:
    """Correct the reference of a payment."""
    said = deciding.told_by(form, claim)
    reversing.correct_reference(
        claim,
        form.chosen(claim),
        reference=form.reference.data,
        again=form.again.data,
        **said,
    )
    return gettext("The reference is corrected. The customer gets an e-mail.")
