"""What is written of a fact: its type, who supplies it, and every word that people read of it.

The words speak to the customer: "you" is the customer and "we" the shop. ``UNKNOWN`` is not false;
``None`` is a known nothing (an event that has not happened, an order without a label).
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from enum import Enum, StrEnum
from functools import partial
from typing import Any, Final, NamedTuple

from portal.translation import lazy_gettext as _


class Unknown(Enum):
    """The value of a fact that nobody has supplied."""

    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # an enum's own costs a call; this one is looked up in every case

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN


class Source(StrEnum):
    """Who supplies a fact."""

    LOGS = "logs"
    PROVIDER = "provider"
    CUSTOMER = "customer"
    REVIEWER = "reviewer"
    PORTAL = "portal"


RECORDED: Final = (Source.LOGS, Source.PROVIDER)  # nobody has to be asked for it


class Type(StrEnum):
    """What a fact's value is."""

    TIME = "time"
    BOOL = "true or false"
    WORD = "word"
    TEXT = "text"
    MONEY = "money"
    COUNT = "list"
    NUMBER = "whole number"
    DURATION = "duration"


class Said(NamedTuple):
    """A sentence for what holds, and one for what does not."""

    yes: str
    no: str


class FactWord(NamedTuple):
    """A word that a fact may be: as a row shows it, and a sentence for its being so, or not."""

    label: str
    yes: str
    no: str


YES_NO: Final = {"yes": _("Yes"), "no": _("No")}
FLAGS: Final = {"yes": True, "no": False}


class Asked(NamedTuple):
    """A question by which the customer tells a fact; its ``name`` stands in addresses and forms.

    ``answers`` are the words of each answer by its code, ``sets`` what each says of the fact: by
    itself yes and no are true and false, and any other code is the word that it may be. ``never``
    answers when an event was that has not happened. What rarely applies is a box to tick, with what
    ``applies`` beside it. ``empty`` is what to do where it has to be answered and was not.
    """

    name: str
    title: str
    hint: str = ""
    answers: Mapping[str, str] = YES_NO
    sets: Mapping[str, object] = {}
    never: str = ""
    applies: str = ""
    empty: str = ""

    def settled(self) -> Mapping[str, object]:
        """What each answer says of the fact, by its code."""
        if self.sets:
            return self.sets
        return FLAGS if self.answers is YES_NO else {code: code for code in self.answers}


@dataclass(frozen=True, slots=True, eq=False)
class Fact:
    """One fact: the only place where anything is written of it.

    What it is:
        ``default`` holds when its object is present without it; ``stands_on`` names the facts a
        derived one is computed from; ``of_event`` is the event without which it says nothing.
        ``after`` are the times before which it cannot lie; a ``planned`` one may lie ahead of the
        clock. A claim of the reason ``reported_by`` is itself the report that this event tells of,
        where the records have none. ``longest`` is how many characters of a text are kept. ``seldom``: many shops' records
        don't have it, so a proof takes it as known only where the policy reads it.

    How it is said:
        ``noun`` names it within a sentence; ``label`` heads its row on a page and in a letter (a
        fact without one is a step of the reckoning, which is not shown), ``staff_label`` does so
        for a reviewer where the label speaks to the customer.
        ``yes`` and ``no`` tell that it is so, has happened (as after "after …"), has anything in
        it, how long it was ("the number was down for %(length)s") or how often ("you cancelled an
        order %(times)s"), and that it is not so.
        ``subject`` is what these name; ``again`` tells it, by the subject, in a sentence that has
        named that already ("it was placed").
        ``words`` has each word that it may be, with the same; ``over`` says of a time that it has
        come, where that is more natural than "… has come".
        ``asks`` is the question about it of the page "Can I get a refund?", ``asks_when`` the one
        for when it was, where the first asks who did it; ``form`` is the one of a claim's own pages.
        ``missing`` is what to send where it is asked for; ``unconfirmed`` tells of a finding that a
        person looked and did not confirm it.
    """

    type: Type
    _: KW_ONLY
    name: str = ""
    source: Source = Source.LOGS
    noun: str
    label: str = ""
    staff_label: str = ""
    yes: str = ""
    no: str = ""
    subject: str = ""
    again: Mapping[str, str] = field(default_factory=dict)
    over: Said | None = None
    words: Mapping[str, FactWord] = field(default_factory=dict)
    values: tuple[str, ...] = ()
    asks: Asked | None = None
    asks_when: Asked | None = None
    form: Asked | None = None
    missing: str = ""
    unconfirmed: str = ""
    default: object = UNKNOWN
    stands_on: tuple[str, ...] = ()
    of_event: str = ""
    reported_by: str = ""
    after: tuple[str, ...] = ()
    planned: bool = False
    longest: int = 0
    seldom: bool = False

    def __post_init__(self) -> None:
        """Take the words that it may be from what is said of each."""
        object.__setattr__(self, "values", self.values or tuple(self.words))

    @property
    def key(self) -> str:
        """Its name within its object: ``price`` of ``order.price``."""
        return self.name.rpartition(".")[2]


# An entry of a table is one of these. An event is a time that may never come.
moment, flag, word = partial(Fact, Type.TIME), partial(Fact, Type.BOOL), partial(Fact, Type.WORD)
text, money = partial(Fact, Type.TEXT), partial(Fact, Type.MONEY)
rows, length = partial(Fact, Type.COUNT), partial(Fact, Type.DURATION)
number = partial(Fact, Type.NUMBER)
event = partial(moment, default=None)


def listed(facts: Mapping[str, Fact], **alike: Any) -> tuple[Fact, ...]:
    """The facts of a table, each with its name, and with what all of them have ``alike``."""
    return tuple(replace(fact, name=name, **alike) for name, fact in facts.items())
