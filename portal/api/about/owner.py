"""Calls that do for a claim's customer what they do on their pages: add a file, answer, withdraw, appeal."""

from collections.abc import Callable
from http import HTTPStatus
from typing import BinaryIO, cast

from flask import Response, request

from portal.api.about.given import answers_given, payee_given
from portal.api.calls import FORM, Caller, call
from portal.api.problems import Problem, Reply, ToMend, invalid, not_found
from portal.api.shapes.claims import AnswersGiven, Appealing, ClaimAnswer, FileShown, Nothing
from portal.api.shown import claim_shown, file_shown
from portal.api.tokens import TokenScope
from portal.claims.evidence.files import add, receive
from portal.claims.evidence.sniffing import MAX_VIDEO, display_name
from portal.claims.evidence.storage.chosen import drop, drop_refused
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing
from portal.claims.verbs.on_behalf import answer_vouched, settle_by_file
from portal.config.clock import now
from portal.extensions import db

ROOM = 1_000_000  # bytes around a file in its form


@call(
    "POST", "/claims/<reference>/evidence", scope=TokenScope.CLAIMS, answer=FileShown, tag="Claims",
    status=201, takes=FORM, most=MAX_VIDEO + ROOM, refuses=(507,),
)  # fmt: skip
def add_evidence(caller: Caller, reference: str) -> Response:
    """Add one file in the field `file`: a picture, a video or a PDF.

    It is checked and cleaned before anybody sees it: `state` is `checking` until then. Where nothing
    but a file was missing, the claim is decided again.
    """
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise invalid([ToMend("/file", "send one file in the field file, with its name")])
    name = display_name(upload.filename)
    if getattr(upload.stream, "full", False):
        raise Problem("no-room", "Send it in an hour.")
    size = upload.stream.seek(0, 2)
    upload.stream.seek(0)
    received = receive(cast("BinaryIO", upload.stream), filename=name, size=size)
    taken = False

    def act() -> Reply:
        nonlocal taken
        claim = _claim(reference)
        file = add(claim, received=received, filename=name, at=now())
        settle_by_file(claim, policy=caller.policy, at=now())
        db.session.flush()  # its state is the table's own
        taken = True
        return Reply(file_shown(file), HTTPStatus.CREATED)

    try:
        answer = caller.change(act)
    except BaseException as error:
        drop_refused([received.stored.key], error)
        raise
    if not taken:
        drop([received.stored.key])
    return answer


@call(
    "POST", "/claims/<reference>/answers", scope=TokenScope.CLAIMS, answer=ClaimAnswer, tag="Claims",
    body=AnswersGiven,
)  # fmt: skip
def give_answers(caller: Caller, reference: str, body: AnswersGiven) -> Response:
    """Give what the claim lacks (`missing`); with everything given it is decided again."""
    said, payee = answers_given(body, caller.policy), payee_given(body)
    empty = not body.model_dump(exclude_none=True)

    def act(claim: Claim) -> None:
        if empty and not claim.missing:
            return
        answer_vouched(
            claim, order_reference=body.order_reference, payee=payee, policy=caller.policy,
            at=now(), **said,
        )  # fmt: skip

    return _changed(caller, reference, act)


@call(
    "POST", "/claims/<reference>/withdraw", scope=TokenScope.CLAIMS, answer=ClaimAnswer, tag="Claims",
    body=Nothing,
)  # fmt: skip
def withdraw_claim(caller: Caller, reference: str, body: Nothing) -> Response:  # noqa: ARG001 - it is empty
    """Cancel the claim, as long as it is not decided."""
    return _changed(
        caller, reference, lambda claim: filing.withdraw(claim, policy=caller.policy, at=now())
    )


@call(
    "POST", "/claims/<reference>/appeal", scope=TokenScope.CLAIMS, answer=ClaimAnswer, tag="Claims",
    body=Appealing,
)  # fmt: skip
def appeal_claim(caller: Caller, reference: str, body: Appealing) -> Response:
    """Ask that another person looks again: once, in time, and with a new file where the shop wants one."""
    return _changed(
        caller,
        reference,
        lambda claim: filing.appeal(claim, text=body.text, policy=caller.policy, at=now()),
    )


def _changed(caller: Caller, reference: str, act: Callable[[Claim], object]) -> Response:
    """Do it to the claim under its lock; the answer is the claim as it is then."""

    def changing() -> Reply:
        claim = _claim(reference)
        act(claim)
        return Reply(claim_shown(claim))

    return caller.change(changing)


def _claim(reference: str) -> Claim:
    claim = claim_for_change(reference)
    if claim is None:
        raise not_found()
    return claim
