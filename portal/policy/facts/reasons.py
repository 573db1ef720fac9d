"""What a claim may be about. A shop offers some of these reasons, under labels of its own."""

from typing import Final, NamedTuple

from portal.translation import lazy_gettext as _


class Reason(NamedTuple):
    """One reason: its code, how a sentence names it ("a wrong code"), and how staff do.

    One about the ``balance`` is not about an order.
    """

    code: str
    noun: str
    staff: str
    balance: bool = False


_LISTED: Final = (
    Reason("sms_not_received", _("an SMS that never came"), _("No SMS came")),
    Reason(
        "number_unavailable",
        _("a number or service that was not available"),
        _("Number not available"),
    ),
    Reason("technical_error", _("a technical error"), _("Technical error")),
    Reason("wrong_code", _("a wrong code"), _("Wrong code")),
    Reason("incomplete_sms", _("an SMS that was cut short"), _("SMS cut short")),
    Reason("cancel_failed", _("a Cancel button that failed"), _("Cancelling failed")),
    Reason(
        "number_already_used", _("a number that somebody had used before"), _("Number already used")
    ),
    Reason(
        "invalid_number", _("a number that turned out to be unusable"), _("Number doesn't work")
    ),
    Reason("major_defect", _("a serious defect"), _("Serious defect")),
    Reason("rental_outage", _("a rented number that stopped working"), _("Rental outage")),
    Reason("operator_block", _("a number that the operator blocked"), _("Blocked by operator")),
    Reason("local_carrier_fault", _("a fault of the local provider"), _("Fault of local carrier")),
    Reason(
        "account_deletion", _("the deletion of your account"), _("Account deleted"), balance=True
    ),
    Reason("unused_balance", _("unused money on your balance"), _("Unused balance"), balance=True),
    Reason(
        "message_from_other_sender_only",
        _("an SMS from somebody else only"),
        _("Only other senders wrote"),
    ),
    Reason(
        "no_sms_from_one_service",
        _("one service whose SMS do not come"),
        _("One service sent nothing"),
    ),
    Reason("early_termination", _("a service that you ended early"), _("Rental ended early")),
    Reason(
        "wrong_selection", _("a wrong choice of service or country"), _("Chose the wrong thing")
    ),
    Reason(
        "external_cause", _("an app or site that refused the number"), _("Cause outside the shop")
    ),
    Reason("missing_top_up", _("a payment that did not reach your balance"), _("Top-up missing")),
    Reason("caller_id", _("Caller ID that does not work"), _("Caller ID")),
    Reason("changed_mind", _("a change of mind"), _("Changed their mind")),
    Reason("accidental_top_up", _("a top-up by accident"), _("Top-up by accident"), balance=True),
    Reason(
        "misunderstanding", _("a service that you understood in another way"), _("Misunderstanding")
    ),
    Reason("api_misuse", _("API calls of yours that went wrong"), _("API used wrongly")),
    Reason("incompatible_software", _("software that does not fit"), _("Software doesn't fit")),
    Reason("other", _("something else"), _("Something else")),
)
BY_CODE: Final = {reason.code: reason for reason in _LISTED}
CODES: Final = tuple(BY_CODE)
