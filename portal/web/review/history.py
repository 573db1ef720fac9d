"""The history of a claim as those who work here read it, line by line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.claims.decisions.grounds import Ground
from portal.claims.history import PERSONAL_WORDS, ClaimEvent, Personal
from portal.claims.lifecycle import Action, Actor
from portal.claims.models import Claim
from portal.claims.wording import fact_words
from portal.money import Money
from portal.translation import gettext, lazy_gettext as _, ngettext
from portal.web.review.prefills import known

_OUTAGE = (("order.outage_reported_at", "from"), ("order.outage_ended_at", "until"))
EVENT_WORDS = {
    Action.SUBMIT: _("Sent by the customer"),
    Action.FILE: _("Owed without asking: filed by the policy itself"),
    Action.ASK: _("Asked the customer for more"),
    Action.ANSWER: _("The customer answered"),
    Action.REFER: _("Given to a person to decide"),
    Action.APPROVE: _("Approved"),
    Action.DECLINE: _("Declined"),
    Action.LAPSE: _("Closed: what was missing did not come in time"),
    Action.JUDGE_AGAIN: _("The time has passed: decided again"),
    Action.ADD_EVIDENCE: _("File added by the customer"),
    Action.RECORD_FINDING: _("Finding recorded"),
    Action.RECORD_OUTAGE: _("An outage was recorded"),
    Action.WITHDRAW: _("Cancelled by the customer"),
    Action.APPEAL: _("Appealed by the customer"),
    Action.UPHOLD: _("Appeal decided: the amount stays"),
    Action.UPHOLD_PAID: _("Appeal decided: the amount stays"),
    Action.MARK_PAID: _("Marked as paid"),
    Action.MARK_FAILED: _("Payout failed"),
    Action.ARRIVE: _("Paid"),
    Action.BOUNCE: _("Payout failed"),
    Action.RETRY: _("To be paid again"),
    Action.HOLD: _("The payout is held"),
    Action.RELEASE: _("The payout goes on"),
    Action.CORRECT_PAYOUT: _("New payout details from the customer"),
    Action.CHANGE_PAYOUT: _("Payout details changed by the customer"),
    Action.EXTEND: _("Payout date extended"),
    Action.REOPEN: _("Reopened, to be decided anew"),
    Action.REVERSE: _("Payment taken back"),
    Action.COME_BACK: _("The payment came back"),
    Action.ACCEPT_REPLACEMENT: _("Replacement accepted by the customer"),
    Action.REFUSE_REPLACEMENT: _("Replacement refused by the customer: the price goes back"),
    Action.END_OFFER: _("No answer to the replacement: the price goes back"),
    Action.CORRECT_REFERENCE: _("Reference of the payment corrected"),
    Action.UNDO: _("The decision was undone before it was told"),
    Action.UNDO_APPEAL: _("The decision was undone before it was told"),
    Action.UPHOLD_FAILED: _("Appeal decided: the amount stays"),
    Action.REVEAL: _("Payout details shown in full"),
    Action.ASSIGN: _("Put back for everybody"),
    Action.GIVE_OUT: _("Given by turns"),
    Action.NOTE: _("Note"),
    Action.ASK_ACCESS: _("Asked the customer for access to their host"),
    Action.GRANT_ACCESS: _("The customer gave access"),
    Action.REFUSE_ACCESS: _("The customer refused access"),
    Action.LOOK_AT_ACCESS: _("Access shown in full"),
    Action.ASK_IDENTITY: _("Asked the customer for identity documents"),
    Action.GIVE_IDENTITY: _("The customer gave identity documents"),
    Action.REFUSE_IDENTITY: _("The customer refused identity documents"),
    Action.FORGET_IDENTITY: _("The time of the identity documents is over: they are deleted"),
    Action.END_ACCESS: _("Access was used, and is deleted"),
    Action.FORGET_ACCESS: _("The time of the access is over: it is deleted"),
    Action.BLACK_OUT: _("The customer blacked out parts of a picture"),
    Action.REDACT: _("Parts of a picture were blacked out"),
    Action.RESTORE: _("A picture is shown again as it was"),
    Action.FORGET_ORIGINAL: _("The picture as it was before is deleted"),
    Action.WARN: _("Little time is left: colleagues were told"),
    Action.RUN_LATE: _("The date has passed: the customer was told"),
    Action.END_APPEAL: _("Nobody appealed in time: the decision stands"),
    Action.TRY_AGAIN: _("To be paid again: the customer mended what the shop said"),
    Action.PRESERVE: _("Legal hold: nothing of it is deleted"),
    Action.END_PRESERVING: _("The legal hold has ended"),
    Action.ERASE: _("Deleted for good"),
}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the history."""

    at: datetime
    title: str
    by: str
    note: str | None
    internal: str | None
    override: str | None
    tone: str


