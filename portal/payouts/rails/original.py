"""The original rail: refunds a charge through its processor, in Stripe's shape (docs/rails/original.md)."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from portal.config.late import late
from portal.ledger.payout import FailedKind
from portal.money import Money
from portal.payouts.rails.rail import Became, Instruction, RailAnswer, RailRefused
from portal.translation import gettext, lazy_gettext

if TYPE_CHECKING:
    import stripe
else:
    stripe = late("stripe")

# Seconds to connect, and to read: three calls of one try end before its lease does.
TIMEOUT = (3.0, 6.0)
_PAGE = 100
# Whole in ISO 4217, but counted in hundredths by this API.
_IN_HUNDREDTHS = frozenset({"ISK", "UGX"})
# Kept in hundredths, but counted whole by this API.
_WHOLE = frozenset({"BIF", "DJF", "GNF", "KMF", "MGA", "RWF", "VUV", "XPF"})
_ENDED = frozenset({"failed", "canceled"})
_DEFINITE = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND})
_OTHER_WAY = lazy_gettext("the way you paid can't take this refund: choose another way to be paid")
# What the processor calls a refund that came back -> it can't take one, and another way may.
_CARD_GONE = frozenset({"expired_or_canceled_card", "lost_or_stolen_card", "declined"})
# A refusal by its code -> what can be done, and what is said of it.
_REFUSALS: dict[str, tuple[FailedKind, str]] = {
    "charge_already_refunded": (
        FailedKind.FINAL,
        lazy_gettext("the payment was returned in full already, by its processor"),
    ),
    "amount_too_large": (
        FailedKind.FINAL,
        lazy_gettext("it is more than is left of the payment at its processor"),
    ),
    "resource_missing": (
        FailedKind.FIXABLE,
        lazy_gettext("the processor doesn't know this payment: choose another way to be paid"),
    ),
    "charge_expired_for_capture": (FailedKind.FIXABLE, _OTHER_WAY),
    "charge_not_refundable": (FailedKind.FIXABLE, _OTHER_WAY),
    "charge_disputed": (
        FailedKind.FINAL,
        lazy_gettext("the payment is disputed with the bank that made it"),
    ),
    "balance_insufficient": (
        FailedKind.WAIT,
        lazy_gettext("the shop's balance at the processor is too small just now"),
    ),
    "insufficient_funds": (
        FailedKind.WAIT,
        lazy_gettext("the shop's balance at the processor is too small just now"),
    ),
}


@dataclass(frozen=True, slots=True)
class ChargeRefund:
    """One refund, ready to be sent: ``key`` is the idempotency key, ``amount`` as the API counts it."""

    payout: str
    key: str
    charge: str
    amount: int
    currency: str
    claim: str


@dataclass(frozen=True, slots=True)
class OriginalRail:
    """A shop's account at a processor: its secret key, and the address where it isn't Stripe's own."""

    key: str
    url: str = ""

    def prepare(self, instructions: Iterable[Instruction]) -> ChargeRefund:
        """The refund of one payout. Raises RailRefused where the records name no charge."""
        (one,) = instructions
        if not one.charge:
            raise RailRefused(gettext("The records don't say by which charge it was paid"))
        return ChargeRefund(
            payout=one.key,
            key=_round(one),
            charge=one.charge,
            amount=_counted(one.amount),
            currency=one.amount.currency,
            claim=one.claim,
        )

    def send(self, prepared: ChargeRefund) -> RailAnswer:
        """Refund it once: the idempotency key makes a second call the same one.

        What may have been made all the same of a payout that was refused before is found first, and
        a payment in another currency is left alone: the call itself names none.
        """
        try:
            stands = prepared.key != prepared.payout and self._made(
                prepared.charge, prepared.payout
            )
            if stands:
                return _read(stands)
            paid_in = self._currency(prepared.charge)
        except stripe.StripeError as error:  # nothing was sent yet
            answer = _refused(error)
            unsure = answer.became is Became.UNKNOWN
            return _failed(FailedKind.WAIT, answer.detail) if unsure else answer
        if paid_in != prepared.currency:
            return _failed(
                FailedKind.FIXABLE,
                gettext(
                    "it was paid in %(paid)s and is returned in %(currency)s: choose another way to be paid",
                    paid=paid_in,
                    currency=prepared.currency,
                ),
            )
        asked: Any = {
            **_by(prepared.charge),
            "amount": prepared.amount,
            "metadata": {
                "payout": prepared.payout,
                "round": prepared.key,
                "claim": prepared.claim,
            },
        }
        try:
            made = self._client().v1.refunds.create(asked, {"idempotency_key": prepared.key})
        except stripe.StripeError as error:
            return _refused(error)
        return _read(made)

    def look_up(self, instruction: Instruction) -> RailAnswer:
        """What became of the refund of this payout; MISSING where the processor never made one."""
        if not instruction.charge:
            return RailAnswer(
                Became.UNKNOWN, detail=gettext("The records don't say by which charge it was paid")
            )
        try:
            made = self._made(instruction.charge, instruction.key, ended=_round(instruction))
        except stripe.StripeError as error:
            return RailAnswer(Became.UNKNOWN, detail=_refused(error).detail)
        return RailAnswer(Became.MISSING) if made is None else _read(made)

    def read_answers(self, data: bytes) -> Iterable[tuple[str, RailAnswer]]:  # noqa: ARG002 - the interface's
        """No file comes back: the processor answers at once."""
        raise RailRefused(gettext("A processor refunds by calls: there is no file of answers"))

    def describe(self) -> str:
        """Where the refunds are asked for."""
        return gettext(
            "Refunds payments through the processor at %(host)s", host=self.url or "api.stripe.com"
        )

    def _client(self) -> "stripe.StripeClient":
        # No retries of its own: a try is looked up before it is made again.
        address: Any = {"api": self.url} if self.url else {}
        return stripe.StripeClient(
            self.key,
            base_addresses=address,
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=TIMEOUT),
        )

    def _currency(self, charge: str) -> str:
        client = self._client().v1
        found: Any = (
            client.payment_intents.retrieve(charge)
            if "payment_intent" in _by(charge)
            else client.charges.retrieve(charge)
        )
        return str(found.currency).upper()

    def _made(self, charge: str, payout: str, *, ended: str = "") -> "stripe.Refund | None":
        """The refund of this payout that stands; else the one that ended in the round ``ended``."""
        asked: Any = {**_by(charge), "limit": _PAGE}
        found = self._client().v1.refunds.list(asked)
        own = [each for each in found.auto_paging_iter() if _said(each, "payout") == payout]
        standing = [each for each in own if each.status not in _ENDED]
        over = [each for each in own if _said(each, "round") == ended]
        return next(iter(standing or over), None)


