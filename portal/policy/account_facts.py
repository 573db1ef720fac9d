"""What the logs tell of an account, and of the money on its balance."""

from __future__ import annotations

from typing import Final

from portal.policy.fact import Fact, Said, Source, Type

ACCOUNT: Final = (
    Fact(
        "account.email",
        Type.TEXT,
        Source.CUSTOMER,
        noun="the e-mail address of your account",
        missing="The e-mail address of your account",
    ),
    Fact(
        "account.status",
        Type.WORD,
        Source.LOGS,
        noun="the state of your account",
        label="Account",
        words={
            "active": Said("your account is active", "your account is not active"),
            "blocked": Said("your account is blocked", "your account is not blocked"),
            "deleted": Said("your account is deleted", "your account is not deleted"),
        },
        default="active",
    ),
    Fact(
        "account.block_reason",
        Type.WORD,
        Source.LOGS,
        noun="the reason of the block",
        label="Reason of the block",
        words={
            "rule_violation": Said(
                "the block is for breaking the rules", "the block is not for breaking the rules"
            ),
            "authorities": Said(
                "the authorities asked for the block", "the authorities did not ask for the block"
            ),
        },
    ),
    Fact(
        "account.fraud_flag",
        Type.BOOL,
        Source.LOGS,
        noun="fraud or complaints on record",
        label="Fraud or a complaint on record",
        yes="fraud, unlawful use or a complaint is on record",
        no="no fraud, unlawful use or complaint is on record",
        default=False,
    ),
    Fact(
        "account.identity_documents",
        Type.WORD,
        Source.LOGS,
        noun="your identity documents",
        label="Identity documents",
        words={
            "not_required": Said(
                "no identity documents are needed", "identity documents are needed"
            ),
            "provided": Said(
                "you supplied the identity documents", "you did not supply the identity documents"
            ),
            "refused": Said(
                "you refused to show identity documents",
                "you did not refuse to show identity documents",
            ),
        },
        default="not_required",
    ),
)
LISTS: Final = (
    Fact(
        "top_ups",
        Type.COUNT,
        Source.LOGS,
        noun="your top-ups",
        label="Top-ups",
        yes="you topped up",
        no="you never topped up",
    ),
    Fact(
        "purchases",
        Type.COUNT,
        Source.LOGS,
        noun="what you bought from your balance",
        label="Purchases",
        yes="you bought something",
        no="you bought nothing",
    ),
)
