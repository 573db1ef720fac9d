"""What a bank says of payments: pain.002 status reports and camt.053/054 statements, by end-to-end id."""

from collections.abc import Iterator
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from portal.ledger.payout import FailedKind
from portal.money import Money, MoneyError
from portal.payouts.rails.rail import Became, RailAnswer, RailRefused
from portal.translation import gettext, lazy_gettext as _

_STATUS = {
    "ACSC": Became.PAID,  # settled
    "ACCC": Became.PAID,  # on the payee's account
    "RJCT": Became.FAILED,
    "CANC": Became.FAILED,
}
_REJECTED = {"RJCT", "CANC"}
# Codes of ISO 20022 (external reasons): what waiting mends, and what a person has to look at.
_WAITS = {"AM04", "AB05", "AB06", "AB07", "AB08", "AB09", "AB10", "ED05", "TM01", "DT01"}
_DOUBTFUL = {"AM05", "DUPL", "DU01", "DU02", "DU03", "DU04", "DU05"}
_WORDS = {
    "AC01": _("The IBAN is not right"),
    "AC03": _("The IBAN is not right"),
    "AC04": _("The account is closed"),
    "AC06": _("The account is blocked"),
    "AC13": _("This kind of account takes no transfers"),
    "AG01": _("This kind of account takes no transfers"),
    "AM04": _("There was too little on our account"),
    "BE01": _("The name is not that of the account"),
    "MD07": _("The bank says that the account's holder has died"),
    "MS02": _("The receiver sent it back"),
    "MS03": _("The bank sent it back without a reason"),
    "RC01": _("The BIC is not right"),
}


def read(data: bytes) -> Iterator[tuple[str, RailAnswer]]:
    """Each end-to-end id and what the bank says; a run's key where it says it of the whole file.

    Raises RailRefused for what is none of these messages.
    """
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        root = None
    message = None if root is None or not len(root) else _name(root[0])
    if message == "CstmrPmtStsRpt":
        return _statuses(root[0])
    if message in {"BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn", "BkToCstmrAcctRpt"}:
        return _bookings(root[0])
    raise RailRefused(
        gettext("This is no pain.002, camt.053 or camt.054 file. Choose the one that the bank gave")
    )


def _statuses(report: Any) -> Iterator[tuple[str, RailAnswer]]:
    run = _text(report, "OrgnlGrpInfAndSts", "OrgnlMsgId")
    groups = [each for each in report if _name(each) in {"OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts"}]
    for group in groups:
        status = _text(group, "GrpSts") or _text(group, "PmtInfSts")
        each_one = [each for each in group if _name(each) == "TxInfAndSts"]
        if status in _REJECTED and not each_one and run:
            yield run, _rejected(group)
        for one in each_one:
            key = _text(one, "OrgnlEndToEndId")
            became = _STATUS.get(_text(one, "TxSts"), Became.PENDING)
            if not key:
                continue
            if became is Became.FAILED:
                yield key, _rejected(one)
            else:
                reference = _text(one, "AcctSvcrRef") or _text(one, "ClrSysRef") or key
                yield key, RailAnswer(became, reference=reference)


def _bookings(statement: Any) -> Iterator[tuple[str, RailAnswer]]:
    for entry in (each for each in statement.iter() if _name(each) == "Ntry"):
        status = _text(entry, "Sts", "Cd") or _text(entry, "Sts")
        if status not in {"BOOK", ""}:
            continue
        for one in (each for each in entry.iter() if _name(each) == "TxDtls"):
            key = _text(one, "Refs", "EndToEndId")
            if not key:
                continue
            returned = _child(one, "RtrInf")
            side = _text(one, "CdtDbtInd") or _text(entry, "CdtDbtInd")
            back = returned is not None or _text(entry, "RvslInd") == "true"
            if back or side == "CRDT":
                yield key, _rejected(one if returned is None else returned, amount=_amount(one))
            else:
                reference = _text(one, "Refs", "AcctSvcrRef") or _text(entry, "AcctSvcrRef") or key
                yield key, RailAnswer(Became.PAID, reference=reference, amount=_amount(one))


def _rejected(said: Any, *, amount: Money | None = None) -> RailAnswer:
    reason = next((each for each in said.iter() if _name(each) == "Rsn"), None)
    code = "" if reason is None else _text(reason, "Cd") or _text(reason, "Prtry")
    more = next((each.text or "" for each in said.iter() if _name(each) == "AddtlInf"), "")
    words = str(_WORDS.get(code, "")) or gettext("The bank sent it back")
    told = f"{words} ({code})" if code else words
    detail = f"{told}: {' '.join(more.split())}" if more.strip() else told
    if code in _DOUBTFUL:
        return RailAnswer(Became.UNKNOWN, detail=detail, amount=amount)
    kind = FailedKind.WAIT if code in _WAITS else FailedKind.FIXABLE
    return RailAnswer(Became.FAILED, kind=kind, detail=detail, amount=amount)


def _amount(one: Any) -> Money | None:
    """What was moved, in the currency in which it was instructed."""
    for path in (("AmtDtls", "InstdAmt", "Amt"), ("AmtDtls", "TxAmt", "Amt"), ("Amt",)):
        found = _child(one, *path)
        if found is not None:
            try:
                return Money.parse((found.text or "").strip(), found.get("Ccy", ""))
            except MoneyError:
                return None
    return None


def _child(element: Any, *path: str) -> Any:
    for name in path:
        if element is None:
            return None
        element = next((each for each in element if _name(each) == name), None)
    return element


def _text(element: Any, *path: str) -> str:
    found = _child(element, *path)
    return "" if found is None else (found.text or "").strip()


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
