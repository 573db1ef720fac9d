"""Whom each address is for. One that nobody said it of stops the start.

A page of the staff's is known by the guard that runs before its room, a call of the API by its scope;
of every other one it is written here.
"""

from enum import StrEnum

from flask import Flask

from portal.api.calls import TOLD
from portal.web.guards import staff


class OpenTo(StrEnum):
    """Who gets to a page without signing in."""

    EVERYBODY = "everybody"
    DRAFT = "draft"  # the session that began the draft
    HANDED = "handed"  # the browser that its shop's token was used by
    LINK = "link"  # whoever has the link of the claim's mails
    CODE = "code"  # whoever entered a code of the claim
    FILES = "files"  # whoever may see the claim's files
    SIGNED_IN = "signed in"  # the library's pages, which look for themselves


class UndeclaredRoute(RuntimeError):
    """An address was added of which nothing says whom it is for."""


OPEN_TO: dict[OpenTo, frozenset[str]] = {
    OpenTo.EVERYBODY: frozenset(
        {
            "health.alive",
            "health.ready",
            "health.metrics",
            "shops.home",
            "shops.start",
            "faces.style",
            "faces.logo",
            "languages.say",
            "programs.show",
            "programs.problem",
            "shops.policy",
            "asking.ask",
            "shops.policy_version",
            "shops.policy_changes",
            "opening.begin",
            "finding.everywhere",
            "finding.at_shop",
            "finding.code",
            "finding.claims",
            "phone.files",
            "mailbox.index",
            "mailbox.read",
            "mailbox.html",
            "arriving.sms",
            "passkey_sign_in.enter",
            "security.login",
            "security.logout",
            "security.forgot_password",
            "security.reset_password",
            "security.two_factor_setup",
            "security.two_factor_setup_validate",
            "security.two_factor_token_validation",
            "security.two_factor_rescue",
            "security.mf_recovery",
            "security.tf_select",
            "static",
            "security.static",
        }
    ),
    OpenTo.DRAFT: frozenset(
        {
            "keeping.can_be_claimed",
            "opening.order",
            "opening.code",
            "opening.resend",
            "opening.discard",
            "filing.reason",
            "filing.keep_typed",
            "filing.result",
            "filing.remind",
            "filing.payout_details",
        }
    ),
    OpenTo.HANDED: frozenset(
        {
            "orders.show",
            "orders.go_on",
        }
    ),
    OpenTo.LINK: frozenset(
        {
            "keeping.next_date",
            "keeping.receipt",
            "claim.show",
            "claim.unlock",
            "claim.code",
        }
    ),
    OpenTo.CODE: frozenset(
        {
            "changing.answer",
            "changing.keep_typed",
            "changing.files",
            "changing.payout",
            "changing.payout_details",
            "changing.withdraw",
            "changing.again",
            "changing.identity",
            "changing.copy",
            "changing.access",
            "changing.replacement",
            "changing.appeal",
            "changing.appeal_text",
        }
    ),
    OpenTo.FILES: frozenset(
        {
            "phone.show",
            "phone.end",
            "evidence.files",
            "evidence.remove",
            "evidence.view",
            "blacking.black_out",
        }
    ),
    OpenTo.SIGNED_IN: frozenset({"security.verify", "security.mf_recovery_codes"}),
}
OF_EVERY_PROGRAM = frozenset({"api.openapi"})
_NAMED = frozenset().union(*OPEN_TO.values(), OF_EVERY_PROGRAM)


def refuse_undeclared(app: Flask) -> None:
    """Raise UndeclaredRoute, which names them, where an address is neither guarded nor written here."""
    calls = {f"api.{told.view.__name__}" for told in TOLD}
    bare = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in _NAMED
        and rule.endpoint not in calls
        and not is_guarded(app, rule.endpoint)
    ]
    if bare:
        raise UndeclaredRoute(
            f"nothing says whom these addresses are for: {', '.join(sorted(bare))}."
            " Guard their room with staff.reviewers_only, or name them in portal/web/guards/declared.py"
        )


def is_guarded(app: Flask, endpoint: str) -> bool:
    """Whether only who is signed in gets to it: by the guard of its room."""
    room = endpoint.rpartition(".")[0]
    return staff.reviewers_only in app.before_request_funcs.get(room or None, [])