def line_of(event: ClaimEvent, claim: Claim, zone: ZoneInfo) -> HistoryLine:
    """One event in words: what was done, by whom, and what they wrote."""
    who = {Actor.CUSTOMER: gettext("Customer"), Actor.POLICY: gettext("Policy")}
    ruling = next((r for r in claim.rulings if r.at == event.at and event.reviewer_id), None)
    title = EVENT_WORDS[event.action]
    if event.action is Action.RECORD_FINDING:
        name = f"findings.{event.data['finding']}"
        words = fact_words(name, event.data.get("value"), zone=zone)
        title = f"{known(name)}: {words[1]}" if words else title
    if event.action is Action.ASSIGN and event.data["to"]:
        own = event.data["to"] == event.reviewer_id
        title = gettext("Taken") if own else gettext("Handed over to %(name)s", **event.data)
    if event.action is Action.GIVE_OUT:
        title = gettext("Given to %(name)s by turns", **event.data)
        if left := event.data.get("left"):
            title = gettext("In nobody's hand: %(left)s works here no more", left=left)
    ground = Ground.from_json(ruling.ground) if ruling and ruling.ground else None
    if event.action is Action.APPROVE and ruling and ground and ground.amount:
        given = Money(ruling.amount_minor or 0, ground.amount.currency)
        title = gettext("Approved: %(given)s of %(amount)s", given=given, amount=ground.amount)
    tones = {Action.APPROVE: "success", Action.MARK_PAID: "success", Action.ARRIVE: "success",
             Action.DECLINE: "danger", Action.MARK_FAILED: "danger", Action.BOUNCE: "danger", Action.ASK: "warning", Action.APPEAL: "warning"}  # fmt: skip
    decides = ruling if event.action in {Action.APPROVE, Action.DECLINE} else None
    return HistoryLine(
        at=event.at,
        title=title,
        by=event.reviewer.name if event.reviewer else who.get(event.role, "Redress"),
        note=_noted(event, zone),
        internal=event.internal or (decides.internal_note if decides else None) or None,
        override=decides.override_reason if decides else None,
        tone=tones.get(event.action, "info"),
    )


def _noted(event: ClaimEvent, zone: ZoneInfo) -> str | None:
    """What stands below an event: what was written, or what it was about."""
    note = event.note
    if event.action in {Action.MARK_PAID, Action.ARRIVE} and event.data.get("reference"):
        note = gettext("Reference %(reference)s", reference=event.data["reference"])
    if event.action is Action.CORRECT_REFERENCE:
        note = gettext("%(reference)s, before %(was)s", **event.data)
    if event.action in {Action.BLACK_OUT, Action.REDACT}:
        note = ngettext(
            "%(num)s part of %(file)s",
            "%(num)s parts of %(file)s",
            event.data["parts"],
            file=event.data["file"],
        )
    if event.action in {Action.RESTORE, Action.FORGET_ORIGINAL}:
        note = event.data["file"]
    if event.action is Action.RECORD_OUTAGE:
        note = _span(event.data, zone)
    if event.action is Action.ERASE:
        note = ", ".join(str(PERSONAL_WORDS[Personal(part)]) for part in event.data["parts"])
    return note


def _span(said: Mapping[str, str | None], zone: ZoneInfo) -> str:
    """From when until when an outage was recorded, on the shop's clock."""
    began, ended = (fact_words(name, said[key], zone=zone) for name, key in _OUTAGE)
    if said["until"] is None:
        return gettext("From %(began)s, still running", began=began and began[1])
    return gettext(
        "From %(began)s until %(ended)s", began=began and began[1], ended=ended and ended[1]
    )
