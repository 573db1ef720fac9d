"""What a claim's owner answered, and the language that they read: kept, supposed, or dropped. Nothing is decided here."""

from collections.abc import Iterable, Sequence
from typing import Any, TypedDict, Unpack

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from portal.claims.models import Claim
from portal.extensions import db
from portal.money import Money


class GivenAnswers(TypedDict, total=False):
    """What a customer may answer; None leaves an answer as it is. The language is BCP 47's."""

    reason: str | None
    service_name: str | None
    description: str | None
    destination: str | None
    remedy: str | None
    asked: Money | None
    number_used: bool | None
    language: str | None


def answer(claim: Claim, **given: Unpack[GivenAnswers]) -> None:
    """Keep what the customer answered."""
    for name, value in _columns(given).items():
        setattr(claim, name, value)


def suppose(claim: Claim, **given: Unpack[GivenAnswers]) -> None:
    """Look at the draft as if its owner had answered so; nothing is stored."""
    for name, value in _columns(given).items():
        set_committed_value(claim, name, value)


def _columns(given: GivenAnswers) -> dict[str, Any]:
    """The answers by the columns that keep them: an amount has two."""
    found = {name: value for name, value in given.items() if name != "asked" and value is not None}
    if (asked := given.get("asked")) is not None:
        found |= {"asked_minor": asked.whole, "currency": asked.currency}
    return found


def keep_language(claims: Sequence[Claim], *, language: str | None) -> None:
    """Their customer reads this language (BCP 47) from now on; None changes nothing.

    Nothing is decided by it, so a claim's version stays.
    """
    others = [claim for claim in claims if language and claim.language != language]
    if others:
        of = Claim.id.in_([claim.id for claim in others])
        db.session.execute(
            update(Claim).where(of).values(language=language),
            execution_options={"synchronize_session": False},
        )
        for claim in others:
            set_committed_value(claim, "language", language)


def forget_answers(claim: Claim, *, names: Iterable[str]) -> None:
    """Drop these answers."""
    for name in names:
        setattr(claim, "asked_minor" if name == "asked" else name, None)
