"""Whom a note names: @ and the name of a colleague who may look at the claim."""

import re

from sqlalchemy import select

from portal.claims.models import Claim
from portal.claims.refusals import UnknownName
from portal.extensions import db
from portal.people.reviewers import Reviewer, holds
from portal.people.rights import Task
from portal.translation import gettext, listed

_SIGN = re.compile(r"(?<![\w.+@-])@(?=\w)")  # within an e-mail address it names nobody
_WORD = re.compile(r"[\w.'\u2019-]*\w")


def who_may_look(claim: Claim) -> list[Reviewer]:
    """The people who may look at the claim, by name: those whom a note can name."""
    able = select(Reviewer).where(Reviewer.active, holds(Task.LOOK, claim.shop))
    return list(db.session.scalars(able.order_by(Reviewer.name, Reviewer.id)))


def named_in(text: str, claim: Claim) -> list[Reviewer]:
    """Those whom the text names, each once, as they come: by whole name, first name or address before the @.

    Raises UnknownName where a name is nobody's who may look at the claim, or fits several.
    """
    signs = list(_SIGN.finditer(text))
    if not signs:
        return []
    people = who_may_look(claim)
    return list(dict.fromkeys(_named(text[sign.end() :], people) for sign in signs))


def _named(text: str, people: list[Reviewer]) -> Reviewer:
    """Whom this text begins with."""
    whole = [person for person in people if _begins(text, person.name)]
    most = max((len(person.name) for person in whole), default=0)
    found = [person for person in whole if len(person.name) == most]
    word = _word_of(text)
    if not found:
        found = [each for each in people if _same(each.name.partition(" ")[0], word)]
    if len(found) != 1:
        found = [each for each in people if _same(each.email.partition("@")[0], word)] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownName(
            gettext(
                "@%(name)s could be %(people)s. Write the whole name, or the part of the e-mail address before the @.",
                name=word,
                people=listed([f"{each.name} ({each.email})" for each in found], either=True),
            )
        )
    raise UnknownName(
        gettext(
            "Nobody who may look at this claim is called @%(name)s. You can name %(people)s.",
            name=word,
            people=listed([each.name for each in people]),
        )
    )


def _word_of(text: str) -> str:
    found = _WORD.match(text)
    return found.group() if found else ""


def _begins(text: str, name: str) -> bool:
    after = text[len(name) : len(name) + 1]
    return _same(text[: len(name)], name) and not after.isalnum()


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
