"""The audit log: who did what and when, a row for each act, written in the transaction of the act.

It holds codes, keys and numbers alone: no text that a person wrote, no address, no name. So what a
customer said can be erased elsewhere (``claim_events`` stays free to), while no row here is ever
changed or taken away: the database itself refuses it.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.audit.append_only import refuse_changes
from portal.database import UTCDateTime
from portal.extensions import Base, db

NO_SHOP = "*"  # of an act that is of no shop, or of each: told to who may read of every shop
ABOUT = 80  # characters of what an act is about


class StaffAct(StrEnum):
    """What is done beside claims; what is done to those is in the log by the name of their Action."""

    SIGN_IN = "sign_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    STEP_UP = "step_up"
    ADD_PASSKEY = "add_passkey"
    REMOVE_PASSKEY = "remove_passkey"
    SET_CODES = "set_codes"
    MAKE_RECOVERY_CODES = "make_recovery_codes"
    SIGN_OUT = "sign_out"
    SET_PASSWORD = "set_password"  # noqa: S105 - an act's name
    FORGET_CODES = "forget_codes"
    END_SIGN_INS = "end_sign_ins"
    INVITE = "invite"
    DISMISS = "dismiss"
    GIVE_RIGHT = "give_right"
    TAKE_RIGHT = "take_right"
    EXPORT = "export"
    BEGIN_DRAFT = "begin_draft"
    CHANGE_DRAFT = "change_draft"
    DISCARD_DRAFT = "discard_draft"
    PUBLISH_VERSION = "publish_version"
    WITHDRAW_VERSION = "withdraw_version"
    SET_RAIL = "set_rail"
    END_RAIL = "end_rail"
    STOP_OWED = "stop_owed"
    RESUME_OWED = "resume_owed"
    MAKE_RUN = "make_run"
    RELEASE_RUN = "release_run"
    DISCARD_RUN = "discard_run"
    MAKE_TOKEN = "make_token"  # noqa: S105 - an act's name
    END_TOKEN = "end_token"  # noqa: S105 - an act's name
    MAKE_KEY = "make_key"
    END_KEY = "end_key"
    ADD_WEBHOOK = "add_webhook"
    PAUSE_WEBHOOK = "pause_webhook"
    PARK_WEBHOOK = "park_webhook"
    RESUME_WEBHOOK = "resume_webhook"
    REMOVE_WEBHOOK = "remove_webhook"
    ADD_RECEIVER = "add_receiver"
    END_RECEIVER = "end_receiver"
    BEGIN_SHOP = "begin_shop"
    MAKE_SNIPPET = "make_snippet"
    CHANGE_SNIPPET = "change_snippet"
    REMOVE_SNIPPET = "remove_snippet"
    RIGHT_REFUSED = "right_refused"
    FORM_REFUSED = "form_refused"
    HELD_BACK = "held_back"
    SET_OUTAGE = "set_outage"
    TAKE_NO_CLAIMS = "take_no_claims"
    TAKE_CLAIMS = "take_claims"
    DELETE_BY_AGE = "delete_by_age"
    ERASE_PERSON = "erase_person"
    GIVE_COPY = "give_copy"
    MAKE_BACKUP = "make_backup"
    RECONCILE_COPY = "reconcile_copy"


class Doer(StrEnum):
    """Who did it where no claim names the part: a person who works here, or what acts without one."""

    STAFF = "staff"
    COMMAND_LINE = "command_line"
    WORKER = "worker"
    CUSTOMER = "customer"
    PROGRAM = "program"  # by a token of the API
    STRANGER = "stranger"  # who gave no right password or code, or is not signed in


class AuditEntry(Base):
    """One act: ``act`` is a StaffAct or a claim's Action.

    ``role`` is a Doer, or of a claim its Actor. ``about`` is a key or code (a kid, a rail, a version),
    ``became`` what a claim was after it.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_at", "at", "id"),
        Index("ix_audit_log_who", "who_id", "at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    act: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(20))
    who_id: Mapped[int | None] = mapped_column(ForeignKey("reviewers.id"))
    shop: Mapped[str] = mapped_column(String(40))
    # Its reference: no foreign key, since a claim may be erased and this stays.
    claim: Mapped[str | None] = mapped_column(String(12))
    whom_id: Mapped[int | None] = mapped_column(ForeignKey("reviewers.id"))
    about: Mapped[str] = mapped_column(String(ABOUT), default="")
    became: Mapped[str | None] = mapped_column(String(30))


def note(
    act: StaffAct,
    *,
    at: datetime,
    by: int | None,
    shop: str = NO_SHOP,
    whom: int | None = None,
    about: str = "",
    without: Doer = Doer.COMMAND_LINE,
) -> None:
    """Keep an act in the caller's transaction, ``by`` and ``whom`` people's ids; never commits.

    ``about`` is a key or a code, never what a person wrote; ``without`` is who did it where ``by`` is None.
    """
    role = without if by is None else Doer.STAFF
    db.session.add(
        AuditEntry(
            at=at, act=act, role=role, who_id=by, shop=shop, whom_id=whom, about=about[:ABOUT]
        )
    )


# The database itself refuses what would unsay an entry.
refuse_changes(
    AuditEntry.__table__,  # type: ignore[arg-type]  # Base says FromClause
    function="audit_log_only_added_to",
    said="the audit log is only added to",
)
