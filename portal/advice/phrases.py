"""What each fact is called, and how a sentence says that it holds or does not.

Second person is the customer; "we" is the shop. plain.py puts these together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence for what holds, and one for what does not."""

    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A time: ``point`` names it, ``did`` tells it (after "after …"), ``did_not`` denies it.

    ``over`` says that it has come, where that is more natural than "… has come".
    """

    point: str
    did: str
    did_not: str
    over: Said | None = None


MOMENTS: Final = {
    "now": Moment("the moment of the decision", "the decision", "nothing is decided"),
    "order.ordered_at": Moment(
        "the moment of the order", "the order was placed", "the order was not placed"
    ),
    "order.expires_at": Moment(
        "the end of the waiting time",
        "the waiting time ended",
        "the waiting time did not end",
        Said("the waiting time is over", "the waiting time is not over"),
    ),
    "order.revealed_at": Moment(
        "the moment the number was shown", "the number was shown", "the number was not shown"
    ),
    "order.completed_at": Moment(
        "the completion of the order", "the order was completed", "the order was not completed"
    ),
    "order.cancelled_at": Moment(
        "the cancellation", "the order was cancelled", "the order was not cancelled"
    ),
    "order.unavailable_at": Moment(
        "the moment it turned out unavailable",
        "what you ordered turned out to be unavailable",
        "what you ordered did not turn out to be unavailable",
    ),
    "order.refunded_at": Moment(
        "the return of the price",
        "the price was already returned",
        "the price was not yet returned",
    ),
    "order.paid_from": Moment(
        "the start of the paid time",
        "the paid time began",
        "the paid time did not begin",
        Said("the paid time has begun", "the paid time has not begun"),
    ),
    "order.paid_until": Moment(
        "the end of the paid time",
        "the paid time ended",
        "the paid time did not end",
        Said("the paid time is over", "the paid time is not over"),
    ),
    "order.outage_reported_at": Moment(
        "your report of the outage", "you reported the outage", "you did not report an outage"
    ),
    "order.outage_ended_at": Moment(
        "the end of the outage", "the outage ended", "the outage did not end"
    ),
    "order.disconnected_at": Moment(
        "the moment the number was switched off",
        "the number was switched off",
        "the number was not switched off",
    ),
    "claim.submitted_at": Moment(
        "the moment you sent your claim", "you sent your claim", "you did not send your claim"
    ),
    "findings.rectified_at": Moment(
        "the repair", "the defect was mended", "the defect was not mended"
    ),
    "findings.access_requested_at": Moment(
        "our request for access", "we asked you for access", "we did not ask you for access"
    ),
    "findings.access_granted_at": Moment(
        "the moment you gave us access", "you gave us access", "you did not give us access"
    ),
    "findings.information_requested_at": Moment(
        "our request for details", "we asked you for details", "we did not ask you for details"
    ),
    "findings.information_given_at": Moment(
        "the moment you gave the details", "you gave the details", "you did not give the details"
    ),
    "clock.review_from": Moment(
        "the moment your claim was complete",
        "your claim was complete",
        "your claim was not complete",
    ),
    "clock.information_from": Moment(
        "the moment we asked for what is missing",
        "we asked for what is missing",
        "we did not ask for what is missing",
    ),
    "clock.rectify_by": Moment(
        "the end of the mending time",
        "the mending time ended",
        "the mending time did not end",
        Said("the mending time is over", "the mending time is not over"),
    ),
}

# A length of time: "… for more than 24 hours".
LENGTHS: Final = {
    "order.outage_time": Said("the number was down for", "the number was not down for"),
    "order.outage_paid_time": Said(
        "the number was down within the paid time for",
        "the number was not down within the paid time for",
    ),
}

# (fact, word or truth) -> what it says; a list or an amount stands with "empty".
SAID: Final[dict[tuple[str, str | bool], Said]] = {
    ("account.status", "active"): Said("your account is active", "your account is not active"),
    ("account.status", "blocked"): Said("your account is blocked", "your account is not blocked"),
    ("account.status", "deleted"): Said("your account is deleted", "your account is not deleted"),
    ("account.block_reason", "rule_violation"): Said(
        "the block is for breaking the rules", "the block is not for breaking the rules"
    ),
    ("account.block_reason", "authorities"): Said(
        "the authorities asked for the block", "the authorities did not ask for the block"
    ),
    ("account.fraud_flag", True): Said(
        "fraud, unlawful use or a complaint is on record",
        "no fraud, unlawful use or complaint is on record",
    ),
    ("account.identity_documents", "not_required"): Said(
        "no identity documents are needed", "identity documents are needed"
    ),
    ("account.identity_documents", "provided"): Said(
        "you supplied the identity documents", "you did not supply the identity documents"
    ),
    ("account.identity_documents", "refused"): Said(
        "you refused to show identity documents", "you did not refuse to show identity documents"
    ),
    ("order.kind", "activation"): Said("it is a one-time number", "it is not a one-time number"),
    ("order.kind", "rental"): Said("it is a rented number", "it is not a rented number"),
    ("order.price", "empty"): Said("the order cost nothing", "the order had a price"),
    ("order.remainder", "empty"): Said(
        "nothing is left to return of the price", "some of the price is left to return"
    ),
    ("order.refunded", "empty"): Said(
        "nothing of the price was returned", "some of the price was returned"
    ),
    ("order.label", "for_registration"): Said(
        "the number was sold for registrations", "the number was not sold for registrations"
    ),
    ("order.cancelled_by", "customer"): Said(
        "you cancelled the order", "you did not cancel the order"
    ),
    ("order.cancelled_by", "provider"): Said(
        "we cancelled the order", "we did not cancel the order"
    ),
    ("order.was_orderable", True): Said(
        "the site had let you order it", "the site had not let you order it"
    ),
    ("order.restriction_ignored", True): Said(
        "you did not keep to the limits that were shown",
        "you kept to the limits that were shown",
    ),
    ("order.operational", True): Said("the number works", "the number does not work"),
    ("order.disconnected_by", "customer"): Said(
        "you switched the number off", "you did not switch the number off"
    ),
    ("order.disconnected_by", "operator"): Said(
        "the operator switched the number off", "the operator did not switch the number off"
    ),
    ("order.disconnected_by", "provider"): Said(
        "we switched the number off", "we did not switch the number off"
    ),
    ("order.disconnect_cause", "customer"): Said(
        "the cause was something that you did", "the cause was nothing that you did"
    ),
    ("order.disconnect_cause", "other"): Said(
        "the cause did not lie with you", "no cause is known but one of yours"
    ),
    ("order.fault", "local_provider"): Said(
        "the local provider is at fault", "the local provider is not at fault"
    ),
    ("order.replacement_available", True): Said(
        "there is another number for the same place", "there is no other number for the same place"
    ),
    ("order.payment_method_refundable", True): Said(
        "the way you paid can take money back", "the way you paid cannot take money back"
    ),
    ("order.messages", "empty"): Said("no SMS came", "an SMS came"),
    ("order.service_message", True): Said(
        "an SMS of the service you ordered came", "no SMS of the service you ordered came"
    ),
    ("top_ups", "empty"): Said("you never topped up", "you topped up"),
    ("purchases", "empty"): Said("you bought nothing", "you bought something"),
    ("balance.refundable", "empty"): Said(
        "nothing of your top-ups is left to pay back", "part of your top-ups is left to pay back"
    ),
    ("balance.removed_as_old", True): Said("a top-up is too old", "no top-up is too old"),
    ("balance.removed_as_used", True): Said(
        "a top-up came before your last activation", "no top-up came before your last activation"
    ),
    ("balance.method_refundable", True): Said(
        "the way you topped up can take money back", "the way you topped up cannot take money back"
    ),
    ("claim.destination", "balance"): Said(
        "you want the money on your balance", "you do not want the money on your balance"
    ),
    ("claim.destination", "payout"): Said(
        "you ask for the money outside your balance",
        "you do not ask for the money outside your balance",
    ),
    ("claim.remedy", "refund"): Said("you ask for your money", "you do not ask for your money"),
    ("claim.remedy", "replacement"): Said(
        "you ask for another number", "you do not ask for another number"
    ),
    ("claim.amount", "empty"): Said("you ask for no amount", "you ask for an amount"),
    ("claim.payout", True): Said(
        "you gave all details of where the money should go",
        "you did not give all details of where the money should go",
    ),
    ("claim.payout.method", "original"): Said(
        "you want it back the way you paid", "you do not want it back the way you paid"
    ),
    ("claim.payout.method", "iban"): Said(
        "you want it on a bank account", "you do not want it on a bank account"
    ),
    ("claim.payout.method", "card"): Said("you want it on a card", "you do not want it on a card"),
    ("claim.payout.method", "paypal"): Said(
        "you want it on PayPal", "you do not want it on PayPal"
    ),
    ("claim.payout.method", "crypto"): Said(
        "you want it at a crypto address", "you do not want it at a crypto address"
    ),
    ("claim.payout.method", "other"): Said(
        "you want it some other way", "you do not want it some other way"
    ),
    ("claim.answers.number_used", True): Said(
        "you used the number", "you never used the number"
    ),
    ("claim.evidence", "empty"): Said("you sent no file", "you sent a file"),
    ("findings.technical_error_verified", True): Said(
        "a person confirms the technical error", "a person does not confirm the technical error"
    ),
    ("findings.claim_verified", True): Said(
        "a person confirms your claim", "a person does not confirm your claim"
    ),
    ("findings.defect_confirmed", True): Said(
        "a person confirms the defect", "a person does not confirm the defect"
    ),
    ("findings.access_refused", True): Said(
        "you refused us access", "you did not refuse us access"
    ),
    ("findings.exceptional_payout_verified", True): Said(
        "a person confirms the exception", "a person does not confirm the exception"
    ),
}  # fmt: skip

REASONS: Final = {
    "sms_not_received": "an SMS that never came",
    "number_unavailable": "a number or service that was not available",
    "technical_error": "a technical error",
    "wrong_code": "a wrong code",
    "incomplete_sms": "an SMS that was cut short",
    "cancel_failed": "a Cancel button that failed",
    "number_already_used": "a number that somebody had used before",
    "invalid_number": "a number that turned out to be unusable",
    "major_defect": "a serious defect",
    "rental_outage": "a rented number that stopped working",
    "operator_block": "a number that the operator blocked",
    "local_carrier_fault": "a fault of the local provider",
    "account_deletion": "the deletion of your account",
    "unused_balance": "unused money on your balance",
    "message_from_other_sender_only": "an SMS from somebody else only",
    "no_sms_from_one_service": "one service whose SMS do not come",
    "early_termination": "a service that you ended early",
    "wrong_selection": "a wrong choice of service or country",
    "external_cause": "an app or site that refused the number",
    "caller_id": "Caller ID that does not work",
    "changed_mind": "a change of mind",
    "accidental_top_up": "a top-up by accident",
    "misunderstanding": "a service that you understood in another way",
    "api_misuse": "API calls of yours that went wrong",
    "incompatible_software": "software that does not fit",
    "other": "something else",
}

NAMES: Final = {
    **{name: moment.point for name, moment in MOMENTS.items()},
    "account.email": "the e-mail address of your account",
    "account.status": "the state of your account",
    "account.block_reason": "the reason of the block",
    "account.fraud_flag": "fraud or complaints on record",
    "account.identity_documents": "your identity documents",
    "order.reference": "the number of the order",
    "order.kind": "the kind of number",
    "order.service": "the service ordered",
    "order.country": "the country ordered",
    "order.price": "the price of the order",
    "order.refunded": "what was already returned of the price",
    "order.remainder": "what is left to return of the price",
    "order.label": "what the number was sold for",
    "order.cancelled_by": "who cancelled the order",
    "order.was_orderable": "whether the site had let you order it",
    "order.restriction_ignored": "whether you kept to the limits shown",
    "order.operational": "whether the number works",
    "order.disconnected_by": "who switched the number off",
    "order.disconnect_cause": "why the number was switched off",
    "order.fault": "whose fault it is",
    "order.replacement_available": "whether there is another number for the same place",
    "order.payment_method_refundable": "whether the way you paid can take money back",
    "order.messages": "the SMS that came",
    "order.service_message": "whether an SMS of the service you ordered came",
    "order.outage_time": "the time the number was down",
    "order.outage_paid_time": "the time it was down within the paid time",
    "top_ups": "your top-ups",
    "purchases": "what you bought from your balance",
    "balance.refundable": "what is left of your top-ups to pay back",
    "balance.removed_as_old": "whether a top-up is too old",
    "balance.removed_as_used": "whether a top-up came before your last activation",
    "balance.method_refundable": "whether the way you topped up can take money back",
    "claim.reason": "your reason",
    "claim.service_name": "the service you wanted the number for",
    "claim.order_reference": "the order number",
    "claim.description": "a description of what happened",
    "claim.destination": "where the money should go",
    "claim.remedy": "whether you want the money or another number",
    "claim.amount": "the amount you ask for",
    "claim.payout": "how and where you want to be paid",
    "claim.payout.method": "how you want to be paid",
    "claim.answers.number_used": "whether you used the number",
    "claim.evidence": "a file that shows what happened",
    "findings.technical_error_verified": "whether a person confirms the technical error",
    "findings.claim_verified": "whether a person confirms your claim",
    "findings.defect_confirmed": "whether a person confirms the defect",
    "findings.access_refused": "whether you refused us access",
    "findings.exceptional_payout_verified": "whether a person confirms the exception",
}
