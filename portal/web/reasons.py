"""What a claim is about, in a reviewer's words; customers read their own in the shop's policy."""

from __future__ import annotations

REASON_WORDS = {
    "sms_not_received": "No SMS came",
    "number_unavailable": "Number not available",
    "technical_error": "Technical error",
    "wrong_code": "Wrong code",
    "incomplete_sms": "SMS cut short",
    "cancel_failed": "Cancelling failed",
    "number_already_used": "Number already used",
    "invalid_number": "Number doesn't work",
    "major_defect": "Serious defect",
    "rental_outage": "Rental outage",
    "operator_block": "Blocked by operator",
    "local_carrier_fault": "Fault of local carrier",
    "account_deletion": "Account deleted",
    "unused_balance": "Unused balance",
    "message_from_other_sender_only": "Only other senders wrote",
    "no_sms_from_one_service": "One service sent nothing",
    "early_termination": "Rental ended early",
    "wrong_selection": "Chose the wrong thing",
    "external_cause": "Cause outside the shop",
    "caller_id": "Caller ID",
    "changed_mind": "Changed their mind",
    "accidental_top_up": "Top-up by accident",
    "misunderstanding": "Misunderstanding",
    "api_misuse": "API used wrongly",
    "incompatible_software": "Software doesn't fit",
    "other": "Something else",
}
