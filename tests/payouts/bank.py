"""A bank's messages: a status report, and a statement or a notice of bookings."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:{}">'
_MESSAGES = {
    "camt.053": ("camt.053.001.08", "BkToCstmrStmt", "Stmt"),
    "camt.054": ("camt.054.001.08", "BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}


def pain002(run, *lines, group="", reason=""):
    """A pain.002.001.10 about this run: (end-to-end id, status, reason code) each."""
    code = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    status = f"<GrpSts>{group}</GrpSts>" if group else ""
    told = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{key}</OrgnlEndToEndId><TxSts>{said}</TxSts>"
        + (f"<StsRsnInf><Rsn><Cd>{why}</Cd></Rsn></StsRsnInf>" if why else "")
        + "</TxInfAndSts>"
        for key, said, why in lines
    )
    return (
        _HEAD.format("pain.002.001.10")
        + "<CstmrPmtStsRpt><GrpHdr><MsgId>B1</MsgId><CreDtTm>2026-03-04T12:00:00</CreDtTm></GrpHdr>"
        + f"<OrgnlGrpInfAndSts><OrgnlMsgId>{run}</OrgnlMsgId>{status}{code}</OrgnlGrpInfAndSts>"
        + (f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{run}-1</OrgnlPmtInfId>{told}</OrgnlPmtInfAndSts>" if told else "")
        + "</CstmrPmtStsRpt></Document>"
    ).encode()  # fmt: skip


def camt(kind, *lines, currency="EUR"):
    """A camt.053 or camt.054: (end-to-end id, side, amount, reason of a return, status) each."""
    version, message, part = _MESSAGES[kind]
    booked = "".join(
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>'
        "<NtryDtls><TxDtls>"
        f"<Refs><AcctSvcrRef>ASR-{key}</AcctSvcrRef><EndToEndId>{key}</EndToEndId></Refs>"
        f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        + (f"<RtrInf><Rsn><Cd>{why}</Cd></Rsn><AddtlInf>Konto  erloschen</AddtlInf></RtrInf>" if why else "")
        + "</TxDtls></NtryDtls></Ntry>"
        for key, side, amount, why, status in lines
    )  # fmt: skip
    return f"{_HEAD.format(version)}<{message}><GrpHdr/><{part}><Id>S1</Id>{booked}</{part}></{message}></Document>".encode()
