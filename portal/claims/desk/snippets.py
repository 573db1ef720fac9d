"""Ready-made texts of a shop for what customers read, with placeholders that a claim fills."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.claims.models import Claim
from portal.config.languages import code_of, tag_of
from portal.database import UTCDateTime
from portal.extensions import Base, db
from portal.people.reviewers import Reviewer
from portal.people.rights import Shops
from portal.policy.deciding.document import Policy
from portal.translation import ENGLISH, gettext, narrowing

MOST = 200  # snippets of one shop
_PLACE = re.compile(r"\{([^{}]*)\}")

# What stands for a placeholder; None where the claim has no such thing, and the snippet is not offered.
PLACEHOLDERS: dict[str, Callable[[Claim, Policy], str | None]] = {
    "claim": lambda claim, _: claim.reference,
    "shop": lambda _, policy: str(policy.shop.name),
    "order": lambda claim, _: claim.order_reference,
    "service": lambda claim, _: claim.service_name,
    "asked": lambda claim, _: str(claim.asked) if claim.asked else None,
    "verdict": lambda claim, _: str(claim.verdict_amount) if claim.verdict_amount else None,
    "clause": lambda claim, _: claim.verdict_clause,
}


class SnippetRefused(ValueError):
    """The snippet can't be kept; ``field`` says which of its parts is wrong."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class Snippet(Base):
    """One text of a shop in one language (BCP 47); of the claims whose verdict names ``clause``, or of all where that is empty."""

    __tablename__ = "snippets"
    __table_args__ = (Index("ix_snippets_shop", "shop", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(String(40))
    clause: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(35))
    name: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class SnippetWords(NamedTuple):
    """What a person says of a snippet."""

    clause: str
    language: str
    name: str
    text: str


def keep_snippet(
    snippet: Snippet | None,
    said: SnippetWords,
    *,
    policy: Policy,
    by: Reviewer,
    at: datetime,
) -> Snippet:
    """Write a new snippet, or this one anew, and audit it; SnippetRefused for what no claim could fill or no version has."""
    unknown = [each for each in _PLACE.findall(said.text) if each not in PLACEHOLDERS]
    if unknown or set(_PLACE.sub("", said.text)) & set("{}"):
        placeholder = "{" + (unknown[0] if unknown else "") + "}"
        raise SnippetRefused(
            "text",
            gettext(
                "%(placeholder)s is no placeholder. There are: %(all)s",
                placeholder=placeholder,
                all=", ".join(f"{{{name}}}" for name in PLACEHOLDERS),
            ),
        )
    clauses = {clause.id for version in policy.versions for clause in version.clauses}
    if said.clause and said.clause not in clauses:
        words = gettext("No version of the policy has the clause %(clause)s.", clause=said.clause)
        raise SnippetRefused("clause", words)
    act = StaffAct.MAKE_SNIPPET if snippet is None else StaffAct.CHANGE_SNIPPET
    if snippet is None:
        if len(snippets_of(Shops(frozenset({policy.shop.id})))) >= MOST:
            words = gettext("A shop has up to %(most)s snippets. Remove one first.", most=MOST)
            raise SnippetRefused("name", words)
        snippet = Snippet(shop=policy.shop.id)
    snippet.clause, snippet.language, snippet.name, snippet.text = said
    snippet.changed_by_id, snippet.changed_at = by.id, at
    db.session.add(snippet)
    db.session.flush()  # its number is the database's
    audit.note(act, at=at, by=by.id, shop=snippet.shop, about=str(snippet.id))
    return snippet


def remove_snippet(snippet: Snippet, *, by: Reviewer, at: datetime) -> None:
    """Take a snippet away; what was written with it stays as it was sent."""
    audit.note(StaffAct.REMOVE_SNIPPET, at=at, by=by.id, shop=snippet.shop, about=str(snippet.id))
    db.session.delete(snippet)


def snippets_of(shops: Shops) -> Sequence[Snippet]:
    """The snippets of these shops, by shop and name; one statement."""
    found = select(Snippet).where(shops.among(Snippet.shop))
    return db.session.scalars(found.order_by(Snippet.shop, Snippet.name, Snippet.id)).all()


def snippet_of(number: int, *, shops: Shops) -> Snippet | None:
    """The snippet of one of these shops; None for none of theirs."""
    found = select(Snippet).where(Snippet.id == number, shops.among(Snippet.shop))
    return db.session.scalars(found).one_or_none()


def offered(claim: Claim, *, policy: Policy) -> list[tuple[Snippet, str]]:
    """The snippets that fit the claim, those of its clause first, each as the claim fills it; one statement.

    In the customer's language, and in English where that is not known; none that names what the claim lacks.
    """
    spoken = {tag_of(code) for code in narrowing(code_of(claim.language or ENGLISH))}
    fitting = select(Snippet).where(
        Snippet.shop == claim.shop,
        Snippet.language.in_(spoken),
        Snippet.clause.in_({"", claim.verdict_clause or ""}),
    )
    found = db.session.scalars(fitting.order_by(Snippet.clause.desc(), Snippet.name, Snippet.id))
    told = ((each, filled(each.text, claim, policy=policy)) for each in found)
    return [(each, text) for each, text in told if text is not None]


def filled(text: str, claim: Claim, *, policy: Policy) -> str | None:
    """The text with what the claim says for each placeholder; None where it lacks one."""
    named = set(_PLACE.findall(text))
    values = {name: PLACEHOLDERS[name](claim, policy) for name in named}
    if None in values.values():
        return None
    return _PLACE.sub(lambda found: values[found[1]] or "", text)
