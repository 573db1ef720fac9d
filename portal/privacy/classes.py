"""The one table of what is personal: what it is, for how long it is kept, what stays, and what deletes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from portal.api import keys
from portal.claims.evidence import phone, sweeping
from portal.claims.history import Personal
from portal.claims.queue import presence
from portal.config.settings import Settings
from portal.handoff import opening
from portal.people import signins
from portal.privacy import rows
from portal.privacy.ended import OldParts
from portal.webhooks import sending


class OldData(Protocol):
    """What is too old, and how it goes."""

    def find(self, before: datetime, *, held: bool = False, limit: int | None = None) -> list[Any]:
        """What it is called, from before that instant; ``held`` of what stays for a legal hold alone."""

    def forget(
        self, names: Sequence[Any], /, *, before: datetime, now: datetime
    ) -> tuple[list[Any], list[str]]:
        """Delete of it what is still too old: which it was, and the keys of files to delete after the commit."""


@dataclass(frozen=True, slots=True)
class DataClass:
    """One class of data: ``what`` it is, ``since`` when its period runs, what of it ``stays``.

    ``setting`` names its period in days; ``period`` is one that no setting changes, in words where
    people or policies set it. ``data`` finds it for the daily run; another job of the worker has its
    name in ``job``. What has none of these is kept for good.
    """

    key: str
    what: str
    since: str
    stays: str = ""
    setting: str = ""
    period: timedelta | str = ""
    data: OldData | None = None
    job: str = ""

    def kept(self, settings: Settings) -> timedelta | str:
        """For how long."""
        return timedelta(days=getattr(settings, self.setting)) if self.setting else self.period

    def before(self, settings: Settings, *, now: datetime) -> datetime:
        """The instant from before which it is too old. TypeError for one without a length."""
        kept = self.kept(settings)
        if not isinstance(kept, timedelta):
            raise TypeError(f"{self.key} goes by no length of time")
        return now - kept


_ENDED = "the claim has ended"

CLASSES = (
    DataClass(
        "drafts", "Claims that were begun and never sent, with their files",
        "they were begun, or their last file, typed word or mail came", setting="keep_drafts", data=rows.OldDrafts(),
    ),
    DataClass("typed", "What was typed and not sent", "it was last typed on", setting="keep_typed",
              data=rows.TYPED),
    DataClass("codes", "One-time codes, as hashes, with the address", "they were sent",
              setting="keep_codes", data=rows.CODES),
    DataClass("mails", "Mails that left or could not be delivered", "they were written",
              stays="that the step was taken: the claim's history", setting="keep_mails",
              data=rows.MAILS),
    DataClass("phone_links", "Links that add files from a phone", "they ended",
              period=phone.KEPT, data=rows.PHONE_LINKS),
    DataClass("files", "Files of claims that have ended", _ENDED, stays="that there were some",
              setting="keep_files", data=OldParts(Personal.FILES)),
    DataClass("payees", "Payout details of claims that have ended, sealed", _ENDED,
              stays="amount, way, state and the payment's reference", setting="keep_payees",
              data=OldParts(Personal.PAYEE)),
    DataClass("payment_files", "Sealed files of payout runs", "the run was made, once all of it has settled",
              stays="the run with its sums and the file's SHA-256", setting="keep_payees",
              data=rows.PaymentFiles()),
    DataClass("texts", "What its customer and colleagues wrote of a claim that has ended", _ENDED,
              stays="each step, decision and amount", setting="keep_texts",
              data=OldParts(Personal.TEXTS)),
    DataClass("holders", "Address and account of a claim that has ended", _ENDED,
              stays="the order's number: its price goes back once", setting="keep_holders",
              data=OldParts(Personal.HOLDER)),
    DataClass("identity", "Identity documents", "they were given",
              stays="that they were", period="the days that their owner agreed to",
              job="forget identity documents"),
    DataClass("originals", "Pictures as they were before parts were blacked out", "parts were blacked out",
              period="the shop's `originals_time`", job="forget originals of pictures"),
    DataClass("access", "How a customer's host is entered, sealed", "it was given",
              period="the shop's `access_time`, and no longer than the claim is open",
              job="forget how hosts are entered"),
    DataClass("signins", "Sign-ins of colleagues: network and browser", "they began",
              period=signins.KEPT, job="forget old sign-ins"),
    DataClass("counts", "Counts of what may be done only so often, by hashes", "their window is over",
              period=timedelta(hours=1), job="forget old counts"),
    DataClass("answers", "What an Idempotency-Key was answered", "it was asked",
              period=keys.KEPT, job="forget answers of the API"),
    DataClass("webhooks", "Calls of webhooks with their bodies", "they arrived or were given up",
              period=sending.FORGOTTEN, job="forget old webhooks"),
    DataClass("handoffs", "Uses of a shop's hand-off tokens", "the token ended",
              period=opening.KEPT, job="forget old hand-offs"),
    DataClass("presences", "Who has a claim open", "they last gave a sign",
              period=presence.LAPSES, job="forget who is no longer there"),
    DataClass("left_over", "Broken-off uploads and files that no row names", "they were written",
              period=sweeping.SAFE, job="sweep evidence"),
    DataClass("records", "The shop's own records: orders, accounts, bookings", "",
              stays="all, until somebody is erased: the shop's logs decide what it has"),
    DataClass("books", "Ledger, payouts, decisions and their amounts", "",
              stays="all: the books name claims and orders, and no person"),
    DataClass("audit", "The audit log and its chain", "",
              stays="all: it holds no personal text of a customer"),
    DataClass("events", "The feed of the shop's events", "",
              stays="all: it names an account by the shop's own id, until its claim's holder is deleted"),
)  # fmt: skip
# What the daily run goes through, in this order.
BY_AGE = tuple((each, each.data) for each in CLASSES if each.data is not None)
