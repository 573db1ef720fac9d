"""What DNS says of a sender's domain: whether its mails are believed (SPF, DMARC, DKIM)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.config.late import late

if TYPE_CHECKING:
    from dns import exception, resolver
else:
    exception, resolver = late("dns.exception"), late("dns.resolver")

PATIENCE = 5.0  # seconds that all tries of one question may take


class NoAnswer(Exception):
    """DNS did not answer, so nothing is known; the message says what it said."""


@dataclass(frozen=True, slots=True)
class SenderRecords:
    """The records of a domain, empty where there is none; ``dkim`` None where no selector was told."""

    spf: str
    dmarc: str
    dkim: str | None


def sender_records(domain: str, *, selector: str = "") -> SenderRecords:
    """Ask DNS for them. Raises NoAnswer.

    DMARC is looked up at the domain and, where it has none, at each of those above it (RFC 7489).
    """
    asked = resolver.get_default_resolver()
    labels = domain.split(".")
    above = (".".join(labels[first:]) for first in range(len(labels) - 1))
    policies = (_record(asked, f"_dmarc.{name}", "v=DMARC1") for name in above)
    return SenderRecords(
        spf=_record(asked, domain, "v=spf1"),
        dmarc=next(filter(None, policies), ""),
        dkim=_record(asked, f"{selector}._domainkey.{domain}", "") if selector else None,
    )


def _record(asked: "resolver.Resolver", name: str, begins: str) -> str:
    """The first text of that name that begins so; empty where there is none."""
    try:
        answer = asked.resolve(name, "TXT", lifetime=PATIENCE)
    except (resolver.NXDOMAIN, resolver.NoAnswer):
        return ""
    except exception.DNSException as error:
        raise NoAnswer(str(error)) from None
    texts = (b"".join(each.strings).decode("utf-8", "replace") for each in answer)
    return next((text for text in texts if text.lower().startswith(begins.lower())), "")
