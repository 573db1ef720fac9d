"""What a value of a policy file may be: texts, lengths, amounts, and texts of the policy language.

Each is checked, and compiled, as it is read; what doesn't fit is refused in words.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

import holidays
from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    PlainValidator,
    Strict,
    ValidationInfo,
)
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from portal.config import faces
from portal.config.languages import is_language
from portal.email_addresses import EmailRefused, read_email
from portal.money import Money, MoneyError, read_amount
from portal.policy.deciding.document import PayoutFee
from portal.policy.facts import table
from portal.policy.language.calendar import Calendar
from portal.policy.language.closures import Condition, Instant, condition, instant
from portal.policy.language.in_force import AT_ONCE, StartingInstant, in_force_of
from portal.policy.language.parsing import parse_time
from portal.policy.language.tree import Duration, Sum
from portal.translation import gettext, lazy_gettext as _, of_the_shop

DeadlineName = Literal[
    "review_target", "review_due", "payout_due", "payout_limit", "information_due", "rectify_by"
]
DEADLINES: tuple[str, ...] = get_args(DeadlineName)
ASKABLE = tuple(f.name for f in table.ALL if f.source is table.Source.CUSTOMER)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

OWN = "own"  # what stands for the shop's own language where a text is given in several
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)  # it stands in addresses and file names
_FIRST, _LAST = date(2000, 1, 1), date(2100, 12, 31)  # instants around them can be reckoned with
_DAYS = 3660
_SHARE = re.compile(r"[0-9]{1,2}(\.[0-9]{1,4})?", re.ASCII)  # percent


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the tables of a version are read by: the shop's calendar and its currency."""

    calendar: Calendar
    currency: str


@dataclass(frozen=True, slots=True)
class _OneOf:
    """One of these words; any other is refused with ``refusal``, which may name it."""

    words: tuple[str, ...]
    refusal: str

    def check(self, word: str) -> str:
        if word not in self.words:
            raise ValueError(gettext(self.refusal, word=repr(word)))
        return word

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, *_: Any) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words)}


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise PydanticKnownError("string_type")
    return given


def _worded(given: Any, info: ValidationInfo) -> str:
    if not isinstance(given, dict):
        return _text(given)
    key, own = repr(info.field_name), repr(OWN)
    if not all(isinstance(words, str) for words in given.values()):
        why = gettext("%(key)s is not a text, or a table of texts by their language", key=key)
        raise ValueError(why)
    others = {code: words for code, words in given.items() if code != OWN}
    if OWN not in given:
        why = gettext("%(key)s lacks the shop's own words: write %(own)s", key=key, own=own)
        raise ValueError(why)
    unknown = next((repr(code) for code in others if not is_language(code)), None)
    if unknown is not None:
        why = gettext("%(key)s: no language is %(code)s; write de, or pt_BR", key=key, code=unknown)
        raise ValueError(why)
    return of_the_shop(given[OWN], others)


def _tested(given: Any, info: ValidationInfo[Surroundings]) -> Condition:
    return condition(_text(given), info.context.calendar)


def _moment(given: Any, info: ValidationInfo[Surroundings]) -> Instant:
    return instant(_text(given), info.context.calendar)


def _length(given: Any, _: ValidationInfo) -> timedelta:
    term = parse_time(f"now + {_text(given)}")
    length = term.right if isinstance(term, Sum) else None
    if isinstance(length, Duration) and not length.months and not length.working_days:
        return timedelta(seconds=length.seconds)
    why = gettext("%(given)s is not a length in days, hours, minutes or seconds", given=repr(given))
    raise ValueError(why)


def _limit(given: Any, info: ValidationInfo) -> Money:
    """An amount in the shop's currency, which stands before it in its own table."""
    currency = info.context.currency if info.context else info.data.get("currency", "USD")
    try:
        return read_amount(given, currency)
    except MoneyError as error:
        raise ValueError(f"{info.field_name!r}: {error}") from None


def _by_method(given: Any, info: ValidationInfo) -> Iterator[tuple[str, Any, str]]:
    """Each payout method with what is said of it, and where that stands."""
    tables = given if isinstance(given, dict) else {str(given): None}
    for method, said in tables.items():
        if method not in table.PAYOUT_METHODS:
            raise ValueError(gettext("unknown payout method %(word)s", word=repr(method)))
        yield method, said, f"{info.field_name}.{method}"


def _fees(given: Any, info: ValidationInfo) -> Mapping[str, PayoutFee]:
    """What each payment system keeps: a ``share`` in percent, a ``fixed`` amount, or both."""
    currency, fees = info.data.get("currency", "USD"), {}
    for method, said, where in _by_method(given, info):
        parts = said if isinstance(said, dict) else {}
        share = parts.get("share", "0")
        known = parts.keys() <= {"share", "fixed"} and isinstance(share, str)
        if not parts or not known or not _SHARE.fullmatch(share):
            raise ValueError(
                gettext(
                    "%(where)s has a share in percent below 100, such as 2.9, a fixed amount, or both",
                    where=where,
                )
            )
        fixed = _amount(parts.get("fixed", "0"), currency, where)
        fees[method] = PayoutFee(Fraction(share) / 100, fixed)
    return fees


def _minimums(given: Any, info: ValidationInfo) -> Mapping[str, Money]:
    """The least amount that is paid out by each method."""
    currency = info.data.get("currency", "USD")
    return {
        method: _amount(said, currency, where) for method, said, where in _by_method(given, info)
    }