def _by(charge: str) -> dict[str, Any]:
    """How the API is told of a payment: newer ones are named by their intent."""
    return {"payment_intent" if charge.startswith("pi_") else "charge": charge}


def _round(one: Instruction) -> str:
    """The idempotency key: a refusal that was mended is another call (``PO-….2``)."""
    return one.key if one.round == 1 else f"{one.key}.{one.round}"


def _counted(amount: Money) -> int:
    minor = amount.minor
    part = minor % 100 if amount.currency in _WHOLE else 0
    if part or not isinstance(minor, int):
        raise RailRefused(gettext("%(amount)s is finer than can be paid", amount=amount))
    if amount.currency in _WHOLE:
        return minor // 100
    return minor * 100 if amount.currency in _IN_HUNDREDTHS else minor


def _said(refund: "stripe.Refund", name: str) -> str:
    said: Any = refund.metadata or {}
    return str(said[name]) if name in said else ""


def _read(refund: "stripe.Refund") -> RailAnswer:
    """What the status of a refund says."""
    match refund.status:
        case "succeeded":
            return RailAnswer(Became.PAID, reference=refund.id)
        case "pending" | "requires_action":
            return RailAnswer(Became.PENDING)
        case "canceled":
            return _failed(FailedKind.FINAL, gettext("the refund was cancelled at the processor"))
        case "failed":
            if refund.failure_reason in _CARD_GONE:
                return _failed(FailedKind.FIXABLE, str(_OTHER_WAY))
            return _failed(FailedKind.FINAL, gettext("the processor could not return it"))
    return RailAnswer(
        Became.UNKNOWN, detail=gettext("it answered %(status)s", status=refund.status or "")
    )


def _refused(error: "stripe.StripeError") -> RailAnswer:
    """What an error says: refused for sure, to be tried later, or not to be told from it."""
    status, code = error.http_status, error.code or ""
    match error:
        case stripe.RateLimitError() | stripe.AuthenticationError() | stripe.PermissionError():
            return _failed(
                FailedKind.WAIT,
                gettext("the processor takes no call now (%(status)s)", status=status),
            )
        case stripe.CardError():
            return _failed(FailedKind.FIXABLE, str(_OTHER_WAY))
        case stripe.InvalidRequestError() if status in _DEFINITE:
            if not code and error.param == "amount":
                code = "amount_too_large"
            unnamed = gettext("the processor refused it (%(code)s)", code=code or status)
            kind, words = _REFUSALS.get(code, (FailedKind.FINAL, unnamed))
            return _failed(kind, str(words))
    # A time-out, a reset, 5xx, 409 while the same call runs, a key used otherwise: it may have arrived.
    answered = gettext("it answered %(status)s", status=status)
    return RailAnswer(Became.UNKNOWN, detail=answered if status else gettext("no answer came"))


def _failed(kind: FailedKind, detail: str) -> RailAnswer:
    return RailAnswer(Became.FAILED, kind=kind, detail=detail)
