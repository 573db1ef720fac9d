"""What a claim may be about. A shop offers some of these reasons, under labels of its own."""

from __future__ import annotations

from typing import Final, NamedTuple


class Reason(NamedTuple):
    """One reason: its code, how a sentence names it ("a wrong code"), and how staff do.

    One about the ``balance`` is not about an order.
    """

    code: str
    noun: str
    staff: str
    balance: bool = False


_LISTED: Final = (
    Reason("sms_not_received", "an SMS that never came", "No SMS came"),
    Reason(
        "number_unavailable", "a number or service that was not available", "Number not available"
    ),
    Reason("technical_error", "a technical error", "Technical error"),
    Reason("wrong_code", "a wrong code", "Wrong code"),
    Reason("incomplete_sms", "an SMS that was cut short", "SMS cut short"),
    Reason("cancel_failed", "a Cancel button that failed", "Cancelling failed"),
    Reason("number_already_used", "a number that somebody had used before", "Number already used"),
    Reason("invalid_number", "a number that turned out to be unusable", "Number doesn't work"),
    Reason("major_defect", "a serious defect", "Serious defect"),
    Reason("rental_outage", "a rented number that stopped working", "Rental outage"),
    Reason("operator_block", "a number that the operator blocked", "Blocked by operator"),
    Reason("local_carrier_fault", "a fault of the local provider", "Fault of local carrier"),
    Reason("account_deletion", "the deletion of your account", "Account deleted", balance=True),
    Reason("unused_balance", "unused money on your balance", "Unused balance", balance=True),
    Reason(
        "message_from_other_sender_only",
        "an SMS from somebody else only",
        "Only other senders wrote",
    ),
    Reason(
        "no_sms_from_one_service", "one service whose SMS do not come", "One service sent nothing"
    ),
    Reason("early_termination", "a service that you ended early", "Rental ended early"),
    Reason("wrong_selection", "a wrong choice of service or country", "Chose the wrong thing"),
    Reason("external_cause", "an app or site that refused the number", "Cause outside the shop"),
    Reason("caller_id", "Caller ID that does not work", "Caller ID"),
    Reason("changed_mind", "a change of mind", "Changed their mind"),
    Reason("accidental_top_up", "a top-up by accident", "Top-up by accident", balance=True),
    Reason("misunderstanding", "a service that you understood in another way", "Misunderstanding"),
    Reason("api_misuse", "API calls of yours that went wrong", "API used wrongly"),
    Reason("incompatible_software", "software that does not fit", "Software doesn't fit"),
    Reason("other", "something else", "Something else"),
)
BY_CODE: Final = {reason.code: reason for reason in _LISTED}
CODES: Final = tuple(BY_CODE)
