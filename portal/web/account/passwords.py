"""What a new password has to be: long enough, and not what somebody would try."""

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask_security import LoginForm, PasswordUtil, VerifyForm
from wtforms import Field, ValidationError

from portal.config.late import late
from portal.config.settings import settings
from portal.people.reviewers import Reviewer
from portal.translation import lazy_gettext as _
from portal.versions.registry import policies

if TYPE_CHECKING:
    import zxcvbn
else:
    zxcvbn = late("zxcvbn")

LEAST, MOST = 12, 128  # characters; sign-in takes a second factor as well
HARD = 4  # zxcvbn's highest score: over ten thousand million guesses
_READ = 72  # characters that zxcvbn looks at
# Of the product and of who works in it, refused in any password; docs/people.md lists them.
OURS = frozenset({"redress", "refund", "password", "reviewer", "payer", "lead", "admin"})
_SHORT = _("Use at least %(least)s characters.", least=LEAST)
_LONG = _("Use at most %(most)s characters.", most=MOST)
_WEAK = _(
    "This would soon be guessed. Use four or five words that don't belong together, or what a"
    " password manager makes, without your name or address."
)


class _Bounded:
    """A form that hashes no password that is longer than any can be, whoever's it is."""

    def validate_password(self, field: Field) -> None:
        """Raise ValidationError before the password is looked at; wtforms calls it by its name."""
        if len(field.data or "") > MOST:
            raise ValidationError(_LONG)


class SignInForm(_Bounded, LoginForm):  # type: ignore[misc]  # Flask's extensions are untyped
    """The library's, bounded: it says of one too long what it says of every one that is wrong."""


class AgainForm(_Bounded, VerifyForm):  # type: ignore[misc]
    """Where a person gives their password again."""


class Passwords(PasswordUtil):  # type: ignore[misc]  # Flask's extensions are untyped
    """Refuses what is short, common or one's own name, at every place where a password is set."""

    def validate(
        self,
        password: str,
        is_register: bool,  # noqa: ARG002, FBT001 - the library's signature
        **given: Any,
    ) -> tuple[list[str] | None, str]:
        """What is wrong with it, in a sentence, and the password as it is hashed."""
        plain: str = self.normalize(password)
        if len(plain) < LEAST:
            return [_SHORT], plain
        if len(plain) > MOST:
            return [_LONG], plain
        return [_WEAK] if weak(plain, given.get("user")) else None, plain


def weak(password: str, person: Reviewer | None) -> bool:
    """Whether what is left of it without words of this place would be guessed (NIST SP 800-63B)."""
    left = password.casefold()
    for word in sorted(_of_here(person), key=len, reverse=True):
        left = left.replace(word, "").replace(word[::-1], "")
    kept = password if left == password.casefold() else left
    return not kept or zxcvbn.zxcvbn(kept[:_READ])["score"] < HARD


def _of_here(person: Reviewer | None) -> set[str]:
    """The product's words, and those of the portal's host, its shops and the person's name and address."""
    said = [urlsplit(settings().address).hostname or ""]
    said += policies().names()
    said += [person.email, person.name] if person else []
    found = re.split(r"[\W_]+", " ".join(said).casefold())
    return {*OURS, *(word for word in found if len(word) > 2)}  # noqa: PLR2004 - initials stand in any word
