"""The kinds of problems that a call is answered: the word, its status, its title, and what it means.

A problem's `type` leads to the page that says so.
"""

from dataclasses import dataclass
from http import HTTPStatus

from portal.translation import lazy_gettext as _


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of problem: its usual status, its title, what it means and what to do."""

    status: HTTPStatus
    title: str
    meaning: str


KINDS = {
    "unauthorized": ProblemKind(
        HTTPStatus.UNAUTHORIZED,
        _("A token is needed"),
        _("The call came without a token, or with one that nobody knows or that was ended. Send it in the header Authorization, behind the word Bearer."),
    ),
    "forbidden": ProblemKind(
        HTTPStatus.FORBIDDEN,
        _("The token is not for this"),
        _("The token is good, but was made for other things. The answer names the scope that the call needs: use a token that has it."),
    ),
    "not-found": ProblemKind(
        HTTPStatus.NOT_FOUND,
        _("Not found"),
        _("There is nothing at this address, or it belongs to another shop than the token. Look at the address, the shop and the reference."),
    ),
    "method-not-allowed": ProblemKind(
        HTTPStatus.METHOD_NOT_ALLOWED,
        _("Another method is needed"),
        _("The address is right and the method is not. The header Allow names those that it takes."),
    ),
    "already-open": ProblemKind(
        HTTPStatus.CONFLICT,
        _("There is already a claim about this order"),
        _("Only one claim about an order is open at a time. The answer has the first one's reference and that claim: go on with it."),
    ),
    "state-moved": ProblemKind(
        HTTPStatus.CONFLICT,
        _("That can't be done, or no longer"),
        _("The claim or its money is not, or no longer, where this can be done. The answer has it as it is now: read it before you ask for anything else."),
    ),
    "appeal-refused": ProblemKind(
        HTTPStatus.CONFLICT,
        _("This can't be appealed"),
        _("The time to appeal is over, or the shop wants a new file with an appeal. The answer says which."),
    ),
    "records-changed": ProblemKind(
        HTTPStatus.CONFLICT,
        _("The records tell otherwise by now"),
        _("By what the shop's records say now this would not be paid, so it is held until a person has looked at it. The answer says what stands against it."),
    ),
    "reference-used": ProblemKind(
        HTTPStatus.CONFLICT,
        _("This payment stands elsewhere already"),
        _("Another refund was paid under this reference. One payment pays one refund: look up the right reference."),
    ),
    "too-early": ProblemKind(
        HTTPStatus.CONFLICT,
        _("Not yet"),
        _("This can be done later. The answer says from when."),
    ),
    "needs-a-person": ProblemKind(
        HTTPStatus.CONFLICT,
        _("A person has to do this"),
        _("No program may do this. Somebody who works here does it on the claim's page."),
    ),
    "same-file": ProblemKind(
        HTTPStatus.CONFLICT,
        _("The claim has this file already"),
        _("The very same file was added before. Nothing has to be done."),
    ),
    "too-many-files": ProblemKind(
        HTTPStatus.CONFLICT,
        _("The claim holds as many files as it may"),
        _("No more files are taken for this claim."),
    ),
    "in-progress": ProblemKind(
        HTTPStatus.CONFLICT,
        _("Still under way"),
        _("A request with the same Idempotency-Key is still worked on. Send it again in a moment: it is answered as the first one is."),
    ),
    "too-large": ProblemKind(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        _("Too large"),
        _("The body is longer than the call takes. Send it in parts."),
    ),
    "unsupported-media-type": ProblemKind(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        _("Another kind of body is needed"),
        _("The header Content-Type names a kind of body that the call doesn't read. The answer says which it reads."),
    ),
    "invalid": ProblemKind(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        _("What was sent can't be used"),
        _("Nothing was done. The answer names each thing to mend, by a JSON pointer into what was sent. Mend them and send it again, with a new Idempotency-Key."),
    ),
    "idempotency-key-reused": ProblemKind(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        _("The key was used for something else"),
        _("This Idempotency-Key came with another request before. Use a new key for each request, and the same one only to send a request again."),
    ),
    "too-many-requests": ProblemKind(
        HTTPStatus.TOO_MANY_REQUESTS,
        _("Too many calls"),
        _("The token made as many calls as it may in a minute, or too many tokens that nobody knows came from one network. Go on after as many seconds as the header Retry-After says."),
    ),
    "failed": ProblemKind(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        _("Something went wrong here"),
        _("Nothing was done, and it is not your fault. Send it again with the same Idempotency-Key; where that fails too, tell whoever runs the portal the incident that the answer names."),
    ),
    "unavailable": ProblemKind(
        HTTPStatus.SERVICE_UNAVAILABLE,
        _("Not now"),
        _("The portal's database doesn't answer, or its disk is full. Nothing was done: send it again in a minute, with the same Idempotency-Key."),
    ),
    "no-room": ProblemKind(
        HTTPStatus.INSUFFICIENT_STORAGE,
        _("No room for the file"),
        _("The portal has no room for more files at the moment. Send it again in an hour."),
    ),
    "refused": ProblemKind(
        HTTPStatus.BAD_REQUEST,
        _("Refused"),
        _("The request can't be read. The answer says why."),
    ),
}  # fmt: skip