def _amount(given: Any, currency: str, where: str) -> Money:
    try:
        return read_amount(given, currency)
    except MoneyError as error:
        raise ValueError(f"{where}: {error}") from None


def _expected_amount(given: str, info: ValidationInfo[Surroundings]) -> str:
    """``0.50``, in the shop's own currency, or ``0.50 EUR``."""
    amount, _, other = given.partition(" ")
    try:
        return str(Money.parse(amount, other or info.context.currency))
    except MoneyError as error:
        raise ValueError(f"amount: {error}") from None


def is_in_force(given: Any) -> bool:
    """Whether this can be what a version is in force from."""
    if given == AT_ONCE:
        return True
    if isinstance(given, StartingInstant):
        return _FIRST <= given.date() <= _LAST
    return type(given) is date and _FIRST <= given <= _LAST


def _in_force(given: Any, _: ValidationInfo) -> date:
    found: date = in_force_of(given)
    if not is_in_force(found):
        raise ValueError(_not_in_force(found))
    return found


def _not_in_force(given: Any) -> str:
    if type(given) is datetime:
        return gettext("'in_force' is a time without its zone, or with parts of a second")
    if not isinstance(given, date):
        return gettext("'in_force' is not a date")
    return gettext("'in_force' is not between %(first)s and %(last)s", first=_FIRST, last=_LAST)


def _identifier(given: str) -> str:
    if not ID.fullmatch(given):
        why = gettext("'id' is up to 40 small letters, digits and -, a letter or digit first")
        raise ValueError(why)
    return given


def _zone(given: str) -> str:
    try:
        ZoneInfo(given)
    except (KeyError, ValueError, OSError):
        raise ValueError(gettext("unknown time zone %(zone)s", zone=repr(given))) from None
    return given


def _country(given: str) -> str:
    if given not in holidays.list_supported_countries():
        why = gettext("no public holidays are known for %(country)s", country=repr(given))
        raise ValueError(why)
    return given


def _currency(given: str) -> str:
    try:
        Money.parse("0", given)
    except MoneyError as error:
        raise ValueError(f"'currencies': {given!r}: {error}") from None
    return given


def _weekdays(given: tuple[str, ...]) -> tuple[str, ...]:
    if not given or any(day not in WEEKDAYS for day in given):
        raise ValueError(gettext("'working_days' are some of %(days)s", days=", ".join(WEEKDAYS)))
    return given


def _some_days(given: int, info: ValidationInfo) -> int:
    if not 0 <= given <= _DAYS:
        raise ValueError(gettext("%(key)s is 0 to %(most)s", key=repr(info.field_name), most=_DAYS))
    return given


def _writes_to(given: str) -> str:
    if given.startswith("https://"):
        return faces.web_address(given)
    try:
        return read_email(given)
    except EmailRefused:
        why = gettext("'write_to' is an e-mail address, or the address of a page")
        raise ValueError(why) from None


Text = Annotated[str, Strict()]
Colour = Annotated[Text, AfterValidator(faces.readable_colour)]
Logo = Annotated[Text, AfterValidator(faces.harmless_logo)]
WebAddress = Annotated[Text, AfterValidator(faces.web_address)]
WritesTo = Annotated[Text, AfterValidator(_writes_to)]
Flag = Annotated[bool, Strict()]
WholeNumber = Annotated[int, Strict()]
Texts = tuple[Text, ...]
Days = Annotated[WholeNumber, AfterValidator(_some_days)]
Count = Annotated[WholeNumber, AfterValidator(_some_days)]
Length = Annotated[timedelta, PlainValidator(_length, str)]
Fees = Annotated[Mapping[str, PayoutFee], PlainValidator(_fees, dict[str, dict[str, str]])]
Minimums = Annotated[Mapping[str, Money], PlainValidator(_minimums, dict[str, str])]
Limit = Annotated[Money, PlainValidator(_limit, str)]
Expected = Annotated[Text, AfterValidator(_expected_amount)]
TestedText = Annotated[Condition, PlainValidator(_tested, str)]
_InLanguages = Annotated[dict[str, str], Field(json_schema_extra={"required": [OWN]})]
Worded = Annotated[str, PlainValidator(_worded, str | _InLanguages)]
Moment = Annotated[Instant, PlainValidator(_moment, str)]
InForce = Annotated[date, PlainValidator(_in_force, date | datetime | Literal["at once"])]
Identifier = Annotated[Text, AfterValidator(_identifier)]
Currency = Annotated[Text, AfterValidator(_currency)]
Zone = Annotated[Text, AfterValidator(_zone)]
Country = Annotated[Text, AfterValidator(_country)]
Weekdays = Annotated[Texts, AfterValidator(_weekdays)]
PayoutMethod = Annotated[Text, _OneOf(table.PAYOUT_METHODS, _("unknown payout method %(word)s"))]
ReasonCode = Annotated[Text, _OneOf(table.REASONS, _("unknown reason"))]
About = Annotated[Text, _OneOf(("order", "balance"), _("'about' is order or balance"))]
Askable = Annotated[Text, _OneOf(ASKABLE, _("%(word)s is not a customer's fact"))]
Required = Annotated[
    Text, _OneOf(ASKABLE, _("required information %(word)s is not a customer's fact"))
]
Point = Annotated[Text, _OneOf(tuple(table.BY_NAME), _("rectify_by: unknown fact %(word)s"))]
