"""The mass file rail: a CSV for PayPal, for wallets, or of everything; its results are read back."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from portal.ledger.payout import FailedKind
from portal.money import Money, MoneyError
from portal.payouts.rails.rail import Became, Instruction, RailAnswer, RailRefused
from portal.translation import gettext

PAYPAL, CRYPTO, OTHER = "paypal", "crypto", "other"
# Currencies that are coins themselves; of others the wallet's provider is told what they are worth.
_COINS = frozenset({"BTC", "ETH", "USDT", "USDC"})
_WALLET = ("payout", "claim", "network", "coin", "address", "memo", "amount", "currency")
_DETAILS = ("method", "holder", "iban", "bic", "bank", "last_four", "email", "network", "address",
            "description")  # fmt: skip
_EVERYTHING = ("payout", "claim", "order", "amount", "currency", *_DETAILS)
# A cell that begins so is a formula to a spreadsheet (OWASP ASVS 1.2.10).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

# What a results file may call its columns, in any letter case.
_NAMES = {
    "payout": {"payout", "unique id", "customer id", "reference id", "sender item id"},
    "status": {"status", "transaction status", "payout status"},
    "reference": {"reference", "transaction id", "txid", "transaction hash"},
    "reason": {"reason", "reason code", "error", "error message"},
    "kind": {"kind"},
    "amount": {"amount"},
    "currency": {"currency", "currency code"},
}
_SAID = {
    Became.PAID: {"paid", "completed", "complete", "success", "confirmed"},
    Became.PENDING: {"pending", "processing", "unclaimed", "on hold", "onhold", "new"},
    Became.FAILED: {"failed", "denied", "returned", "refunded", "blocked", "rejected", "canceled",
                    "cancelled", "reversed"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MassFile:
    """A file of one kind: ``paypal``, ``crypto``, or ``other``, which has a column for everything."""

    kind: str
    ending: str = "csv"

    def check(self, instruction: Instruction) -> None:
        """Raise RailRefused where the details that this kind needs are not there."""
        payee = instruction.payee
        missing = {
            PAYPAL: not (payee and payee.email),
            CRYPTO: not (payee and payee.address),
        }.get(self.kind, False)
        if missing:
            raise RailRefused(gettext("it has no details that such a file can carry"))

    def prepare(self, instructions: Iterable[Instruction]) -> bytes:
        """The file: UTF-8, a line each in the order given, no cell that a spreadsheet would run."""
        out = io.StringIO()
        write = csv.writer(out, lineterminator="\r\n")
        if self.kind != PAYPAL:  # which takes no heading
            write.writerow(_WALLET if self.kind == CRYPTO else _EVERYTHING)
        for each in instructions:
            self.check(each)
            write.writerow([harmless(cell) for cell in self._cells(each)])
        return out.getvalue().encode()

    def send(self, prepared: object) -> RailAnswer:  # noqa: ARG002 - the interface's
        """A person carries the file."""
        raise RailRefused(gettext("A file is handed over by a person: there is nothing to call"))

    def look_up(self, instruction: Instruction) -> RailAnswer:  # noqa: ARG002 - the interface's
        """What became of it stands in the results file."""
        raise RailRefused(gettext("What became of it stands in the results file"))

    def read_answers(self, data: bytes) -> Iterator[tuple[str, RailAnswer]]:
        """Each line of a results file (docs/rails/massfile.md). Raises RailRefused for another file."""
        try:
            text = data.decode("utf-8-sig")
            rows = list(csv.reader(io.StringIO(text), dialect=_dialect(text), strict=True))
        except (UnicodeDecodeError, csv.Error):
            raise RailRefused(
                gettext(
                    "This is no CSV file in UTF-8. Save the results as CSV, then choose it again"
                )
            ) from None
        heading = [cell.strip().casefold() for cell in rows[0]] if rows else []
        places = {
            name: i
            for name, known in _NAMES.items()
            for i, cell in enumerate(heading)
            if cell in known
        }
        if not {"payout", "status"} <= places.keys():
            raise RailRefused(
                gettext("The first line has to name the columns, “payout” and “status” among them")
            )
        for row in rows[1:]:
            said = {name: row[i].strip() if i < len(row) else "" for name, i in places.items()}
            if said["payout"]:
                yield said["payout"], _answer_of(said)

    def describe(self) -> str:
        """Which file it is."""
        return {
            PAYPAL: gettext("A CSV file for PayPal's payouts by file"),
            CRYPTO: gettext("A CSV file for sending to wallets"),
        }.get(self.kind, gettext("A CSV file with every detail in a column of its own"))

    def _cells(self, each: Instruction) -> list[str]:
        details = asdict(each.payee) if each.payee else {"method": "balance", "email": each.email}
        amount, currency = each.amount.amount, each.amount.currency
        if self.kind == PAYPAL:
            note = f"{each.shop_name}: {each.claim}"
            return [details["email"], amount, currency, each.told_as, note, "PAYPAL"]
        if self.kind == CRYPTO:
            coin = currency if currency in _COINS else ""
            where = [details["network"], coin, details["address"], ""]
            return [each.told_as, each.claim, *where, amount, currency]
        cells = [str(details.get(name, "")) for name in _DETAILS]
        return [each.told_as, each.claim, each.order_reference or "", amount, currency, *cells]


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _dialect(text: str) -> type[csv.Dialect]:
    """What stands between its cells: what the first line has most of."""
    first = text.partition("\n")[0]

    class Found(csv.excel):
        delimiter = max(",;\t", key=first.count)

    return Found


def _answer_of(said: dict[str, str]) -> RailAnswer:
    status = said["status"].casefold()
    became = next((each for each, words in _SAID.items() if status in words), Became.UNKNOWN)
    kind = said.get("kind", "")
    detail = said.get("reason", "")
    if became is Became.UNKNOWN:
        detail = gettext("the file calls it “%(status)s”", status=said["status"][:40])
    if became is Became.FAILED and not detail:
        detail = gettext("the payment service did not carry it out")
    return RailAnswer(
        became,
        reference=said.get("reference", "") or said["payout"],
        kind=FailedKind(kind) if kind in set(FailedKind) else FailedKind.FIXABLE,
        detail=detail,
        amount=_amount(said),
    )


def _amount(said: dict[str, str]) -> Money | None:
    if not said.get("amount") or not said.get("currency"):
        return None
    try:
        return Money.parse(said["amount"].lstrip("-"), said["currency"].upper())
    except MoneyError:
        return None
