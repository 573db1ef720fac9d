"""The forms of one claim's screen, filled with what the policy and the records suggest."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from portal.claims.decisions.grounds import ground_words, policys_ground
from portal.claims.decisions.returned import kept_returns, look_back, remainder
from portal.claims.models import Claim
from portal.claims.refusals import NeedsReason, PaidTooEarly, RecordsChanged, ReferenceUsed
from portal.claims.wording import missing_words
from portal.config.languages import speaking_to
from portal.money import Money
from portal.policy.deciding.document import Version
from portal.policy.facts.table import BY_NAME, Type
from portal.policy.file.findings import offered
from portal.policy.language.clause import Clause, Effect
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.clock import now
from portal.web.frame.fields import visible
from portal.web.frame.shop import policy_of
from portal.web.review import forms


def version_of(claim: Claim) -> Version:
    """The version of the policy that was in force when the claim was sent."""
    policy = policy_of(claim)
    return policy.version_at(claim.submitted_at) if claim.submitted_at else policy.current


def denying_clauses(claim: Claim) -> list[Clause]:
    """The clauses one can decline by: the verdict's own first, then all that say who gets nothing."""
    version = version_of(claim)
    cited = claim.decision.document.get("clauses", []) if claim.decision else []
    first = [clause for clause in version.clauses if clause.id in cited]
    decides = {Effect.DENY, Effect.APPROVE}
    rest = [c for c in version.clauses if c.effect in decides and c.id not in cited]
    return first + sorted(rest, key=lambda clause: clause.effect is not Effect.DENY)


def findings_open(claim: Claim) -> tuple[list[str], list[str]]:
    """The findings that the verdict waits for, and the others that the policy knows."""
    awaiting = claim.decision.document.get("awaiting", []) if claim.decision else []
    # One that was answered, if only that it has not happened yet, is not asked for again.
    wanted = [
        name
        for name in awaiting
        if name.startswith("findings.") and name.partition(".")[2] not in claim.findings
    ]
    others = [name for name in offered(version_of(claim)) if name not in wanted]
    return wanted, others


def is_instant(finding: str) -> bool:
    """Whether the finding is a moment, and not a yes or no."""
    return BY_NAME[finding].type is Type.TIME


def known(name: str) -> str:
    """A fact's name in words."""
    label = BY_NAME[name].label if name in BY_NAME else ""
    return label or name.rpartition(".")[2].replace("_", " ").capitalize()


def refusals(claim: Claim) -> dict[str, str]:
    """For each clause one can decline by, the words that the customer gets, to be edited: in the customer's language.

    By the verdict's own clause they say on what the verdict rests; a clause that grants a refund is
    never given as what refuses it.
    """
    with speaking_to(claim.language):
        return _refusals(claim)


def _refusals(claim: Claim) -> dict[str, str]:
    ground = policys_ground(claim)
    zone = ZoneInfo(policy_of(claim).shop.time_zone)
    cited = claim.decision.document.get("clauses", []) if claim.decision else []
    said = ground_words(ground, zone=zone) if claim.outcome == "deny" else []
    texts = {}
    for clause in denying_clauses(claim):
        if said and clause.id in cited:
            texts[clause.id] = " ".join([str(REFUSED), *said])
        else:
            wording = str(clause.wording)
            words = wording[:1].lower() + wording[1:]
            shape = _("Clause %(clause)s of the refund policy applies: %(words)s")
            if clause.effect is Effect.APPROVE:
                shape = _(
                    "Clause %(clause)s of the refund policy asks for what is not shown: %(words)s"
                )
            texts[clause.id] = f"{REFUSED} {gettext(shape, clause=clause.id, words=words)}"
    return texts


def form_of(name: str, claim: Claim, *, sent: bool) -> Any:
    """The form called ``name``: as it was sent, or fresh and filled with what is suggested."""
    source = {} if sent else {"formdata": None}
    if name.startswith("findings."):
        kind = forms.MomentForm if is_instant(name) else forms.FindingForm
        form = kind(prefix=f"{name.partition('.')[2]}-", **source)
        form.value.label.text = known(name)
        if isinstance(form, forms.MomentForm):
            form.not_yet.label.text = gettext("%(known)s: not so far", known=known(name))
    elif name == "approve":
        form = _approve(claim, source)
    else:
        form = _plain(name, claim, source)
    if isinstance(form, forms.DeclineForm):
        form.clause.choices = [(each.id, forms.short(each)) for each in denying_clauses(claim)]
        if not sent and claim.outcome == "deny":
            form.text.data = next(iter(refusals(claim).values()))
    if isinstance(form, forms.AskForm):
        form.missing.choices = [(path, missing_words(path)) for path in _askable(claim)]
        if not sent:
            form.missing.data = [path for path in claim.missing if path in forms.ASKABLE]
    if isinstance(form, forms.ExtendForm):
        form.now = now()
    if not sent:
        form.seen.data = claim.version
    return form


