"""What a reviewer found is recorded: alone, or with the decision that the policy takes from it."""

from collections.abc import Callable
from typing import Any

from flask import abort
from werkzeug.wrappers import Response

from portal.claims.models import Claim
from portal.claims.refusals import ClaimHasMoved
from portal.claims.verbs import reviewing
from portal.people.rights import Task
from portal.translation import gettext
from portal.web.review import deciding
from portal.web.review.answers import FINDS, promise
from portal.web.review.claim import claim_to_do
from portal.web.review.forms import AnswerForm
from portal.web.review.prefills import findings_open, form_of, refusals, typed

bp = deciding.bp


@bp.post("/<reference>/findings/<finding>")
def finding(reference: str, finding: str) -> Response:
    """Record what was established; the claim is decided again and stays in the queue."""
    claim = asked_for(reference, finding)
    name = f"findings.{finding}"

    def record(claim: Claim, form: Any) -> str:
        reviewing.record_finding(
            claim,
            finding=finding,
            value=form.found,
            internal=form.internal.data or "",
            **deciding.told_by(form, claim),
        )
        return gettext("Recorded. The claim was decided again with it.")

    kept = typed(claim, but=name)
    return deciding.act(claim, name, form_of(name, claim, sent=True), record, kept=kept)


@bp.post("/<reference>/findings/<finding>/<answer>")
def answer(reference: str, finding: str, answer: str) -> Response:
    """Record what was established and decide as the policy does with it: both, or nothing."""
    claim = asked_for(reference, finding)
    form = AnswerForm(prefix=f"{finding}-")
    return deciding.act(claim, f"findings.{finding}", form, answered(finding, answer))


def answered(finding: str, answer: str) -> Callable[[Claim, AnswerForm], str]:
    """What the press of this answer does; 404 for what is none."""
    if answer not in FINDS:
        abort(404)

    def decide(claim: Claim, form: AnswerForm) -> str:
        told = deciding.told_by(form, claim)
        note = form.internal.data or ""
        reviewing.record_finding(claim, finding=finding, value=FINDS[answer], internal=note, **told)
        return _as_the_policy_says(claim, form, told | {"seen": claim.version})

    return decide


def asked_for(reference: str, finding: str) -> Claim:
    """The claim, for a finding that its policy knows: 403 and 404 as for claim_to_do."""
    claim = claim_to_do(Task.DECIDE, reference)
    wanted, others = findings_open(claim)
    return claim if f"findings.{finding}" in wanted + others else abort(404)


def _as_the_policy_says(claim: Claim, form: AnswerForm, told: dict[str, Any]) -> str:
    """Decide by the verdict that has the finding in it; raises ClaimHasMoved where it isn't the promised one."""
    document = claim.decision.document if claim.decision else {}
    if promise(document) != form.promised.data:
        raise ClaimHasMoved
    if document["outcome"] == "approve":
        amount = None if document["remedy"] == "replacement" else claim.verdict_amount
        own = form_of("approve", claim, sent=True).text.data
        reviewing.approve(claim, amount=amount, customer_text=own or "", **told)
        return gettext("Recorded and approved. The customer gets an e-mail.")
    if document["outcome"] == "deny":
        clause = document["clauses"][0]
        own = form_of("decline", claim, sent=True).text.data
        reviewing.decline(
            claim, clause=clause, customer_text=own or refusals(claim)[clause], **told
        )
        return gettext("Recorded and declined. The customer gets an e-mail.")
    return gettext("Recorded. The claim was decided again with it.")
