"""The SEPA rail: a pain.001 file that a person hands to the bank; pain.002 and camt are read back.

Euros go as SEPA credit transfers; another currency as an ordinary transfer of which each side bears
its own charges, if the bank takes it.
"""

import string
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from text_unidecode import unidecode

from portal.config.late import late
from portal.currencies import ISO_4217
from portal.money import DIGITS
from portal.payouts.rails import bank_answers
from portal.payouts.rails.rail import Instruction, RailAnswer, RailRefused
from portal.translation import gettext

if TYPE_CHECKING:
    from portal.payouts.rails import pain001
else:
    pain001 = late("portal.payouts.rails.pain001")

EURO = "EUR"
_NAME, _TEXT = 70, 140  # signs that a name and a purpose may have
_ALLOWED = frozenset(string.ascii_letters + string.digits + "/-?:().,'+ ")  # EPC217-08
_NO_NAME = "NOTPROVIDED"
_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class Debtor:
    """The shop's account that pays."""

    name: str
    iban: str
    bic: str


@dataclass(frozen=True, slots=True)
class SepaRail:
    """The account that pays, and of which run, released when, the file is."""

    debtor: Debtor
    run: str
    at: datetime
    currency: str = EURO
    ending: str = "xml"

    def check(self, instruction: Instruction) -> None:
        """Raise RailRefused for a payout without an IBAN, or of money that no bank's file carries."""
        if instruction.payee is None or not instruction.payee.iban:
            raise RailRefused(gettext("it has no IBAN"))
        if instruction.amount.currency != self.currency or not carries(self.currency):
            raise RailRefused(
                gettext("the file carries no %(currency)s", currency=instruction.amount.currency)
            )

    def prepare(self, instructions: Iterable[Instruction]) -> bytes:
        """The pain.001 file, the same bytes each time, checked against its XSD. Raises RailRefused."""
        config = {
            "name": plain(self.debtor.name)[:_NAME],
            "IBAN": self.debtor.iban,
            "batch": True,
            "currency": self.currency,
            "domestic": self.currency != EURO,  # no SEPA service level
        }
        if self.debtor.bic:
            config["BIC"] = self.debtor.bic
        document = pain001.Transfer(config, run=self.run, at=self.at)
        for each in instructions:
            self.check(each)
            document.add_payment(self._payment(each))
        data = bytes(document.export(validate=False))
        if why := pain001.flaw(data):
            raise RailRefused(gettext("The bank's file would not be valid: %(why)s", why=why))
        return data

    def send(self, prepared: object) -> RailAnswer:  # noqa: ARG002 - the interface's
        """A person carries the file."""
        raise RailRefused(gettext("A file is handed over by a person: there is nothing to call"))

    def look_up(self, instruction: Instruction) -> RailAnswer:  # noqa: ARG002 - the interface's
        """What became of it stands in the bank's statement."""
        raise RailRefused(gettext("What became of it stands in the bank's statement"))

    def read_answers(self, data: bytes) -> Iterator[tuple[str, RailAnswer]]:
        """Each end-to-end id of a pain.002 or camt.053/054, and what the bank says of it."""
        return bank_answers.read(data)

    def describe(self) -> str:
        """From which account it pays."""
        return gettext(
            "A pain.001 file that pays from the account of %(name)s, %(country)s … %(last)s",
            name=self.debtor.name,
            country=self.debtor.iban[:2],
            last=self.debtor.iban[-4:],
        )

    def _payment(self, each: Instruction) -> dict[str, Any]:
        payee = each.payee
        if payee is None:
            raise RailRefused(gettext("it has no IBAN"))
        payment = {
            "name": plain(payee.holder)[:_NAME].strip() or _NO_NAME,
            "IBAN": payee.iban,
            "amount": each.amount.whole,
            "description": plain(f"{each.shop_name} {each.claim}")[:_TEXT].strip(),
            "execution_date": self.at.date(),
            "endtoend_id": each.told_as,
        }
        return payment | ({"BIC": payee.bic} if payee.bic else {})


def carries(currency: str) -> bool:
    """Whether a bank's file carries it: money of a state, of two decimals as the package writes them."""
    return currency in ISO_4217 and DIGITS.get(currency, _DECIMALS) == _DECIMALS


def plain(text: str) -> str:
    """The text in the signs that every bank of the scheme takes, words of other scripts spelt out."""
    spelt = "".join(_spelt(sign) for sign in unicodedata.normalize("NFKC", text))
    return " ".join("".join(sign if sign in _ALLOWED else " " for sign in spelt).split())


def _spelt(sign: str) -> str:
    if sign.isascii():
        return sign
    said = str(unidecode(sign))
    if said.strip() or unicodedata.category(sign)[0] not in "LN":
        return said
    # A script that the table of spellings lacks: Unicode's own name of the letter ends in its sound.
    return unicodedata.name(sign, "").rpartition(" ")[2].lower()