def forms_of(claim: Claim, *, findings: list[str]) -> dict[str, Any]:
    """All forms of the screen, fresh."""
    names = ["approve", *PLAIN, *findings]
    return {name: form_of(name, claim, sent=False) for name in names}


def typed(claim: Claim, *, but: str) -> dict[str, dict[str, Any]]:
    """What was sent along in the other parts of the decision, by part and field.

    Only what is not what the screen had suggested.
    """
    wanted, others = findings_open(claim)
    found: dict[str, dict[str, Any]] = {}
    for name in ("approve", "decline", "ask", *wanted, *others):
        sent, fresh = (form_of(name, claim, sent=each) for each in (True, False))
        if name != but and sent.seen.name in request.form:
            own = [field for field in sent if field.short_name not in {"seen", "promised"}]
            values = {
                field.short_name: shown(field.data)
                for field in own
                if _differs(field, fresh[field.short_name])
            }
            found |= {name: values} if values else {}
    return found


def shown(value: Any) -> Any:
    """What was typed and nobody has checked, as a page can hold it."""
    return visible(value) if isinstance(value, str) else value


def _differs(sent: Any, suggested: Any) -> bool:
    if sent.type == "SelectField":  # a browser sends the first, where none is chosen
        first = next((choice[0] for choice in suggested.iter_choices()), None)
        return bool(sent.data) and sent.data != (suggested.data or first)
    return (sent.data or None) != (suggested.data or None)


def with_typed(claim: Claim, values: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The forms of the claim as it is now, with what was typed before it changed."""
    forms = {name: form_of(name, claim, sent=False) for name in values}
    for name, fields in values.items():
        for field, value in fields.items():
            if field in forms[name]:
                forms[name][field].data = value
    return forms


def beside(refused: Exception) -> tuple[str, str]:
    """The field that a refusal is about, and what it says there."""
    match refused:
        case NeedsReason() | PaidTooEarly():
            return refused.field, str(refused)
        case ReferenceUsed():
            return "again", gettext(
                "%(refused)s Check it, or tick this to use it again", refused=refused
            )
        case RecordsChanged():
            return "because", gettext(
                "%(refused)s Write why you pay it all the same", refused=refused
            )
    return "amount", str(refused)


REFUSED = _("We can't refund this claim.")
PLAIN = {
    "decline": forms.DeclineForm,
    "ask": forms.AskForm,
    "paid": forms.PaidForm,
    "failed": forms.FailedForm,
    "retry": forms.RetryForm,
    "release": forms.ReleaseForm,
    "extend": forms.ExtendForm,
    "undo": forms.DecisionForm,
    "reopen": forms.ReopenForm,
    "reverse": forms.ReverseForm,
    "reference": forms.ReferenceForm,
}


def replaces(claim: Claim) -> bool:
    """Whether the verdict gives another number, and no money."""
    document = claim.decision.document if claim.decision else {}
    return bool(document.get("outcome") == "approve" and document.get("remedy") == "replacement")


def _plain(name: str, claim: Claim, source: dict[str, Any]) -> Any:
    form = PLAIN[name](prefix=f"{name}-", **source)
    if isinstance(form, forms.PaymentForm):
        form.of(claim)
    if name == "paid" and claim.payout and claim.payout.amount is None:
        form.reference.label.text = gettext("Order of the new number")
    return form


def _approve(claim: Claim, source: dict[str, Any]) -> Any:
    if replaces(claim):
        return forms.ApproveForm(prefix="approve-", **source)
    suggested = _suggested(claim)
    currency = suggested.currency if suggested else policy_of(claim).shop.currency
    data = {"amount": suggested.amount} if suggested else {}
    return forms.approve_form(currency)(prefix="approve-", data=data, **source)


def _suggested(claim: Claim) -> Money | None:
    """The verdict's amount, else what is asked, else what was paid: as far as it is left of the price."""
    returns = look_back(claim) if claim.waiting and claim.payouts else kept_returns(claim)
    most = remainder(claim.facts, returns)
    for wanted in (claim.verdict_amount, claim.asked):
        if wanted and (most is None or (wanted.currency == most.currency and wanted <= most)):
            return wanted
    return most


def _askable(claim: Claim) -> list[str]:
    if claim.appealed_at:
        return list(forms.ASKABLE_ON_APPEAL)
    first = [path for path in claim.missing if path in forms.ASKABLE]
    return first + [path for path in forms.ASKABLE if path not in first]
