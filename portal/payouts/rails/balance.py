"""The balance rail: a signed call by which the shop credits its own customer (docs/rails/balance.md)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import urllib3

from portal.config.outward import LeadsInward, pool
from portal.events.signing import signed
from portal.ledger.payout import FailedKind
from portal.payouts.rails.rail import Became, Instruction, RailAnswer, RailRefused
from portal.translation import gettext

TIMEOUT = 10.0  # seconds that one connection may take
LARGEST = 64 * 1024  # bytes of an answer that are read
_KEPT_OUT = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_WAIT = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_CALLS = {inward: pool(timeout=TIMEOUT, inward=inward) for inward in (False, True)}


@dataclass(frozen=True, slots=True)
class Credit:
    """One call, ready to be signed and sent."""

    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class BalanceRail:
    """A shop's address for credits, and the secret that signs them; ``clock`` tells seconds, UTC.

    ``inward`` lets the address be of this machine or its network, for development.
    """

    url: str
    secret: str
    clock: Any
    inward: bool = True

    def prepare(self, instructions: Iterable[Instruction]) -> Credit:
        """The body of the call for one payout."""
        (one,) = instructions
        account = {"email": one.email, "id": one.account_id}
        said = {
            "type": "balance.credit",
            "payout": one.key,
            "claim": one.claim,
            "shop": one.shop,
            "account": {name: value for name, value in account.items() if value},
            "order_reference": one.order_reference,
            "amount": one.amount.as_json(),
        }
        return Credit(one.key, json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())

    def send(self, prepared: Credit) -> RailAnswer:
        """Credit it once: the key makes a second call the same one."""
        return self._call("POST", self.url, prepared.key, prepared.body)

    def look_up(self, instruction: Instruction) -> RailAnswer:
        """What became of the credit of this key; MISSING where the shop never had it."""
        return self._call("GET", f"{self.url.rstrip('/')}/{instruction.key}", instruction.key, b"")

    def read_answers(self, data: bytes) -> Iterable[tuple[str, RailAnswer]]:  # noqa: ARG002 - the interface's
        """No file comes back: the shop answers at once."""
        raise RailRefused(gettext("A balance is credited by calls: there is no file of answers"))

    def describe(self) -> str:
        """Where the credits go."""
        return gettext(
            "Credits balances by signed calls to %(host)s", host=urlsplit(self.url).netloc
        )

    def _call(self, method: str, url: str, key: str, body: bytes) -> RailAnswer:
        headers = signed(self.secret, number=key, at=int(self.clock()), body=body)
        if method == "POST":
            headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        try:
            answered = _CALLS[self.inward].request(
                method,
                url,
                body=body or None,
                headers=headers,
                redirect=False,
                preload_content=False,
            )
            with answered:
                data = answered.read(LARGEST + 1, decode_content=True)
        except LeadsInward:  # nothing was sent
            where = gettext("its address leads into the portal's own network")
            if method == "GET":
                return RailAnswer(Became.UNKNOWN, detail=where)
            return RailAnswer(Became.FAILED, kind=FailedKind.WAIT, detail=where)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return RailAnswer(Became.UNKNOWN, detail=str(error)[:200])
        return read_answer(answered.status, data, looked_up=method == "GET")


def read_answer(status: int, data: bytes, *, looked_up: bool) -> RailAnswer:
    """What a status and a body say, by the table of docs/rails/balance.md."""
    said = _said(data)
    if looked_up and status == HTTPStatus.NOT_FOUND:
        return RailAnswer(Became.MISSING)
    if status in {HTTPStatus.OK, HTTPStatus.CREATED} and said.get("status") == "paid":
        reference = said.get("reference")
        if isinstance(reference, str) and reference.strip():
            return RailAnswer(Became.PAID, reference=reference.strip())
    if status == HTTPStatus.ACCEPTED and said.get("status") == "pending":
        return RailAnswer(Became.PENDING)
    unknown = RailAnswer(Became.UNKNOWN, detail=gettext("it answered %(status)s", status=status))
    if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return unknown
    refused = _refused(status, said)
    # Who is kept out or put off was not told what became of it: only 404 says that it never arrived.
    not_told = refused.kind is FailedKind.WAIT or (status in _KEPT_OUT and not said)
    return unknown if looked_up and not_told else refused


def _refused(status: int, said: dict[str, Any]) -> RailAnswer:
    kind, detail = said.get("kind"), said.get("detail")
    if said.get("status") != "failed" or kind not in set(FailedKind):
        kind = FailedKind.WAIT if status in _WAIT else FailedKind.FINAL
    told = detail.strip() if isinstance(detail, str) else ""
    return RailAnswer(
        Became.FAILED,
        kind=FailedKind(kind),
        detail=told or gettext("the shop refused it (%(status)s)", status=status),
    )


def _said(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST:
        return {}
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
